package bridge

import (
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// Conversations in which everything that our hub sends is valid: those that the subject begins, and single messages.
const (
	conversations = "flow/..."
	canonicals    = "accept/*"
)

// wrongs are the families of wrong messages.
const wrongs = "token/...|body/...|invalid/...|address/...|correlation/...|odd/...|content/..."

// ackDeadline is how long an acknowledgement may take (AUTH-GEN-025).
const ackDeadline = 5 * time.Second

func (s specs) acknowledgement() {
	Describe("A valid message", func() {
		s.It("is acknowledged with 202", "AUTH-GEN-001", canonicals, func(c *suites.C) {
			c.EachProbe(acknowledged(c))
		})
		s.It("is acknowledged with an empty body", "AUTH-GEN-002", canonicals, func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				if !suites.Accepted(x) {
					notAccepted(c, f, x)
					return
				}
				c.Expect(x).To(suites.HaveNoBody(), "Send the 202 without a body.")
			})
		})
		s.It("is acknowledged within 5 s, however slow our gateway is", "AUTH-GEN-025", canonicals+"|slow-gateway/*", func(c *suites.C) {
			c.EachProbe(func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				took := x.Times.ResponseFirst - x.Times.RequestLast
				if late := x.Response != nil && took > ackDeadline; late || x.Failure != nil && x.Failure.Kind == "timeout" {
					c.Find(suites.Finding{Expected: "an answer within 5 s", Received: suites.Answered(x), Exchange: x.ID,
						Hint: "Acknowledge a callback before you send what follows from it: the gateway may be slow, and it waits for your acknowledgement."})
				}
			})
		})
	})
	Describe("A refusal", func() {
		s.It("carries an ErrorResponse", "AUTH-GEN-018", wrongs+"|method/...", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, x := range f.Exchanges {
					if x.Direction == journal.Sent && suites.Status(x) >= 400 && x.Request.Method == "POST" {
						c.Expect(x).To(suites.HaveErrorResponse(), "Give the reason of a 4xx or 5xx as an ErrorResponse: an object error with an integer code and a message.")
					}
				}
			})
		})
		s.It("tells no internals", "AUTH-GEN-031", canonicals+"|"+wrongs+"|"+conversations, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, x := range f.Exchanges {
					c.Judged(1)
					for _, leak := range x.Facts.Leaks {
						c.Find(suites.Finding{Expected: "nothing of the inside in an answer or an error: no secret, no stack trace, no file, no address", Received: "a " + leak, Exchange: x.ID,
							Hint: "Write a fixed sentence into error.message and keep the details in your own log."})
					}
				}
			})
		})
	})
}

// acknowledged judges that a valid message is taken with a 202. Where the subject had not asked for it, a 4xx is a
// refusal that the contract leaves open: then nothing can be judged without the start hook.
func acknowledged(c *suites.C) func(f *suites.Flow, x *journal.Exchange) {
	return func(f *suites.Flow, x *journal.Exchange) {
		if !solicited(f) && suites.Refused(x) {
			unasked(c, f, x)
			return
		}
		hint := "Answer a valid message with 202 as soon as it is accepted."
		switch suites.Status(x) {
		case 401, 403:
			hint = "The token is good: it is signed RS256 by the key that the suite publishes at <public-url>/v0.5/certs. Let the subject take its keys from there; where it takes one fixed token from its gateway, set identities.gateway.token."
		case 404:
			hint = "Serve every callback of the contract below subject.url."
		}
		c.Tolerating("D24", brokenUnasked(f, x), func() { c.Expect(x).To(suites.BeAcknowledged(), hint) })
	}
}
