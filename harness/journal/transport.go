package journal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"abdm.example/conformance/contract"
)

// Transport returns a round tripper that records everything that a player of
// ours sends through next, http.DefaultTransport where next is nil. It reads
// the whole response, at most 8 MiB of it, and hands the caller a replayed
// body. What is sent with a context of WithScenario belongs to that scenario,
// and its ids are bound to it; anything else is attributed by its ids.
// A request is recorded as well where no response came, and where the context
// ended.
func (j *Journal) Transport(player contract.Role, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{journal: j, player: player, next: next}
}

type transport struct {
	journal *Journal
	player  contract.Role
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	j := t.journal
	raw, err := readAll(r.Body, r.ContentLength)
	if err != nil {
		return nil, fmt.Errorf("the body of a request to %s could not be read before it was sent: %w", j.redactor.URL(r.URL.String()), err)
	}
	ctx := r.Context()
	e := j.begin()
	e.Direction, e.Player, e.Scenario, e.Step = Sent, t.player, ScenarioOf(ctx), stepOf(ctx)
	endpoint := endpointOf(r.URL.Path)
	e.Endpoint = endpoint.Name
	j.public.add(r.URL.Host)
	body := readBody(raw, false)
	j.attributeSent(e, body)

	stamps := &stamps{now: j.Now}
	response, answer, err := t.exchange(stamps.trace(ctx), r, raw)
	stamps.copyTo(e)
	e.Again = stamps.again()

	learnt := []http.Header{r.Header}
	if response != nil {
		learnt = append(learnt, response.Header)
	}
	j.learn(learnt, body, answer.body)
	e.Request = Request{
		Method: r.Method, URL: j.redactor.URL(r.URL.String()), Proto: r.Proto,
		Header: j.redactor.header(r.Header), Body: j.body(body),
	}
	e.Facts = j.requestFacts(endpoint, r.Header, body)
	if response != nil {
		e.Response = &Response{
			Status: response.StatusCode, Header: j.redactor.header(response.Header), Body: j.body(answer.body),
		}
		e.Request.Proto = response.Proto
		j.responseFacts(&e.Facts, response.StatusCode, answer.body)
		e.Facts.Leaks = j.responseLeaks(endpoint, response.StatusCode, response.Header, answer.body.raw)
	}
	if err != nil {
		e.Failure = &Failure{Kind: failureKind(ctx, err), Text: j.redactor.Text(err.Error()), RequestWritten: e.Times.RequestLast > 0}
		e.Failure.Cut = !e.Failure.RequestWritten && stamps.connections.Load() > 0 && cutKinds[e.Failure.Kind]
		j.keep(e)
		return nil, err
	}
	e.Times.ResponseLast = answer.last
	j.keep(e)
	response.Body = io.NopCloser(bytes.NewReader(answer.body.raw))
	return response, nil
}

// attributeSent binds the ids of a message to the scenario that sends it, or finds the scenario by its ids. It must
// come before the first byte is sent, since the subject may act on the message before it answers.
func (j *Journal) attributeSent(e *Exchange, body wire) {
	m := readMessage(body)
	if e.Scenario == "" {
		e.Scenario, e.AttributedBy, e.Conflicts = j.correlator.attribute(e.Endpoint, m)
	}
	j.correlator.sent(e.Scenario, e.Endpoint, m)
}

// answer is the body of a response as it was read.
type answer struct {
	body wire
	last time.Duration
}

// exchange sends the request and reads the whole response. Where the body breaks off, it returns what came with the error.
func (t *transport) exchange(ctx context.Context, r *http.Request, body []byte) (*http.Response, answer, error) {
	out := r.Clone(ctx)
	if r.Body != nil {
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	response, err := t.next.RoundTrip(out)
	if err != nil {
		return nil, answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // all that is wanted of it was read
	var a answer
	raw, cut, err := readWire(response.Body, response.ContentLength)
	a.body = readBody(raw, cut)
	a.last = t.journal.Now()
	return response, a, err
}

// readAll reads and closes a body of our own; length is what it is said to be, -1 where nothing is.
func readAll(body io.ReadCloser, length int64) ([]byte, error) {
	if body == nil || body == http.NoBody {
		return nil, nil
	}
	defer body.Close() //nolint:errcheck // it was only read
	return readSized(body, length)
}

// readWire reads at most MaxWire of a foreign body, and says whether there was more.
func readWire(body io.Reader, length int64) ([]byte, bool, error) {
	raw, err := readSized(io.LimitReader(body, MaxWire+1), length)
	if len(raw) > MaxWire {
		return raw[:MaxWire], true, nil
	}
	return raw, false, err
}

// cutKinds are the failures by which the other side ends a connection.
var cutKinds = map[string]bool{"reset": true, "eof": true, "protocol": true}

// readSized is io.ReadAll for a body whose length is perhaps known: a long one then need not be copied as it grows.
func readSized(body io.Reader, length int64) ([]byte, error) {
	const believed = 2 << 20 // bytes; beyond that it has to come first
	if length <= 0 || length > believed {
		return io.ReadAll(body)
	}
	var all bytes.Buffer
	all.Grow(int(length) + bytes.MinRead)
	_, err := all.ReadFrom(body)
	return all.Bytes(), err
}

// stamps are the times that net/http tells of from goroutines of its own, even after the round trip.
type stamps struct {
	now func() time.Duration

	connections    atomic.Int64 // on which the request could be written, one after the other
	mu             sync.Mutex
	written, first time.Duration
}

func (s *stamps) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { s.connections.Add(1) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				s.set(&s.written)
			}
		},
		GotFirstResponseByte: func() { s.set(&s.first) },
	})
}

// again is how often the request was sent once more.
func (s *stamps) again() int { return max(0, int(s.connections.Load())-1) }

func (s *stamps) set(at *time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*at = s.now()
}

func (s *stamps) copyTo(e *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Times.RequestLast, e.Times.ResponseFirst = s.written, s.first
}
