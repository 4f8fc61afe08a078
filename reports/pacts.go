package reports

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"abdm.example/conformance/suites"
)

// PactSummary writes what was found on Pact files, for a terminal of 80 columns: a line for each file, and an entry
// for what was found, with all interactions of which it is true: one mistake shows in many. dir is the run's directory.
func PactSummary(w io.Writer, all []suites.PactResult, dir string) error {
	var b strings.Builder
	put := func(format string, args ...any) {
		b.WriteString(fit(strings.TrimRight(fmt.Sprintf(format, args...), " "), summaryColumns) + "\n")
	}
	for _, p := range all {
		tally := pactTally(p)
		put("%-25s %3d pass %3d fail %3d warning %3d inconclusive %3d n/a", fit(line(p.File, 80), 25), tally[suites.Pass], tally[suites.Fail],
			tally[suites.Warning], tally[suites.Inconclusive], tally[suites.NotApplicable])
	}
	for _, g := range pactGroups(all) {
		put("")
		for n, l := range g.said() {
			put("%-14s %s", map[bool]suites.Verdict{true: g.verdict}[n == 0], l)
		}
	}
	if dir != "" {
		b.WriteString("\nReport: " + fitEnd(line(filepath.Join(dir, ReportFile), 4096), summaryColumns-len("Report: ")) + "\n")
	}
	return write(w, []byte(b.String()), "the summary")
}

// pactGroup is what was found of one or several interactions alike.
type pactGroup struct {
	verdict suites.Verdict
	texts   []string // what was found, or why there is no verdict
	files   []string
	keys    map[string][]string // of the interactions, by file
}

// pactGroups are what was found on interactions that do not pass, the gravest first.
func pactGroups(all []suites.PactResult) []*pactGroup {
	var groups []*pactGroup
	known := map[string]*pactGroup{}
	for _, p := range all {
		file := strings.TrimSuffix(p.File, ".json")
		for _, i := range p.Interactions {
			if i.Verdict == suites.Pass && i.Reason == "" {
				continue
			}
			texts := pactTexts(i)
			id := string(i.Verdict) + "\x00" + strings.Join(texts, "\x00")
			g := known[id]
			if g == nil {
				g = &pactGroup{verdict: i.Verdict, texts: texts, keys: map[string][]string{}}
				known[id], groups = g, append(groups, g)
			}
			if g.keys[file] == nil {
				g.files = append(g.files, file)
			}
			g.keys[file] = append(g.keys[file], i.Key)
		}
	}
	slices.SortStableFunc(groups, func(a, b *pactGroup) int { return cmp.Compare(pactWeight(a.verdict), pactWeight(b.verdict)) })
	return groups
}

// pactWeight is the place of a verdict among others.
func pactWeight(v suites.Verdict) int {
	return slices.Index([]suites.Verdict{suites.Fail, suites.Warning, suites.Inconclusive, suites.NotApplicable, suites.Pass}, v)
}

// pactTexts says what was found on an interaction, a text for each finding and each hint.
func pactTexts(i suites.PactInteraction) []string {
	if i.Reason != "" {
		return []string{i.Reason}
	}
	var all []string
	for n, f := range i.Findings {
		if n == maxPactFindings {
			return append(all, "and "+plural(len(i.Findings)-n, "more finding")+" in results.json")
		}
		all = append(all, strings.TrimPrefix(f.Pointer+": ", ": ")+"expected "+f.Expected+"; received "+f.Received)
		if f.Hint != "" && !slices.Contains(all, f.Hint) {
			all = append(all, f.Hint)
		}
	}
	return all
}

// said is the group in lines.
func (g *pactGroup) said() []string {
	var lines []string
	for _, text := range g.texts {
		lines = append(lines, wrap(line(text, maxLine), summaryColumns-15, 6)...)
	}
	for _, file := range g.files {
		lines = append(lines, wrap(line(file+": "+strings.Join(g.keys[file], ", "), maxLine), summaryColumns-15, 4)...)
	}
	return lines
}
