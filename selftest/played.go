package selftest

import (
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// patternsOf are the patterns of scenarios by which each requirement is judged.
func patternsOf(specs suites.Specs) map[string][]string {
	patterns := map[string][]string{}
	for _, c := range suites.List(specs) {
		patterns[c.Requirement] = append(patterns[c.Requirement], c.Flows)
	}
	return patterns
}

// canonical are the conversations as they should be, by which a check tells what a difference makes.
const canonical = "fetch-modes/...|flow/...|accept/*|control/*"

// played are the scenarios that are played against a subject: against a variant all of them, against a fault those by
// which the requirements that it names are judged, and the canonical conversations.
func (o Options) played(s subject) []scenario.Scenario {
	if s.variant || o.Whole {
		return o.scenarios
	}
	patterns := []string{canonical}
	for _, id := range s.expected {
		patterns = append(patterns, o.patterns[id]...)
	}
	return scenario.Select(o.scenarios, patterns)
}
