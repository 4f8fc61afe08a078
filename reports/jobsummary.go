package reports

import (
	"fmt"
	"io"
	"strings"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Limits of a job summary, in bytes and entries. GitHub refuses a step's summary of more than 1 MiB as a whole.
const (
	maxJobSummary = 512 << 10
	maxFixFirst   = 10
)

// JobSummary writes summary.md, the results for the summary of a job: the
// verdict and the counts, the first failures with what to do, and everything
// else folded. It is GitHub Flavored Markdown, and GitLab's too.
//
//	cat results/summary.md >> "$GITHUB_STEP_SUMMARY"
func JobSummary(w io.Writer, r *suites.Results, ev *journal.Evidence) error {
	m := messages.In(messages.English)
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s\n\n%s %s\n\n", badgeOf(m, r.Verdict).Sign, escape(headline(r)), escape(sentence(m, r)), escape(line(r.Reason, maxLine)))
	markdownUnredacted(&b, r)
	for _, notice := range noticesOf(m, ev) {
		fmt.Fprintf(&b, "> %s\n\n", escape(notice))
	}
	markdownCounts(&b, r)
	fixFirst(&b, r, ev)
	for _, s := range markdownSections {
		requirements := withVerdict(r.Requirements, s.verdict)
		folded(&b, fmt.Sprintf("%s (%d)", s.title, len(requirements)), func(b *strings.Builder) { markdownEntries(b, requirements) })
	}
	folded(&b, "Pacts", func(b *strings.Builder) { markdownPacts(b, r.Pacts) })
	folded(&b, fmt.Sprintf("Deviations disclosed (%d)", len(r.Deviations)), func(b *strings.Builder) { markdownDeviations(b, r) })
	folded(&b, "Facts", func(b *strings.Builder) { markdownFacts(b, r) })
	fmt.Fprintf(&b, "The whole report is %s, beside this file.\n", code(ReportFile))
	return write(w, []byte(b.String()), SummaryFile)
}

// fixFirst lists what to mend first, by cause: what was expected, what was received, what to do, and what follows from it.
func fixFirst(b *strings.Builder, r *suites.Results, ev *journal.Evidence) {
	m := messages.In(messages.English)
	var causes []*cause
	for _, c := range causesOf(r, recordOf(r, ev)) {
		if verdictOf(r.Requirements[c.Root]) == suites.Fail {
			causes = append(causes, c)
		}
	}
	if len(causes) == 0 {
		return
	}
	b.WriteString("### Fix first\n\n")
	for i, c := range causes {
		if i == maxFixFirst {
			fmt.Fprintf(b, "%d more causes are in the report.\n", len(causes)-i)
			break
		}
		root := r.Requirements[c.Root]
		if title := c.title(m); title != "" {
			fmt.Fprintf(b, "%d. %s **%s** (%s) %s\n", i+1, escape(title), escape(line(root.ID, 120)), levelOf(root), escape(line(root.Title, maxLine)))
		} else {
			fmt.Fprintf(b, "%d. **%s** (%s) %s\n", i+1, escape(line(root.ID, 120)), levelOf(root), escape(line(root.Title, maxLine)))
		}
		f := c.Finding
		at := ""
		if f.Pointer != "" {
			at = code(f.Pointer) + ": "
		}
		if f.Expected+f.Received != "" {
			fmt.Fprintf(b, "   - %sexpected %s, received %s\n", at, code(f.Expected), code(f.Received))
		}
		if f.Hint != "" {
			fmt.Fprintf(b, "   - what to do: %s\n", escape(line(f.Hint, maxLine)))
		}
		for _, follows := range []struct {
			says string
			all  []int
		}{{m.T("fix.others", "N", len(c.Others)), c.Others}, {m.T("fix.blocked", "N", len(c.Blocked)), c.Blocked}} {
			if len(follows.all) > 0 {
				fmt.Fprintf(b, "   - %s: %s\n", follows.says, escape(named(r, follows.all)))
			}
		}
	}
	b.WriteString("\n")
}

// named are the ids of requirements, at most ten of them.
func named(r *suites.Results, positions []int) string {
	var ids []string
	for n, i := range positions {
		if n == 10 {
			ids = append(ids, fmt.Sprintf("and %d more", len(positions)-n))
			break
		}
		ids = append(ids, line(r.Requirements[i].ID, 80))
	}
	return strings.Join(ids, ", ")
}

// folded writes what fill writes below a title that opens it; nothing where that is nothing, and a sentence where there is no room.
func folded(b *strings.Builder, title string, fill func(*strings.Builder)) {
	var inner strings.Builder
	fill(&inner)
	text := strings.TrimRight(inner.String(), "\n")
	switch {
	case text == "":
		return
	case b.Len()+len(text) > maxJobSummary:
		fmt.Fprintf(b, "%s: too long for a job summary; the report has it.\n\n", title)
	default:
		fmt.Fprintf(b, "<details><summary>%s</summary>\n\n%s\n\n</details>\n\n", title, text)
	}
}
