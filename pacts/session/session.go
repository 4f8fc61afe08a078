// Package session verifies the pacts of one provider, the subject: it brings
// each provider state about with the suite's players, lets the worker send the
// message through a proxy that knows the tokens, and says what was found.
package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
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
	// Redactor is that of the network: what is found passes through it.
	Redactor *journal.Redactor
	// Reference says that the subject is our own reference: a vendor's state that we do not know needs nothing there.
	Reference bool
	// States brings a provider state about in the place of our players (ActionSetup), or ends it (ActionTeardown), as
	// hooks.states says; nil where there is no such hook.
	States func(ctx context.Context, name string, params map[string]any, action string) (map[string]any, error)
}

// What is done about a provider state, in the words of Pact.
const (
	ActionSetup    = "setup"
	ActionTeardown = "teardown"
)

// Session verifies pacts one interaction at a time. Close it when done.
type Session struct {
	options Options
	server  *http.Server
	served  chan error
	base    string
	now     current
}

// Step is the step under which the message of an interaction stands in the evidence.
const Step = "pact"

// Open serves the proxy, the provider states and the interactions on loopback.
func Open(o Options) (*Session, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no free port on loopback for the provider states: %w", err)
	}
	own := "/" + rand.Text() // nobody else on this machine may use our tokens
	s := &Session{options: o, served: make(chan error, 1), base: "http://" + l.Addr().String() + own}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+own+pathPact, s.servePact)
	mux.HandleFunc("POST "+own+pathStates, s.serveState)
	mux.Handle(own+"/", http.StripPrefix(own, http.HandlerFunc(s.serveProxy)))
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { s.served <- s.server.Serve(l) }()
	return s, nil
}

// Close ends the session. The network and the worker stay as they are.
func (s *Session) Close() error {
	err := s.server.Close()
	if ended := <-s.served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// Pact is a Pact file that is verified.
type Pact struct {
	Name     string
	File     *pacts.File
	Consumer contract.Role
	// Foreign says that it is not ours: the ids in its examples are put right before they are sent, since its consumer does
	// not know our conversations.
	Foreign bool
}

// Verify verifies every interaction of a Pact file. The error is a failure of our own side, or that nobody answers at the
// subject's URL (ErrUnreachable); what was found until then is returned with it.
func (s *Session) Verify(ctx context.Context, p Pact) (suites.PactResult, error) {
	result := suites.PactResult{Consumer: p.File.Consumer, Provider: p.File.Provider, File: p.Name, Foreign: p.Foreign, Interactions: []suites.PactInteraction{}}
	file, err := p.File, error(nil)
	if !p.Foreign {
		file, err = file.Localize(s.ids())
	}
	if err != nil {
		return result, err
	}
	for _, i := range file.Interactions {
		verified, err := s.interaction(ctx, p, file, i)
		result.Interactions = append(result.Interactions, s.redacted(verified))
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// ErrUnreachable says that the subject took no connection, or no login.
var ErrUnreachable = errors.New("the subject cannot be reached")

// ids are those of the configuration in the place of those of the examples.
func (s *Session) ids() map[string]string {
	id := s.options.Config.Identities
	ids := map[string]string{}
	for example, own := range map[string]string{pacts.ExampleHIP: id.HIP.ID, pacts.ExampleHIU: id.HIU.ID, pacts.ExampleCM: id.CM.ID} {
		if own != "" {
			ids[example] = own
		}
	}
	return ids
}

// patience is how long a provider state may take: a conversation of several messages, and what hooks take.
func (s *Session) patience() time.Duration {
	all := 6 * (s.options.Config.Timing.Ack + s.options.Config.Timing.Callback)
	for _, h := range []*config.Hook{s.options.Config.Hooks.Start, s.options.Config.Hooks.Decide, s.options.Config.Hooks.States} {
		switch {
		case h != nil && h.Manual != "":
			all += scenario.HookPatience
		case h != nil:
			all += scenario.HookDeadline
		}
	}
	return all
}

// interaction verifies one interaction.
func (s *Session) interaction(ctx context.Context, p Pact, file *pacts.File, i pacts.FileInteraction) (suites.PactInteraction, error) {
	out := suites.PactInteraction{Key: i.Key, Description: i.Description, Findings: []suites.Finding{}}
	for _, state := range i.States {
		out.States = append(out.States, state.Name)
	}
	switch {
	case i.Type != pacts.TypeHTTP:
		out.Verdict, out.Reason = suites.Inconclusive, "it is a message and no HTTP request: 'conformance pact messages' judges our own messages by the evidence of a run"
		return out, nil
	case !s.options.Network.MayLogIn(p.Consumer):
		out.Verdict, out.Reason = suites.Inconclusive, fmt.Sprintf("identities.%s has neither a client-id nor a token: give one, so that we can send as the %[1]s", p.Consumer)
		return out, nil
	}
	text, err := file.Single(i)
	if err != nil {
		return out, err
	}
	out.Scenario = "pact/" + strings.TrimSuffix(p.Name, ".json") + "/" + i.Key
	s.now.begin(ctx, out.Scenario, i, p, text)
	s.prepare(ctx, i)
	var verified worker.Result
	if s.now.cannot == "" {
		limit := s.patience() + s.options.Config.Timing.Ack // our own proxy gives up before the worker does
		if verified, err = s.options.Worker.Do(worker.Job{Pact: s.base + pathPact, Provider: file.Provider, Target: s.base, States: s.base + pathStates, Timeout: limit}); err != nil {
			return out, err
		}
	}
	err = s.now.judge(&out, i, verified)
	if left := s.restore(ctx); left != "" && err == nil {
		out.Verdict, out.Reason = suites.Inconclusive, left
	}
	return out, err
}

// redacted is what was found without what is secret: a subject may say anything in its answers.
func (s *Session) redacted(i suites.PactInteraction) suites.PactInteraction {
	i.Reason = s.options.Redactor.Text(i.Reason)
	for n := range i.Findings {
		f := &i.Findings[n]
		f.Pointer, f.Expected, f.Received, f.Hint = s.options.Redactor.Text(f.Pointer), s.options.Redactor.Text(f.Expected), s.options.Redactor.Text(f.Received), s.options.Redactor.Text(f.Hint)
	}
	return i
}
