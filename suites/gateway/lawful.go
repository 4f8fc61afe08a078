package gateway

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// permitted judges that a message which differs lawfully from the canonical one is acknowledged and reaches its addressee once.
func permitted(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			if !c.Canonical(x.Endpoint) {
				c.Blocked(f, "the canonical "+x.Endpoint+" is not delivered either")
				return
			}
			if c.Expect(x).To(suites.BeAcknowledged(), hint) {
				c.Delivery(c.Route(f, x), hint)
			}
		})
	}
}

// preserved judges that members of a message which differs lawfully arrive as they were sent; {payload} stands for the
// member that carries the meaning of the message.
func preserved(hint string, pointers ...string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			r := c.Route(f, x)
			if c.Inside(r.To) {
				c.Lacking("it needs subject.topology: routed, for a CM inside the subject does not show what it received")
				return
			}
			if len(r.Delivered) == 0 {
				c.Blocked(f, suites.Answered(x)+" and was not delivered")
			}
			for _, pointer := range pointers {
				c.Unchanged(r, strings.ReplaceAll(pointer, "{payload}", contract.MustEndpoint(x.Endpoint).Payload), hint)
			}
		})
	}
}

// named judges that what was delivered of an answer names the message that it answers as the receiver sent it; what was not
// delivered is the matter of other checks.
func named(c *suites.C, hint string) {
	c.Each(func(f *suites.Flow) {
		x := f.Sent(scenario.StepProbe)
		if x == nil {
			return
		}
		c.Judged(1)
		for _, asked := range f.SentTo(contract.MustEndpoint(x.Endpoint).Answers) {
			for _, d := range c.Route(f, x).Delivered {
				if want, got := suites.Text(asked, "/requestId"), suites.Text(d, "/resp/requestId"); !suites.SameID(want, got) {
					c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: fmt.Sprintf("%s, the requestId of the %s that our %s sent (%s)", want, asked.Endpoint, asked.Player, asked.ID),
						Received: whose(f, d, got), Exchange: d.ID, Hint: hint})
				}
			}
		}
	})
}

// answered judges that the answer to a lawful request comes, correlated, and tells no error.
func answered(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			e := contract.MustEndpoint(x.Endpoint)
			c.Judged(1)
			callbacks := f.Received(e.Callback, x.Player)
			if len(callbacks) == 0 {
				c.Find(suites.Finding{Expected: "one " + e.Callback, Received: suites.Answered(x) + ", and no " + e.Callback + " followed", Exchange: x.ID, Hint: hint})
			}
			for _, callback := range callbacks {
				if suites.IsError(callback) {
					c.Find(suites.Finding{Expected: e.Callback + " with auth", Received: "an error: " + suites.Shown(suites.Member(callback, "/error")), Exchange: callback.ID, Hint: hint})
				}
			}
		})
	}
}

// offsetIgnored is a finding on a timestamp of now with an offset that was refused as one of another time is (D07).
func offsetIgnored(f suites.Finding) bool {
	return strings.HasPrefix(f.Scenario, "lawful/offset") && strings.HasSuffix(f.Received, " was answered 429")
}

func lawful() {
	Describe("A message that is valid in another way than the canonical one", func() {
		It("is accepted with a charset", suites.Check("AUTH-GEN-004", "lawful/charset/*|lawful/charset-upper/*",
			permitted("Compare the media type without its parameters: application/json; charset=utf-8 is application/json.")))
		It("is accepted with members and headers that the document does not name", suites.Check("AUTH-GEN-015", "lawful/extra-members/*|lawful/extra-nested/*|lawful/extra-headers/*",
			permitted("Ignore members and headers that you do not know.")))
		It("keeps members that the document does not name, and numbers, on its way", suites.Check("AUTH-GW-005", "lawful/extra-members/*|lawful/extra-nested/*|lawful/null-*/*",
			preserved("Change nothing but requestId, resp.requestId and timestamp on the way.", "/xConformance", "/{payload}/xConformance", "/auth/meta/hint")))
		It("is accepted with null for a member that may be missing", suites.Check("AUTH-GEN-016", "lawful/null-*/*",
			permitted("Treat an optional member that is null as one that is missing.")))
		It("is accepted with header names, the scheme and the media type in any case", suites.Check("AUTH-GEN-024", "lawful/header-case/*|lawful/header-case-hiu/*|lawful/scheme-case/*|lawful/media-type-case/*",
			permitted("Compare header names (RFC 9110, 5.1), the authentication scheme (RFC 9110, 11.1) and the media type (RFC 9110, 8.3.1) without regard to case.")))
		It("is accepted with any RFC 3339 form of the time", suites.Check("AUTH-GW-013", "lawful/offset/*|lawful/offset-west/*|lawful/offset-zero/*|lawful/seconds/*|lawful/tenths/*|lawful/nanoseconds/*",
			func(c *suites.C) {
				c.Tolerating("D07", offsetIgnored, func() {
					permitted("Read the offset and any number of fraction digits of a date-time (RFC 3339, 5.6) and compare instants.")(c)
				})
			}))
		It("is accepted within the clock window", suites.Check("AUTH-GW-012", "lawful/past-45s/*|lawful/future-8min/*",
			permitted("Accept timestamps from a minute ago to nine minutes ahead: clocks of hospitals differ.")))
		It("is accepted in any script", suites.Check("AUTH-GEN-026", "lawful/devanagari/*", permitted("Take text in any script: names are written as people write them.")))
		It("carries any script", suites.Check("AUTH-GEN-026", "lawful/devanagari/*|lawful/error/*",
			preserved("Read and write bodies as UTF-8 (RFC 8259, 8.1).", "/error/message", "/credential/authCode", "/auth/patient/name", "/auth/patient/address/line", "/auth/meta/hint")))
		It("keeps its payload as it was sent, whatever texts and lists it has, and gains nothing on the way", suites.Check("AUTH-GW-004",
			"lawful/punctuation/*|lawful/long-text/*|lawful/lists/*|lawful/transaction/*|lawful/auth-code/*|lawful/id-case/*|lawful/no-*/*|lawful/empty-*/*|lawful/opaque-token/*|lawful/error/*|lawful/error-10001/*",
			preserved("Pass the payload on exactly as it came: trim, escape, sort, cut and add nothing.", "/{payload}", "/error")))
		It("is accepted with other member order and white space", suites.Check("AUTH-GW-021", "lawful/member-order/*|lawful/pretty/*",
			permitted("Parse the JSON: the order of members and white space mean nothing.")))
		It("of a HIU is recognised as a HIU's in any member order", suites.Check("AUTH-GW-021", "cm-down/reordered/...", func(c *suites.C) {
			afterwards(c, func(f *suites.Flow, x *journal.Exchange, callbacks []*journal.Exchange) {
				if len(callbacks) == 0 {
					silence(c, x)
				}
				for _, callback := range callbacks {
					c.Tolerating("D17", namedByClient(callback, contract.HIU), func() {
						c.Expect(callback).To(suites.BeAddressedTo(contract.HIU, c.Identity(contract.HIU)), "Read requester.type from the parsed JSON, never from the text.")
					})
				}
			})
		}))
		It("is accepted and correlated with ids in upper case", suites.Check("AUTH-GEN-029", "lawful/upper-case-ids/*",
			permitted("Compare UUIDs by value (RFC 9562, 4): upper and lower case are the same.")))
		for _, answer := range []struct{ id, endpoint, hint string }{
			{"AUTH-GW-002", contract.OnFetchModes, "Set resp.requestId to the requestId that the bridge itself sent, in every answer, also in an error."},
			{"AUTH-GW-002", contract.OnInit, "Set resp.requestId to the requestId that the bridge itself sent, in every answer, also in an error."},
			{"AUTH-GW-002", contract.OnConfirm, "Set resp.requestId to the requestId that the bridge itself sent, in every answer, also in an error."},
			{"AUTH-ONTF-006", contract.OnNotify, "Set resp.requestId to the requestId of the CM's own notify, in every answer, also in an error."},
		} {
			It("of "+answer.endpoint+" is correlated like the canonical one", suites.Check(answer.id, "lawful/*/"+answer.endpoint, func(c *suites.C) { named(c, answer.hint) }))
		}
		It("is answered where its ids are in upper case", suites.Check("AUTH-GEN-029", "lawful/upper-case-ids/fetch-modes|lawful/upper-case-ids/init",
			answered("Compare UUIDs by value (RFC 9562, 4): upper and lower case are the same.")))
		It("is accepted without what is optional, and with an error instead of the payload", suites.Check("AUTH-GEN-032", "lawful/no-meta/*|lawful/top-level-transaction/*|lawful/error/*|lawful/transaction/*|lawful/auth-code/*|lawful/lists/*|lawful/long-text/*|lawful/punctuation/*|lawful/id-case/*|"+
			"lawful/empty-*/*|lawful/no-address/*|lawful/no-identifier*/*|lawful/no-validity/*|lawful/opaque-token/*|lawful/error-10001/*",
			permitted("Ask for the required members only; an answer has auth or error.")))
		It("is accepted without authMode", suites.Check("AUTH-INIT-009", "lawful/no-mode/init",
			permitted("authMode is optional in init: without it the CM chooses.")))
		It("leaves the mode to the CM without authMode", suites.Check("AUTH-INIT-009", "lawful/no-mode/init",
			answered("authMode is optional in init: without it the CM chooses.")))
		It("may have a timestamp without a zone", suites.Check("AUTH-GW-014", "lawful/zone-less/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				if x := c.Sent(f, scenario.StepProbe); x != nil {
					c.Judged(1)
					c.Variant(fmt.Sprintf("a timestamp without a zone is answered %d", suites.Status(x)))
				}
			})
		}))
		It("may be XML", suites.Check("AUTH-GEN-005", "content/xml/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				if x := c.Sent(f, scenario.StepProbe); x != nil {
					c.Judged(1)
					c.Variant(fmt.Sprintf("an XML body is answered %d", suites.Status(x)))
				}
			})
		}))
	})
}
