package suites

import (
	"encoding/json"
	"fmt"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Answer judges that a request which the subject acknowledged is answered by exactly one callback, correlated, at the
// party that asked, in time. It returns the callbacks that answer it, those astray included.
func (c *C) Answer(f *Flow, x *journal.Exchange, hint string) []*journal.Exchange {
	e := contract.MustEndpoint(x.Endpoint)
	if e.Callback == "" {
		c.Lacking("it needs subject.topology: routed, for what becomes of " + e.Name + " inside the subject cannot be seen")
		return nil
	}
	c.Judged(1)
	find := func(received, exchange string, marks ...Mark) {
		c.Find(Finding{Expected: fmt.Sprintf("one %s at our %s", e.Callback, x.Player), Received: received, Exchange: exchange, Hint: hint}, marks...)
	}
	callbacks := Answers(f, x)
	var here, elsewhere []*journal.Exchange
	for _, d := range callbacks {
		if d.Player == x.Player && d.Endpoint == e.Callback {
			here = append(here, d)
		} else {
			elsewhere = append(elsewhere, d)
		}
	}
	strayed(elsewhere, e.Callback, len(here) > 0, find)
	c.once(x, here, len(callbacks) > 0, e.Callback, x.Player, find)
	return callbacks
}

// Answers are what the subject sent in answer to x: deliveries whose resp.requestId is the requestId of x.
func Answers(f *Flow, x *journal.Exchange) []*journal.Exchange {
	id := Text(x, "/requestId")
	return f.all(func(d *journal.Exchange) bool {
		return d.Direction == journal.Received && SameID(id, Text(d, "/resp/requestId"))
	})
}

// Strays are messages at an endpoint of that player which hold no id of any conversation and came after x.
func (c *C) Strays(x *journal.Exchange, endpoint string) []*journal.Exchange {
	var out []*journal.Exchange
	for _, o := range c.bench.orphans {
		if o.Player == x.Player && o.Endpoint == endpoint && o.Times.RequestFirst >= x.Times.RequestFirst {
			out = append(out, o)
		}
	}
	return out
}

// Texts are the strings of an array at a pointer of the request body; items of other types are left out.
func Texts(x *journal.Exchange, pointer string) []string {
	var items []any
	if json.Unmarshal(Member(x, pointer), &items) != nil {
		return nil
	}
	var all []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
