package reports

import (
	"fmt"
	"strings"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// pactVerdicts are the verdicts of interactions in the order in which reports print them.
var pactVerdicts = []suites.Verdict{suites.Pass, suites.Fail, suites.Warning, suites.Inconclusive, suites.NotApplicable}

// Findings of one interaction that reports other than results.json list.
const maxPactFindings = 5

// PactSuite is the name of the testsuite of pacts in junit.xml.
const PactSuite = "pact"

// pactEvidence says where the exchange of a finding stands, "" where there is none.
func pactEvidence(f suites.Finding) string {
	switch {
	case f.Exchange == "":
		return ""
	case strings.HasPrefix(f.Scenario, "pact/"):
		return line(f.Exchange, 80) + " in pact-evidence.jsonl"
	}
	return line(f.Exchange, 80) + " in evidence.jsonl"
}

// pactTally counts the interactions of a file by verdict.
func pactTally(p suites.PactResult) map[suites.Verdict]int {
	tally := map[suites.Verdict]int{}
	for _, i := range p.Interactions {
		tally[i.Verdict]++
	}
	return tally
}

// junitPacts is the testsuite of pacts, nil where none was verified.
func junitPacts(r *suites.Results) *junitSuite {
	if len(r.Pacts) == 0 {
		return nil
	}
	s := &junitSuite{Name: PactSuite, Time: seconds(0), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{{"subject", subjectName(messages.In(messages.English), r)}}}
	if r.Unredacted {
		s.Properties = append(s.Properties, junitProperty{"unredacted", "true"})
	}
	for _, p := range r.Pacts {
		for _, i := range p.Interactions {
			s.add(junitInteraction(p, i))
		}
	}
	return s
}

func junitInteraction(p suites.PactResult, i suites.PactInteraction) *junitCase {
	file := strings.TrimSuffix(line(p.File, 120), ".json")
	c := &junitCase{Name: file + "/" + line(i.Key, 120), Classname: "conformance." + PactSuite + "." + file, Time: seconds(0)}
	gist := interactionGist(i)
	outcome := &junitOutcome{Message: gist, Body: "\n" + interactionText(i)}
	switch i.Verdict {
	case suites.Pass:
		c.SystemOut = &junitText{outcome.Body}
	case suites.Warning:
		c.SystemOut = &junitText{"\nWARNING: " + gist + outcome.Body}
	case suites.Fail:
		outcome.Type = PactSuite
		c.Failure = outcome
	case suites.NotApplicable:
		outcome.Message = "not applicable: " + gist
		c.Skipped = outcome
	default:
		outcome.Type = string(suites.Inconclusive)
		c.Error = outcome
	}
	return c
}

// interactionGist says on one line why an interaction has its verdict.
func interactionGist(i suites.PactInteraction) string {
	if reason := line(i.Reason, maxLine); reason != "" || len(i.Findings) == 0 {
		return reason
	}
	return line("expected "+i.Findings[0].Expected+", received "+i.Findings[0].Received, maxLine)
}

// interactionText is an interaction and what was found on it, as text for a person.
func interactionText(i suites.PactInteraction) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", line(i.Description, maxLine))
	for _, s := range i.States {
		fmt.Fprintf(&b, "given: %s\n", line(s, maxLine))
	}
	for n, f := range i.Findings {
		if n == maxPactFindings {
			fmt.Fprintf(&b, "\nand %s in results.json\n", plural(len(i.Findings)-n, "more finding"))
			break
		}
		b.WriteString("\n")
		for _, member := range []struct{ name, value string }{
			{"pointer", f.Pointer}, {"expected", f.Expected}, {"received", f.Received}, {"exchange", pactEvidence(f)}, {"hint", f.Hint},
		} {
			if member.value != "" {
				fmt.Fprintf(&b, "  %-11s%s\n", member.name+":", line(member.value, maxText))
			}
		}
	}
	return b.String()
}

// markdownPacts writes a table of the Pact files and what is wrong with their interactions.
func markdownPacts(b *strings.Builder, all []suites.PactResult) {
	if len(all) == 0 {
		return
	}
	b.WriteString("| File |")
	for _, v := range pactVerdicts {
		fmt.Fprintf(b, " %s |", v)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(pactVerdicts)) + "\n")
	for _, p := range all {
		fmt.Fprintf(b, "| %s |", code(p.File))
		tally := pactTally(p)
		for _, v := range pactVerdicts {
			fmt.Fprintf(b, " %d |", tally[v])
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	entries := 0
	for _, p := range all {
		for _, i := range p.Interactions {
			if i.Verdict == suites.Pass || i.Verdict == suites.NotApplicable {
				continue
			}
			if entries++; entries > maxMarkdownEntries {
				continue
			}
			fmt.Fprintf(b, "- %s **%s** %s: %s\n", escape(line(string(i.Verdict), 80)), escape(line(i.Key, 120)), escape(line(p.Consumer+" to "+p.Provider, 120)), escape(line(i.Description, maxLine)))
			if i.Reason != "" {
				fmt.Fprintf(b, "  - %s\n", escape(line(i.Reason, maxLine)))
			}
			for n, f := range i.Findings {
				if n == maxMarkdownFindings {
					fmt.Fprintf(b, "  - and %s in results.json\n", plural(len(i.Findings)-n, "more finding"))
					break
				}
				fmt.Fprintf(b, "  - %s: expected %s, received %s\n", code(f.Pointer), code(f.Expected), code(f.Received))
			}
		}
	}
	if entries > maxMarkdownEntries {
		fmt.Fprintf(b, "- and %d more in results.json\n", entries-maxMarkdownEntries)
	}
	b.WriteString("\n")
}

// pactSection is one Pact file in report.html.
type pactSection struct {
	File, Parties, Digest, Tally string
	Foreign, Open                bool
	Rows                         []pactRow
	Left                         int // rows that are not shown
}

// pactRow is one interaction.
type pactRow struct {
	Key, Description, States, Reason string
	Badge                            badge
	Findings                         []pactFinding
	More                             int
}

type pactFinding struct{ Pointer, Expected, Received, Hint, Evidence string }

// pactsOf shows each file with at most l.pacts of its interactions, those with findings first.
func pactsOf(m *messages.Catalogue, r *suites.Results, l limits) []pactSection {
	var all []pactSection
	room := l.pacts
	for _, p := range r.Pacts {
		s := pactSection{File: line(p.File, 120), Parties: m.T("pacts.parties", "Consumer", line(p.Consumer, 80), "Provider", line(p.Provider, 80)), Digest: line(p.Digest, 80), Foreign: p.Foreign}
		tally := pactTally(p)
		var parts []string
		for _, v := range pactVerdicts {
			if tally[v] > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", tally[v], strings.ToLower(badgeOf(m, v).Word)))
			}
		}
		s.Tally, s.Open = strings.Join(parts, ", "), tally[suites.Fail]+tally[suites.Warning]+tally[suites.Inconclusive] > 0
		for _, wanted := range []bool{true, false} {
			for _, i := range p.Interactions {
				if wanted == (i.Verdict == suites.Pass) {
					continue
				}
				if room == 0 {
					s.Left++
					continue
				}
				room--
				s.Rows = append(s.Rows, pactRowOf(m, i))
			}
		}
		all = append(all, s)
	}
	return all
}

func pactRowOf(m *messages.Catalogue, i suites.PactInteraction) pactRow {
	row := pactRow{Key: line(i.Key, 120), Description: line(i.Description, maxLine), States: line(strings.Join(i.States, "; "), maxLine),
		Reason: line(i.Reason, maxLine), Badge: badgeOf(m, i.Verdict)}
	for n, f := range i.Findings {
		if n == maxPactFindings {
			row.More = len(i.Findings) - n
			break
		}
		row.Findings = append(row.Findings, pactFinding{line(f.Pointer, maxLine), line(f.Expected, maxLine), line(f.Received, maxLine), line(f.Hint, maxLine), pactEvidence(f)})
	}
	return row
}

// pactsFailed counts the interactions that the suite's own pacts ask for and that failed.
func pactsFailed(r *suites.Results) int {
	n := 0
	for _, p := range r.Pacts {
		if !p.Foreign {
			n += pactTally(p)[suites.Fail]
		}
	}
	return n
}

// pactCount counts the interactions of all files, and those that pass.
func pactCount(all []suites.PactResult) (total, passed int) {
	for _, p := range all {
		total += len(p.Interactions)
		passed += pactTally(p)[suites.Pass]
	}
	return total, passed
}
