package bridge

import (
	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

func (s specs) sequences() {
	Describe("A conversation", func() {
		s.It("comes to its end by MOBILE_OTP", "AUTH-SEQ-001", "flow/mobile-otp/...", func(c *suites.C) {
			c.Each(func(f *suites.Flow) { s.confirmed(c, f) })
		})
	})
}

// confirmed judges that the subject went from init to confirm.
func (s specs) confirmed(c *suites.C, f *suites.Flow) {
	if f.Scenario.Status == journal.Blocked && f.Scenario.At != contract.Confirm {
		c.Blocked(f, "")
		return
	}
	c.Judged(1)
	if len(f.Received(contract.Confirm)) == 0 {
		c.Find(suites.Finding{Expected: "confirm with the code of the patient", Received: "nothing after on-init", Hint: "Send confirm once on-init has named the transaction and the patient has given the code."})
	}
}
