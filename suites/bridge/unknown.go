package bridge

import (
	. "github.com/onsi/ginkgo/v2"
)

// unknown are the checks of messages that answer nothing, or say nothing.
func (s specs) unknown() {
	Describe("A message that answers nothing", func() {
		const hint = "Look up what a callback answers among your own requests, by resp.requestId and kind, and do nothing with any other; 400 is right, and so is a 202 without any effect."
		s.It("begins no session: on-fetch-modes", "AUTH-OFM-011", "correlation/never-issued/on-fetch-modes|"+withoutAnswer, harmless(hint))
		s.It("brings no confirm: on-init", "AUTH-OINIT-013", "correlation/never-issued/on-init|correlation/wrong-kind/on-confirm|correlation/wrong-kind/on-fetch-modes", harmless(hint))
		s.It("grants nothing: on-confirm", "AUTH-OCONF-013", "correlation/never-issued/on-confirm|correlation/wrong-kind/on-init", harmless(hint))
		s.It("grants nothing: notify about an unknown transaction", "AUTH-NTF-015", "correlation/never-issued/notify",
			harmless("Look auth.transactionId up among your own sessions; answer 400, or 202 and then on-notify with an error."))
	})
	Describe("A message that says nothing that can be used", func() {
		s.It("brings no 5xx: modes that are none, or unknown", "AUTH-OFM-012", "odd/no-modes/on-fetch-modes|odd/unknown-mode/on-fetch-modes|invalid/on-fetch-modes/wrong-enum:auth.modes.0",
			unharmed("Ignore modes that you do not know, and tell the user where none is left."))
		s.It("brings no confirm: on-init with a mode that does not exist", "AUTH-OINIT-013", "invalid/on-init/wrong-enum:auth.mode",
			harmless("Send no confirm in a mode that you do not know; answer 400, or give the session up."))
		s.It("grants nothing: on-confirm whose auth is empty", "AUTH-OCONF-012", "odd/empty-auth/on-confirm",
			harmless("Take a grant by what it holds: without an access token there is nothing to link with."))
	})
}
