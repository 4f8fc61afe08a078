//go:build pact

package session_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/session"
	"abdm.example/conformance/pacts/worker"
	"abdm.example/conformance/suites"
)

// built is the second binary, made once.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "conformance-pact")
	if out, err := exec.Command("go", "build", "-tags", "pact", "-o", path, "abdm.example/conformance/cmd/conformance-pact").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// listen is a free port on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// verified verifies all pacts whose provider is a role against a reference of that role.
func verified(t *testing.T, role contract.Role, faults ...string) []suites.PactResult {
	t.Helper()
	ours, theirs := listen(t), listen(t)
	cfg := config.Bundled(role)
	cfg.Harness.PublicURL, cfg.Subject.URL = "http://"+ours.Addr().String(), "http://"+theirs.Addr().String()
	cfg.Timing = config.Timing{Callback: 10 * time.Second, Quiet: 100 * time.Millisecond, Ack: 10 * time.Second}
	set, err := player.ParseFaults(role, faults...)
	if err != nil {
		t.Fatal(err)
	}
	var subject http.Handler
	if role == contract.Gateway {
		subject, err = player.NewGateway(player.GatewayOptions{Parties: player.Registrations(cfg), Faults: set})
	} else {
		options := player.AppOptionsOf(cfg)
		options.Faults = set
		subject = player.NewApp(options)
		cfg.Hooks.Start = &config.Hook{HTTP: &config.HTTPHook{URL: cfg.Subject.URL + player.PathStart}}
	}
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: subject, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(theirs) }()
	defer server.Close()
	redactor := journal.NewRedactor()
	j, err := journal.Create(filepath.Join(t.TempDir(), "evidence.jsonl"), scenario.Header(cfg, nil, suites.ProfileStrict, "test"), redactor)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close(journal.End{})
	network, err := scenario.OpenNetwork(scenario.NetworkOptions{Config: cfg, Journal: j, Redactor: redactor, Listener: ours})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	defer network.Close(ctx)
	if err := network.Preflight(ctx); err != nil {
		t.Fatal(err)
	}
	w, err := worker.Start(ctx, built(t))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := session.Open(session.Options{Config: cfg, Network: network, Worker: w})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []suites.PactResult
	for _, pair := range pacts.Pairs {
		if pair.Provider != role {
			continue
		}
		raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "pacts", pair.File()))
		if err != nil {
			t.Fatal(err)
		}
		file, err := pacts.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		result, err := s.Verify(ctx, pair.File(), file, pair.Consumer)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, result)
	}
	return all
}

func TestTheReferencesKeepThePacts(t *testing.T) {
	for _, role := range []contract.Role{contract.Gateway, contract.HIP, contract.HIU} {
		t.Run(string(role), func(t *testing.T) {
			for _, p := range verified(t, role) {
				for _, i := range p.Interactions {
					want := suites.Pass
					if strings.HasSuffix(i.Key, "-500") { // nobody can make the reference fail without hooks.states
						want = suites.Inconclusive
					}
					if i.Verdict != want {
						t.Errorf("%s %s is %s: %s %+v", p.File, i.Key, i.Verdict, i.Reason, i.Findings)
					}
				}
			}
		})
	}
}
