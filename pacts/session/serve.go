package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// pathStates is where the verifier asks for provider states.
const pathStates = "/conformance/pact-states"

// maxBody is the longest body that the proxy passes on, in bytes.
const maxBody = 8 << 20

// current is the interaction that is being verified.
type current struct {
	mu       sync.Mutex
	ctx      context.Context
	scenario string
	pact     Pact
	status   int // that the consumer counts on
	endpoint string
	values   map[string]any // of its provider state
	cannot   string         // why a state could not be brought about
	lacking  bool           // the subject has declared no such capability
	dead     error          // why nobody can be reached at the subject
	silent   error          // why no answer came on a connection that the subject took
}

func (c *current) begin(ctx context.Context, name string, i pacts.FileInteraction, p Pact) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx, c.scenario, c.pact, c.status, c.values = ctx, name, p, i.Status, map[string]any{}
	c.cannot, c.lacking, c.dead, c.silent = "", false, nil, nil
	e, _ := contract.EndpointAt(i.Path)
	c.endpoint = e.Name
}

// serveState brings a provider state about and answers its values.
func (s *Session) serveState(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		State  string         `json:"state"`
		Params map[string]any `json:"params"`
		Action string         `json:"action"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&asked); err != nil {
		http.Error(w, "the provider state does not read", http.StatusBadRequest)
		return
	}
	s.now.mu.Lock()
	defer s.now.mu.Unlock()
	if s.now.cannot != "" { // the library asks again; a conversation that failed is not held again
		http.Error(w, s.now.cannot, http.StatusInternalServerError)
		return
	}
	ctx, cancel := context.WithTimeout(s.now.ctx, s.patience())
	defer cancel()
	values, err := s.state(ctx, asked.State, asked.Params)
	if err != nil {
		var stopped *scenario.Cannot
		s.now.lacking = errors.As(err, &stopped) && stopped.NotApplicable
		s.now.cannot = fmt.Sprintf("the provider state %q could not be brought about: %v", asked.State, err)
		http.Error(w, s.now.cannot, http.StatusInternalServerError)
		return
	}
	for name, value := range values {
		s.now.values[name] = value
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(values)
}

// state brings one state about: by our players where it is one of ours, and else by the hook for states. A vendor may name
// its states as it likes: for a message that is to be accepted a conversation is held in any.
func (s *Session) state(ctx context.Context, name string, params map[string]any) (map[string]any, error) {
	switch {
	case s.options.States != nil && (name == pacts.StateUnhandled || !pacts.Known(name)):
		return s.options.States(ctx, name, params)
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
