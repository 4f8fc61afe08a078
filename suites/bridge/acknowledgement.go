package bridge

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// conversations are the flows that the subject begins and in which everything that our hub sends is valid.
const conversations = "flow/..."

// acknowledged judges that a valid message is taken with a 202. Where the subject had not asked for it, a 4xx is a
// refusal that the contract leaves open: then nothing can be judged without the start hook.
func acknowledged(c *suites.C, f *suites.Flow, x *journal.Exchange, hint string) {
	if status := suites.Status(x); f.Note(scenario.NoteSolicited) == "" && status >= 400 && status < 500 && status != 401 && status != 403 {
		c.Blocked(f, fmt.Sprintf("the subject refused a %s that it had not asked for (%d), which the contract leaves open: configure hooks.start, so that the suite can send it as an answer", x.Endpoint, status))
		return
	}
	c.Expect(x).To(suites.BeAcknowledged(), hint)
}

func (s specs) acknowledgement() {
	Describe("A valid message", func() {
		s.It("is acknowledged with 202", "AUTH-GEN-001", "accept/...", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				acknowledged(c, f, x, "Answer a valid message with 202 as soon as it is accepted.")
			})
		})
		s.It("is acknowledged with an empty body", "AUTH-GEN-002", "accept/...", func(c *suites.C) {
			c.EachProbe(func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if suites.Accepted(x) {
					c.Expect(x).To(suites.HaveNoBody(), "Send the 202 without a body.")
				}
			})
		})
	})
}
