package gateway_test

import (
	"strings"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
	"abdm.example/conformance/suites/internal/specstest"
)

// closedToBridges judges AUTH-GW-015 on a gateway with a CM inside that commits those faults.
func closedToBridges(t *testing.T, faults ...string) suites.CheckResult {
	t.Helper()
	ev := specstest.Record(t, config.Bundled(contract.Gateway), "/gateway", []string{"combined/cm-facing/bridge/*", "combined/cm-facing/forged/*"}, func(cfg *config.Config) specstest.Subject {
		cfg.Subject.Topology = config.Combined
		o := player.GatewayOptions{Prefix: "/gateway", PublicURL: cfg.Subject.URL, PassThrough: true}
		var err error
		if o.Faults, err = player.ParseFaults(contract.Gateway, faults...); err != nil {
			t.Fatal(err)
		}
		combined, err := player.NewCombined(cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		return specstest.Subject{Handler: combined, Close: combined.Close}
	})
	results, _ := specstest.Judge(t, ev, gateway.Specs)
	for _, q := range results.Requirements {
		for _, c := range q.Checks {
			if q.ID == "AUTH-GW-015" && strings.HasPrefix(c.Scenario, "combined/cm-facing/") {
				return c
			}
		}
	}
	t.Fatal("no check judges it")
	return suites.CheckResult{}
}

// A gateway that keeps the bridge's requestId on the way to its CM can be answered by whoever learns the requestId, where it
// looks neither at the role of the token nor at who was asked.
func TestWhatABridgeForgesIsTellableFromTheTruth(t *testing.T) {
	if c := closedToBridges(t); c.Verdict != suites.Pass || c.Judged != 7 {
		t.Errorf("the reference is %s after %d judged: %s %+v", c.Verdict, c.Judged, c.Reason, c.Findings)
	}
	for endpoint, faults := range map[string][]string{
		contract.OnInit:    {"role-unchecked:on-init", "callback-from-any-cm", "duplicate-callback-delivered"},
		contract.OnConfirm: {"role-unchecked:on-confirm", "callback-from-any-cm", "duplicate-callback-delivered"},
		contract.Notify:    {"role-unchecked:notify"},
	} {
		c := closedToBridges(t, faults...)
		reached, others := 0, 0
		for _, f := range c.Findings {
			switch {
			case f.Scenario == "combined/cm-facing/forged/"+endpoint && strings.Contains(f.Received, "which our hiu had made, reached our hip"):
				reached++
			case !strings.HasSuffix(f.Scenario, "/"+endpoint):
				others++
			}
		}
		if c.Verdict != suites.Fail || reached != 1 || others != 0 {
			t.Errorf("%s: %s, %d forged messages seen at the HIP: %+v", endpoint, c.Verdict, reached, c.Findings)
		}
	}
}
