package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/suites"
)

// DiffJSON writes a comparison as JSON, indented by two spaces; its schema is schemas/diff.schema.json.
func DiffJSON(w io.Writer, d *compare.Diff) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("the comparison could not be encoded: %w", err)
	}
	return write(w, shown(b.Bytes()), "the comparison")
}

// Findings of one change that text and page tell; the JSON holds all.
const maxDiffFindings = 3

// diffTitles are the kinds of changes as the text of a comparison names them.
var diffTitles = map[compare.Kind]string{
	compare.NewlyFailing: "newly failing", compare.Vanished: "vanished", compare.Changed: "changed", compare.New: "new",
	compare.Fixed: "fixed", compare.Findings: "with other findings",
}

// DiffText writes a comparison for a person at a terminal: at most 80 columns wide and free of control characters.
func DiffText(w io.Writer, d *compare.Diff) error {
	t := &textPage{}
	outcome := "NOT WORSE"
	switch {
	case d.Worse:
		outcome = "WORSE"
	case d.Empty():
		outcome = "SAME"
	}
	t.put(0, "%s  %s", outcome, diffTally(d))
	for _, run := range []struct {
		head string
		compare.Run
	}{{"before", d.Before}, {"after", d.After}} {
		t.put(0, "%-7s %-14s  %s, %s", run.head, run.Verdict, runName(run.Run), stamp(run.Started))
	}
	if d.VerdictWorse {
		t.put(0, "The verdict of the run got worse: %s", line(d.After.Reason, maxLine))
	}
	if len(d.Circumstances) > 0 {
		t.head("Other circumstances, from which changes may come")
		for _, c := range d.Circumstances {
			t.put(2, "%s: %s → %s", line(c.Name, 120), orDash(c.Before), orDash(c.After))
		}
	}
	for _, kind := range compare.Kinds {
		if n := d.Count(kind); n > 0 {
			t.head(fmt.Sprintf("%s (%d)", capital(diffTitles[kind]), n))
			for _, changes := range [][]compare.Change{d.Requirements, d.Interactions} {
				for _, c := range changes {
					if c.Kind == kind {
						t.change(c)
					}
				}
			}
		}
	}
	return write(w, []byte(t.String()), "the comparison")
}

// textPage is text of at most 80 columns.
type textPage struct{ strings.Builder }

// put writes what is one paragraph, indented; what does not fit on a line goes on below, a little further to the right.
func (t *textPage) put(indent int, format string, args ...any) {
	margin := strings.Repeat(" ", indent)
	for i, l := range wrap(strings.TrimRight(fmt.Sprintf(format, args...), " "), summaryColumns-indent-2, 8) {
		if i == 1 {
			margin += "  "
		}
		t.WriteString(margin + l + "\n")
	}
}

func (t *textPage) head(text string) { t.WriteString("\n" + text + "\n") }

func (t *textPage) change(c compare.Change) {
	verdicts := fmt.Sprintf("%s → %s", c.Before, c.After)
	if c.Before == c.After {
		verdicts = string(c.After)
	}
	if c.Worse {
		verdicts += ", worse"
	}
	t.put(2, "%s: %s: %s", strings.TrimSpace(line(c.ID, 120)+" "+string(c.Level)), verdicts, line(c.Title, maxLine))
	for _, list := range []struct {
		sign     string
		findings []suites.Finding
	}{{"+", c.Appeared}, {"-", c.Gone}} {
		groups := compare.Grouped(list.findings)
		for i, f := range groups {
			if i == maxDiffFindings {
				t.put(4, "%s and %s", list.sign, plural(len(groups)-i, "other"))
				break
			}
			t.put(4, "%s %s", list.sign, strings.TrimSpace(fmt.Sprintf("%s expected %s, received %s%s", line(f.Pointer, 120), line(f.Expected, maxLine), line(f.Received, maxLine), times(f.Times))))
		}
	}
}

// times says how often something was found, where it was more than once.
func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}

// diffTally says in words how much changed.
func diffTally(d *compare.Diff) string {
	var all []string
	for _, kind := range compare.Kinds {
		if n := d.Count(kind); n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, diffTitles[kind]))
		}
	}
	if all == nil {
		return "no requirement changed"
	}
	return strings.Join(all, ", ")
}

func runName(r compare.Run) string {
	return strings.TrimSpace(line(r.Subject, 120) + " " + line(r.Version, 80))
}

func orDash(s string) string {
	if s = line(s, maxLine); s == "" {
		return "–"
	}
	return s
}

// capital is s with a capital at its beginning.
func capital(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:size]) + s[size:]
}
