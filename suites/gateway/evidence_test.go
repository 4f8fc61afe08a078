package gateway_test

import (
	"log/slog"
	"net/http"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
	"abdm.example/conformance/suites/internal/specstest"
)

// played is what is left of the scenarios: valid conversations and some wrong messages. It is enough to judge by, and quick.
var played = []string{"fetch-modes/...", "flow/...", "unknown-patient/...", "token/missing/*", "token/empty/*", "address/both/*", "invalid/init/missing:*",
	"lawful/punctuation/*", "lawful/long-text/*", "lawful/lists/*", "lawful/transaction/*", "lawful/auth-code/*", "lawful/id-case/*", "lawful/no-m*/*", "lawful/error/*"}

// record plays some scenarios against the reference gateway and reads the evidence back. between, where it is not nil,
// lies between the players and the gateway, and sees what the gateway sends by the client that it returns.
func record(t *testing.T, patterns []string, between func(http.Handler) (http.Handler, *http.Client)) *journal.Evidence {
	t.Helper()
	return specstest.Record(t, config.Bundled(contract.Gateway), "/gateway", patterns, func(cfg *config.Config) specstest.Subject {
		var reference *player.Gateway
		var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reference.ServeHTTP(w, r) })
		options := player.GatewayOptions{Prefix: "/gateway", PublicURL: cfg.Subject.URL, Parties: player.Registrations(cfg), Log: slog.New(slog.DiscardHandler)}
		if between != nil {
			handler, options.Client = between(handler)
		}
		var err error
		if reference, err = player.NewGateway(options); err != nil {
			t.Fatal(err)
		}
		return specstest.Subject{Handler: handler, Close: reference.Close}
	})
}

// What the suite says follows from the evidence, and evidence that lacks something never passes for whole.
func TestVerdictsFollowTheEvidence(t *testing.T) {
	ev := record(t, played, nil)
	whole, _ := specstest.Judge(t, ev, gateway.Specs)
	for id, v := range specstest.Verdicts(whole) {
		if v == suites.Fail || v == suites.Warning {
			t.Errorf("%s is %s for the reference", id, v)
		}
	}
	const flow = "flow/hip/mobile-otp/link/granted"
	received := func(endpoint string) func(*journal.Exchange) bool {
		return func(x *journal.Exchange) bool {
			return x.Scenario == flow && x.Direction == journal.Received && x.Endpoint == endpoint
		}
	}
	specstest.Follow(t, ev, gateway.Specs, map[string]specstest.Change{
		"no callback reached us":    {Evidence: specstest.Less(ev, received(contract.OnInit), nil), Want: map[string]suites.Verdict{"AUTH-GW-002": suites.Fail}},
		"no request reached our CM": {Evidence: specstest.Less(ev, received(contract.Init), nil), Want: map[string]suites.Verdict{"AUTH-GW-001": suites.Fail}},
		"a scenario was not closed": {Evidence: specstest.Less(ev, nil, func(s journal.Scenario) bool { return s.Name == flow }),
			Want: map[string]suites.Verdict{"AUTH-GEN-002": suites.NotRun, "AUTH-GW-004": suites.NotRun, "AUTH-SEQ-001": suites.NotRun}},
		"the wrong message was not sent": {Evidence: specstest.Less(ev, func(x *journal.Exchange) bool {
			return x.Scenario == "token/missing/init" && x.Step == scenario.StepProbe
		}, nil), Want: map[string]suites.Verdict{"AUTH-GEN-019": suites.Inconclusive}},
	})
}
