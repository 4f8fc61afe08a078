package gateway

import (
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// closed judges what was sent in the name of the CM inside: it is refused, and reaches no bridge. Which 4xx it is cannot
// be asked for: a gateway need not serve there at all what only its own CM sends.
func closed(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			c.Judged(1)
			if status := suites.Status(x); (status < 400 || status >= 500) && status != http.StatusNotImplemented {
				c.Find(suites.Finding{Expected: "a refusal: 401 or 403, or 404 or 405 where nobody outside is served there", Received: suites.Answered(x), Exchange: x.ID, Hint: hint})
			}
			for _, d := range suites.After(x, f.Received(x.Endpoint, contract.Bridges...)) {
				if forgedBy(f, x, d) {
					c.Find(suites.Finding{Expected: "nothing of it at a bridge", Received: fmt.Sprintf("%s, which our %s had made, reached our %s", x.Endpoint, x.Player, d.Player), Exchange: d.ID, Hint: hint})
				}
			}
		})
	}
}

// forgedBy says whether a message that reached a bridge is what x said, and no true message of the CM inside: it says so
// by its transaction or its token, or the CM inside had nothing to say there.
func forgedBy(f *suites.Flow, x, d *journal.Exchange) bool {
	for _, told := range []string{"/auth/transactionId", "/auth/accessToken"} {
		if secret := suites.Text(x, told); secret != "" && secret == suites.Text(d, told) {
			return true
		}
	}
	asked := contract.MustEndpoint(x.Endpoint).Answers
	return asked == "" || len(f.SentTo(asked)) == 0
}

func combinedFacing() {
	Describe("The endpoints of the CM, where it is inside the subject,", func() {
		const hint = "Let nobody but your own CM say what only a CM may say: serve these endpoints inside, or check token and role before all else."
		It("are closed to whoever has no token", suites.Check("AUTH-GEN-019", "combined/cm-facing/missing/*", closed(hint)))
		It("are closed to whoever has a token that nobody issued", suites.Check("AUTH-GEN-020", "combined/cm-facing/garbage/*", closed(hint)))
		It("are closed to bridges", suites.Check("AUTH-GW-015", "combined/cm-facing/bridge/*|combined/cm-facing/forged/*", closed(hint)))
	})
	Describe("on-notify, where the CM is inside the subject,", func() { // that a right one is acknowledged: AUTH-GEN-001
		It("that answers nothing does no harm", suites.Check("AUTH-ONTF-008", "combined/on-notify/unknown/*",
			alive("Look resp.requestId up among your own notifies; answer 400, or 202 and forget it.")))
		It("may hold an error", suites.Check("AUTH-ONTF-008", "combined/on-notify/error/*", func(c *suites.C) {
			c.EachProbe(func(_ *suites.Flow, x *journal.Exchange) {
				c.Expect(x).To(suites.BeAcknowledged(), "Take acknowledgement or error: the bridge says that it could not use the notify.")
			})
		}))
	})
}
