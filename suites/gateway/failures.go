package gateway

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

const cmDown = "cm-down/..."

// afterwards calls judge for the callbacks that followed an accepted probe while the CM was down.
func afterwards(c *suites.C, judge func(f *suites.Flow, probe *journal.Exchange, callbacks []*journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		x := c.Sent(f, scenario.StepProbe)
		if x == nil {
			return
		}
		if suites.Status(x) >= 500 {
			c.Judged(1) // "500: Downstream system(s) is down" said at once is as good
			return
		}
		judge(f, x, suites.After(x, f.Received(contract.MustEndpoint(x.Endpoint).Callback, contract.Bridges...)))
	})
}

func failures() {
	Describe("When the CM is down", func() {
		It("the bridge learns it: 500 at once, or one error callback in time", suites.Check("AUTH-GW-023", cmDown, func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				c.Judged(1)
				e := contract.MustEndpoint(x.Endpoint)
				hint := fmt.Sprintf("When the CM cannot be reached, answer 500 at once or send one %s with an error to the bridge that asked.", e.Callback)
				find := func(received, exchange string) {
					c.Find(suites.Finding{Expected: fmt.Sprintf("500, or 202 and one %s with an error within %s", e.Callback, scenario.DownDeadline), Received: received, Exchange: exchange, Hint: hint})
				}
				if !suites.Accepted(x) {
					find(suites.Answered(x), x.ID)
					return
				}
				for _, d := range suites.After(x, f.Deliveries()) {
					if d.Endpoint != e.Name && d.Endpoint != e.Callback {
						find(fmt.Sprintf("%s at our %s", d.Endpoint, d.Player), d.ID)
					}
				}
				switch len(callbacks) {
				case 0:
					find(suites.Answered(x)+", and then silence", x.ID)
					return
				case 1:
				default:
					find(fmt.Sprintf("%d error callbacks for one request", len(callbacks)), callbacks[1].ID)
				}
				if late := callbacks[0].Times.RequestFirst - x.Times.ResponseLast; late > scenario.DownDeadline {
					find(fmt.Sprintf("an error callback after %s", late.Round(time.Millisecond)), callbacks[0].ID)
				}
			})
		}))
		It("the error callback keeps the schema and tells an error only", suites.Check("AUTH-GW-027", cmDown, func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				if len(callbacks) == 0 {
					c.Blocked(f, suites.Answered(x)+", and then silence")
				}
				for _, callback := range callbacks {
					const hint = "Build an error callback after the schema of the answer: requestId, timestamp, resp.requestId and error, and no auth."
					c.Expect(callback).To(suites.BeValid(), hint)
					if !suites.IsError(callback) {
						c.Find(suites.Finding{Pointer: "/error", Expected: "error, and no auth", Received: "a callback without error or with auth", Exchange: callback.ID, Hint: hint})
					}
					if want := suites.Text(x, "/requestId"); !suites.SameID(want, suites.Text(callback, "/resp/requestId")) {
						c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: want + ", the requestId of the request that failed", Received: shownText(callback, "/resp/requestId"), Exchange: callback.ID, Hint: hint})
					}
				}
			})
		}))
		It("the error callback is addressed to the bridge that asked", suites.Check("AUTH-GW-028", cmDown, func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				if len(callbacks) == 0 {
					c.Blocked(f, suites.Answered(x)+", and then silence")
				}
				for _, callback := range callbacks {
					const hint = "Remember who asked: an error callback carries X-HIP-ID or X-HIU-ID of that party, also for confirm, whose body has no requester."
					c.Expect(callback).To(suites.BeAddressedTo(x.Player, c.Identity(x.Player)), hint)
					if callback.Player != x.Player {
						c.Find(suites.Finding{Expected: fmt.Sprintf("an error callback at our %s", x.Player), Received: fmt.Sprintf("one at our %s", callback.Player), Exchange: callback.ID, Hint: hint})
					}
				}
			})
		}))
	})
}
