package gateway

import (
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Conversations are the flows in which everything that our players send is valid: behind the gateway, or with a CM inside it.
const (
	routed        = "fetch-modes/...|flow/...|unknown-patient/...|session/..."
	inside        = "combined/fetch-modes/...|combined/flow/...|combined/unknown-patient/...|combined/session/..."
	conversations = routed + "|" + inside
)

// valid calls judge for every valid message that our players sent to the subject and that reached it.
func valid(c *suites.C, judge func(f *suites.Flow, x *journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		if len(f.Exchanges) == 0 {
			c.Blocked(f, "")
		}
		for _, e := range contract.Endpoints {
			for _, x := range f.SentTo(e.Name) {
				if suites.Unreached(x) {
					c.Blocked(f, suites.Answered(x))
					continue
				}
				judge(f, x)
			}
		}
	})
}

// ackDeadline is how long an acknowledgement may take (AUTH-GEN-025).
const ackDeadline = 5 * time.Second

func acknowledgement() {
	Describe("A valid message", func() {
		It("is acknowledged with 202", suites.Check("AUTH-GEN-001", conversations, func(c *suites.C) {
			valid(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Expect(x).To(suites.BeAcknowledged(), "Answer a valid message with 202 as soon as it is accepted; the outcome travels in the callback.")
			})
		}))
		It("is acknowledged with an empty body", suites.Check("AUTH-GEN-002", conversations, func(c *suites.C) {
			valid(c, func(_ *suites.Flow, x *journal.Exchange) {
				if suites.Accepted(x) {
					c.Expect(x).To(suites.HaveNoBody(), "Send the 202 without a body.")
				}
			})
		}))
	})
	It("is acknowledged within 5 s whatever the CM does", suites.Check("AUTH-GEN-025", "slow-cm/...|cm-down/...", func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			if x := c.Sent(f, scenario.StepProbe); x != nil {
				c.Judged(1)
				if took := x.Times.ResponseFirst - x.Times.RequestLast; x.Response == nil || took > ackDeadline {
					c.Find(suites.Finding{Expected: "an answer within 5 s", Received: suites.Answered(x), Exchange: x.ID, Hint: "Acknowledge first, then talk to the CM."})
				}
			}
		})
	}))
	Describe("A refusal", func() {
		It("tells no internals", suites.Check("AUTH-GEN-031", conversations+"|token/...|address/...|body/...|invalid/...|content/...|cm-down/...|correlation/...", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, x := range f.Exchanges {
					c.Judged(1)
					for _, leak := range x.Facts.Leaks {
						c.Find(suites.Finding{Expected: "nothing of the inside in an answer or an error: no secret, no stack trace, no file, no address", Received: "a " + leak, Exchange: x.ID,
							Hint: "Write a fixed sentence into error.message and keep the details in your own log."})
					}
				}
			})
		}))
		It("carries an ErrorResponse", suites.Check("AUTH-GEN-018", "token/...|address/...|body/...|invalid/...|cm-down/...|content/xml/*|content/deep/*|correlation/...|clock/...|replay/...", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, x := range f.Exchanges {
					if x.Direction == journal.Sent && suites.Status(x) >= 400 {
						c.Expect(x).To(suites.HaveErrorResponse(), "Give the reason of a 4xx or 5xx as an ErrorResponse: an object error with an integer code and a message.")
					}
				}
			})
		}))
	})
}
