//go:build pact

package session_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// binary is the path of the second binary.
var binary string

// TestMain builds the second binary once for all tests.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "session-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "conformance-pact")
	if out, err := exec.Command("go", "build", "-tags", "pact", "-o", binary, "abdm.example/conformance/cmd/conformance-pact").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
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
	states := &config.Hook{HTTP: &config.HTTPHook{URL: "http://" + theirs.Addr().String() + player.PathStates}}
	server := &http.Server{Handler: player.Unable(subject, pacts.StateUnhandled), ReadHeaderTimeout: time.Minute}
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
	w, err := worker.Start(ctx, binary)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := session.Open(session.Options{Config: cfg, Network: network, Worker: w, Redactor: redactor, States: func(ctx context.Context, name string, params map[string]any) (map[string]any, error) {
		return scenario.AskHook(ctx, "hooks.states", *states, scenario.Parameters{"state": name, "params": params, "action": "setup"})
	}})
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
		result, err := s.Verify(ctx, session.Pact{Name: pair.File(), File: file, Consumer: pair.Consumer})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, result)
	}
	return all
}

// Each of these is a subject that answers otherwise than its consumers count on, or a lawful variant, of which nothing is found.
func TestFaultyProvidersAreCaught(t *testing.T) {
	for name, want := range map[string]string{
		"gateway/ack-200":                               "/response/status",
		"gateway/error-body-flat":                       "/response/body",
		"gateway/error-body-text":                       "/response/body",
		"gateway/error-body-empty":                      "/response/body",
		"gateway/error-code-string":                     "/response/body/error/code",
		"gateway/400-as-500":                            "/response/status",
		"gateway/401-as-500":                            "/response/status",
		"gateway/garbage-token-accepted":                "/response/status",
		"gateway/missing-cm-dropped":                    "/response/status",
		"gateway/invalid-swallowed":                     "/response/status",
		"gateway/notify-as-callback":                    "/response/status",
		"gateway/auth-unchecked":                        "/response/status",
		"gateway/local-time-zone":                       "/response/status",
		"gateway/accept-missing:fetch-modes:/requestId": "/response/status",
		"gateway/accept-missing:on-init:/requestId":     "/response/status",
		"hip/ack-200:on-init":                           "/response/status",
		"hip/ack-500:notify":                            "/response/status",
		"gateway/members-reordered":                     "",
		"gateway/no-correlation-id":                     "",
		"gateway/no-origin-id":                          "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			role, _, _ := strings.Cut(name, "/")
			var found []string
			for _, p := range verified(t, contract.Role(role), name) {
				for _, i := range p.Interactions {
					if hard := strings.HasPrefix(want, "/response/status"); i.Verdict == suites.Fail && !hard {
						t.Errorf("%s failed, and how an error is written is a SHOULD", i.Key)
					}
					for _, f := range i.Findings {
						found = append(found, f.Pointer)
						if f.Expected == "" || f.Received == "" {
							t.Errorf("%s: %+v", i.Key, f)
						}
					}
				}
			}
			if (want == "") != (len(found) == 0) || want != "" && !slices.ContainsFunc(found, func(p string) bool { return strings.HasPrefix(p, want) }) {
				t.Errorf("found at %q, want %q", found, want)
			}
		})
	}
}

func TestTheReferencesKeepThePacts(t *testing.T) {
	for _, role := range []contract.Role{contract.Gateway, contract.HIP, contract.HIU} {
		t.Run(string(role), func(t *testing.T) {
			for _, p := range verified(t, role) {
				for _, i := range p.Interactions {
					if i.Verdict != suites.Pass {
						t.Errorf("%s %s is %s: %s %+v", p.File, i.Key, i.Verdict, i.Reason, i.Findings)
					}
				}
			}
		})
	}
}
