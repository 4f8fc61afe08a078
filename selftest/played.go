package selftest

import (
	"slices"
	"strings"

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

// everyTwist is the part of a pattern that stands for all unusual conversations of a bridge: a requirement that is judged by
// all that a bridge sends is broken in the usual ones, too, as a rule.
const everyTwist = "twist/..."

// played are the scenarios that are played against a subject: against a variant all of them, against a fault those by
// which the requirements that it names are judged, and the canonical conversations. Where few will do as a rule, those
// come first, and all of them where the few do not show the fault.
func (o Options) played(s subject) [][]scenario.Scenario {
	if s.variant || o.Whole {
		return [][]scenario.Scenario{o.scenarios}
	}
	few, all := []string{canonical}, []string{canonical}
	for _, id := range s.expected {
		for _, pattern := range o.patterns[id] {
			all = append(all, pattern)
			few = append(few, slices.DeleteFunc(strings.Split(pattern, "|"), func(part string) bool { return part == everyTwist })...)
		}
	}
	first, then := scenario.Select(o.scenarios, few), scenario.Select(o.scenarios, all)
	if len(first) == len(then) {
		return [][]scenario.Scenario{then}
	}
	return [][]scenario.Scenario{first, then}
}
