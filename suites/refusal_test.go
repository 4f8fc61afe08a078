package suites

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

const (
	wrongInit     = "invalid/init/missing:query.id"
	wrongAnswer   = "invalid/on-init/missing:auth.mode"
	initBody      = `{"requestId":"11111111-1111-4111-8111-111111111111","query":{"purpose":"KYC"}}`
	errorCallback = `{"requestId":"2","error":{"code":1000,"message":"m"},"resp":{"requestId":"1"}}`
	nullsCallback = `{"requestId":"2","auth":null,"error":{"code":1000,"message":"m"},"resp":{"requestId":"1"}}`
	goodCallback  = `{"requestId":"2","auth":{"transactionId":"t","mode":"DIRECT"},"resp":{"requestId":"1"}}`
	bothCallback  = `{"requestId":"2","auth":{"transactionId":"t","mode":"DIRECT"},"error":{"code":1,"message":"m"}}`
)

func TestRefusalOfARequest(t *testing.T) {
	probe := func(status int) func(r *recording) *journal.Exchange {
		return func(r *recording) *journal.Exchange {
			return r.sent(wrongInit, scenario.StepProbe, contract.HIP, contract.Init, status, initBody)
		}
	}
	for name, row := range map[string]struct {
		sent  func(r *recording) *journal.Exchange
		then  func(r *recording)
		found []string
	}{
		"400":                              {probe(400), nil, nil},
		"422":                              {probe(422), nil, nil},
		"429":                              {probe(429), nil, nil},
		"400 and yet passed on":            {probe(400), func(r *recording) { r.received(wrongInit, contract.CM, contract.Init, initBody) }, []string{"POST /v0.5/users/auth/init was answered 400, and yet the message was passed on to our cm (e2)"}},
		"202 and an error callback":        {probe(202), func(r *recording) { r.received(wrongInit, contract.HIP, contract.OnInit, errorCallback) }, nil},
		"202 and an error with auth: null": {probe(202), func(r *recording) { r.received(wrongInit, contract.HIP, contract.OnInit, nullsCallback) }, nil},
		"202, passed on and error callback": {probe(202), func(r *recording) {
			r.received(wrongInit, contract.CM, contract.Init, initBody)
			r.received(wrongInit, contract.HIP, contract.OnInit, errorCallback)
		}, nil},
		"202 and success":         {probe(202), func(r *recording) { r.received(wrongInit, contract.HIP, contract.OnInit, goodCallback) }, []string{"was answered 202 and was treated as valid: our hip received on-init without an error (e2)"}},
		"202 and error with auth": {probe(202), func(r *recording) { r.received(wrongInit, contract.HIP, contract.OnInit, bothCallback) }, []string{"was treated as valid"}},
		"202 and silence":         {probe(202), nil, []string{"POST /v0.5/users/auth/init was answered 202, and then silence for 10s"}},
		"202, passed on and silence": {probe(202), func(r *recording) {
			r.received(wrongInit, contract.CM, contract.Init, initBody).Response.Status = 400
		}, []string{"and then silence for 10s (it was passed on to our cm, which refused it with 400, e2)"}},
		"500": {probe(500), nil, []string{"POST /v0.5/users/auth/init was answered 500"}},
		"401": {probe(401), nil, []string{"was answered 401"}},
		"403": {probe(403), nil, []string{"was answered 403"}},
		"404": {probe(404), nil, []string{"was answered 404"}},
		"302": {probe(302), nil, []string{"was answered 302"}},
		"a dropped connection": {func(r *recording) *journal.Exchange {
			x := probe(0)(r)
			x.Failure = &journal.Failure{Kind: "eof", Text: "EOF", RequestWritten: true}
			return x
		}, nil, []string{"POST /v0.5/users/auth/init was not answered: the connection failed (eof)"}},
		"no answer in time": {func(r *recording) *journal.Exchange {
			x := probe(0)(r)
			x.Failure = &journal.Failure{Kind: "timeout", Text: "no response within 5s", RequestWritten: true}
			return x
		}, nil, []string{"was not answered in time: no response within 5s"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording().scenario(wrongInit, journal.Played, scenario.NotePointer, "/query/id")
			row.sent(r)
			if row.then != nil {
				row.then(r)
			}
			c := r.check("invalid/...", func(c *C) { c.Each(func(f *Flow) { c.Refusal(f, "Answer 400.") }) })
			wantFindings(t, c, row.found...)
			if c.judged != 1 {
				t.Errorf("judged %d exchanges, want 1", c.judged)
			}
			for _, f := range c.findings {
				if f.Pointer != "/query/id" || f.Exchange != "e1" || f.Scenario != wrongInit || f.Hint != "Answer 400." {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}

// What is right in itself may be refused for its sender or for what it answers, by any 4xx that speaks of the message.
func TestRejection(t *testing.T) {
	for status, found := range map[int][]string{
		400: nil, 401: nil, 403: nil, 404: nil, 409: nil, 410: nil, 422: nil, 429: nil,
		405: {"was answered 405"}, 408: {"was answered 408"}, 500: {"was answered 500"}, 302: {"was answered 302"},
		202: {"and then silence"},
	} {
		r := newRecording().scenario(wrongInit, journal.Played)
		r.sent(wrongInit, scenario.StepProbe, contract.HIP, contract.Init, status, initBody)
		wantFindings(t, r.check("invalid/...", func(c *C) { c.Each(func(f *Flow) { c.Rejection(f, "") }) }), found...)
	}
	r := newRecording().scenario(wrongInit, journal.Played)
	r.sent(wrongInit, scenario.StepProbe, contract.HIP, contract.Init, 403, initBody)
	r.received(wrongInit, contract.CM, contract.Init, initBody)
	wantFindings(t, r.check("invalid/...", func(c *C) { c.Each(func(f *Flow) { c.Rejection(f, "") }) }), "and yet the message was passed on to our cm (e2)")
}

// An answer is not answered: what follows it is its own delivery.
func TestRefusalOfAnAnswer(t *testing.T) {
	for name, row := range map[string]struct {
		delivered string
		found     []string
	}{
		"202 and dropped":                   {"", []string{"and then silence"}},
		"202 and delivered as it was":       {goodCallback, []string{"treated as valid: our hip received on-init without an error"}},
		"202 and an error in its own place": {errorCallback, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording().scenario(wrongAnswer, journal.Played)
			r.sent(wrongAnswer, scenario.StepProbe, contract.CM, contract.OnInit, 202, goodCallback)
			if row.delivered != "" {
				r.received(wrongAnswer, contract.HIP, contract.OnInit, row.delivered)
			}
			wantFindings(t, r.check("invalid/...", func(c *C) { c.Each(func(f *Flow) { c.Refusal(f, "") }) }), row.found...)
		})
	}
}

func TestRefusalIsInconclusiveWhereNothingWasSent(t *testing.T) {
	use(t, levels()...)
	for name, change := range map[string]func(r *recording){
		"the scenario did not come so far": func(r *recording) { r.ev.Scenarios[0].Status = journal.Blocked },
		"the subject was never reached": func(r *recording) {
			r.sent(wrongInit, scenario.StepProbe, contract.HIP, contract.Init, 0, initBody).Failure = &journal.Failure{Kind: "refused", Text: "connection refused"}
		},
	} {
		r := newRecording().scenario(wrongInit, journal.Played)
		change(r)
		got := r.check("invalid/...", func(c *C) { c.Each(func(f *Flow) { c.Refusal(f, "") }) }).result()
		if got.Verdict != Inconclusive || got.Reason == "" {
			t.Errorf("%s: %s (%s), want inconclusive with a reason", name, got.Verdict, got.Reason)
		}
	}
}

func TestIsError(t *testing.T) {
	for body, want := range map[string]bool{
		errorCallback: true, nullsCallback: true, goodCallback: false, bothCallback: false,
		`{"error":null}`: false, `{}`: false, `{"error":{},"acknowledgement":{"status":"OK"}}`: false, `{"error":{},"acknowledgement":null}`: true,
	} {
		x := newRecording().received("a", contract.HIP, contract.OnInit, body)
		if got := IsError(x); got != want {
			t.Errorf("%s is an error: %t, want %t", body, got, want)
		}
	}
}
