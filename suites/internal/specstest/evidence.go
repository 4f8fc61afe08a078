package specstest

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Subject is a subject that is served for a test.
type Subject struct {
	http.Handler
	// Close ends what it still sends.
	Close func(context.Context) error
}

// Record plays those scenarios that the patterns select against a subject on loopback and reads the evidence back. serve
// makes the subject, once the configuration has the URLs of both sides; its own base URL is below path.
func Record(t *testing.T, cfg *config.Config, path string, patterns []string, serve func(*config.Config) Subject) *journal.Evidence {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	defer server.Close()
	cfg.Subject.URL, cfg.Harness.PublicURL = "http://"+server.Listener.Addr().String()+path, "http://"+listener.Addr().String()
	cfg.Timing = config.Timing{Callback: 20 * time.Second, Quiet: 100 * time.Millisecond, Ack: 10 * time.Second}
	subject := serve(cfg)
	server.Config.Handler = subject
	server.Start()
	scenarios := scenario.Select(scenario.For(cfg.Subject.Role), patterns)
	file, redactor := filepath.Join(t.TempDir(), "evidence.jsonl"), journal.NewRedactor()
	j, err := journal.Create(file, scenario.Header(cfg, scenarios, suites.ProfileStrict, "test"), redactor)
	if err != nil {
		t.Fatal(err)
	}
	network, err := scenario.OpenNetwork(scenario.NetworkOptions{Config: cfg, Journal: j, Redactor: redactor, Listener: listener})
	if err != nil {
		t.Fatal(err)
	}
	closing, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err = errors.Join(network.Preflight(closing), network.Play(closing, scenarios, nil), network.Close(closing), subject.Close(closing),
		j.Close(journal.End{Finished: time.Now().UTC()})) // in this order
	if err != nil {
		t.Fatal(err)
	}
	evidence, err := journal.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return evidence
}

// Judge judges evidence and returns the results, also as text.
func Judge(t *testing.T, ev *journal.Evidence, specs suites.Specs) (*suites.Results, string) {
	t.Helper()
	results, err := suites.Judge(t.Context(), ev, suites.Options{Version: "test"}, specs)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	return results, string(text)
}

// Verdicts are the verdicts of results by requirement.
func Verdicts(results *suites.Results) map[string]suites.Verdict {
	byID := map[string]suites.Verdict{}
	for _, q := range results.Requirements {
		byID[q.ID] = q.Verdict
	}
	return byID
}

// Less is the evidence without the exchanges and the closing lines that are named; nil names none.
func Less(ev *journal.Evidence, exchange func(*journal.Exchange) bool, closing func(journal.Scenario) bool) *journal.Evidence {
	changed := *ev
	if exchange != nil {
		changed.Exchanges = slices.DeleteFunc(slices.Clone(ev.Exchanges), exchange)
	}
	if closing != nil {
		changed.Scenarios = slices.DeleteFunc(slices.Clone(ev.Scenarios), closing)
	}
	return &changed
}

// Change is evidence in which one thing is different, and what must then be said.
type Change struct {
	Evidence *journal.Evidence
	Want     map[string]suites.Verdict
}

// Follow tests that verdicts follow from evidence: twice the same from the same, and the wanted ones from what has changed.
func Follow(t *testing.T, ev *journal.Evidence, specs suites.Specs, changes map[string]Change) {
	t.Helper()
	whole, text := Judge(t, ev, specs)
	if _, again := Judge(t, ev, specs); again != text {
		t.Error("two judgements of the same evidence differ")
	}
	before := Verdicts(whole)
	for name, change := range changes {
		results, _ := Judge(t, change.Evidence, specs)
		after := Verdicts(results)
		for id, want := range change.Want {
			if before[id] == want {
				t.Errorf("%s: %s was %s before", name, id, want)
			}
			if after[id] != want {
				t.Errorf("%s: %s is %s, want %s", name, id, after[id], want)
			}
		}
	}
}
