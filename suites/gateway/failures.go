package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

const cmDown = "cm-down/reset/...|cm-down/reordered/...|cm-down/hang/...|cm-down/400/...|cm-down/401/...|cm-down/500/...|cm-down/500-empty/...|cm-down/500-garbage/..."

// cmAbsent are the flows in which there is no CM to connect to, so that the gateway may have nothing to send at all.
const cmAbsent = "cm-down/refused/..."

// mostTries is how often a message may be tried while it is watched (AUTH-GW-029: bounded retries). It leaves room for six
// tries of the gateway, each of which its HTTP client sends twice where a connection breaks.
const mostTries = 12

// afterwards calls judge for the callbacks that followed an accepted probe while the CM was down.
func afterwards(c *suites.C, judge func(f *suites.Flow, probe *journal.Exchange, callbacks []*journal.Exchange)) {
	c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
		callbacks := suites.After(x, f.Received(contract.MustEndpoint(x.Endpoint).Callback, contract.MustEndpoint(x.Endpoint).Callers...))
		if suites.Status(x) >= 500 && len(callbacks) == 0 {
			c.Judged(1) // "500: Downstream system(s) is down" said at once is as good
			return
		}
		judge(f, x, callbacks)
	})
}

// learnt judges that the bridge learns that its request failed: one callback with an error, in time, and nothing else.
func learnt(c *suites.C, f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
	c.Judged(1)
	e, within := contract.MustEndpoint(x.Endpoint), c.Within(f)
	who := "the bridge that asked"
	if x.Player == contract.CM {
		who = "the CM that sent it"
	}
	hint := fmt.Sprintf("When %s is not taken, answer 500 at once or send one %s with an error to %s.", e.Name, e.Callback, who)
	find := func(received, exchange string, marks ...suites.Mark) {
		c.Find(suites.Finding{Expected: fmt.Sprintf("500, or 202 and one %s with an error within %s", e.Callback, within), Received: received, Exchange: exchange, Hint: hint}, marks...)
	}
	if suites.Status(x) >= 500 {
		find(suites.Answered(x)+", and an "+e.Callback+" came as well", callbacks[0].ID)
		return
	}
	if !suites.Accepted(x) {
		find(suites.Answered(x), x.ID)
		return
	}
	if tries := suites.After(x, f.Received(e.Name)); len(tries) > mostTries {
		find(fmt.Sprintf("%s was tried %d times", e.Name, len(tries)), tries[len(tries)-1].ID)
	}
	for _, d := range suites.After(x, f.Deliveries()) {
		if d.Endpoint != e.Name && d.Endpoint != e.Callback {
			find(fmt.Sprintf("%s at our %s", d.Request.URL, d.Player), d.ID)
		}
	}
	if len(callbacks) == 0 {
		near, marks := c.NearMisses(x, e.Callback, x.Player)
		find(suites.Answered(x)+", and then silence. "+near, x.ID, append(marks, suites.Missing(x, within))...)
		return
	}
	if len(callbacks) > 1 {
		find(fmt.Sprintf("%d callbacks for one request", len(callbacks)), callbacks[1].ID, suites.Copies(callbacks)...)
	}
	if late := callbacks[0].Times.RequestFirst - x.Times.ResponseLast; late > within {
		find(fmt.Sprintf("an error callback after %s", late.Round(time.Millisecond)), callbacks[0].ID, suites.Late(callbacks[0], x, within))
	}
}

// silence notes that there is no error callback that could be judged: that none came is the matter of other requirements.
func silence(c *suites.C, x *journal.Exchange) {
	c.Lacking(suites.Answered(x) + ", and no error callback came")
}

// untimed says that a finding is that the gateway's own error callback has no timestamp (D17).
func untimed(callback *journal.Exchange) func(suites.Finding) bool {
	return func(f suites.Finding) bool {
		return f.Pointer == "/timestamp" && len(suites.Member(callback, "/timestamp")) == 0
	}
}

// bridgePrefix stands before the client id by which deployed gateways address an error callback.
const bridgePrefix = "bridge_"

// namedByClient says that an error callback has the one right header, and in it the client in place of the party (D17).
func namedByClient(callback *journal.Exchange, asker contract.Role) func(suites.Finding) bool {
	return func(suites.Finding) bool { return onlyHeader(callback, asker, bridgePrefix) }
}

// confirmAsHIP says that the error callback for the confirm of a HIU reached the HIU under the header of a HIP (D16).
func confirmAsHIP(callback, request *journal.Exchange) func(suites.Finding) bool {
	return func(suites.Finding) bool {
		return request.Endpoint == contract.Confirm && request.Player == contract.HIU && callback.Player == contract.HIU && onlyHeader(callback, contract.HIP, bridgePrefix)
	}
}

// onlyHeader says whether the routing header of that role is there once, begins so, and no other bridge's is there.
func onlyHeader(x *journal.Exchange, role contract.Role, prefix string) bool {
	for _, bridge := range contract.Bridges {
		values := x.Request.Header[http.CanonicalHeaderKey(bridge.Header())]
		if bridge != role && len(values) > 0 || bridge == role && (len(values) != 1 || !strings.HasPrefix(values[0], prefix)) {
			return false
		}
	}
	return true
}

func failures() {
	Describe("When a bridge is down", func() {
		It("the CM learns that its notify failed", suites.Check("AUTH-NTF-009", "bridge-down/*/notify/*", func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) { learnt(c, f, x, callbacks) })
		}))
		It("a callback is tried a bounded number of times", suites.Check("AUTH-GW-029", "bridge-down/*/on-init/*|bridge-down/*/on-confirm/*", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if tries := f.Received(x.Endpoint, contract.HIP); len(tries) > mostTries {
					c.Find(suites.Finding{Expected: fmt.Sprintf("at most %d tries", mostTries), Received: fmt.Sprintf("%d tries", len(tries)), Exchange: tries[len(tries)-1].ID,
						Hint: "Try a failed delivery a few times, with growing pauses, and then give up."})
				}
			})
		}))
		It("a callback that failed can be sent again, and is not repeated once it is taken", suites.Check("AUTH-GW-029", "bridge-down/recover/*", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				taken := 0
				for _, d := range f.Received(x.Endpoint, contract.HIP) {
					if suites.Accepted(d) {
						taken++
					}
				}
				if taken != 1 {
					c.Find(suites.Finding{Expected: "one " + x.Endpoint + " that the recovered bridge takes", Received: fmt.Sprintf("%d; the CM's second try: %s", taken, suites.Answered(x)), Exchange: x.ID,
						Hint: "Forget a request only when its answer has been delivered, and deliver nothing again after a 2xx."})
				}
			})
		}))
	})
	Describe("A slow CM", func() {
		It("does not hold back the 202", suites.Check("AUTH-GW-022", "slow-cm/ack/*",
			acknowledgedFirst(contract.CM, "CM", "forwarded", "Acknowledge when the request is accepted; forward it afterwards.")))
		It("that takes seconds to acknowledge is sent its request once, and its answer is the only one", suites.Check("AUTH-GW-034", "slow-cm/ack/*", func(c *suites.C) {
			const hint = "Give the CM at least the 5 s that you have for a 202 yourself, before you take it for down."
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				if !suites.Accepted(x) {
					c.Blocked(f, suites.Answered(x))
					return
				}
				c.Judged(1)
				if tries := f.Received(x.Endpoint, contract.CM); len(tries) > 1 {
					c.Find(suites.Finding{Expected: "one " + x.Endpoint + " at our CM", Received: fmt.Sprintf("%d", len(tries)), Exchange: tries[1].ID, Hint: hint})
				}
				for _, callback := range suites.Answers(f, x) {
					if suites.IsError(callback) {
						c.Find(suites.Finding{Expected: "the CM's answer and nothing else", Received: "an error: " + suites.Shown(suites.Member(callback, "/error")), Exchange: callback.ID, Hint: hint})
					}
				}
			})
		}))
		It("is waited for", suites.Check("AUTH-GW-034", "slow-cm/callback/*", permitted("Keep the correlation of a request for at least a minute: a CM may ask a patient before it answers.")))
	})
	It("A slow bridge does not hold back the 202 to the CM", suites.Check("AUTH-GEN-025", "slow-bridge/ack/*",
		acknowledgedFirst(contract.HIP, "bridge", "delivered", "Acknowledge an answer or a notify when it is accepted; deliver it afterwards.")))
	It("A slow bridge gets its message once", suites.Check("AUTH-GW-029", "slow-bridge/ack/*", func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			c.Judged(1)
			if tries := f.Received(x.Endpoint, contract.HIP); len(tries) > 1 {
				c.Find(suites.Finding{Expected: "one " + x.Endpoint + " at the bridge that takes its time", Received: fmt.Sprintf("%d", len(tries)), Exchange: tries[1].ID,
					Hint: "Give a bridge at least 5 s for its 202 before you try again, and never again after a 2xx."})
			}
		})
	}))
	Describe("When the CM is down", func() {
		learns := func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) { learnt(c, f, x, callbacks) })
		}
		It("and the connection fails, the bridge learns it: 500 at once, or one error callback in time", suites.Check("AUTH-GW-023", cmAbsent+"|cm-down/reset/...", learns))
		It("and does not answer, the bridge learns it", suites.Check("AUTH-GW-024", "cm-down/hang/...", learns))
		It("and answers all the same after that, the bridge gets no second outcome", suites.Check("AUTH-GW-024", "cm-down/late-answer/...", learns))
		It("and refuses with an ErrorResponse, the bridge learns it", suites.Check("AUTH-GW-025", "cm-down/400/...|cm-down/401/...|cm-down/500/...", learns))
		It("and refuses with an ErrorResponse, the error callback has a message", suites.Check("AUTH-GW-025", "cm-down/400/...|cm-down/401/...|cm-down/500/...", func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				if len(callbacks) == 0 {
					silence(c, x)
				}
				for _, callback := range callbacks {
					c.Judged(1)
					if suites.Text(callback, "/error/message") == "" {
						c.Find(suites.Finding{Pointer: "/error/message", Expected: "the CM's message, or one of the gateway's own", Received: "no message", Exchange: callback.ID, Hint: "Pass on the message of the CM's ErrorResponse."})
					}
				}
			})
		}))
		It("and refuses a request, it is not asked again", suites.Check("AUTH-GW-025", "cm-down/400/...|cm-down/401/...", func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, _ []*journal.Exchange) {
				c.Judged(1)
				if tries := suites.After(x, f.Received(x.Endpoint, contract.CM)); len(tries) > 1 {
					c.Find(suites.Finding{Expected: "one try: a 4xx does not get better", Received: fmt.Sprintf("%d tries", len(tries)), Exchange: tries[1].ID, Hint: "Tell the bridge when the CM refuses; try again only what failed on its way or with a 5xx."})
				}
			})
		}))
		It("and fails without an ErrorResponse, the bridge learns it", suites.Check("AUTH-GW-026", "cm-down/500-empty/...|cm-down/500-garbage/...", learns))
		It("the error callback keeps the schema and tells an error only", suites.Check("AUTH-GW-027", cmDown+"|"+cmAbsent, func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				if len(callbacks) == 0 {
					silence(c, x)
				}
				for _, callback := range callbacks {
					const hint = "Build an error callback after the schema of the answer: requestId, timestamp, resp.requestId and error, and no auth."
					c.Tolerating("D17", untimed(callback), func() { c.Expect(callback).To(suites.BeValid(), hint) })
					if !suites.IsError(callback) {
						c.Find(suites.Finding{Pointer: "/error", Expected: "error, and no auth", Received: "a callback without error or with auth", Exchange: callback.ID, Hint: hint})
					}
					if want := suites.Text(x, "/requestId"); !suites.SameID(want, suites.Text(callback, "/resp/requestId")) {
						c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: want + ", the requestId of the request that failed", Received: shownText(callback, "/resp/requestId"), Exchange: callback.ID, Hint: hint})
					}
				}
			})
		}))
		It("the error callback can be attributed to a request", suites.Check("AUTH-GW-027", cmDown+"|"+cmAbsent, func(c *suites.C) {
			for range c.Flows() {
				c.Judged(1)
			}
			for _, orphan := range c.Orphans() {
				e, _ := contract.EndpointNamed(orphan.Endpoint)
				if e.Answers != "" && e.DeliveredTo(orphan.Player) && suites.IsError(orphan) && suites.Text(orphan, "/resp/requestId") == "" {
					c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: "the requestId of the request that failed", Received: shownText(orphan, "/resp/requestId"), Exchange: orphan.ID,
						Hint: "Name in resp.requestId the request that failed: without it nobody knows whose error it is."})
				}
			}
		}))
		It("the error callback is addressed to the bridge that asked", suites.Check("AUTH-GW-028", cmDown+"|"+cmAbsent, func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				if len(callbacks) == 0 {
					silence(c, x)
				}
				for _, callback := range callbacks {
					const hint = "Remember who asked: an error callback carries X-HIP-ID or X-HIU-ID of that party, also for confirm, whose body has no requester."
					c.Tolerating("D17", namedByClient(callback, x.Player), func() {
						c.Tolerating("D16", confirmAsHIP(callback, x), func() {
							c.Expect(callback).To(suites.BeAddressedTo(x.Player, c.Identity(x.Player)), hint)
						})
					})
					if callback.Player != x.Player {
						c.Find(suites.Finding{Expected: fmt.Sprintf("an error callback at our %s", x.Player), Received: fmt.Sprintf("one at our %s", callback.Player), Exchange: callback.ID, Hint: hint})
					}
				}
			})
		}))
	})
}

// acknowledgedFirst judges that a message is acknowledged before the party to which it is passed on has answered.
func acknowledgedFirst(to contract.Role, party, passedOn, hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			there := f.Received(x.Endpoint, to)
			if len(there) == 0 {
				c.Blocked(f, suites.Answered(x)+" and was not "+passedOn)
				return
			}
			c.Judged(1)
			if answered := there[0].Times.ResponseFirst; answered > 0 && x.Times.ResponseFirst > answered {
				c.Find(suites.Finding{Expected: "202 before the " + party + " has answered", Received: "202 only after the " + party + " had answered", Exchange: x.ID, Hint: hint})
			}
		})
	}
}
