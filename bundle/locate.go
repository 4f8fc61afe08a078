package bundle

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// maxLocated is the largest file in which the first difference is looked for, in bytes.
const maxLocated = 64 << 20

// locate says of each changed file where it first differs from what the suite wrote, where that can be made again: the
// reports from the results and the evidence, the results from the evidence.
func (v *Verification) locate(dir string, changed map[string]bool, s *statement, r *suites.Results, ev *journal.Evidence, judge Judge) {
	if ev == nil {
		return
	}
	if changed[reports.ResultsFile] {
		if r = s.again(r, ev, judge); r == nil {
			return
		}
	}
	for i := range v.Files {
		if f := &v.Files[i]; f.What == "changed" {
			v.point(dir, f, r, ev)
		}
	}
}

// again makes the results again that were signed, from the evidence and from what the statement says of them: changed is
// what they are now, nil where that cannot be read. It is nil where they cannot be made.
func (s *statement) again(changed *suites.Results, ev *journal.Evidence, judge Judge) *suites.Results {
	as := suites.Results{}
	if changed != nil {
		as = *changed
	}
	said := map[string]string{}
	for _, c := range s.predicate.Configuration[:min(1, len(s.predicate.Configuration))] {
		for name, value := range c.GetAnnotations().GetFields() {
			said[name] = value.GetStringValue()
		}
	}
	if len(s.predicate.Configuration) == 1 { // there was no baseline, and there were no pacts
		as.Baseline, as.Pacts = nil, nil
	} else if changed == nil {
		return nil
	}
	as.Profile = said["profile"]
	r, err := judge(ev, &as)
	if err != nil {
		return nil
	}
	r.Suite.Version = said["version"]
	return r
}

// point says where a file first differs, if it can be rendered again.
func (v *Verification) point(dir string, f *FileProblem, r *suites.Results, ev *journal.Evidence) {
	file, err := openIn(dir, f.Name)
	if err != nil {
		return
	}
	defer file.Close() //nolint:errcheck // it was only read
	is, err := io.ReadAll(io.LimitReader(file, maxLocated))
	if err != nil {
		return
	}
	at := -1
	for _, language := range messages.Languages { // that in which they agree longest is that of the report
		for _, key := range []string{v.KeyID, ""} { // a run that was signed later does not name the key
			was, err := reports.Render(f.Name, r, ev, reports.Options{Language: language, SignedBy: key})
			if err != nil {
				return // it is no file that is rendered
			}
			at = max(at, difference(is, was))
		}
	}
	if at < 0 {
		return
	}
	f.Byte, f.Line = &at, 1+bytes.Count(is[:at], []byte("\n"))
	f.Text = fmt.Sprintf("it is not what was signed: byte %d, in line %d, is the first that is not what this build renders", at, f.Line)
}

// compareNames orders what is wrong: the envelope first, then by name.
func compareNames(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == EnvelopeFile:
		return -1
	case b == EnvelopeFile:
		return 1
	}
	return strings.Compare(a, b)
}
