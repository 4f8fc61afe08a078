package reports

import (
	"fmt"
	"io"
	"strings"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Entries of a Markdown report: it goes into comments and job summaries, which have limits of their own.
const (
	maxMarkdownEntries  = 50
	maxMarkdownFindings = 3
)

// markdownSections are what stands between a subject and a clean report, the weightiest first.
var markdownSections = []struct {
	verdict suites.Verdict
	title   string
}{
	{suites.Fail, "Failed"}, {suites.ErrorVerdict, "Errors of the suite"}, {suites.Inconclusive, "Inconclusive"},
	{suites.NotRun, "Not run"}, {suites.Warning, "Warnings"},
}

// Markdown writes the results for an issue, a pull request or a job summary
// (GitHub Flavored Markdown). Foreign text is escaped or stands in code spans,
// so that it cannot become markup, a link or a mention.
func Markdown(w io.Writer, r *suites.Results) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s %s\n\n", escape(headline(r)), escape(sentence(messages.In(messages.English), r)), escape(line(r.Reason, maxLine)))
	markdownUnredacted(&b, r)
	markdownFacts(&b, r)
	markdownCounts(&b, r)
	for _, s := range markdownSections {
		markdownSection(&b, s.title, withVerdict(r.Requirements, s.verdict))
	}
	if len(r.Pacts) > 0 {
		b.WriteString("## Pacts\n\n")
		markdownPacts(&b, r.Pacts)
	}
	if len(r.Deviations) > 0 {
		b.WriteString("## Deviations disclosed\n\n")
		markdownDeviations(&b, r)
	}
	return write(w, []byte(strings.TrimRight(b.String(), "\n")+"\n"), "the Markdown report")
}

// markdownUnredacted brands a report that holds secrets.
func markdownUnredacted(b *strings.Builder, r *suites.Results) {
	if r.Unredacted {
		fmt.Fprintf(b, "> **UNREDACTED** %s\n\n", escape(messages.In(messages.English).T("notice.unredacted")))
	}
}

func markdownDeviations(b *strings.Builder, r *suites.Results) {
	for _, d := range r.Deviations {
		fmt.Fprintf(b, "- %s\n", escape(strings.TrimSpace(line(d.Kind, 80)+" "+line(d.ID, 80))+": "+line(d.Text, maxLine)))
	}
	b.WriteString("\n")
}

func markdownFacts(b *strings.Builder, r *suites.Results) {
	b.WriteString("| Fact | Value |\n|---|---|\n")
	for _, f := range factsOf(messages.In(messages.English), r) {
		fmt.Fprintf(b, "| %s | %s |\n", f.Name, code(f.Value))
	}
	b.WriteString("\n")
}

func markdownCounts(b *strings.Builder, r *suites.Results) {
	b.WriteString("| Level |")
	for _, v := range suites.Verdicts {
		fmt.Fprintf(b, " %s |", v)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(suites.Verdicts)) + "\n")
	counts := count(r.Requirements)
	for _, level := range suites.Levels {
		fmt.Fprintf(b, "| %s |", level)
		for _, v := range suites.Verdicts {
			fmt.Fprintf(b, " %d |", counts[level][v])
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func markdownSection(b *strings.Builder, title string, requirements []suites.RequirementResult) {
	if len(requirements) == 0 {
		return
	}
	fmt.Fprintf(b, "## %s (%d)\n\n", title, len(requirements))
	markdownEntries(b, requirements)
	b.WriteString("\n")
}

// markdownEntries lists requirements with their reasons and findings.
func markdownEntries(b *strings.Builder, requirements []suites.RequirementResult) {
	for i, q := range requirements {
		if i == maxMarkdownEntries {
			fmt.Fprintf(b, "- and %d more in results.json\n", len(requirements)-i)
			break
		}
		fmt.Fprintf(b, "- **%s** (%s) %s\n", escape(line(q.ID, 120)), levelOf(q), escape(line(q.Title, maxLine)))
		if q.Accepted != "" {
			fmt.Fprintf(b, "  - %s\n", escape(line(q.Accepted, maxLine)))
		}
		if q.Clause != "" {
			fmt.Fprintf(b, "  - clause: %s\n", escape(line(q.Clause, maxLine)))
		}
		for _, c := range q.Checks {
			if c.Reason != "" && c.Verdict != suites.Pass {
				fmt.Fprintf(b, "  - %s: %s\n", escape(line(string(c.Verdict), 80)), escape(line(c.Reason, maxLine)))
			}
		}
		markdownFindings(b, sightings(q.Checks))
	}
}

func markdownFindings(b *strings.Builder, all []sighting) {
	for i, f := range all {
		if i == maxMarkdownFindings {
			fmt.Fprintf(b, "  - and %s in results.json\n", plural(len(all)-i, "more finding"))
			return
		}
		b.WriteString("  - ")
		if f.Pointer != "" {
			fmt.Fprintf(b, "%s: ", code(f.Pointer))
		}
		fmt.Fprintf(b, "expected %s, received %s", code(f.Expected), code(f.Received))
		if len(f.Exchanges) > 0 {
			fmt.Fprintf(b, " (%s)", escape(line(exchangeList(f, 5), maxLine)))
		}
		b.WriteString("\n")
		if f.Hint != "" {
			fmt.Fprintf(b, "    - what to do: %s\n", escape(line(f.Hint, maxLine)))
		}
	}
}

// code is s in a code span that s cannot end, also within a table.
func code(s string) string {
	s = line(s, maxLine)
	if s == "" {
		return "–"
	}
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}

// addresses are the beginnings of what becomes a link by itself, whatever stands before them: http, HTTP, ftp.
var addresses = strings.NewReplacer("://", `\://`, "www.", `www\.`)

// escape is s as text: no character of it is markup, and no address in it becomes a link.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '@':
			b.WriteString("@\u2060") // a mention needs the name right behind the sign
			continue
		case strings.ContainsRune("\\`*_[]<>#|~&!$", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return addresses.Replace(b.String())
}
