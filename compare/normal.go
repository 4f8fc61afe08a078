package compare

import (
	"regexp"
	"strings"

	"abdm.example/conformance/suites"
)

// said is what a finding says, without what differs from run to run of the same subject.
func said(check string, f suites.Finding) string {
	return strings.Join([]string{check, f.Pointer, normal(f.Expected), normal(f.Received), normal(f.Scenario), normal(f.Hint), f.Tolerance}, "\x00")
}

// loopback is an address of this machine: whoever listens there takes the port that is free.
var loopback = regexp.MustCompile(`(\blocalhost|\b127\.\d+\.\d+\.\d+|\[::1\]):\d+`)

// withoutPorts is a setting without the ports that are free by chance.
func withoutPorts(s string) string {
	return loopback.ReplaceAllString(s[:min(len(s), mostCompared)], "$1:‹port›")
}

// fleeting are the things that differ between any two runs, in the order in which they are looked for, and what stands
// for them in a comparison.
var fleeting = []struct {
	is    *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`(‹redacted:[a-z-]+)#\d+`), `$1#n`},
	{regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`), `‹id›`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?`), `‹time›`},
	{regexp.MustCompile(`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`), `‹time›`},
	{regexp.MustCompile(`\b1\d{9}(?:\d{3})?\b`), `‹time›`}, // seconds or milliseconds since 1970
	{regexp.MustCompile(`\b[0-9a-fA-F]{16,}\b`), `‹id›`},
	{regexp.MustCompile(`\bp[0-9a-f]{11}@`), `‹id›@`}, // a patient of the run
	{loopback, `$1:‹port›`},
	{regexp.MustCompile(`\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ns|µs|ms|s)\b`), `‹duration›`},
	{regexp.MustCompile(`\be\d+\b`), `‹exchange›`},
	{regexp.MustCompile(`‹exchange›(?:(?:, | and )‹exchange›)*(?:, …|,? and \d+ more)?`), `‹exchange›`}, // how many there are is chance
}

// mostCompared is how many bytes of a text are compared: a subject that answers with megabytes has said it by then.
const mostCompared = 2000

// normal is the beginning of a text without the ids, times, ports and numbers of one run.
func normal(s string) string {
	s = s[:min(len(s), mostCompared)]
	for _, f := range fleeting {
		s = f.is.ReplaceAllString(s, f.shown)
	}
	return s
}

// Group are findings that say the same, wherever it was seen.
type Group struct {
	suites.Finding // the first of them
	Times          int
}

// Grouped puts findings together that say the same in whatever scenario, in the order of the first of each.
func Grouped(findings []suites.Finding) []Group {
	var all []Group
	at := map[string]int{}
	for _, f := range findings {
		nowhere := f
		nowhere.Scenario = ""
		says := said("", nowhere)
		i, known := at[says]
		if !known {
			i, at[says] = len(all), len(all)
			all = append(all, Group{Finding: f})
		}
		all[i].Times++
	}
	return all
}
