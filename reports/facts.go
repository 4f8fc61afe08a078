package reports

import (
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/suites"
)

// fact is one row of a table of facts.
type fact struct{ Name, Value string }

// factsOf are what identifies the run: a verdict means nothing without them.
func factsOf(r *suites.Results) []fact {
	facts := []fact{
		{"Subject", r.Subject.Name},
		{"Version", r.Subject.Version},
		{"Role", string(r.Subject.Role)},
		{"URL", r.Subject.URL},
		{"Topology", string(r.Subject.Topology)},
		{"Modes declared", strings.Join(r.Subject.Modes, ", ")},
		{"Purposes declared", strings.Join(r.Subject.Purposes, ", ")},
		{"Profile", r.Profile},
		{"Suite", strings.TrimSpace(r.Suite.Name + " " + r.Suite.Version)},
		{"Catalogue", r.Suite.Catalogue},
		{"Digest", r.Suite.Digest},
		{"Started", stamp(r.Started)},
		{"Finished", stamp(r.Finished)},
	}
	if r.Subject.Topology == "" { // it is a gateway's
		facts = slices.DeleteFunc(facts, func(f fact) bool { return f.Name == "Topology" })
	}
	for i := range facts {
		facts[i].Value = line(facts[i].Value, maxLine)
		if facts[i].Value == "" {
			facts[i].Value = "–"
		}
	}
	return facts
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
