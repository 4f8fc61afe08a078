package player

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// gwRetries bounds the retries of the fault callback-retried.
const gwRetries = 20

// acceptAndDeliver answers 202 and delivers the message afterwards.
func (g *Gateway) acceptAndDeliver(w http.ResponseWriter, m *gwMessage) {
	if g.faults.Has("shared-header") {
		g.shared.set(m.callee)
	}
	work, err := g.prepare(m)
	if err != nil {
		g.refuse(w, gwRefuse(http.StatusServiceUnavailable, "%s", err))
		return
	}
	if g.faults.Has("ack-late") {
		work()
		g.acknowledge(w)
		return
	}
	if g.options.Variant.Patience > 0 {
		g.acceptWithPatience(w, m, work)
		return
	}
	g.acknowledge(w)
	go work()
}

// prepare makes the delivery of a message ready: Close waits for it from now
// on and can cut it off. The context of the request ends with its handler, so
// the delivery gets one of its own.
func (g *Gateway) prepare(m *gwMessage) (work func(), err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(m.http.Context()))
	end, err := g.flights.begin(cancel)
	if err != nil {
		cancel()
		return nil, err
	}
	return func() {
		defer cancel()
		defer end()
		if !g.faults.Has("drop-" + m.endpoint.Name) {
			g.deliver(ctx, m)
		}
	}, nil
}

// deliver sends a message to its callee and settles what follows.
func (g *Gateway) deliver(ctx context.Context, m *gwMessage) {
	body := g.compose(m)
	outcome := g.post(ctx, m, m.callee, g.path(m.endpoint), body)
	retries := g.options.Variant.Retries
	if g.faults.Has("retry-same-id") {
		retries = 2
	}
	for range retries {
		if m.endpoint.Answers == "" || outcome.taken() || !gwPause(ctx, gwRetryPause) {
			break
		}
		if !g.faults.Has("retry-same-id") { // another HTTP request, another nonce
			m.outgoing = NewRequestID()
			body = g.compose(m)
		}
		outcome = g.post(ctx, m, m.callee, g.path(m.endpoint), body)
	}
	if g.faults.Has("impatient") && outcome.kind == gwTimeout || g.faults.Has("refused-retried") && outcome.kind == gw4xx && m.made != nil {
		outcome = g.post(ctx, m, m.callee, g.path(m.endpoint), body)
	}
	for _, p := range m.also {
		g.post(ctx, m, p, g.path(m.endpoint), body)
	}
	if g.faults.Has("double-" + m.endpoint.Name) {
		g.post(ctx, m, m.callee, g.path(m.endpoint), body)
	}
	if m.made != nil {
		if g.faults.Has("correlation-after-forward") {
			gwPause(ctx, 100*time.Millisecond)
			g.store.remember(m.made)
		}
		if g.faults.Has("replay-recorded-late") {
			g.store.admit(gwAdmission{nonce: m.nonce})
		}
		if !g.toldAtOnce(m, outcome) && !outcome.taken() && !m.overlooked {
			g.tellRequester(ctx, m, outcome)
		}
		return
	}
	if g.faults.Has("callback-retried") {
		g.retry(ctx, m, body)
	}
	g.settle(m, outcome)
}

// settle closes the request that a delivered answer answers. Where the
// delivery failed on the way or inside the callee, the request opens again,
// so that the sender can repeat its answer.
func (g *Gateway) settle(m *gwMessage, outcome gwOutcome) {
	if m.answered == nil {
		return
	}
	next := gwSettled
	if outcome.kind == gwRefused || outcome.kind == gwTimeout || outcome.kind == gw5xx {
		next = gwOpen
	}
	if g.faults.Has("callback-consumed-early") {
		next = gwSettled
	}
	g.store.move(m.answered, gwAnswering, next)
}

// retry is the fault callback-retried: it posts on, whatever the answer was.
func (g *Gateway) retry(ctx context.Context, m *gwMessage, body []byte) {
	for range gwRetries {
		if !gwPause(ctx, 100*time.Millisecond) {
			return
		}
		g.post(ctx, m, m.callee, g.path(m.endpoint), body)
	}
}

// gwPause lets time pass, for faults that are about being late. It says whether ctx still lasts.
func gwPause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// path is the path of an endpoint at its callee: the same as here.
func (g *Gateway) path(e contract.Endpoint) string {
	switch {
	case g.faults.Has("swap-paths") && e.Name == contract.OnInit:
		return contract.MustEndpoint(contract.OnConfirm).Path
	case g.faults.Has("swap-paths") && e.Name == contract.OnConfirm:
		return contract.MustEndpoint(contract.OnInit).Path
	case g.faults.Has("url-request-path") && e.Answers != "":
		return contract.MustEndpoint(e.Answers).Path
	case g.faults.Has("url-double-slash"):
		return "/" + e.Path
	case g.faults.Has("url-trailing-slash"):
		return e.Path + "/"
	case g.faults.Has("url-lost-version"):
		return strings.TrimPrefix(e.Path, contract.BasePath)
	}
	return e.Path
}

// Kinds of failed deliveries; gwTaken is success.
const (
	gwTaken   = ""
	gwRefused = "refused" // no connection, or it broke
	gwTimeout = "timeout"
	gw4xx     = "4xx" // any answer that is neither 2xx nor 5xx
	gw5xx     = "5xx"
)

// gwOutcome is what became of a delivery.
type gwOutcome struct {
	kind string
	// message is the callee's own error message, where it sent an ErrorResponse.
	message string
}

func (o gwOutcome) taken() bool { return o.kind == gwTaken }

// post sends a body to a party, once, within the timeout.
func (g *Gateway) post(ctx context.Context, m *gwMessage, to Registration, path string, body []byte) gwOutcome {
	ctx, cancel := context.WithTimeout(ctx, g.options.Timeout)
	defer cancel()
	for _, to := range g.addressees(m, to) {
		if to.URL != m.callee.URL {
			g.postOnce(ctx, m, to, path, body)
		}
	}
	return g.postOnce(ctx, m, g.misrouted(m, to), path, body)
}

func (g *Gateway) postOnce(ctx context.Context, m *gwMessage, to Registration, path string, body []byte) gwOutcome {
	switch {
	case g.faults.Has("query-added"):
		path += "?from=gateway"
	case g.faults.Has("caller-token-in-url"):
		_, token, _ := strings.Cut(m.caller.authorization, " ")
		path += "?access_token=" + token
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.at(path), bytes.NewReader(body))
	if err != nil {
		return gwOutcome{kind: gwRefused}
	}
	if request.Header, err = g.header(ctx, m, to); err != nil {
		g.log.Error("the gateway's own token could not be made", "error", err)
		return gwOutcome{kind: gwRefused}
	}
	response, err := g.client.Do(request)
	if err != nil {
		outcome := gwOutcome{kind: gwFailure(err)}
		g.log.Warn("a delivery failed", "path", path, "role", to.Role, "id", to.ID, "kind", outcome.kind)
		return outcome
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if response.StatusCode/100 == 2 {
		return gwOutcome{}
	}
	if response.StatusCode >= 500 && len(text) == 0 && g.inField() {
		return gwOutcome{} // the deployed gateway takes a failure without a body for success
	}
	outcome := gwOutcome{kind: gw4xx, message: gwOwnMessage(text)}
	if response.StatusCode >= 500 {
		outcome.kind = gw5xx
	}
	g.log.Warn("a delivery was not taken", "path", path, "role", to.Role, "id", to.ID, "status", response.StatusCode)
	return outcome
}

// gwFailure is the kind of a transport error.
func gwFailure(err error) string {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return gwTimeout
	}
	return gwRefused
}

// gwOwnMessage is the message of an ErrorResponse, at most 300 characters of it; "" where there is none.
func gwOwnMessage(text []byte) string {
	var read struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &read) != nil {
		return ""
	}
	message := []rune(read.Error.Message)
	return string(message[:min(len(message), 300)])
}
