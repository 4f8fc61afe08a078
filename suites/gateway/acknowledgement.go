package gateway

import (
	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// conversations are the flows in which everything that our players send is valid.
const conversations = "fetch-modes/...|flow/...|unknown-patient/..."

// valid calls judge for every valid message that our players sent to the subject and that reached it.
func valid(c *suites.C, judge func(f *suites.Flow, x *journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		if len(f.Exchanges) == 0 {
			c.Blocked(f, "")
		}
		for _, e := range contract.Endpoints {
			for _, x := range f.SentTo(e.Name) {
				if x.Response == nil && x.Failure != nil && !x.Failure.RequestWritten {
					c.Blocked(f, suites.Answered(x))
					continue
				}
				judge(f, x)
			}
		}
	})
}

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
	Describe("A refusal", func() {
		It("carries an ErrorResponse", suites.Check("AUTH-GEN-018", "token/...|address/...|body/...|invalid/...", func(c *suites.C) {
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
