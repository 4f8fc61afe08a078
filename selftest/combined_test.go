package selftest_test

import (
	"slices"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// The reference with a CM inside conforms, decided sessions included, and faults of the gateway and of its CM are caught there.
func TestACMInsideIsJudged(t *testing.T) {
	faults := []string{"combined/ack-200", "combined/no-replay-check", "combined/both-headers", "gateway/inside-any-otp",
		"gateway/inside-patient-in-link", "gateway/inside-token-in-kyc", "gateway/inside-unknown-known", "gateway/inside-error-as-grant"}
	m, err := selftest.Run(t.Context(), selftest.Options{Role: contract.Gateway, Specs: gateway.Specs, Only: append([]string{"variant/combined"}, faults...),
		Parallel: 3, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{"variant/combined"}, faults...) {
		i := slices.IndexFunc(m.Outcomes, func(o selftest.Outcome) bool { return o.Name == name })
		if i < 0 {
			t.Errorf("%s was not played", name)
			continue
		}
		if o := m.Outcomes[i]; !o.Right || o.Variant && o.Verdict != suites.Conformant {
			t.Errorf("%s is not as it must be: %+v", name, o)
		}
	}
}
