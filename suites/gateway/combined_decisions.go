package gateway

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Flows in which the patient decides, and flows in which nobody does.
const (
	insideDecided   = "combined/flow/*/direct/..."
	insideUndecided = "combined/flow/*/mobile-otp/...|combined/flow/*/aadhaar-otp/...|combined/flow/*/demographics/...|combined/confirm/...|combined/two-inits/*"
)

// notified calls judge for every notify of a flow that reached the bridge.
func notified(c *suites.C, judge func(f *suites.Flow, notify *journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		all := f.Received(contract.Notify, contract.Role(f.Note(scenario.NoteBridge)))
		if len(all) == 0 {
			c.Blocked(f, "no notify came in it")
		}
		for _, notify := range all {
			judge(f, notify)
		}
	})
}

// combinedDecisions are the checks of what the CM inside tells of the patient's own decision.
func combinedDecisions() {
	Describe("The decision of a patient, told by the CM inside the subject,", func() {
		It("is told of DIRECT sessions only", suites.Check("AUTH-NTF-001", insideUndecided, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				c.Judged(1)
				for _, notify := range f.Received(contract.Notify, contract.Bridges...) {
					c.Find(suites.Finding{Expected: "no notify: no patient has decided in this conversation", Received: "notify " + shownText(notify, "/auth/status"), Exchange: notify.ID,
						Hint: "Send notify when the patient of a DIRECT session has decided, and at no other time."})
				}
			})
		}))
		It("names the session and is what the patient decided", suites.Check("AUTH-NTF-002", insideDecided, func(c *suites.C) {
			notified(c, func(f *suites.Flow, notify *journal.Exchange) {
				c.Judged(1)
				want := contract.Granted
				if f.Note(scenario.NoteOutcome) == scenario.OutcomeDenied {
					want = contract.Denied
				}
				if suites.Text(notify, "/auth/status") != want {
					c.Find(suites.Finding{Pointer: "/auth/status", Expected: want + ", as the patient decided", Received: shownText(notify, "/auth/status"), Exchange: notify.ID, Hint: "Tell the decision as it was taken."})
				}
				for _, begun := range f.Received(contract.OnInit, notify.Player) {
					if id := suites.Text(begun, "/auth/transactionId"); id != "" && suites.Text(notify, "/auth/transactionId") != id {
						c.Find(suites.Finding{Pointer: "/auth/transactionId", Expected: fmt.Sprintf("%q, as on-init has it (%s)", id, begun.ID), Received: shownText(notify, "/auth/transactionId"), Exchange: notify.ID,
							Hint: "Name the session by the transactionId of its on-init, letter by letter."})
					}
				}
			})
		}))
		It("holds what the purpose allows", suites.Check("AUTH-NTF-003", "combined/flow/*/direct/*/granted", func(c *suites.C) {
			const hint = "Give accessToken for LINK, patient for KYC, and both for KYC_AND_LINK, as in on-confirm."
			notified(c, func(f *suites.Flow, notify *journal.Exchange) {
				c.Judged(1)
				purpose := f.Note(scenario.NotePurpose)
				for _, m := range []struct {
					pointer string
					wanted  bool
				}{{"/auth/accessToken", purpose != contract.KYC}, {"/auth/patient", purpose != contract.Link}} {
					switch is := there(notify, m.pointer); {
					case is && !m.wanted:
						c.Find(suites.Finding{Pointer: m.pointer, Expected: "no such member for " + purpose, Received: "a value", Exchange: notify.ID, Hint: hint})
					case !is && m.wanted:
						c.Find(suites.Finding{Pointer: m.pointer, Expected: "a value for " + purpose, Received: "none", Exchange: notify.ID, Hint: hint})
					}
				}
				if asked := initOf(f); asked != nil && there(notify, "/auth/validity") {
					validFor(c, asked, notify)
				}
			})
		}))
		It("holds nothing else where it is a denial", suites.Check("AUTH-NTF-004", "combined/flow/*/direct/*/denied", func(c *suites.C) {
			notified(c, func(_ *suites.Flow, notify *journal.Exchange) {
				c.Judged(1)
				for _, pointer := range []string{"/auth/accessToken", "/auth/patient"} {
					if there(notify, pointer) {
						c.Find(suites.Finding{Pointer: pointer, Expected: "no such member in a denial", Received: "a value", Exchange: notify.ID, Hint: "Send transactionId and status alone where the patient denies."})
					}
				}
			})
		}))
		It("is told once", suites.Check("AUTH-NTF-006", insideDecided, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				taken := f.Received(contract.Notify, contract.Bridges...)
				if len(taken) == 0 {
					c.Blocked(f, "no notify came in it")
					return
				}
				c.Judged(1)
				if len(taken) > 1 && suites.Accepted(taken[0]) {
					c.Find(suites.Finding{Expected: "one notify for one decision", Received: fmt.Sprintf("%d; the first was taken", len(taken)), Exchange: taken[1].ID, Hint: "Send one notify for a decision; try again only what was not taken."}, suites.Copies(taken)...)
				}
			})
		}))
	})
	Describe("A session of the CM inside the subject", func() {
		It("is in the mode that init asked for", suites.Check("AUTH-INIT-011", "combined/flow/...", func(c *suites.C) {
			came(c, contract.OnInit, func(_ *suites.Flow, request, callback *journal.Exchange) {
				c.Judged(1)
				if want := suites.Text(request, "/query/authMode"); want != "" && there(callback, "/auth") && suites.Text(callback, "/auth/mode") != want {
					c.Find(suites.Finding{Pointer: "/auth/mode", Expected: want + ", as init asks", Received: shownText(callback, "/auth/mode"), Exchange: callback.ID, Hint: "Open the session in query.authMode, or answer with an error."})
				}
			})
		}))
		It("has an id that no other tells", suites.Check("AUTH-OINIT-004", "combined/flow/...|combined/two-inits/*|combined/confirm/...", func(c *suites.C) {
			var ids []string
			var last *journal.Exchange
			c.Each(func(f *suites.Flow) {
				for _, begun := range f.Received(contract.OnInit, contract.Bridges...) {
					if id := suites.Text(begun, "/auth/transactionId"); id != "" {
						ids, last = append(ids, id), begun
						c.Judged(1)
					}
				}
			})
			if few := distinctive(ids); len(ids) >= leastSessions && few < leastDistinctive {
				c.Find(suites.Finding{Pointer: "/auth/transactionId", Expected: fmt.Sprintf("ids that differ in %d characters or more", leastDistinctive), Received: fmt.Sprintf("%d ids that differ in %d at the most, such as %q", len(ids), few, ids[len(ids)-1]),
					Exchange: last.ID, Hint: "Mint transactionIds at random: who has one must not be able to count to the next."})
			}
		}))
	})
}

// Of that many sessions at the least, ids must differ in that many characters: 32 bits in hexadecimal digits.
const (
	leastSessions    = 5
	leastDistinctive = 8
)

// distinctive is the length of what is not the same at the beginning and at the end of all texts.
func distinctive(texts []string) int {
	if len(texts) == 0 {
		return 0
	}
	head, tail, longest := len(texts[0]), len(texts[0]), 0
	for _, text := range texts {
		longest = max(longest, len(text))
		same := 0
		for same < min(head, len(text)) && text[same] == texts[0][same] {
			same++
		}
		head, same = same, 0
		for same < min(tail, len(text)) && text[len(text)-1-same] == texts[0][len(texts[0])-1-same] {
			same++
		}
		tail = same
	}
	return max(0, longest-head-tail)
}
