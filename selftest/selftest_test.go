package selftest_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

func TestAFaultIsCaughtAndTheReferenceIsGreen(t *testing.T) {
	var ended []string
	m, err := selftest.Run(t.Context(), selftest.Options{Role: contract.Gateway, Specs: gateway.Specs, Only: []string{"variant/reference", "gateway/ack-200"},
		Parallel: 2, Version: "test", Ended: func(o selftest.Outcome) { ended = append(ended, o.Name) }})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Faults()) != 1 || len(m.Variants()) != 1 || len(ended) != 2 {
		t.Fatalf("%d faults, %d variants, ended %v", len(m.Faults()), len(m.Variants()), ended)
	}
	for _, o := range m.Missed() {
		t.Errorf("%s is not as it must be: %+v", o.Name, o)
	}
	fault, reference := m.Faults()[0], m.Variants()[0]
	if fault.Verdict != suites.NotConformant || reference.Verdict != suites.Conformant {
		t.Errorf("the fault is %s, the reference %s", fault.Verdict, reference.Verdict)
	}
	i := slices.IndexFunc(fault.Caught, func(c selftest.Catch) bool { return c.Requirement == "AUTH-GEN-001" })
	if i < 0 || fault.Caught[i].Finding.Exchange == "" || !strings.HasSuffix(fault.Caught[i].Finding.Received, "was answered 200") {
		t.Errorf("ack-200 is caught by %+v", fault.Caught)
	}
	if slices.ContainsFunc(m.Unproven, func(name string) bool { return strings.HasPrefix(name, "AUTH-GEN-001:") }) || len(m.Unproven) == 0 {
		t.Errorf("unproven after one fault: %v", m.Unproven)
	}
}

// blind judges what every subject keeps: it sees no fault.
func blind() {
	ginkgo.It("sees nothing", suites.Check("AUTH-GEN-001", "flow/...", func(c *suites.C) {
		c.Each(func(*suites.Flow) { c.Judged(1) })
	}))
}

func TestABlindSuiteIsFoundOut(t *testing.T) {
	m, err := selftest.Run(t.Context(), selftest.Options{Role: contract.Gateway, Specs: blind, Only: []string{"gateway/ack-200"}})
	if err != nil {
		t.Fatal(err)
	}
	if missed := m.Missed(); len(missed) != 1 || missed[0].Right || len(missed[0].Caught) != 0 || missed[0].Error != "" {
		t.Errorf("missed %+v", missed)
	}
	if len(m.Unproven) != 1 {
		t.Errorf("unproven %v", m.Unproven)
	}
}

func TestSelftestRefusesWhatItCannotPlay(t *testing.T) {
	for name, o := range map[string]selftest.Options{
		"an unknown fault": {Role: contract.Gateway, Specs: gateway.Specs, Only: []string{"no-such-fault"}},
		"another role":     {Role: contract.CM, Specs: gateway.Specs},
	} {
		if _, err := selftest.Run(t.Context(), o); err == nil {
			t.Errorf("%s was played", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := selftest.Options{Role: contract.Gateway, Specs: gateway.Specs, Only: []string{"variant/reference"}}
	if _, err := selftest.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted selftest ends with %v", err)
	}
}

func TestFaultsNameRequirements(t *testing.T) {
	id := regexp.MustCompile(`^AUTH-[A-Z]+-\d{3}$`)
	for _, f := range player.Registry(contract.Gateway) {
		if f.Summary == "" {
			t.Errorf("%s says nothing of what it does", f.Name)
		}
		for _, r := range f.Requirements {
			if !id.MatchString(r) {
				t.Errorf("%s breaks %q, which is no id of a requirement", f.Name, r)
			}
		}
	}
}
