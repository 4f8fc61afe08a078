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
		put("%-28s %3d pass %3d fail %3d inconclusive", line(p.File, 28), tally[suites.Pass], tally[suites.Fail], tally[suites.Inconclusive])
	}
	for _, p := range all {
		for _, i := range p.Interactions {
			if i.Verdict == suites.Pass {
				continue
			}
			put("")
			put("%-12s %s", i.Verdict, line(p.Consumer+" to "+p.Provider+": "+i.Description, maxLine))
			if i.Reason != "" {
				for _, l := range wrap(line(i.Reason, maxLine), summaryColumns-13, 4) {
					put("%-12s %s", "", l)
				}
			}
			for _, f := range i.Findings {
				put("%-12s %s: expected %s; received %s", "", line(f.Pointer, 60), line(f.Expected, 60), line(f.Received, 60))
			}
		}
	}
	if dir != "" {
		b.WriteString("\nReport: " + fitEnd(line(filepath.Join(dir, ReportFile), 4096), summaryColumns-len("Report: ")) + "\n")
	}
	return write(w, []byte(b.String()), "the summary")
}
