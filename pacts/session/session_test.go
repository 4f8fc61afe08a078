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
	options := player.AppOptionsOf(cfg)
	options.Faults = set
	switch role {
	case contract.Gateway:
		subject, err = player.NewGateway(player.GatewayOptions{Parties: player.Registrations(cfg), Faults: set})
	case contract.CM:
		subject = player.NewCMApp(options, player.ConfiguredAccount(cfg))
		cfg.Hooks.Decide = &config.Hook{HTTP: &config.HTTPHook{URL: cfg.Subject.URL + player.PathDecide}}
	default:
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
	s, err := session.Open(session.Options{Config: cfg, Network: network, Worker: w, Redactor: redactor, States: func(ctx context.Context, name string, params map[string]any, action string) (map[string]any, error) {
		return scenario.AskHook(ctx, "hooks.states", *states, scenario.Parameters{"state": name, "params": params, "action": action})
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

// Each of these is a subject that answers otherwise than its consumers count on. A status that the contract does not allow
// is a failure, and how an error is written is a SHOULD.
func TestFaultyProvidersAreCaught(t *testing.T) {
	caught := map[string]string{
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
		"hip/ack-204":                                   "/response/status",
		"hip/ack-500:notify":                            "/response/status",
		"hip/ack-dropped:on-confirm":                    "/response",
		"hip/unserved:notify":                           "/response/status",
		"hip/400-as-500":                                "/response/status",
		"hip/401-as-403":                                "/response/status",
		"hip/error-body-flat":                           "/response/body",
		"hip/error-body-text":                           "/response/body",
		"hip/error-code-string":                         "/response/body/error/code",
		"hiu/ack-200":                                   "/response/status",
		"hiu/400-as-200":                                "/response/status",
		"hiu/401-as-500":                                "/response/status",
		"hiu/stranger-dropped":                          "/response/status",
		"hiu/error-body-empty":                          "/response/body",
		"cm/ack-200":                                    "/response/status",
		"cm/ack-500":                                    "/response/status",
		"cm/ack-dropped":                                "/response",
		"cm/auth-unchecked":                             "/response/status",
		"cm/garbage-token-accepted":                     "/response/status",
		"cm/401-as-403":                                 "/response/status",
		"cm/401-as-500":                                 "/response/status",
		"cm/400-as-500":                                 "/response/status",
		"cm/invalid-swallowed":                          "/response/status",
		"cm/error-body-flat":                            "/response/body",
		"cm/error-body-text":                            "/response/body",
		"cm/error-body-empty":                           "/response/body",
		"cm/error-code-string":                          "/response/body/error/code",
		"cm/error-message-missing":                      "/response/body/error",
		"cm/accept-missing:fetch-modes:/requestId":      "/response/status",
		"cm/accept-missing:init:/requestId":             "/response/status",
		"cm/accept-missing:confirm:/requestId":          "/response/status",
		"cm/accept-missing:on-notify:/requestId":        "/response/status",
		"cm/unserved:fetch-modes":                       "/response/status",
		"cm/unserved:init":                              "/response/status",
		"cm/unserved:confirm":                           "/response/status",
		"cm/unserved:on-notify":                         "/response/status",
	}
	for name, want := range caught {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			soft := strings.HasPrefix(want, "/response/body")
			seen, failed := false, false
			for _, i := range interactions(t, name) {
				failed = failed || i.Verdict == suites.Fail
				for _, f := range i.Findings {
					seen = seen || strings.HasPrefix(f.Pointer, want)
					if f.Expected == "" || f.Received == "" {
						t.Errorf("%s: %+v", i.Key, f)
					}
				}
			}
			if !seen || failed == soft {
				t.Errorf("found at %s: %v; a failure: %v", want, seen, failed)
			}
		})
	}
	for _, f := range player.Registry(contract.CM) { // nothing else proves these
		if _, tried := caught[f.Name]; !tried {
			t.Errorf("%s is a fault that no verification has to catch", f.Name)
		}
	}
}

// No requirement forbids what these do. Of a 422 in the place of 400 the consumer is told.
func TestLawfulProvidersAreNotBlamed(t *testing.T) {
	all := []string{"gateway/members-reordered", "gateway/no-correlation-id", "gateway/no-origin-id", "gateway/400-as-422", "gateway/content-type-unchecked"}
	for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
		for _, f := range player.Unforbidden(role) {
			all = append(all, f.Name)
		}
	}
	for _, name := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, i := range interactions(t, name) {
				want := suites.Pass
				if strings.HasSuffix(name, "/400-as-422") && strings.Contains(i.Key, "-400") {
					want = suites.Warning
				}
				if i.Verdict != want {
					t.Errorf("%s is %s: %s %+v", i.Key, i.Verdict, i.Reason, i.Findings)
				}
			}
		})
	}
}

// interactions are what was found on the reference with a fault, named with its role.
func interactions(t *testing.T, fault string) []suites.PactInteraction {
	t.Helper()
	role, _, _ := strings.Cut(fault, "/")
	var all []suites.PactInteraction
	for _, p := range verified(t, contract.Role(role), fault) {
		all = append(all, p.Interactions...)
	}
	return all
}

func TestTheReferencesKeepThePacts(t *testing.T) {
	for _, role := range contract.Roles {
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
