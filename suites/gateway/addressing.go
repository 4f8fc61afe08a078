package gateway

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// unaddressed judges a message without its routing header: 400, and nothing is passed on.
func unaddressed(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		e := contract.MustEndpoint(f.Note(scenario.NoteEndpoint))
		refusedAnyhow := func(suites.Finding) bool { // D03: with whatever status, but nothing is passed on
			x := f.Sent(scenario.StepProbe)
			return suites.Status(x) >= 400 && len(suites.After(x, f.Deliveries())) == 0
		}
		c.Tolerating("D03", refusedAnyhow, func() {
			c.Refusal(f, fmt.Sprintf("Answer 400 to %s without %s: no default may take its place.", e.Name, oneOf(e.RoutingHeaders())))
		})
	})
}

// twice judges a message with both X-HIP-ID and X-HIU-ID: refused, or delivered to one party only.
func twice(c *suites.C) {
	c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		const hint = "Refuse a message that names both a HIP and a HIU, or deliver it to the party that asked, and to no other."
		reached := map[contract.Role]*journal.Exchange{}
		for _, d := range suites.After(x, f.Received(x.Endpoint)) {
			reached[d.Player] = d
		}
		if len(reached) > 1 {
			c.Find(suites.Finding{Expected: "delivered to one party at the most", Received: "delivered to our HIP and to our HIU", Exchange: x.ID, Hint: hint})
		}
		if d := reached[contract.HIU]; d != nil && f.Note(scenario.NoteBridge) == string(contract.HIP) {
			c.Find(suites.Finding{Expected: "nothing at the HIU, which did not ask", Received: x.Endpoint + " reached our HIU", Exchange: d.ID, Hint: hint}, suites.Marks(suites.MarkMisrouted, x, d)...)
		}
		if suites.Status(x) == 0 || suites.Status(x) >= 500 {
			c.Find(suites.Finding{Expected: "400, or 202 and delivery to one party", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
		}
	})
}

func addressing() {
	for _, missing := range []struct{ id, endpoint string }{
		{"AUTH-FM-008", contract.FetchModes}, {"AUTH-INIT-010", contract.Init}, {"AUTH-CONF-024", contract.Confirm}, {"AUTH-ONTF-009", contract.OnNotify},
		{"AUTH-OFM-006", contract.OnFetchModes}, {"AUTH-OINIT-019", contract.OnInit}, {"AUTH-OCONF-017", contract.OnConfirm}, {"AUTH-NTF-008", contract.Notify},
	} {
		It("refuses "+missing.endpoint+" without a routing header", suites.Check(missing.id, "address/missing/"+missing.endpoint, unaddressed))
	}
	for _, both := range []struct{ id, endpoint string }{
		{"AUTH-OFM-007", contract.OnFetchModes}, {"AUTH-OINIT-020", contract.OnInit}, {"AUTH-OCONF-018", contract.OnConfirm}, {"AUTH-NTF-020", contract.Notify},
	} {
		It("delivers "+both.endpoint+" with both routing headers to one party at the most", suites.Check(both.id, "address/both/"+both.endpoint, twice))
	}
	It("addresses a bridge by exactly one of X-HIP-ID and X-HIU-ID", suites.Check("AUTH-GW-007", conversations, func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			bridge := contract.Role(f.Note(scenario.NoteBridge))
			id := c.Identity(bridge)
			seen := 0
			for _, x := range f.Deliveries() {
				e, ok := contract.EndpointNamed(x.Endpoint)
				if !ok || !e.DeliveredTo(x.Player) || x.Player != bridge {
					continue
				}
				seen++
				c.Expect(x).To(suites.BeAddressedTo(bridge, id), "Send the header of the party that asked, with the id by which it asked (requester.id), and not the other one.")
			}
			if seen == 0 {
				c.Blocked(f, "")
			}
		})
	}))
}

func oneOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return names[0] + " or " + names[1]
}
