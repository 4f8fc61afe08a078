package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// fact is one row of a table of facts.
type fact struct{ Name, Value string }

// factsOf are what identifies the run: a verdict means nothing without them.
func factsOf(m *messages.Catalogue, r *suites.Results) []fact {
	facts := []fact{
		{m.T("facts.subject"), r.Subject.Name},
		{m.T("facts.version"), r.Subject.Version},
		{m.T("facts.role"), string(r.Subject.Role)},
		{m.T("facts.url"), r.Subject.URL},
		{m.T("facts.topology"), string(r.Subject.Topology)},
		{m.T("facts.modes"), strings.Join(r.Subject.Modes, ", ")},
		{m.T("facts.purposes"), strings.Join(r.Subject.Purposes, ", ")},
		{m.T("facts.profile"), r.Profile},
		{m.T("facts.suite"), strings.TrimSpace(r.Suite.Name + " " + r.Suite.Version)},
		{m.T("facts.catalogue"), r.Suite.Catalogue},
		{m.T("facts.digest"), r.Suite.Digest},
		{m.T("facts.started"), stamp(r.Started)},
		{m.T("facts.finished"), stamp(r.Finished)},
		{m.T("facts.valid"), validity(m, r)},
		{m.T("facts.operator"), cmp.Or(r.Operator, m.T("facts.nobody"))},
		{m.T("facts.evidence"), strings.TrimSpace(m.T("facts.exchanges", "N", r.Evidence.Exchanges) + " " + r.Evidence.File)},
		{m.T("facts.evidence-digest"), r.Evidence.Digest},
	}
	if r.Subject.Topology == "" { // it is a gateway's
		facts = slices.DeleteFunc(facts, func(f fact) bool { return f.Name == m.T("facts.topology") })
	}
	for i := range facts {
		facts[i].Value = line(facts[i].Value, maxLine)
		if facts[i].Value == "" {
			facts[i].Value = "–"
		}
	}
	return facts
}

// validity says until when the certificate is good, or why there is none.
func validity(m *messages.Catalogue, r *suites.Results) string {
	switch {
	case r.ValidUntil != nil:
		return stamp(*r.ValidUntil)
	case r.Demonstration:
		return m.T("facts.demonstration")
	case r.Verdict != suites.Conformant:
		return m.T("facts.no-certificate")
	}
	return ""
}

// signatureOf says who signs the report: the signature itself cannot stand in what it signs.
func signatureOf(m *messages.Catalogue, o Options) string {
	if o.SignedBy == "" {
		return m.T("facts.unsigned")
	}
	return m.T("facts.signed", "Key", line(o.SignedBy, 80))
}

// environmentOf is the environment of the run, in the order of names.
func environmentOf(r *suites.Results) []fact {
	var facts []fact
	for _, name := range slices.Sorted(maps.Keys(r.Environment)) {
		facts = append(facts, fact{line(name, 120), line(r.Environment[name], maxLine)})
	}
	return facts
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
