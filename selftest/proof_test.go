package selftest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/bridge"
	"abdm.example/conformance/suites/gateway"
)

// What takes minutes is asked for: with "1" each fault meets the scenarios in which it must show, with "whole" all of them.
const proofVariable = "CONFORMANCE_SELFTEST"

// matricesVariable names a directory for the kill matrices, below which each role has its own.
const matricesVariable = "CONFORMANCE_SELFTEST_OUT"

// roles are those of which is proven that the suite sees, and how many faults and lawful variants there are at the least.
var roles = map[contract.Role]struct {
	specs            suites.Specs
	faults, variants int
}{
	contract.Gateway: {gateway.Specs, 300, 30},
	contract.HIP:     {bridge.Specs(contract.HIP), 250, 20},
	contract.HIU:     {bridge.Specs(contract.HIU), 250, 20},
}

// askedFor skips a test that takes minutes where nobody has asked for it.
func askedFor(t *testing.T) (whole bool) {
	t.Helper()
	asked := os.Getenv(proofVariable)
	if asked == "" {
		t.Skip("it takes minutes: set " + proofVariable + "=1 (or =whole); make test does")
	}
	return asked == "whole"
}

// Every fault is caught by a requirement that it names, nothing is found in a lawful variant, and every check has caught a fault.
func TestTheSuiteSees(t *testing.T) {
	whole := askedFor(t)
	for _, role := range selftest.Roles() {
		t.Run(string(role), func(t *testing.T) {
			if role != contract.Gateway { // a bridge is mostly waited for, a gateway keeps the processors busy
				t.Parallel()
			}
			proven, known := roles[role]
			if !known {
				t.Fatalf("nothing says what checks a %s is judged by", role)
			}
			m, err := selftest.Run(t.Context(), selftest.Options{Role: role, Specs: proven.specs, Whole: whole, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(t.Output(), "tally: %s: %s\n", role, m.Summary())
			if dir := os.Getenv(matricesVariable); dir != "" {
				if err := m.Write(filepath.Join(dir, string(role))); err != nil {
					t.Error(err)
				}
			}
			for _, o := range m.Outcomes {
				t.Run(o.Name, func(t *testing.T) {
					if !o.Right {
						t.Errorf("it is %s: expected %v, found %v, undecided %v %s", o.Word(), o.Expected, o.Found(), o.Undecided, o.Error)
					}
				})
			}
			t.Run("enough", func(t *testing.T) {
				if faults, variants := len(m.Faults()), len(m.Variants()); faults < proven.faults || variants < proven.variants {
					t.Errorf("%d faults and %d variants, where at least %d and %d are wanted", faults, variants, proven.faults, proven.variants)
				}
			})
			t.Run("reports tell it", func(t *testing.T) {
				told, _ := suites.Proven(role)
				if told.Whole != m.Whole && told.Digest != "" {
					t.Skip("the figures of suites/proof.json were measured with other scenarios")
				}
				measured := m.Figures()
				measured.Digest = told.Digest // the wording of a requirement changes no figure
				if told != measured {
					t.Errorf("reports say %+v, and measured is %+v: run make proof-figures after make test, and read what changed in suites/proof.json", told, measured)
				}
			})
			t.Run("every check is proven", func(t *testing.T) {
				for _, name := range m.Unproven {
					t.Errorf("no fault makes it fail: %s", name)
				}
			})
		})
	}
}
