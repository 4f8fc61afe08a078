package bridge

import (
	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

func (s specs) authorization() {
	unauthorized := func(hint string) func(c *suites.C) {
		return func(c *suites.C) {
			c.EachProbe(func(_ *suites.Flow, x *journal.Exchange) { c.Expect(x).To(suites.BeUnauthorized(), hint) })
		}
	}
	Describe("Authorization", func() {
		s.It("is required: no token is 401", "AUTH-GEN-019", "token/missing/*",
			unauthorized("Answer 401 where there is no Authorization header, on every endpoint, before anything else is done with the message: whoever finds your URL can send you a callback."))
		s.It("is verified: garbage and damaged tokens are 401", "AUTH-GEN-020", "token/garbage/*|token/truncated/*|token/tampered/*",
			unauthorized("Verify the gateway's token by the keys that it publishes at /v0.5/certs, on every endpoint."))
		s.It("ends: an expired token is 401", "AUTH-GEN-021", "token/expired/*",
			unauthorized("Compare exp with the clock whenever a token is presented."))
		s.It("cannot be forged: a token by another key or algorithm is 401", "AUTH-GEN-022", "token/unknown-key/*|token/alg-none/*|token/hs256-public-key/*",
			unauthorized("Accept RS256 and the gateway's published keys only: never the algorithm or the key that the token's own header names."))
	})
}
