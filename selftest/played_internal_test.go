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
			if n := len(whole.played(s)); n != len(all) {
				t.Errorf("%s: %d of %d scenarios of the whole", s.name, n, len(all))
			}
			var names []string
			for _, p := range few.played(s) {
				names = append(names, p.Name)
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
