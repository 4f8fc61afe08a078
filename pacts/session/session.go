// Package session verifies the pacts of one provider, the subject: it brings
// each provider state about with the suite's players, lets the worker send the
// message through a proxy that knows the tokens, and says what was found.
package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/worker"
	"abdm.example/conformance/suites"
)

// Options are what a session needs.
type Options struct {
	Config  *config.Config
	Network *scenario.Network
	Worker  *worker.Worker
	// Foreign says that the pacts are a vendor's: the ids in their examples are put right before they are sent, since their
	// consumer does not know our conversations.
	Foreign bool
	// States brings a provider state about in the place of our players, as hooks.states says; nil where there is no such hook.
	States func(ctx context.Context, name string, params map[string]any) (map[string]any, error)
}

// Session verifies pacts one interaction at a time. Close it when done.
type Session struct {
	options Options
	dir     string
	server  *http.Server
	served  chan error
	base    string
	now     current
}

// Step is the step under which the message of an interaction stands in the evidence.
const Step = "pact"

// Open starts the proxy and the provider states on loopback.
func Open(o Options) (*Session, error) {
	dir, err := os.MkdirTemp("", "conformance-pact-")
	if err != nil {
		return nil, fmt.Errorf("no temporary directory for the interactions: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("no free port on loopback for the provider states: %w", err), os.RemoveAll(dir))
	}
	s := &Session{options: o, dir: dir, served: make(chan error, 1), base: "http://" + l.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathStates, s.serveState)
	mux.HandleFunc("/", s.serveProxy)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second}
	go func() { s.served <- s.server.Serve(l) }()
	return s, nil
}

// Close ends the session. The network and the worker stay as they are.
func (s *Session) Close() error {
	err := s.server.Close()
	if ended := <-s.served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Verify verifies every HTTP interaction of a Pact file. consumer is its consumer's role. The error is a failure of our own
// side, or that nobody answers at the subject's URL (ErrUnreachable); what was found until then is returned with it.
func (s *Session) Verify(ctx context.Context, name string, file *pacts.File, consumer contract.Role) (suites.PactResult, error) {
	result := suites.PactResult{Consumer: file.Consumer, Provider: file.Provider, File: name, Interactions: []suites.PactInteraction{}}
	local, err := file.Localize(s.ids())
	if err != nil {
		return result, err
	}
	for _, i := range local.Interactions {
		if i.Type != pacts.TypeHTTP {
			continue
		}
		verified, err := s.interaction(ctx, name, local, i, consumer)
		result.Interactions = append(result.Interactions, verified)
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// ErrUnreachable says that the subject took no connection.
var ErrUnreachable = errors.New("the subject cannot be reached")

// ids are those of the configuration in the place of those of the examples.
func (s *Session) ids() map[string]string {
	id := s.options.Config.Identities
	ids := map[string]string{}
	for example, own := range map[string]string{pacts.ExampleHIP: id.HIP.ID, pacts.ExampleHIU: id.HIU.ID, pacts.ExampleCM: id.CM.ID} {
		if own != "" && !s.options.Foreign {
			ids[example] = own
		}
	}
	return ids
}

// interaction verifies one interaction.
func (s *Session) interaction(ctx context.Context, name string, file *pacts.File, i pacts.FileInteraction, consumer contract.Role) (suites.PactInteraction, error) {
	out := suites.PactInteraction{Key: i.Key, Description: i.Description, Findings: []suites.Finding{}}
	for _, state := range i.States {
		out.States = append(out.States, state.Name)
	}
	text, err := file.Single(i)
	if err != nil {
		return out, err
	}
	path := filepath.Join(s.dir, "interaction.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return out, fmt.Errorf("an interaction cannot be handed over: %w", err)
	}
	c := s.now.begin(ctx, "pact/"+strings.TrimSuffix(name, ".json")+"/"+i.Key, i, consumer)
	out.Scenario = c.scenario
	timing := s.options.Config.Timing
	verified, err := s.options.Worker.Do(worker.Job{File: path, Provider: file.Provider, Target: s.base, States: s.base + pathStates, Timeout: timing.Ack + timing.Callback})
	if err != nil {
		return out, err
	}
	cannot, dead := s.now.end()
	switch {
	case dead != nil:
		return out, fmt.Errorf("%w: %w", ErrUnreachable, dead)
	case cannot != "":
		out.Verdict, out.Reason = suites.Inconclusive, cannot
	case verified.Matched():
		out.Verdict = suites.Pass
	case verified.Failure != "" && len(verified.Mismatches) == 0:
		out.Verdict, out.Reason = suites.Inconclusive, verified.Failure
	default:
		out.Verdict, out.Findings = suites.Fail, findings(verified.Mismatches)
	}
	return out, nil
}

// shown is a value of a mismatch as text.
func shown(value any) string {
	if text := fmt.Sprint(value); value != nil && text != "" {
		return text
	}
	return "nothing"
}

// findings are the mismatches in the words of the suite.
func findings(all []worker.Mismatch) []suites.Finding {
	var out []suites.Finding
	for _, m := range all {
		f := suites.Finding{Expected: shown(m.Expected), Received: shown(m.Actual), Hint: m.Text}
		switch m.Type {
		case "StatusMismatch":
			f.Pointer, f.Expected, f.Received = "/response/status", "status "+f.Expected, "status "+f.Received
		case "HeaderMismatch":
			f.Pointer = "/response/headers/" + m.Key
		default:
			f.Pointer = "/response/body" + strings.NewReplacer("$", "", ".", "/", "[", "/", "]", "").Replace(m.Path)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}
