package selftest

import (
	"slices"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/bridge"
	"abdm.example/conformance/suites/gateway"
)

// Against a fault every scenario is played by which a requirement that it names is judged.
func TestAFaultMeetsTheScenariosInWhichItMustShow(t *testing.T) {
	for role, specs := range map[contract.Role]suites.Specs{contract.Gateway: gateway.Specs, contract.HIP: bridge.Specs(contract.HIP), contract.HIU: bridge.Specs(contract.HIU)} {
		all, patterns := scenario.For(role), patternsOf(specs)
		few := Options{scenarios: all, patterns: patterns}
		whole := few
		whole.Whole = true
		for _, s := range subjectsOf(role) {
			if sets := whole.played(s); len(sets) != 1 || len(sets[0]) != len(all) {
				t.Errorf("%s: %d sets of scenarios of the whole, with %d of %d in the first", s.name, len(sets), len(sets[0]), len(all))
			}
			sets := few.played(s)
			var names []string
			for _, p := range sets[len(sets)-1] {
				names = append(names, p.Name)
			}
			for _, p := range sets[0] {
				if !slices.Contains(names, p.Name) || len(sets) == 2 && len(sets[0]) >= len(sets[1]) {
					t.Errorf("%s meets %s among the few, and not among all", s.name, p.Name)
				}
			}
			for _, p := range all {
				due := s.variant || scenario.Matches(canonical, p.Name) || slices.ContainsFunc(s.expected, func(id string) bool {
					return slices.ContainsFunc(patterns[id], func(pattern string) bool { return scenario.Matches(pattern, p.Name) })
				})
				if due != slices.Contains(names, p.Name) {
					t.Errorf("%s meets %s: %t", s.name, p.Name, !due)
				}
			}
			if len(names) == 0 {
				t.Errorf("%s meets nothing", s.name)
			}
		}
	}
}
