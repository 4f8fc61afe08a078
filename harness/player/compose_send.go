package player

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// maxAnswer is how much of an answer is read, in bytes; sendPatience bounds what a player sends of its own accord.
const (
	maxAnswer    = 1 << 20
	sendPatience = 30 * time.Second
)

// party is what a bridge and a consent manager share: who they are, how they
// send to the gateway, and the sends that are still under way.
type party struct {
	role      contract.Role
	id        string
	gateway   string // base URL
	tokens    Tokens
	client    *http.Client
	authorize func(*http.Request) error
	answer    func(endpoint string, r *http.Request, body []byte) *ScriptedAnswer
	now       func() time.Time
	log       *slog.Logger

	// retry says whether a message is sent once more, after whatever wait that takes; nil is renew.
	retry func(context.Context, attempt) bool
	// rebuild changes how the message of every attempt is made; nil leaves it.
	rebuild func(build func() Outgoing) func() Outgoing

	flights flights // what it sends of its own accord
}

// attempt is one try to deliver a message, and what came of it.
type attempt struct {
	number int // from 1
	token  string
	answer Answer
	err    error // there was no answer
}

// forgetter is a Tokens that can drop a token which the gateway refused.
type forgetter interface{ Forget(token string) }

// ready fills in the defaults.
func (p *party) ready() {
	p.client = quietClient(p.client)
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.log = p.log.With("player", string(p.role), "id", p.id)
}

// quietClient is the client, or the default one, without following redirects: a redirect is an answer to be judged.
func quietClient(client *http.Client) *http.Client {
	if client == nil {
		client = http.DefaultClient
	}
	quiet := *client
	quiet.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &quiet
}

// Send posts the message to the gateway with the player's own token and reads
// the answer, at most 1 MiB of it. An Endpoint that begins with "/" is taken as
// a path below the gateway's base URL. It never retries.
func (p *party) Send(ctx context.Context, out Outgoing) (Answer, error) {
	answer, _, err := p.send(ctx, out)
	return answer, err
}

// send also tells which own token it used, "" where the message brought its own authorization.
func (p *party) send(ctx context.Context, out Outgoing) (Answer, string, error) {
	path := out.Endpoint
	if !strings.HasPrefix(path, "/") {
		endpoint, ok := contract.EndpointNamed(out.Endpoint)
		if !ok {
			return Answer{}, "", fmt.Errorf("no endpoint of the contract is named %q: nothing was sent", out.Endpoint)
		}
		path = endpoint.Path
	}
	method := out.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(p.gateway, "/")+path, bytes.NewReader(out.Body))
	if err != nil {
		return Answer{}, "", fmt.Errorf("%s cannot be sent to the gateway: %w", out.Endpoint, err)
	}
	if out.Chunked {
		req.ContentLength, req.GetBody = -1, nil
		req.Body = io.NopCloser(bytes.NewReader(out.Body))
	}
	if out.Header != nil {
		req.Header = out.Header.Clone()
	}
	setDefault(req.Header, "Content-Type", "application/json")
	setDefault(req.Header, "User-Agent", "abdm-conformance-player/"+string(p.role))
	token := ""
	if out.Authorization == nil {
		if token, err = p.token(ctx); err != nil {
			return Answer{}, "", fmt.Errorf("%s was not sent, for want of an access token: %w", out.Endpoint, err)
		}
		req.Header.Set(contract.HeaderAuthorization, "Bearer "+token)
	} else {
		req.Header.Del(contract.HeaderAuthorization)
		if *out.Authorization != "" {
			req.Header.Set(contract.HeaderAuthorization, *out.Authorization)
		}
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return Answer{}, token, fmt.Errorf("%s got no answer from the gateway: %w", out.Endpoint, err)
	}
	defer resp.Body.Close()
	// A body that breaks off leaves what came: there was an HTTP response.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, token, nil
}

func (p *party) token(ctx context.Context) (string, error) {
	if p.tokens == nil {
		return StaticToken("").Token(ctx)
	}
	return p.tokens.Token(ctx)
}

// setDefault sets a header that is there in no spelling.
func setDefault(h http.Header, name, value string) {
	for have := range h {
		if strings.EqualFold(have, name) {
			return
		}
	}
	h.Set(name, value)
}

// deliver sends what build makes, and where that is to be tried again, what build then makes, with its own requestId.
// For what a player sends of its own accord.
func (p *party) deliver(ctx context.Context, build func() Outgoing) (Answer, error) {
	again := p.renew
	if p.retry != nil {
		again = p.retry
	}
	if p.rebuild != nil {
		build = p.rebuild(build)
	}
	for number := 1; ; number++ {
		answer, token, err := p.send(ctx, build())
		if !again(ctx, attempt{number, token, answer, err}) {
			return answer, err
		}
	}
}

// renew drops a token that the gateway refused, so that the message is sent once more with another.
func (p *party) renew(_ context.Context, a attempt) bool {
	renewable, ok := p.tokens.(forgetter)
	if !ok || a.err != nil || a.answer.Status != http.StatusUnauthorized || a.number > 1 {
		return false
	}
	renewable.Forget(a.token)
	return true
}

// deliverLogged delivers, and logs what went wrong.
func (p *party) deliverLogged(ctx context.Context, build func() Outgoing) {
	var endpoint string
	answer, err := p.deliver(ctx, func() Outgoing {
		out := build()
		endpoint = out.Endpoint
		return out
	})
	switch {
	case err != nil:
		p.log.Warn("message did not reach the gateway", "endpoint", endpoint, "error", err)
	case answer.Status != http.StatusAccepted:
		p.log.Warn("message was not accepted by the gateway", "endpoint", endpoint, "status", answer.Status)
	}
}

// later runs do beside the request that caused it; Close waits for it. After Close it does nothing.
func (p *party) later(parent context.Context, do func(context.Context)) {
	p.within(parent, sendPatience, do)
}

// within is later with a patience of its own.
func (p *party) within(parent context.Context, patience time.Duration, do func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), patience)
	end, err := p.flights.begin(cancel)
	if err != nil {
		cancel()
		return
	}
	go func() {
		defer end()
		defer cancel()
		do(ctx)
	}()
}

// Close ends the player: what comes in from now on is refused, and messages
// under way are waited for. When ctx ends first they are cancelled, and the error says how many.
func (p *party) Close(ctx context.Context) error {
	left, err := p.flights.close(ctx)
	if left == 0 {
		return nil
	}
	return fmt.Errorf("the %s player was closed with sends still under way, which were cancelled: %d of them: %w", p.role, left, err)
}
