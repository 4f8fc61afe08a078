package gateway

import (
	"fmt"
	"net/http"
	"slices"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// unrouted judges a message addressed to nobody: any refusal is right, or an error callback; never silence.
func unrouted(c *suites.C) {
	c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		e := contract.MustEndpoint(x.Endpoint)
		hint := fmt.Sprintf("Refuse a %s that names a party whom nobody knows, or answer it with an error callback.", e.Name)
		find := func(received, exchange string, marks ...suites.Mark) {
			c.Find(suites.Finding{Expected: "a refusal (4xx or 5xx), or 202 and one " + e.Callback + " with an error", Received: received, Exchange: exchange, Hint: hint}, marks...)
		}
		for _, d := range suites.PassedOn(f, x) {
			find(fmt.Sprintf("%s and was delivered to our %s, to whom it was not addressed", suites.Answered(x), d.Player), d.ID, suites.Marks(suites.MarkMisrouted, x, d)...)
		}
		if suites.Status(x) >= 400 {
			return
		}
		callbacks := suites.After(x, f.Received(e.Callback, e.Callers...))
		if !suites.Accepted(x) || len(callbacks) == 0 {
			find(suites.Answered(x)+", and then silence", x.ID, suites.Missing(x, c.Patience()))
		}
		for _, callback := range callbacks {
			if !suites.IsError(callback) {
				find(e.Callback+" without an error", callback.ID)
			}
		}
	})
}

// alive judges that the subject answers a strange message at all, and not with a 5xx.
func alive(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			c.Judged(1)
			if suites.Status(x) == 0 || suites.Status(x) >= 500 {
				c.Find(suites.Finding{Pointer: f.Note(scenario.NotePointer), Expected: "an answer below 500", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
			}
		})
	}
}

// forwardedOnce judges that of two messages with one requestId at most one goes on.
func forwardedOnce(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		first, again := c.Sent(f, scenario.StepFirst), c.Sent(f, scenario.StepAgain)
		if first == nil || again == nil {
			return
		}
		if !suites.Accepted(first) && !suites.Accepted(again) {
			c.Blocked(f, suites.Answered(first))
			return
		}
		c.Judged(1)
		const hint = "Remember each requestId for some minutes, compare it by value, on all endpoints together, and set the mark before anything is forwarded."
		if suites.Status(again) >= 500 || suites.Status(again) == 0 {
			c.Find(suites.Finding{Expected: "400, 409 or 429, or 202 and forwarded once", Received: suites.Answered(again), Exchange: again.ID, Hint: hint})
		}
		most := 1
		if first.Endpoint != again.Endpoint {
			most = 0
		}
		e := contract.MustEndpoint(again.Endpoint)
		d := f.Received(e.Name, e.Callees...)
		if c.Inside(contract.CM) && e.Callback != "" { // what the CM inside received shows in its answers
			d = f.Received(e.Callback, again.Player)
		}
		if len(d) > most {
			c.Find(suites.Finding{Pointer: "/requestId", Expected: "a replayed requestId is refused, or forwarded once", Received: fmt.Sprintf("%s and the replay was forwarded (%s)", suites.Answered(again), d[len(d)-1].ID),
				Exchange: again.ID, Hint: hint}, suites.Copies(d)...)
		}
		if answers := f.Received(e.Callback, first.Player); e.Callback != "" && len(answers) > 1 && len(d) <= most {
			c.Find(suites.Finding{Expected: "one " + e.Callback + " for what was sent twice", Received: fmt.Sprintf("%s and %d times %s (%s)", suites.Answered(again), len(answers), e.Callback, answers[1].ID),
				Exchange: answers[1].ID, Hint: "Answer a replay with a refusal, or with 202 and nothing more: the answer to it has been delivered."})
		}
	})
}

// notAt judges that a message has not been delivered to players that did not ask.
func notAt(c *suites.C, hint string, players ...contract.Role) {
	c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		for _, d := range suites.After(x, f.Deliveries()) {
			if slices.Contains(players, d.Player) {
				c.Find(suites.Finding{Expected: fmt.Sprintf("nothing at our %s, which did not ask", d.Player), Received: fmt.Sprintf("%s reached our %s", d.Endpoint, d.Player), Exchange: d.ID, Hint: hint}, suites.Marks(suites.MarkMisrouted, x, d)...)
			}
		}
	})
}

// once judges that of two answers to one message at most one is delivered.
func once(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			c.Judged(1)
			if all := f.Received(x.Endpoint, contract.MustEndpoint(x.Endpoint).Callees...); len(all) > 1 {
				c.Find(suites.Finding{Expected: x.Endpoint + " delivered once", Received: fmt.Sprintf("delivered %d times", len(all)), Exchange: all[1].ID, Tolerance: "D19", Hint: hint}, suites.Copies(all)...)
			}
		})
	}
}

// kept judges that a strange message which was accepted arrives whole, or comes back as an error.
func kept(c *suites.C) {
	c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		if !suites.Accepted(x) {
			return
		}
		const hint = "Refuse what you cannot handle with 413, 415 or 400; what you accept must arrive as it was sent."
		e := contract.MustEndpoint(x.Endpoint)
		arrived := suites.After(x, f.Received(e.Name, e.Callees...))
		for _, d := range arrived {
			if d.Request.Body.Size < x.Request.Body.Size/2 {
				c.Find(suites.Finding{Expected: fmt.Sprintf("%s as it was sent, %d bytes", e.Name, x.Request.Body.Size), Received: fmt.Sprintf("%d bytes", d.Request.Body.Size), Exchange: d.ID, Hint: hint})
			}
		}
		if e.Callback != "" {
			arrived = append(arrived, suites.After(x, f.Received(e.Callback, e.Callers...))...)
		}
		if len(arrived) == 0 {
			c.Find(suites.Finding{Expected: "a 4xx, or 202 and then what follows from it", Received: suites.Answered(x) + ", and then silence", Exchange: x.ID, Hint: hint})
		}
	})
}

// rejected is a check that every message of its pattern which is right in itself, and wrong in who sends it, when, or what
// it answers, is refused.
func rejected(hint string) func(*suites.C) {
	return func(c *suites.C) { c.Each(func(f *suites.Flow) { c.Rejection(f, hint) }) }
}

func guards() {
	Describe("The gateway guards", func() {
		It("paths and methods", suites.Check("AUTH-GEN-003", "method/*/*", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if status := suites.Status(x); (status < 400 || status >= 500) && status != http.StatusNotImplemented { // 501: RFC 9110, 15.6.2
					c.Find(suites.Finding{Expected: "404 or 405 for any method but POST", Received: suites.Answered(x), Exchange: x.ID, Hint: "Serve POST only; answer 405 with Allow: POST to any other method."})
				}
				for _, d := range suites.PassedOn(f, x) {
					c.Find(suites.Finding{Expected: "nothing is passed on", Received: x.Request.Method + " was passed on as " + d.Endpoint, Exchange: d.ID, Hint: "Serve POST only."})
				}
			})
		}))
		It("against strange bodies: no 5xx for members of a wrong type", suites.Check("AUTH-GEN-011", "invalid/*/wrong-type:*|invalid/*/null:*",
			alive("Answer 400 to a body that is not of the schema's types; a 5xx says that the gateway is broken.")))
		It("against big, deep and foreign bodies", suites.Check("AUTH-GEN-027", "content/1-mib/*|content/deep/*|content/xml/*",
			alive("Answer 413, 415 or 400 to a body that is too large, too deep or no JSON, or accept it; a 5xx says that the gateway is broken.")))
		It("no message against being lost for its size", suites.Check("AUTH-GEN-027", "content/1-mib/*|content/deep/*|content/xml/*", kept))
		It("the clock window", suites.Check("AUTH-GW-011", "clock/*/*", rejected("Refuse a timestamp that is more than a minute old or more than nine minutes ahead.")))
		It("against replays", suites.Check("AUTH-GW-009", "replay/same/*|replay/hiu/*|replay/later/*|replay/upper-case/*|replay/other-endpoint/*", forwardedOnce))
		It("against two identical messages at once", suites.Check("AUTH-GW-010", "replay/at-once/*", forwardedOnce))
		It("the requester's name", suites.Check("AUTH-GW-017", "requester/*/*", rejected("Refuse a request whose requester.id does not belong to the client of the token.")))
		It("against callbacks that answer nothing", suites.Check("AUTH-OFM-008", "correlation/never-issued/*",
			rejected("Answer 400 or 404 to a callback whose resp.requestId you never issued, and deliver nothing.")))
		It("against callbacks of another kind than was asked for", suites.Check("AUTH-GW-020", "correlation/wrong-kind/*|correlation/modes-instead/*",
			rejected("Remember what was asked: only on-init answers init.")))
		It("against callbacks by a CM that was not asked", suites.Check("AUTH-GW-018", "other-cm/callback/*",
			rejected("Remember to which CM a request went, and take the answer from that one only.")))
		It("against callbacks after the time for an answer", suites.Check("AUTH-GW-030", "late/*",
			rejected("Answer 400 or 404 to a callback whose request you have forgotten, and deliver nothing.")))
		It("a bridge against callbacks that it did not ask for", suites.Check("AUTH-GW-019", "correlation/other-party/*", func(c *suites.C) {
			notAt(c, "Deliver a callback only to the party that sent the request which it answers, whatever its routing header says.", contract.HIU)
		}))
		It("against the same answer twice", suites.Check("AUTH-GW-031", "duplicate/*", once("Forget a request when its answer has been delivered.")))
		It("against the same answer twice at once", suites.Check("AUTH-GW-031", "duplicate-at-once/*",
			once("Take the first answer to a request and refuse any other before anything is delivered: look and mark in one step.")))
		It("a CM against an on-notify by a bridge that was not notified", suites.Check("AUTH-GW-018", "on-notify/other-bridge", rejected("Take an on-notify from the bridge alone to which the notify went.")))
		It("a CM against an on-notify to what another one notified", suites.Check("AUTH-ONTF-006", "other-cm/astray/on-notify", func(c *suites.C) {
			notAt(c, "Send an on-notify to the CM whose notify it answers, or refuse it where X-CM-ID names another one.", config.OtherCM)
		}))
		for _, unknown := range []struct{ id, endpoint string }{{"AUTH-FM-009", contract.FetchModes}, {"AUTH-INIT-010", contract.Init}, {"AUTH-CONF-024", contract.Confirm}, {"AUTH-NTF-008", contract.Notify}} {
			It("against a "+unknown.endpoint+" to nobody", suites.Check(unknown.id, "address/unknown/"+unknown.endpoint, unrouted))
		}
		It("against a notify to a HIP by the id of a HIU", suites.Check("AUTH-NTF-008", "address/other-kind/notify", unrouted))
	})
	Describe("Roles", func() {
		wrongRole := func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				const hint = "Let each endpoint be called only by the roles that the document names (cm facing; hip facing, hiu facing)."
				if status := suites.Status(x); status != 401 && status != 403 {
					c.Find(suites.Finding{Expected: "401 or 403 for a token of another role", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
				}
				for _, d := range suites.PassedOn(f, x) {
					c.Find(suites.Finding{Expected: "nothing is passed on", Received: fmt.Sprintf("%s reached our %s", x.Endpoint, d.Player), Exchange: d.ID, Hint: hint})
				}
			})
		}
		It("keep bridges from the CM's endpoints", suites.Check("AUTH-GW-015", "token/wrong-role/on-fetch-modes|token/wrong-role/on-init|token/wrong-role/on-confirm|token/wrong-role/notify|token/hiu-role/*", wrongRole))
		It("keep the CM from the bridges' endpoints", suites.Check("AUTH-GW-016", "token/wrong-role/fetch-modes|token/wrong-role/init|token/wrong-role/confirm|token/wrong-role/on-notify", wrongRole))
	})
	Describe("Interleaved conversations", func() {
		It("are not mixed up", suites.Check("AUTH-GEN-028", "session/*|flow/...|combined/session/*|combined/flow/...", func(c *suites.C) {
			emitted(c, func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if len(x.Conflicts) > 0 {
					c.Find(suites.Finding{Expected: "ids of one conversation only", Received: suites.Mixed(x), Exchange: x.ID,
						Hint: "Keep what belongs to one conversation out of the other: shared state under load mixes patients up."}, suites.Marks(suites.MarkMixed, nil, x)...)
				}
				if bridge := contract.Role(f.Note(scenario.NoteBridge)); x.Player != bridge && x.Player != contract.CM {
					c.Find(suites.Finding{Expected: fmt.Sprintf("nothing of this conversation outside our %s and CM", bridge), Received: fmt.Sprintf("%s reached our %s", x.Endpoint, x.Player), Exchange: x.ID,
						Hint: "Deliver each callback to the party that asked."}, suites.Marks(suites.MarkMisrouted, nil, x)...)
				}
			})
		}))
		It("with the same requestId are kept apart", suites.Check("AUTH-GW-032", "shared-id/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				const hint = "Keep correlation by client and requestId: two bridges may choose the same."
				asked := 0
				for _, bridge := range contract.Bridges {
					x := f.Sent("as " + string(bridge))
					if x == nil || !suites.Accepted(x) {
						continue
					}
					asked++
					c.Judged(1)
					for _, callback := range f.Received(contract.OnFetchModes, bridge) {
						c.Expect(callback).To(suites.BeAddressedTo(bridge, c.Identity(bridge)), hint)
						if want, got := suites.Text(x, "/query/purpose"), suites.Text(callback, "/auth/purpose"); want != got {
							c.Find(suites.Finding{Pointer: "/auth/purpose", Expected: want + ", the purpose for which this bridge asked", Received: got, Exchange: callback.ID, Hint: hint})
						}
					}
					if n := len(f.Received(contract.OnFetchModes, bridge)); n != 1 {
						c.Find(suites.Finding{Expected: "one on-fetch-modes at our " + string(bridge), Received: fmt.Sprintf("%d", n), Exchange: x.ID, Hint: hint})
					}
				}
				if asked == 0 {
					c.Blocked(f, "neither request was accepted")
				}
			})
		}))
	})
}
