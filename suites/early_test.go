package suites

import (
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// answeredAt is a recorded conversation whose init was answered 202 at 20 ms, its last byte read at 30 ms, and whose
// on-init began at that time.
func answeredAt(at time.Duration) (r *recording, init, callback *journal.Exchange) {
	r = newRecording().scenario(conversation, journal.Played)
	init = r.sent(conversation, "init", contract.HIP, contract.Init, 202, `{"requestId":"A1"}`)
	init.Times = journal.Times{RequestFirst: 10 * time.Millisecond, RequestLast: 11 * time.Millisecond, ResponseFirst: 20 * time.Millisecond, ResponseLast: 30 * time.Millisecond}
	callback = r.received(conversation, contract.HIP, contract.OnInit, `{"resp":{"requestId":"a1"}}`)
	callback.Times = journal.Times{RequestFirst: at, RequestLast: at, ResponseFirst: at, ResponseLast: at}
	return r, init, callback
}

func TestACallbackBeforeThe202IsNamedEarly(t *testing.T) {
	for name, row := range map[string]struct {
		at     time.Duration
		change func(init, callback *journal.Exchange)
		early  string
	}{
		"before the first byte of the 202":       {15 * time.Millisecond, nil, "e2"},
		"between its first and its last byte":    {25 * time.Millisecond, nil, "e2"},
		"at the moment of its last byte":         {30 * time.Millisecond, nil, ""},
		"after its last byte":                    {31 * time.Millisecond, nil, ""},
		"before the request itself":              {5 * time.Millisecond, nil, ""},
		"the answer to another request":          {15 * time.Millisecond, func(_, x *journal.Exchange) { x.Request.Body.JSON = []byte(`{"resp":{"requestId":"b2"}}`) }, ""},
		"a callback of another kind":             {15 * time.Millisecond, func(_, x *journal.Exchange) { x.Endpoint = contract.OnConfirm }, ""},
		"an answer at no path of the contract":   {15 * time.Millisecond, func(_, x *journal.Exchange) { x.Endpoint = "" }, ""},
		"the request was refused":                {15 * time.Millisecond, func(x, _ *journal.Exchange) { x.Response.Status = 500 }, ""},
		"the request was never answered":         {15 * time.Millisecond, func(x, _ *journal.Exchange) { x.Response, x.Times.ResponseLast = nil, 0 }, ""},
		"at another bridge, which did not ask":   {15 * time.Millisecond, func(_, x *journal.Exchange) { x.Player = contract.HIU }, "e2"},
		"what our own players sent is no answer": {15 * time.Millisecond, func(_, x *journal.Exchange) { x.Direction = journal.Sent }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, init, callback := answeredAt(row.at)
			if row.change != nil {
				row.change(init, callback)
			}
			f := newBench(r.ev, ProfileStrict).flows[0]
			if got := names(Early(f)); got != row.early {
				t.Errorf("early: %q, want %q", got, row.early)
			}
		})
	}
}

func TestAnEarlyOnNotifyOfABridgeIsNamed(t *testing.T) {
	r := newRecording().scenario(conversation, journal.Played)
	notify := r.sent(conversation, "notify", contract.Gateway, contract.Notify, 202, `{"requestId":"n1"}`)
	r.received(conversation, contract.Gateway, contract.OnNotify, `{"resp":{"requestId":"n1"}}`)
	notify.Times.ResponseLast = time.Second
	if got := names(Early(newBench(r.ev, ProfileStrict).flows[0])); got != "e2" {
		t.Errorf("early: %q, want e2", got)
	}
}

// To be early is a fact of the results and never a finding.
func TestResultsTellWhatCameEarly(t *testing.T) {
	use(t, levels()...)
	for _, row := range []struct {
		at          time.Duration
		environment string
		early       int
	}{
		{15 * time.Millisecond, "1 (e2): before the 202 to its request, which is lawful", 1},
		{40 * time.Millisecond, "", 0},
	} {
		r, init, _ := answeredAt(row.at)
		results := newBench(r.ev, ProfileStrict).assemble(Options{})
		if got := results.Environment["early callbacks"]; got != row.environment {
			t.Errorf("environment: %q, want %q", got, row.environment)
		}
		if got := results.Scenarios[0].Early; len(got) != row.early {
			t.Errorf("the scenario tells %v", got)
		}
		r.ev.Run.Subject.Topology = "combined"
		wantFindings(t, r.check("flow/...", func(c *C) {
			c.Each(func(f *Flow) { c.Answer(f, init, "Answer once.") })
		}))
	}
}
