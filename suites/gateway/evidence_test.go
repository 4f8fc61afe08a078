package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// played is what Select leaves of the scenarios: valid conversations and some wrong messages. It is enough to judge by,
// and quick.
var played = []string{"fetch-modes/...", "flow/...", "unknown-patient/...", "token/missing/*", "address/both/*", "invalid/init/missing:*"}

// record plays some scenarios against the reference gateway and reads the evidence back. between, where it is not nil,
// lies between the players and the gateway, and sees what the gateway sends by the client that it returns.
func record(t *testing.T, patterns []string, between func(http.Handler) (http.Handler, *http.Client)) *journal.Evidence {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	cfg := config.Bundled(contract.Gateway)
	cfg.Subject.URL, cfg.Harness.PublicURL = "http://"+server.Listener.Addr().String()+"/gateway", "http://"+listener.Addr().String()
	cfg.Timing = config.Timing{Callback: 20 * time.Second, Quiet: 100 * time.Millisecond, Ack: 10 * time.Second}
	var reference *player.Gateway
	options := player.GatewayOptions{Prefix: "/gateway", PublicURL: cfg.Subject.URL, Parties: player.Registrations(cfg), Log: slog.New(slog.DiscardHandler)}
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reference.ServeHTTP(w, r) })
	if between != nil {
		server.Config.Handler, options.Client = between(server.Config.Handler)
	}
	if reference, err = player.NewGateway(options); err != nil {
		t.Fatal(err)
	}
	server.Start()
	scenarios := scenario.Select(scenario.For(contract.Gateway), patterns)
	path, redactor := filepath.Join(t.TempDir(), "evidence.jsonl"), journal.NewRedactor()
	j, err := journal.Create(path, scenario.Header(cfg, scenarios, suites.ProfileStrict, "test"), redactor)
	if err != nil {
		t.Fatal(err)
	}
	network, err := scenario.OpenNetwork(scenario.NetworkOptions{Config: cfg, Journal: j, Redactor: redactor, Listener: listener})
	if err != nil {
		t.Fatal(err)
	}
	closing, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = errors.Join(network.Preflight(closing), network.Play(closing, scenarios, nil), network.Close(closing), reference.Close(closing),
		j.Close(journal.End{Finished: time.Now().UTC()})) // in this order
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return evidence
}

// verdicts judges and returns the verdict of each requirement, and the results as text.
func verdicts(t *testing.T, ev *journal.Evidence) (map[string]suites.Verdict, string) {
	t.Helper()
	results, err := suites.Judge(t.Context(), ev, suites.Options{Version: "test"}, gateway.Specs)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]suites.Verdict{}
	for _, q := range results.Requirements {
		byID[q.ID] = q.Verdict
	}
	return byID, string(text)
}

// without is the evidence less what the function names.
func without(ev *journal.Evidence, exchange func(*journal.Exchange) bool, closing func(journal.Scenario) bool) *journal.Evidence {
	changed := *ev
	changed.Exchanges = slices.DeleteFunc(slices.Clone(ev.Exchanges), exchange)
	changed.Scenarios = slices.DeleteFunc(slices.Clone(ev.Scenarios), closing)
	return &changed
}

// What the suite says follows from the evidence, and evidence that lacks something never passes for whole.
func TestVerdictsFollowTheEvidence(t *testing.T) {
	ev := record(t, played, nil)
	whole, text := verdicts(t, ev)
	if _, again := verdicts(t, ev); again != text {
		t.Error("two judgements of the same evidence differ")
	}
	for id, v := range whole {
		if v == suites.Fail || v == suites.Warning {
			t.Errorf("%s is %s for the reference", id, v)
		}
	}
	no := func(journal.Scenario) bool { return false }
	const flow = "flow/hip/mobile-otp/link/granted"
	for name, row := range map[string]struct {
		changed *journal.Evidence
		want    map[string]suites.Verdict
	}{
		"no callback reached us": {without(ev, func(x *journal.Exchange) bool {
			return x.Scenario == flow && x.Direction == journal.Received && x.Endpoint == contract.OnInit
		}, no),
			map[string]suites.Verdict{"AUTH-GW-002": suites.Fail}},
		"no request reached our CM": {without(ev, func(x *journal.Exchange) bool {
			return x.Scenario == flow && x.Direction == journal.Received && x.Endpoint == contract.Init
		}, no),
			map[string]suites.Verdict{"AUTH-GW-001": suites.Fail}},
		"a scenario was not closed": {without(ev, func(*journal.Exchange) bool { return false }, func(s journal.Scenario) bool { return s.Name == flow }),
			map[string]suites.Verdict{"AUTH-GEN-001": suites.NotRun, "AUTH-GW-004": suites.NotRun, "AUTH-SEQ-001": suites.NotRun}},
		"the wrong message was not sent": {without(ev, func(x *journal.Exchange) bool {
			return x.Scenario == "token/missing/init" && x.Step == scenario.StepProbe
		}, no),
			map[string]suites.Verdict{"AUTH-GEN-019": suites.Inconclusive}},
	} {
		got, _ := verdicts(t, row.changed)
		for id, want := range row.want {
			if whole[id] == want {
				t.Errorf("%s: %s was %s before", name, id, want)
			}
			if got[id] != want {
				t.Errorf("%s: %s is %s, want %s", name, id, got[id], want)
			}
		}
	}
}
