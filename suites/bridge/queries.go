package bridge

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// begun are the flows that the subject begins.
const begun = "flow/...|twist/..."

// eachQuery calls judge for every message of the subject at an endpoint.
func eachQuery(c *suites.C, endpoint string, judge func(f *suites.Flow, x *journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		for _, x := range of(f, endpoint) {
			judge(f, x)
		}
	})
}

func (s specs) queries() {
	for _, q := range []struct{ endpoint, address, schema, self, purpose string }{
		{contract.FetchModes, "AUTH-FM-001", "AUTH-FM-002", "AUTH-FM-003", "AUTH-FM-004"},
		{contract.Init, "AUTH-INIT-002", "AUTH-INIT-001", "AUTH-INIT-002", "AUTH-INIT-004"},
	} {
		Describe("What the subject asks with "+q.endpoint, func() {
			s.It("goes to the consent manager of the patient", q.address, begun, func(c *suites.C) {
				eachQuery(c, q.endpoint, func(_ *suites.Flow, x *journal.Exchange) {
					c.Judged(1)
					judgeAddress(c, x, "Send X-CM-ID with what follows the @ of the patient's address.")
				})
			})
			s.It("keeps its schema, about the patient that was named", q.schema, begun, func(c *suites.C) {
				eachQuery(c, q.endpoint, func(_ *suites.Flow, x *journal.Exchange) {
					judgeSchema(c, x, "Build the message after the schema of "+contract.MustEndpoint(q.endpoint).Schema+".", "/query/requester", "/query/authMode")
				})
				strangers(c, q.endpoint)
			})
			s.It("is asked in the subject's own name", q.self, begun, func(c *suites.C) {
				eachQuery(c, q.endpoint, func(_ *suites.Flow, x *journal.Exchange) { s.requester(c, x) })
			})
			s.It("has the purpose KYC", q.purpose, begun, func(c *suites.C) {
				eachQuery(c, q.endpoint, func(_ *suites.Flow, x *journal.Exchange) {
					c.Judged(1)
					if got := suites.Text(x, "/query/purpose"); got != contract.KYC {
						c.Find(suites.Finding{Pointer: "/query/purpose", Expected: contract.KYC, Received: shown(x, "/query/purpose"), Exchange: x.ID,
							Hint: "Ask for purpose KYC: no other is for a HIU."})
					}
				})
			})
		})
	}
	s.modes()
}

func (s specs) modes() {
	Describe("What the subject asks with init", func() {
		s.It("names a mode of the contract, or none", "AUTH-INIT-003", begun, func(c *suites.C) {
			eachQuery(c, contract.Init, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if given(x, "/query/authMode") && !slices.Contains(contract.Modes, suites.Text(x, "/query/authMode")) {
					c.Find(suites.Finding{Pointer: "/query/authMode", Expected: strings.Join(contract.Modes, ", ") + ", or no authMode", Received: shown(x, "/query/authMode"), Exchange: x.ID,
						Hint: "Spell authMode as the document does, or leave it out."})
				}
			})
		})
		s.It("has another requestId than fetch-modes", "AUTH-INIT-005", begun, func(c *suites.C) {
			eachQuery(c, contract.Init, func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				for _, m := range of(f, contract.FetchModes) {
					if suites.SameID(suites.Text(m, "/requestId"), suites.Text(x, "/requestId")) {
						c.Find(suites.Finding{Pointer: "/requestId", Expected: "a requestId of its own", Received: "that of fetch-modes (" + m.ID + ")", Exchange: x.ID,
							Hint: "A requestId names one HTTP request, not a conversation: mint one for each."})
					}
				}
			})
		})
		s.It("names a mode that on-fetch-modes has offered", "AUTH-OFM-013", begun, offered)
		s.It("does not follow an error in on-fetch-modes", "AUTH-OFM-014", "twist/error/on-fetch-modes|twist/stranger", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				failed := first(f.SentTo(contract.OnFetchModes))
				switch {
				case failed == nil && len(of(f, contract.Init)) > 0:
					c.Lacking("the subject opens sessions without asking for the modes")
					return
				case failed == nil:
					c.Blocked(f, "")
					return
				}
				c.Judged(1)
				for _, x := range after(failed, of(f, contract.Init)) {
					c.Find(suites.Finding{Expected: "no init after an error in on-fetch-modes", Received: "init (" + x.ID + ")", Exchange: x.ID,
						Hint: "Tell the person that the patient cannot be authenticated, and why; begin again only when they do."})
				}
			})
		})
	})
}

// offered judges the mode of every init that follows an on-fetch-modes of ours.
func offered(c *suites.C) {
	asked := false
	eachQuery(c, contract.Init, func(f *suites.Flow, x *journal.Exchange) {
		var modes []string
		for _, m := range f.SentTo(contract.OnFetchModes) {
			if suites.Accepted(m) && m.Times.RequestFirst < x.Times.RequestFirst {
				modes = suites.Texts(m, "/auth/modes")
			}
		}
		if modes == nil {
			return
		}
		asked = true
		if mode := suites.Text(x, "/query/authMode"); given(x, "/query/authMode") && !slices.Contains(modes, mode) {
			c.Find(suites.Finding{Pointer: "/query/authMode", Expected: "one of " + strings.Join(modes, ", ") + ", which on-fetch-modes offered, or no authMode", Received: shown(x, "/query/authMode"), Exchange: x.ID,
				Hint: "Offer the person only the modes that on-fetch-modes lists, and add none."})
		}
	})
	for _, f := range c.Others("twist/not-offered") {
		if len(f.SentTo(contract.OnFetchModes)) > 0 {
			asked = true // that no init followed is as right as one with a mode that was offered
		}
	}
	if asked {
		c.Judged(1)
		return
	}
	c.Lacking("the subject opens sessions without asking for the modes")
}

// requester judges that a query is asked in the subject's own name.
func (s specs) requester(c *suites.C, x *journal.Exchange) {
	c.Judged(1)
	for _, m := range []struct{ pointer, want string }{{"/query/requester/type", s.role.RequesterType()}, {"/query/requester/id", c.Identity(s.role)}} {
		if suites.Text(x, m.pointer) != m.want {
			c.Find(suites.Finding{Pointer: m.pointer, Expected: m.want, Received: shown(x, m.pointer), Exchange: x.ID,
				Hint: fmt.Sprintf("Name yourself as requester: type %s and the id under which you are registered.", s.role.RequesterType())})
		}
	}
}

// strangers finds queries about nobody, and, where no conversation began at all, about patients of no conversation: then
// the subject was told a patient and asked about another.
func strangers(c *suites.C, endpoint string) {
	for _, x := range c.Orphans() {
		if x.Endpoint == endpoint && suites.Text(x, "/query/id") == "" {
			judgeSchema(c, x, "Name the patient in query.id, as a string.")
		}
	}
	started := slices.ContainsFunc(c.Others("flow/..."), func(f *suites.Flow) bool {
		return len(of(f, contract.FetchModes))+len(of(f, contract.Init)) > 0 || f.Scenario.At != atStart
	})
	if started {
		return
	}
	for _, x := range c.Orphans() {
		if x.Endpoint == endpoint && suites.Text(x, "/query/id") != "" {
			c.Judged(1)
			c.Find(suites.Finding{Pointer: "/query/id", Expected: "the patient that the start hook was told", Received: shown(x, "/query/id") + ", which no conversation is about", Exchange: x.ID,
				Hint: "Send the patient's address whole, with the @ and what follows it."})
		}
	}
}

// atStart is where a conversation is blocked that the subject did not begin.
const atStart = "hooks.start"

// first is the first of some exchanges, nil for none.
func first(all []*journal.Exchange) *journal.Exchange {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}
