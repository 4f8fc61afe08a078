package journal

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"abdm.example/conformance/contract"
)

// Handler returns a handler that records everything that a player of ours
// receives and answers through next. It reads the whole request, at most
// 8 MiB of it, attributes it to its scenario (ScenarioOf on the context that
// next sees), and passes a replayed body on. The answer is held back until
// next returns or flushes. A next that hijacks the connection, or panics with
// http.ErrAbortHandler, drops the connection on purpose, which is recorded as
// a failure of kind reset.
func (j *Journal) Handler(player contract.Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		j.serve(player, next, w, r)
	})
}

// incoming is a received exchange while it lasts.
type incoming struct {
	journal  *Journal
	exchange *Exchange
	endpoint contract.Endpoint
	request  *http.Request
	header   http.Header
	body     wire
}

func (j *Journal) serve(player contract.Role, next http.Handler, w http.ResponseWriter, r *http.Request) {
	in := &incoming{journal: j, exchange: j.begin(), endpoint: servedEndpoint(r.URL.Path), request: r, header: r.Header.Clone()}
	e := in.exchange
	e.Direction, e.Player, e.Endpoint = Received, player, in.endpoint.Name
	j.public.add(r.Host)
	raw, cut, err := readWire(r.Body, r.ContentLength)
	in.body = readBody(raw, cut)
	m := readMessage(in.body)
	e.Scenario, e.AttributedBy, e.Conflicts = j.correlator.attribute(in.endpoint.Name, m)
	if err != nil {
		cause := context.WithoutCancel(r.Context()) // net/http cancels it on any broken connection, which says nothing
		e.Failure = &Failure{Kind: failureKind(cause, err), Text: j.redactor.Text("the request broke off: " + err.Error())}
		in.finish(nil)
		panic(http.ErrAbortHandler) // there is nobody to answer
	}
	e.Times.RequestLast = j.Now()
	j.correlator.received(e.Scenario, m)

	replayed := r.WithContext(WithScenario(r.Context(), e.Scenario, ""))
	replayed.Body = io.NopCloser(bytes.NewReader(raw))
	reply := &reply{ResponseWriter: w, journal: j}
	defer func() {
		broken := recover()
		in.end(reply, broken)
		if broken != nil {
			panic(broken)
		}
	}()
	next.ServeHTTP(reply, replayed)
}

// end writes the rest of the answer and records the exchange; broken is the value with which the handler panicked.
func (in *incoming) end(reply *reply, broken any) {
	e := in.exchange
	gone := in.request.Context().Err()
	var err error
	whole := reply.last > 0 // a caller who has read the whole answer may go
	if broken == nil && !reply.hijacked && !whole {
		err = reply.finish()
	}
	failed := func(kind, text string) {
		e.Failure = &Failure{Kind: kind, Text: in.journal.redactor.Text(text), RequestWritten: true}
	}
	switch {
	case reply.hijacked || broken == http.ErrAbortHandler: //nolint:errorlint // a panic with this very value
		failed("reset", "our player dropped the connection as the scenario asked")
	case broken != nil:
		failed("other", fmt.Sprintf("our player failed while it answered: %v", broken))
	case gone != nil && !whole:
		failed("cancelled", "the connection ended before our answer was written")
	case err != nil:
		failed(failureKind(in.request.Context(), err), "our answer could not be written: "+err.Error())
	default:
		e.Times.ResponseFirst, e.Times.ResponseLast = reply.first, cmp.Or(reply.last, in.journal.Now())
	}
	in.finish(reply)
}

// finish redacts, judges and records the exchange, and makes it visible.
func (in *incoming) finish(reply *reply) {
	j, e, r := in.journal, in.exchange, in.request
	var answer wire
	learnt := []http.Header{in.header}
	if reply != nil {
		answer = readBody(reply.body.Bytes(), reply.cut)
		learnt = append(learnt, reply.sent)
	}
	j.learn(learnt, in.body, answer)
	e.Request = Request{
		Method: r.Method, URL: j.redactor.URL(target(r)), Proto: r.Proto,
		Header: j.redactor.header(in.header), Body: j.body(in.body),
	}
	e.Facts = j.requestFacts(in.endpoint, in.header, in.body)
	e.Facts.ForeignTokens = j.foreignTokens(target(r), in.header, in.body.raw)
	e.Facts.Leaks = j.errorLeaks(e.Player, in.body)
	if reply != nil && reply.written {
		e.Response = &Response{Status: reply.status, Header: j.redactor.header(reply.sent), Body: j.body(answer)}
		j.responseFacts(&e.Facts, reply.status, answer)
	}
	j.keep(e)
	j.observed.add(&Observed{Exchange: e, Header: in.header, Body: in.body.raw})
}

// target is the path and the query as the subject sent them, whatever a mux has stripped.
func target(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}
