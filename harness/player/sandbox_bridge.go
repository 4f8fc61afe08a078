package player

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// earlyPatience is how long the 202 of a request is held back for the sake of its callback.
const earlyPatience = 5 * time.Second

// serveBridge serves what bridges ask of the gateway, as it was told to, and keeps the exchange.
func (s *Sandbox) serveBridge(w http.ResponseWriter, r *http.Request) {
	number, began := s.kept.begin(), time.Now()
	g := s.present.Load()
	body, broken := io.ReadAll(http.MaxBytesReader(w, r.Body, gwMaxBody))
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), &brokenBody{broken}))
	out := &sandboxReply{ResponseWriter: w}
	endpoint := sandboxEndpoint(g.below(r.URL.Path))
	defer func() {
		s.keep(sandboxExchange{number: number, at: began, took: time.Since(began), direction: journal.Received, endpoint: endpoint, party: g.sender(r, body),
			method: r.Method, url: r.URL.RequestURI(), status: out.status, failure: out.failure,
			request: messageOf(r.Header, body), response: messageOf(w.Header(), out.body)})
	}()
	if _, ordered := s.orders.take(doDrop, endpoint); ordered {
		out.failure = "the sandbox ended the connection"
		panic(http.ErrAbortHandler)
	}
	if b, ordered := s.orders.take(doDelay, endpoint); ordered && !gwPause(r.Context(), b.after) {
		out.failure = "the bridge went away before it was answered"
		return
	}
	if b, ordered := s.orders.take(doAnswer, endpoint); ordered {
		s.answer(g, out, b.Status)
		return
	}
	s.serveInTime(g, out, r, endpoint, body)
}

// serveInTime has the gateway serve a request, and holds the answer back where its callback is to overtake it.
func (s *Sandbox) serveInTime(g *sandboxGateway, out *sandboxReply, r *http.Request, endpoint string, body []byte) {
	callback := callbackOf(endpoint)
	if callback == "" {
		g.ServeHTTP(out, r)
		return
	}
	if _, ordered := s.orders.take(doEarly, callback); ordered {
		arrived, forget := s.early.expect(body)
		defer forget()
		out.held = true
		defer func() {
			if out.status/100 == 2 {
				s.await(r.Context(), arrived)
			}
			out.release()
		}()
	}
	if endpoint == AddContexts {
		s.serveAddContexts(g, out, r)
		return
	}
	g.ServeHTTP(out, r)
}

func (s *Sandbox) await(ctx context.Context, arrived <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, earlyPatience)
	defer cancel()
	select {
	case <-arrived:
	case <-ctx.Done():
	}
}

// answer answers with a status that the sandbox was told, and nothing else.
func (s *Sandbox) answer(g *sandboxGateway, w http.ResponseWriter, status int) {
	if status < 400 {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(status)
		return
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	g.refuse(w, gwRefuse(status, "the sandbox was told to answer so"))
}

// sandboxEndpoint names what a path below the gateway's base URL asks for, "" for nothing known.
func sandboxEndpoint(path string) string {
	switch path {
	case contract.PathSessions:
		return "sessions"
	case contract.PathCerts:
		return "certs"
	case contract.PathOpenID:
		return "openid-configuration"
	case contract.PathAddContexts:
		return AddContexts
	case contract.PathOnAddContexts:
		return onAddContexts
	}
	e, _ := contract.EndpointAt(path)
	return e.Name
}

// callbackOf is the callback that answers what a bridge asks; "" where none does.
func callbackOf(endpoint string) string {
	if endpoint == AddContexts {
		return onAddContexts
	}
	e, _ := contract.EndpointNamed(endpoint)
	return e.Callback
}

// sender is the id of the bridge whose token a request brings, or whose login it is; of a client with several, the ids.
func (g *Gateway) sender(r *http.Request, body []byte) string {
	var login struct{ ClientID string }
	if g.below(r.URL.Path) == contract.PathSessions {
		_ = json.Unmarshal(body, &login) // one that cannot be read is nobody's
	} else {
		_, token, _ := strings.Cut(r.Header.Get(contract.HeaderAuthorization), " ")
		claims, _ := g.issuer.Verify(strings.TrimSpace(token))
		login.ClientID = claims.ClientID
	}
	var ids []string
	for _, p := range g.parties.ofClient(login.ClientID) {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, ",")
}

// keep keeps an exchange, and tells of it.
func (s *Sandbox) keep(e sandboxExchange) {
	s.kept.add(e)
	what := e.endpoint
	if what == "" {
		path, _, _ := strings.Cut(e.url, "?") // a query may hold anything
		what = fmt.Sprintf("%s %q", e.method, path)
	}
	party := "somebody"
	if e.party != "" {
		party = e.party
	}
	preposition := "from"
	if e.direction == journal.Sent {
		preposition = "to"
	}
	result := e.failure
	if e.status != 0 {
		result = strings.TrimSpace(fmt.Sprintf("%d %s", e.status, e.reason()))
	}
	s.tell("%s %s %s %s: %s", e.direction, what, preposition, party, result)
}

// reason is the error that the sandbox itself told: in its answer, or in a callback. What a bridge tells may hold anything.
func (e sandboxExchange) reason() string {
	var told contract.ErrorResponse
	if e.direction == journal.Received {
		_ = json.Unmarshal(e.response.body, &told) // no error: none is told
		return told.Error.Message
	}
	if json.Unmarshal(e.request.body, &told) != nil || told.Error.Code == 0 {
		return ""
	}
	return fmt.Sprintf("(error %d, %s)", told.Error.Code, told.Error.Message)
}

// failureOf is why a delivery got no answer, in a sentence without addresses that the developer did not give.
func failureOf(ctx context.Context, err error) string {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "no answer in time"
	case ctx.Err() != nil:
		return "not sent: the sandbox ends"
	}
	return "no answer: " + journal.NewRedactor().Text(err.Error())
}
