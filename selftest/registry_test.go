package selftest_test

import (
	"slices"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/suites"
)

// A fault that names no MUST or SHOULD of the catalogue could not be caught.
func TestEveryFaultNamesARequirementOfTheCatalogue(t *testing.T) {
	for role, least := range map[contract.Role]int{contract.Gateway: 300, contract.HIP: 500, contract.HIU: 300} {
		faults := player.Registry(role)
		if len(faults) < least {
			t.Errorf("the registry of the %s has %d faults; the families are missing", role, len(faults))
		}
		for _, f := range faults {
			known := slices.ContainsFunc(f.Requirements, func(id string) bool {
				q, ok := suites.Requirements().Lookup(id)
				return ok && q.Level != suites.May && slices.Contains(q.Roles, role)
			})
			if !known {
				t.Errorf("%s names %v: none of them is a MUST or a SHOULD of the catalogue for this role", f.Name, f.Requirements)
			}
		}
	}
}
