package gateway

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// unauthorized judges that a message whose only fault is its token is answered 401 and goes no further.
func unauthorized(c *suites.C, hint string) {
	c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
		c.Expect(x).To(suites.BeUnauthorized(), hint)
		for _, d := range suites.PassedOn(f, x) {
			c.Find(suites.Finding{Expected: "nothing is passed on for a message without a right token", Received: fmt.Sprintf("%s reached our %s", x.Endpoint, d.Player), Exchange: d.ID, Hint: hint})
		}
	})
}

// ownToken judges that a message of the gateway carries a token of its own that is still good.
func ownToken(c *suites.C, x *journal.Exchange) {
	hint := "Authorize every second hop with the gateway's own access token; a caller's token must never reach another party."
	find := func(expected, received string) {
		c.Find(suites.Finding{Expected: expected, Received: received, Exchange: x.ID, Hint: hint})
	}
	switch a := x.Facts.Authorization; {
	case a.Owner != "":
		find("the gateway's own token", fmt.Sprintf("the access token of our %s", a.Owner))
	case !a.Present:
		find("an Authorization header with the gateway's own token", "no Authorization header")
	case a.Expired:
		hint = "Renew the gateway's own token before it ends: look at its exp whenever you send."
		find("a token that is still valid", "a token that has expired")
	}
}

func authorization() {
	Describe("Authorization", func() {
		It("is required: no token is 401", suites.Check("AUTH-GEN-019", "token/missing/*|token/empty/*", func(c *suites.C) {
			unauthorized(c, "Answer 401 where there is no Authorization header, on every endpoint, before anything else is done with the message.")
		}))
		It("is verified: garbage and damaged tokens are 401", suites.Check("AUTH-GEN-020", "token/garbage/*|token/truncated/*|token/tampered/*|token/two-parts/*|token/no-signature/*", func(c *suites.C) {
			unauthorized(c, "Verify the token as a whole, on every endpoint.")
		}))
		It("ends: an expired token is 401", suites.Check("AUTH-GEN-021", "token/expired/*", func(c *suites.C) {
			unauthorized(c, "Compare exp with the clock whenever a token is presented.")
		}))
		It("cannot be forged: a token by another key or algorithm is 401", suites.Check("AUTH-GEN-022", "token/unknown-key/*|token/unknown-kid/*|token/own-key/*|token/no-kid/*|token/alg-none/*|token/alg-none-case/*|token/hs256-*/*|token/hs384-public-key/*", func(c *suites.C) {
			unauthorized(c, "Accept only the algorithm that you sign with, and only your own keys: never what the token's header asks for.")
		}))
		It("is a Bearer token where the gateway sends", suites.Check("AUTH-GEN-023", conversations, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if a := x.Facts.Authorization; a.Present && !strings.EqualFold(a.Scheme, "Bearer") {
					c.Find(suites.Finding{Expected: "Authorization: Bearer and the token", Received: fmt.Sprintf("the scheme %q", a.Scheme), Exchange: x.ID, Hint: "Send the access token as a Bearer token (RFC 6750, 2.1)."})
				} else if a.Flaw != "" {
					c.Find(suites.Finding{Expected: "one header Authorization: Bearer and one token", Received: a.Flaw, Exchange: x.ID, Hint: "Send the access token once, after the word Bearer and a space (RFC 6750, 2.1)."})
				}
			})
		}))
		It("is the gateway's own towards the CM and the bridges", suites.Check("AUTH-GW-006", conversations, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				ownToken(c, x)
			})
		}))
		It("is the gateway's own also in error callbacks, and where the run is some seconds old", suites.Check("AUTH-GW-006", cmDown+"|slow-cm/...|slow-bridge/...", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				c.Judged(1) // that something came is the matter of other requirements
				for _, x := range f.Deliveries() {
					ownToken(c, x)
				}
			})
		}))
	})
}
