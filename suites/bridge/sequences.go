package bridge

import (
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

func (s specs) sequences() {
	Describe("A whole conversation", func() {
		s.It("by MOBILE_OTP comes to its end", courses[contract.MobileOTP].requirement, courses[contract.MobileOTP].pattern, completed)
		s.It("by AADHAAR_OTP comes to its end", courses[contract.AadhaarOTP].requirement, courses[contract.AadhaarOTP].pattern, completed)
		s.It("by DEMOGRAPHICS comes to its end", courses[contract.Demographics].requirement, courses[contract.Demographics].pattern, completed)
		s.It("in DIRECT mode comes to its end, granted and denied", courses[contract.Direct].requirement, courses[contract.Direct].pattern, completed)
		s.It("waits for on-init before it confirms", "AUTH-SEQ-005", "flow/...|twist/late/on-init", waitsForOnInit)
		s.It("is not mixed up with another about the same patient", "AUTH-SEQ-006", "twist/twins", func(c *suites.C) { eachTransactionOnce(c, 2) })
		s.It("can begin again when a callback does not come", "AUTH-SEQ-007", "twist/withheld/*", func(c *suites.C) {
			const hint = "Give up on a callback after a while and let the person begin again; take a callback that comes after all for one that answers nothing."
			c.Each(func(f *suites.Flow) {
				const expected = "a second conversation about the patient comes to its end"
				if f.Scenario.At == atStart && f.Note(scenario.NoteStarted) != "" && since(f) > 0 {
					c.Judged(1)
					c.Find(suites.Finding{Expected: expected, Received: "it did not begin: " + f.Scenario.Reason, Exchange: last(f), Hint: hint})
					return
				}
				ended(c, f, expected, hint)
				survives(c, f, scenario.StepLate, hint)
			})
		})
		s.It("survives a callback that is late", "AUTH-SEQ-007", "twist/late/on-init", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				if f.Sent(contract.OnInit) == nil {
					c.Blocked(f, stuck(c, f))
					return
				}
				survives(c, f, contract.OnInit, "Go on with a callback that is late, or, where you have given up, take it for one that answers nothing.")
			})
		})
		s.It("goes on where a callback comes before the 202", "AUTH-SEQ-008", "twist/early/*", func(c *suites.C) {
			const hint = "Remember a request before you send it: its callback may be there before its 202."
			c.Each(func(f *suites.Flow) {
				ended(c, f, "the conversation goes on after a callback that comes before the 202", hint)
				survives(c, f, f.Note(scenario.NoteEndpoint), hint)
			})
		})
		s.It("comes to its end though every callback has the deployed shape", "AUTH-OINIT-018", "twist/field/...", endsAll("the conversation goes on as with canonical messages",
			"Take null for absent, a time without a zone for UTC, and ignore members and words that you do not know."))
	})
	s.refusals()
}

// completed judges that a canonical conversation came to its end. That the suite could not make the subject begin is nobody's
// failure; that the subject refused a message of ours is judged where it is about that message.
func completed(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		if f.Scenario.Status != journal.Blocked {
			c.Judged(1)
			return
		}
		at := f.Scenario.At
		answer := first(f.SentTo(at))
		switch {
		case slices.Contains(hooks, at):
			c.Blocked(f, "")
		case at == player.AddContexts && !linksAtAll(c):
			c.Judged(1) // the tokens are another requirement's
		case refusedCredential(f) != nil:
			c.Blocked(f, fmt.Sprintf("blocked by what is judged on confirm: its credential is not what the patient entered, and our consent manager refused it (%s)", refusedCredential(f).ID))
		case misposted(f) != nil:
			c.Blocked(f, "blocked by AUTH-GEN-039, for "+suites.Answered(misposted(f)))
		case waylaid(c, at) != nil:
			c.Blocked(f, fmt.Sprintf("blocked by what is judged on %s: %s came and names no conversation of ours", at, waylaid(c, at).ID))
		case answer != nil && refusedElsewhere(c, at):
			c.Blocked(f, "blocked by AUTH-GEN-001, for "+suites.Answered(answer))
		case answer == nil && isCallback(at): // what the subject sent could not be answered
			c.Blocked(f, f.Scenario.Reason)
		case at == contract.OnNotify:
			c.Blocked(f, "blocked by AUTH-ONTF-001, for "+f.Scenario.Reason)
		default:
			c.Judged(1)
			c.Find(suites.Finding{Expected: "the conversation comes to its end: " + f.Note(scenario.NoteOutcome), Received: fmt.Sprintf("it stopped at %s: %s", at, f.Scenario.Reason), Exchange: last(f),
				Hint: "Follow the conversation in the evidence: the last exchange is the one after which nothing came."})
		}
	})
}

// refusedCredential is the on-confirm by which our consent manager refused the credential in a conversation that it should
// grant; nil where there is none.
func refusedCredential(f *suites.Flow) *journal.Exchange {
	return first(slices.DeleteFunc(f.SentTo(contract.OnConfirm), func(x *journal.Exchange) bool { return !suites.IsError(x) }))
}

// misposted is a message of a canonical conversation that our gateway could not take, nil where there is none: it came to
// another path, by another method, or was no JSON object.
func misposted(f *suites.Flow) *journal.Exchange {
	return first(slices.DeleteFunc(f.Deliveries(), func(x *journal.Exchange) bool { return suites.Status(x) < 400 || suites.Status(x) >= 500 }))
}

// waylaid is a message at an endpoint of the subject's that does not say which conversation it belongs to, nil where none came.
func waylaid(c *suites.C, endpoint string) *journal.Exchange {
	for _, x := range c.Orphans() {
		if x.Endpoint == endpoint && x.Player == contract.Gateway && (endpoint == contract.Confirm || endpoint == contract.OnNotify || suites.Text(x, "/query/id") == "") {
			return x
		}
	}
	return nil
}

// isCallback says whether we send the message of that name.
func isCallback(endpoint string) bool {
	e, ok := contract.EndpointNamed(endpoint)
	return ok && e.DeliveredTo(contract.HIP)
}

// refusedElsewhere says whether the single valid message of that endpoint is not accepted either.
func refusedElsewhere(c *suites.C, endpoint string) bool {
	return slices.ContainsFunc(c.Others("accept/"+endpoint), func(f *suites.Flow) bool {
		x := f.Sent(scenario.StepProbe)
		return x != nil && !suites.Accepted(x)
	})
}

// ended judges that an unusual conversation came to its end, as the canonical one does.
func ended(c *suites.C, f *suites.Flow, expected, hint string) {
	if why := stuck(c, f); why != "" {
		c.Blocked(f, why)
		return
	}
	c.Judged(1)
	if f.Scenario.Status != journal.Blocked || f.Scenario.At == player.AddContexts && !linksAtAll(c) {
		return
	}
	c.Find(suites.Finding{Expected: expected, Received: fmt.Sprintf("it stopped at %s: %s", f.Scenario.At, f.Scenario.Reason), Exchange: last(f), Hint: hint})
}

// endsAll judges every flow of a check by ended.
func endsAll(expected, hint string) func(c *suites.C) {
	return func(c *suites.C) {
		c.Each(func(f *suites.Flow) { ended(c, f, expected, hint) })
	}
}

// waitsForOnInit judges that no confirm began before the first on-init had begun.
func waitsForOnInit(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		if len(of(f, contract.Init)) == 0 {
			return
		}
		c.Judged(1)
		onInit := first(f.SentTo(contract.OnInit))
		for _, x := range slices.Concat(of(f, contract.Confirm), guesses(c, f)) {
			if onInit == nil || x.Times.RequestFirst < onInit.Times.RequestFirst {
				c.Find(suites.Finding{Expected: "no confirm before on-init", Received: "confirm (" + x.ID + ")", Exchange: x.ID,
					Hint: "Send confirm when on-init has named the transaction and the mode, not when init is acknowledged."})
			}
		}
	})
}

// eachTransactionOnce judges that each session that was opened is confirmed once.
func eachTransactionOnce(c *suites.C, sessions int) {
	const hint = "Keep a session by its transactionId, not by its patient: two may be open at once."
	c.Each(func(f *suites.Flow) {
		if why := stuck(c, f); why != "" {
			c.Blocked(f, why)
			return
		}
		times := map[string]int{}
		for _, x := range of(f, contract.Confirm) {
			times[suites.Text(x, "/transactionId")]++
		}
		opened := f.SentTo(contract.OnInit)
		retried := len(opened) > sessions // one that was sent again for want of an answer may be left alone
		for _, x := range opened {
			c.Judged(1)
			if id := suites.Text(x, "/auth/transactionId"); times[id] > 1 || times[id] == 0 && !retried {
				c.Find(suites.Finding{Pointer: "/transactionId", Expected: "one confirm for the transaction of this on-init", Received: fmt.Sprintf("%d of them", times[id]), Exchange: x.ID, Hint: hint})
			}
		}
	})
}
