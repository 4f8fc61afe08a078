package gateway

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// delivered judges that messages of those endpoints reach their addressee once.
func delivered(hint string, endpoints ...string) func(*suites.C) {
	return func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			for _, r := range c.Routes(f, endpoints...) {
				c.Delivery(r, hint)
			}
		})
	}
}

// correlated judges that resp.requestId names the request as its sender knows it.
func correlated(c *suites.C, answer string, hint string) {
	asked := contract.MustEndpoint(answer).Answers
	c.Each(func(f *suites.Flow) {
		for _, request := range f.SentTo(asked) {
			answers := f.Received(answer, request.Player)
			if len(answers) == 0 {
				c.Blocked(f, "no "+answer+" reached our "+string(request.Player))
			}
			for _, x := range answers {
				c.Judged(1)
				want, got := suites.Text(request, "/requestId"), suites.Text(x, "/resp/requestId")
				if suites.SameID(want, got) {
					continue
				}
				c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: fmt.Sprintf("%s, the requestId of the %s that our %s sent (%s)", want, asked, request.Player, request.ID),
					Received: whose(f, x, got), Exchange: x.ID, Hint: hint})
			}
		}
	})
}

// whose says whose requestId a wrong resp.requestId is, where the flow knows it.
func whose(f *suites.Flow, x *journal.Exchange, id string) string {
	if id == "" {
		return shownText(x, "/resp/requestId")
	}
	for _, other := range f.Exchanges {
		if other != x && suites.SameID(suites.Text(other, "/requestId"), id) {
			by := "the subject itself used"
			if other.Direction == journal.Sent {
				by = fmt.Sprintf("our %s used", other.Player)
			}
			return fmt.Sprintf("%s, the requestId that %s for %s (%s)", id, by, other.Endpoint, other.ID)
		}
	}
	return id + ", which nobody in this conversation has sent"
}

func routing() {
	Describe("Routing", func() {
		It("forwards a request once, to the CM, at the same path", suites.Check("AUTH-GW-001", routed,
			delivered("Send each accepted fetch-modes, init and confirm once to the CM named by X-CM-ID, at the same path below its base URL.", contract.FetchModes, contract.Init, contract.Confirm)))
		It("forwards a request to the CM that X-CM-ID names, whatever the patient's address says", suites.Check("AUTH-GW-001", "other-cm/route/*", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				const hint = "Choose the CM by X-CM-ID alone: the suffix of an address is the patient's, not the caller's choice."
				for _, d := range f.Received(x.Endpoint, contract.CM) {
					c.Find(suites.Finding{Expected: "nothing at the CM that X-CM-ID does not name", Received: x.Endpoint + " reached our first CM", Exchange: d.ID, Hint: hint}, suites.Marks(suites.MarkMisrouted, x, d)...)
				}
				if n := len(f.Received(x.Endpoint, config.OtherCM)); n != 1 {
					c.Find(suites.Finding{Expected: "one " + x.Endpoint + " at our second CM", Received: fmt.Sprintf("%d; %s", n, suites.Answered(x)), Exchange: x.ID, Hint: hint})
				}
			})
		}))
		It("forwards what a bridge has to send once more, each with its answer", suites.Check("AUTH-GW-001", "again/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				const hint = "A replay is what has the same requestId, and nothing else is: a patient may mistype a code, and begin again."
				endpoint := f.Note(scenario.NoteEndpoint)
				accepted := 0
				for _, x := range f.SentTo(endpoint) {
					c.Judged(1)
					if !suites.Accepted(x) {
						c.Find(suites.Finding{Expected: "202: it is another request, with a requestId of its own", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
						continue
					}
					accepted++
					c.Answer(f, x, hint)
				}
				if n := len(f.Received(endpoint, contract.CM)); n != accepted {
					c.Find(suites.Finding{Expected: fmt.Sprintf("%d %s at our CM, as many as were accepted", accepted, endpoint), Received: fmt.Sprintf("%d", n), Exchange: f.SentTo(endpoint)[0].ID, Hint: hint})
				}
			})
		}))
		It("delivers a callback once, to the bridge that asked, at its path", suites.Check("AUTH-GW-002", routed,
			delivered("Send each accepted callback once to the bridge named by X-HIP-ID or X-HIU-ID, at the same path below its base URL.", contract.OnFetchModes, contract.OnInit, contract.OnConfirm)))
		for _, answer := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} {
			It("correlates "+answer+" with the request of the bridge", suites.Check("AUTH-GW-002", conversations, func(c *suites.C) {
				correlated(c, answer, "Set resp.requestId to the requestId that the bridge itself sent; remember it before you forward the request, since the CM may answer at once.")
			}))
		}
		It("delivers notify once to the addressed bridge", suites.Check("AUTH-NTF-007", "flow/*/direct/...",
			delivered("Send each accepted notify once to the bridge named by X-HIP-ID or X-HIU-ID. It is a request: it has no resp.", contract.Notify)))
		It("delivers on-notify once to the CM", suites.Check("AUTH-ONTF-006", "flow/*/direct/...",
			delivered("Send each accepted on-notify once to the CM named by X-CM-ID.", contract.OnNotify)))
		It("correlates on-notify with the CM's notify", suites.Check("AUTH-ONTF-006", "flow/*/direct/...", func(c *suites.C) {
			correlated(c, contract.OnNotify, "Set resp.requestId to the requestId of the CM's own notify.")
		}))
		It("gives each hop a requestId of its own", suites.Check("AUTH-GW-003", conversations, func(c *suites.C) {
			emitted(c, func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				for _, other := range f.Deliveries() {
					if other.ID != x.ID && suites.SameID(suites.Text(other, "/requestId"), suites.Text(x, "/requestId")) && other.Times.RequestFirst < x.Times.RequestFirst {
						c.Find(suites.Finding{Pointer: "/requestId", Expected: "a requestId that no other hop of this conversation has", Received: "the requestId of " + other.Endpoint + " (" + other.ID + ")",
							Exchange: x.ID, Hint: "Mint a requestId for every request that the gateway sends."})
					}
				}
			})
		}))
		It("leaves the payload as it was sent", suites.Check("AUTH-GW-004", routed, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, e := range contract.Endpoints {
					for _, r := range c.Routes(f, e.Name) {
						for _, pointer := range []string{"/" + e.Payload, "/transactionId", "/error"} {
							c.Unchanged(r, pointer, "Pass "+e.Payload+" on exactly as it came: the gateway is a hub.")
						}
					}
				}
			})
		}))
	})
}
