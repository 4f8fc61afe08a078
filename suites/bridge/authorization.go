package bridge

import (
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// unauthorized judges that a message whose only fault is its token is answered 401 and has no effect.
func unauthorized(hint string) func(c *suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			if _, like := canonical(c, x.Endpoint); like != nil && (suites.Status(like) == 401 || suites.Status(like) == 403) {
				c.Blocked(f, fmt.Sprintf("%s with a good token is answered %d too: look at AUTH-GEN-001 first", a(x.Endpoint), suites.Status(like)))
				return
			}
			if alike(c, f, x) {
				return
			}
			c.Expect(x).To(suites.BeUnauthorized(), hint)
			ineffective(c, f, x, hint)
			if x.Endpoint == contract.Notify {
				for _, e := range slices.DeleteFunc(sent(f, x, contract.OnNotify), func(e *journal.Exchange) bool { return !suites.IsError(e) }) {
					c.Find(suites.Finding{Expected: "nothing that follows from it", Received: suites.Answered(x) + ", and on-notify followed", Exchange: e.ID, Hint: hint})
				}
			}
		})
	}
}

func (s specs) authorization() {
	Describe("Authorization", func() {
		s.It("is required: no token is 401", "AUTH-GEN-019", "token/missing/*",
			unauthorized("Answer 401 where there is no Authorization header, on every endpoint, before anything else is done with the message: whoever finds your URL can send you a callback."))
		s.It("is verified: garbage and damaged tokens are 401", "AUTH-GEN-020", "token/garbage/*|token/truncated/*|token/tampered/*",
			unauthorized("Verify the gateway's token by the keys that it publishes at /v0.5/certs, on every endpoint."))
		s.It("ends: an expired token is 401", "AUTH-GEN-021", "token/expired/*",
			unauthorized("Compare exp with the clock whenever a token is presented."))
		s.It("cannot be forged: a token by another key or algorithm is 401", "AUTH-GEN-022", "token/unknown-key/*|token/unknown-kid/*|token/own-key/*|token/alg-none/*|token/hs256-public-key/*",
			unauthorized("Accept RS256 and the gateway's published keys only: never the algorithm or the key that the token's own header names."))
	})
}
