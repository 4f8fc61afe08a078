package selftest_test

import (
	"slices"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// The whole is `make selftest`; this is a slice of it: a fault of each kind, and variants of each kind.
func TestASliceOfTheKillMatrix(t *testing.T) {
	only := []string{
		"gateway/accept-missing:init:/query/purpose", "gateway/member-changed:on-confirm:/auth/accessToken", "gateway/replay-case-sensitive",
		"gateway/err-callback-then-real", "gateway/neither-accepted:notify", "gateway/alg-none-accepted",
		"variant/upper-case-ids", "variant/opaque-tokens", "variant/down-500", "variant/jittery-network",
	}
	m, err := selftest.Run(t.Context(), selftest.Options{Role: contract.Gateway, Specs: gateway.Specs, Only: only, Parallel: 3, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Faults()) != 6 || len(m.Variants()) != 4 {
		t.Errorf("%d faults and %d variants were played", len(m.Faults()), len(m.Variants()))
	}
	for _, o := range m.Missed() {
		t.Errorf("%s is %s: expected %v, found %v, undecided %v %s", o.Name, o.Word(), o.Expected, o.Found(), o.Undecided, o.Error)
	}
}

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
