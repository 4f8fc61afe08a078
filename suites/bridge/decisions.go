package bridge

import (
	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

func (s specs) decisions() {
	Describe("A notify", func() {
		s.It("is taken whatever the purpose leaves out of it", "AUTH-NTF-013", "flow/direct/*/granted", func(c *suites.C) {
			const hint = "Ask for patient only where the purpose is KYC or KYC_AND_LINK, and for accessToken only where it is LINK or KYC_AND_LINK."
			c.Each(func(f *suites.Flow) {
				notify := first(f.SentTo(contract.Notify))
				if notify == nil {
					c.Blocked(f, "")
					return
				}
				if _, like := canonical(c, contract.Notify); !suites.Accepted(notify) && (like == nil || !suites.Accepted(like)) {
					c.Blocked(f, suites.Answered(notify)+": look at AUTH-GEN-001 first")
					return
				}
				c.Judged(1)
				if !suites.Accepted(notify) {
					c.Find(notTaken(notify, hint))
				}
				for _, x := range of(f, contract.OnNotify) {
					if suites.IsError(x) {
						c.Find(suites.Finding{Pointer: "/error", Expected: "an acknowledgement", Received: "an error: " + suites.Shown(suites.Member(x, "/error")), Exchange: x.ID, Hint: hint})
					}
				}
			})
		})
		s.It("that denies grants nothing", "AUTH-NTF-014", "flow/direct/*/denied|twist/denied/with-token", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				if f.Note(scenario.NotePurpose) != contract.KYC { // for KYC nothing is linked anyway
					unlinkedAfter(c, f, contract.Notify, "nothing linked: the patient has denied", "Look at auth.status first: only GRANTED grants, whatever else the notify holds.")
				}
			})
		})
		s.It("that comes twice is answered each time and has its effect once", "AUTH-NTF-016", "twist/again/notify/*", repeated)
		if s.role == contract.HIP { // what a HIU takes for a grant leaves no trace
			s.It("that grants after one that denied grants nothing", "AUTH-NTF-016", "twist/denied/then-granted", func(c *suites.C) {
				c.Each(func(f *suites.Flow) {
					unlinkedAfter(c, f, contract.Notify, "nothing linked: the first decision stands", "Let the first decision on a transaction stand, and answer a second that contradicts it with an error.")
				})
			})
		}
		s.It("about a session that waits for confirm grants nothing", "AUTH-NTF-017", "twist/notify/mediated", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				const hint = "Take a notify only for a transaction of mode DIRECT, and answer another with a 4xx or an on-notify with an error."
				unlinkedAfter(c, f, contract.Notify, "nothing linked: only confirm can be granted in this session", hint)
				survives(c, f, contract.Notify, hint)
			})
		})
		s.It("that overtakes its on-init breaks nothing", "AUTH-NTF-018", "twist/overtaken/on-init", func(c *suites.C) {
			const hint = "Answer a notify whose transaction you do not know yet with 202 or a 4xx; the on-init may be on its way."
			c.Each(func(f *suites.Flow) {
				if f.Sent(contract.Notify) == nil {
					c.Blocked(f, "")
					return
				}
				survives(c, f, contract.Notify, hint)
				survives(c, f, contract.OnInit, hint)
			})
		})
		s.It("that comes after the session has expired grants nothing", "AUTH-NTF-019", "twist/expired/session/direct", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				unlinkedAfter(c, f, contract.Notify, "nothing linked: auth.meta.expiry of on-init has passed", "Compare auth.meta.expiry of on-init with the clock when a notify comes, and answer it with an error where it has passed.")
			})
		})
	})
}

// repeated judges a notify that came twice.
func repeated(c *suites.C) {
	const hint = "Acknowledge each notify by its own requestId, and do nothing that the first has brought about."
	c.Each(func(f *suites.Flow) {
		original, again := f.Sent(contract.Notify), f.Sent(scenario.StepCopy)
		if original == nil || again == nil {
			c.Blocked(f, "")
			return
		}
		survives(c, f, scenario.StepCopy, hint)
		for _, notify := range []*journal.Exchange{original, again} {
			c.Judged(1)
			if suites.Accepted(notify) && len(suites.Answers(f, notify)) == 0 {
				c.Find(suites.Finding{Expected: "an on-notify with resp.requestId " + suites.Text(notify, "/requestId"), Received: "none", Exchange: notify.ID, Hint: hint}, suites.Missing(notify, c.Patience()))
			}
		}
		if len(grants(f)) > 0 && linksAtAll(c) {
			once(c, f, hint)
		}
	})
}
