package reports

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Size of the summary on the terminal.
const (
	summaryColumns = 80
	summaryEntries = 10
)

// Summary writes what a person at a terminal needs: the verdict, why, the
// counts, the first requirements that did not pass, and where the report is.
// dir is the directory of the run; "" leaves the last line out. It is at most 80
// columns wide, about 20 lines long, and free of control characters.
func Summary(w io.Writer, r *suites.Results, dir string) error {
	var b strings.Builder
	put := func(format string, args ...any) {
		b.WriteString(fit(strings.TrimRight(fmt.Sprintf(format, args...), " "), summaryColumns) + "\n")
	}
	put("%s  %s (%s, profile %s)", headline(r), subjectName(messages.In(messages.English), r), line(string(r.Subject.Role), 40), line(r.Profile, 40))
	for _, l := range wrap(line(r.Reason, maxLine), summaryColumns, 3) {
		put("%s", l)
	}
	if r.Unredacted {
		put("UNREDACTED: the files hold the secrets and the patient data of this run.")
	}
	put("")
	summaryCounts(put, r)
	summaryEntriesOf(put, r)
	summaryNotes(put, r)
	if dir != "" {
		b.WriteString("\nReport: " + fitEnd(line(filepath.Join(dir, ReportFile), 4096), summaryColumns-len("Report: ")) + "\n")
	}
	return write(w, []byte(b.String()), "the summary")
}

func summaryCounts(put func(string, ...any), r *suites.Results) {
	heads := []string{"pass", "fail", "warning", "inconclusive", "n/a", "not run", "error"}
	row := fmt.Sprintf("%-8s", "")
	for _, h := range heads {
		row += fmt.Sprintf("%*s", cell(h), h)
	}
	put("%s", row)
	counts := count(r.Requirements)
	for _, level := range suites.Levels {
		row := fmt.Sprintf("%-8s", level)
		for i, v := range suites.Verdicts {
			row += fmt.Sprintf("%*d", cell(heads[i]), counts[level][v])
		}
		put("%s", row)
	}
}

// summaryNotes point at what the report tells beside the verdicts.
func summaryNotes(put func(string, ...any), r *suites.Results) {
	early := 0
	for _, s := range r.Scenarios {
		early += len(s.Early)
	}
	if len(r.Deviations)+early+len(r.Pacts) > 0 {
		put("")
	}
	for _, d := range r.Deviations {
		if d.Kind == suites.HookDeviation {
			for _, l := range wrap(line(d.Text, maxLine), summaryColumns, 4) {
				put("%s", l)
			}
		}
	}
	if n := len(r.Deviations); n > 0 {
		put("%s disclosed in the report.", plural(n, "deviation"))
	}
	if total, passed := pactCount(r.Pacts); total > 0 {
		put("%d of %s of pacts pass.", passed, plural(total, "interaction"))
	}
	if early > 0 {
		put("%s came before the 202: lawful, named as early in the report.", plural(early, "callback"))
	}
}

func cell(head string) int { return max(len(head), 5) + 2 }

// summaryEntriesOf lists what stands between the subject and a verdict of conformant: failures, then what has no verdict, then accepted failures, then warnings.
func summaryEntriesOf(put func(string, ...any), r *suites.Results) {
	var left, accepted []suites.RequirementResult
	for _, q := range withVerdict(r.Requirements, suites.Fail) {
		if q.Accepted == "" {
			left = append(left, q)
		} else {
			accepted = append(accepted, q)
		}
	}
	open := []suites.Verdict{suites.ErrorVerdict, suites.Inconclusive}
	if !filtered(r) { // what a filter left out is no news
		open = append(open, suites.NotRun)
	}
	for _, v := range open {
		for _, q := range withVerdict(r.Requirements, v) {
			if levelOf(q) == suites.Must {
				left = append(left, q)
			}
		}
	}
	left = slices.Concat(left, accepted, withVerdict(r.Requirements, suites.Warning))
	if len(left) == 0 {
		return
	}
	put("")
	ids, verdicts := 0, 0
	shown := left[:min(len(left), summaryEntries)]
	for _, q := range shown {
		ids = max(ids, columns(fit(line(q.ID, 80), 24)))
		verdicts = max(verdicts, len(entryWord(q)))
	}
	for _, q := range shown {
		id := fit(line(q.ID, 80), 24)
		put("%-*s  %s%s  %s", verdicts, entryWord(q), id, strings.Repeat(" ", ids-columns(id)), line(q.Title, maxLine))
	}
	if n := len(left) - len(shown); n > 0 {
		put("and %d more that did not pass", n)
	}
}

// entryWord is the verdict on a requirement, or that its failure is accepted.
func entryWord(q suites.RequirementResult) string {
	if q.Accepted != "" {
		return "accepted"
	}
	return string(verdictOf(q))
}

// filtered says whether only a part of the requirements was to be judged.
func filtered(r *suites.Results) bool {
	return slices.ContainsFunc(r.Deviations, func(d suites.Deviation) bool { return d.Kind == "filter" })
}

// wrap breaks s at its spaces into at most limit lines of at most width columns; the last one is cut.
func wrap(s string, width, limit int) []string {
	var lines []string
	for s != "" && len(lines) < limit-1 && columns(s) > width {
		cut := len(strings.TrimSuffix(fit(s, width), "…"))
		if at := strings.LastIndexByte(s[:cut], ' '); at > 0 {
			cut = at
		}
		lines = append(lines, s[:cut])
		s = strings.TrimLeft(s[cut:], " ")
	}
	if s != "" {
		lines = append(lines, fit(s, width))
	}
	return lines
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if head, found := strings.CutSuffix(word, "y"); found && utf8.RuneCountInString(head) > 0 {
		return fmt.Sprintf("%d %sies", n, head)
	}
	return fmt.Sprintf("%d %ss", n, word)
}
