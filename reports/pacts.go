package reports

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"abdm.example/conformance/suites"
)

// PactSummary writes what was found on Pact files, for a terminal of 80 columns: a line for each file, and one for each
// interaction that does not agree or could not be verified. dir is the run's directory.
func PactSummary(w io.Writer, all []suites.PactResult, dir string) error {
	var b strings.Builder
	put := func(format string, args ...any) {
		b.WriteString(fit(strings.TrimRight(fmt.Sprintf(format, args...), " "), summaryColumns) + "\n")
	}
	for _, p := range all {
		tally := map[suites.Verdict]int{}
		for _, i := range p.Interactions {
			tally[i.Verdict]++
		}
		put("%-25s %3d pass %3d fail %3d warning %3d inconclusive %3d n/a", fit(line(p.File, 80), 25), tally[suites.Pass], tally[suites.Fail],
			tally[suites.Warning], tally[suites.Inconclusive], tally[suites.NotApplicable])
	}
	var reasons []string
	because, verdict := map[string][]string{}, map[string]suites.Verdict{}
	for _, p := range all {
		for _, i := range p.Interactions {
			name := p.Consumer + " to " + p.Provider + ": " + i.Description
			if i.Reason != "" && because[i.Reason] == nil {
				reasons = append(reasons, i.Reason)
			}
			if i.Reason != "" {
				because[i.Reason] = append(because[i.Reason], p.Consumer+"-"+p.Provider+" "+i.Key)
				verdict[i.Reason] = i.Verdict
			}
			if i.Verdict != suites.Fail && i.Verdict != suites.Warning {
				continue
			}
			put("")
			put("%s  %s", i.Verdict, line(name, maxLine))
			for _, f := range i.Findings {
				for _, l := range wrap(line(strings.TrimPrefix(f.Pointer+": ", ": ")+"expected "+f.Expected+"; received "+f.Received, maxLine), summaryColumns-6, 3) {
					put("      %s", l)
				}
			}
		}
	}
	for _, reason := range reasons { // one missing hook stops many
		put("")
		for n, l := range wrap(line(reason, maxLine), summaryColumns-15, 6) {
			put("%-14s %s", map[bool]suites.Verdict{true: verdict[reason]}[n == 0], l)
		}
		for _, l := range wrap(line(strings.Join(because[reason], ", "), maxLine), summaryColumns-15, 4) {
			put("%-14s %s", "", l)
		}
	}
	if dir != "" {
		b.WriteString("\nReport: " + fitEnd(line(filepath.Join(dir, ReportFile), 4096), summaryColumns-len("Report: ")) + "\n")
	}
	return write(w, []byte(b.String()), "the summary")
}
