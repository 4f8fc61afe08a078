package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/pacts"
)

// pathStates is where the verifier asks for provider states, and pathPact where it finds the interaction.
const (
	pathStates = "/conformance/pact-states"
	pathPact   = "/conformance/pact"
)

// maxBody is the longest body that the proxy passes on, in bytes.
const maxBody = 8 << 20

// current is the interaction that is being verified.
type current struct {
	mu       sync.Mutex
	ctx      context.Context
	scenario string
	pact     Pact
	text     []byte // the Pact file with that interaction only
	status   int    // that the consumer counts on
	endpoint string
	values   map[string]any // of its provider state
	hooked   []pacts.State  // states that the hook has brought about
	cannot   string         // why a state could not be brought about
	lacking  bool           // the subject has declared no such capability
	dead     error          // why nobody can be reached at the subject
	silent   error          // why no answer came on a connection that the subject took
}

func (c *current) begin(ctx context.Context, name string, i pacts.FileInteraction, p Pact, text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx, c.scenario, c.pact, c.text, c.status, c.values = ctx, name, p, text, i.Status, map[string]any{}
	c.hooked, c.cannot, c.lacking, c.dead, c.silent = nil, "", false, nil, nil
	e, _ := contract.EndpointAt(i.Path)
	c.endpoint = e.Name
}

// prepare brings the provider states of the interaction about. Where one cannot be, the interaction need not be verified:
// the library would ask for the state again and again.
func (s *Session) prepare(ctx context.Context, i pacts.FileInteraction) {
	s.now.mu.Lock()
	defer s.now.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	for _, state := range i.States {
		values, err := s.state(ctx, state.Name, state.Parameters)
		if err != nil {
			var stopped *scenario.Cannot
			s.now.lacking = errors.As(err, &stopped) && stopped.NotApplicable
			s.now.cannot = fmt.Sprintf("the provider state %q could not be brought about: %v", state.Name, err)
			return
		}
		maps.Copy(s.now.values, values)
	}
}

// restore ends the states of the interaction that the hook has brought about, so that no other interaction meets them,
// also where the verification was interrupted. It returns why one could not be ended, "" where all were.
func (s *Session) restore(ctx context.Context) string {
	s.now.mu.Lock()
	defer s.now.mu.Unlock()
	patience := s.patience()
	if ctx.Err() != nil {
		patience = scenario.HookDeadline
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for _, state := range s.now.hooked {
		if _, err := s.options.States(ctx, state.Name, state.Parameters, ActionTeardown); err != nil {
			return fmt.Sprintf("the provider state %q could not be ended: %v", state.Name, err)
		}
	}
	return ""
}

// servePact gives the verifier the interaction.
func (s *Session) servePact(w http.ResponseWriter, _ *http.Request) {
	s.now.mu.Lock()
	defer s.now.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.now.text)
}

// serveState answers the values of the provider states, which are about already.
func (s *Session) serveState(w http.ResponseWriter, _ *http.Request) {
	s.now.mu.Lock()
	defer s.now.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.now.values)
}

// state brings one state about: by our players where it is one of ours, and else by the hook for states. A vendor may name
// its states as it likes: for a message that is to be accepted a conversation is held in any.
func (s *Session) state(ctx context.Context, name string, params map[string]any) (map[string]any, error) {
	switch {
	case s.options.States != nil && (name == pacts.StateUnhandled || !pacts.Known(name)):
		values, err := s.options.States(ctx, name, params, ActionSetup)
		if err == nil {
			s.now.hooked = append(s.now.hooked, pacts.State{Name: name, Parameters: params})
		}
		return values, err
	case name == pacts.StateUnhandled:
		return nil, errors.New("configure hooks.states, which is told state and params, so that the subject can be made to fail")
	case name == pacts.StateNone:
		return params, nil
	case s.now.endpoint != "" && (pacts.Known(name) || s.options.Reference && s.now.status < 300):
		return s.options.Network.Bring(ctx, s.now.scenario, s.now.endpoint, bridgeOf(s.now.pact.Consumer, params))
	case s.options.Reference:
		return params, nil
	}
	return nil, errors.New("nothing handles it: configure hooks.states, which is told state and params")
}

// bridgeOf is the bridge on whose behalf a conversation is held.
func bridgeOf(consumer contract.Role, params map[string]any) contract.Role {
	requester, _ := params["requester"].(map[string]any)
	if consumer == contract.HIU || requester["type"] == contract.HIU.RequesterType() {
		return contract.HIU
	}
	return contract.HIP
}

// serveProxy sends the message of an interaction on to the subject as the consumer: with its access token in the place of
// the example's, unless the interaction is about a token that is refused.
func (s *Session) serveProxy(w http.ResponseWriter, r *http.Request) {
	s.now.mu.Lock()
	defer s.now.mu.Unlock()
	resp, err := s.forward(r)
	if err != nil {
		http.Error(w, "the subject gave no answer", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(resp.Body, maxBody)) // a verifier that has gone hears nothing
}

// forward sends a message on and returns the answer. Where there is none it keeps why.
func (s *Session) forward(r *http.Request) (*http.Response, error) {
	out, err := s.message(r)
	if err != nil {
		s.now.dead = err
		return nil, err
	}
	connected := false
	ctx := httptrace.WithClientTrace(s.now.ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	resp, err := s.options.Network.Forward(ctx, s.now.pact.Consumer, s.now.scenario, Step, out)
	var failed *url.Error
	if errors.As(err, &failed) { // the URL is known, and may hold what nobody is to read
		err = failed.Err
	}
	switch {
	case err == nil:
		return resp, nil
	case connected && s.now.ctx.Err() == nil:
		s.now.silent = err
	default:
		s.now.dead = err
	}
	return nil, err
}

// message is what is sent in the place of what the verifier sent.
func (s *Session) message(r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if s.now.pact.Foreign && s.now.status < 300 {
		body = s.putRight(body)
	}
	target := strings.TrimRight(s.options.Config.Subject.URL, "/") + r.URL.RequestURI()
	out, err := http.NewRequest(r.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	out.Header = r.Header.Clone()
	out.Header.Del("Accept-Encoding")
	if s.now.pact.Foreign {
		s.readdress(out.Header)
	}
	if out.Header.Get(contract.HeaderAuthorization) != "" && s.now.status != http.StatusUnauthorized {
		token, err := s.options.Network.Token(s.now.ctx, s.now.pact.Consumer)
		if err != nil {
			return nil, fmt.Errorf("login as %s: %w", s.now.pact.Consumer, err)
		}
		out.Header.Set(contract.HeaderAuthorization, "Bearer "+token)
	}
	return out, nil
}

// putRight gives the example of a vendor's pact the ids of the conversation that was brought about, and a requestId and a
// timestamp of its own. Members that it does not have are not added.
func (s *Session) putRight(body []byte) []byte {
	set := func(pointer string, value any) {
		if _, there := fixtures.Value(body, pointer); !there || value == nil {
			return
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return
		}
		if edited, err := fixtures.Edit(body, pointer, raw); err == nil {
			body = edited
		}
	}
	set("/requestId", player.NewRequestID())
	set("/timestamp", player.Timestamp(time.Now()))
	if own := s.options.Config.Identities.Of(s.now.pact.Consumer).ID; own != "" {
		set("/query/requester/id", own)
	}
	for pointer, parameter := range pacts.FromState {
		set(pointer, s.now.values[parameter])
	}
	return body
}

// readdress gives the routing headers that a vendor's message has the ids of our network.
func (s *Session) readdress(h http.Header) {
	for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
		if h.Get(role.Header()) != "" {
			h.Set(role.Header(), s.options.Config.Identities.Of(role).ID)
		}
	}
}
