package bridge

import (
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// notifies are the flows in which the subject is notified and our gateway takes its on-notify as it comes.
const notifies = "accept/notify|variant/*/notify|lawful/*/notify|field/*/notify|duplicate/notify|correlation/never-issued/notify|flow/direct/..."

// usual are those of them in which the notify must be accepted. In the others it may be refused, or other requirements ask
// that it is not: then there is nothing to answer.
const usual = "accept/notify|variant/denied/notify|flow/direct/..."

// notified calls judge for every notify that the subject accepted, with all that looks like an answer to it.
func notified(c *suites.C, judge func(f *suites.Flow, notify *journal.Exchange, answers []*journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		all := f.SentTo(contract.Notify)
		if scenario.Matches(unnotified, f.Name) {
			return
		}
		if len(all) == 0 {
			c.Blocked(f, "")
		}
		for _, x := range all {
			switch {
			case suites.Accepted(x):
				judge(f, x, answersTo(f, x, all))
			case scenario.Matches(usual, f.Name):
				notAccepted(c, f, x)
			}
		}
	})
}

// answersTo are what the subject sent to our gateway after a notify as an on-notify or in place of one, save what answers another notify.
func answersTo(f *suites.Flow, notify *journal.Exchange, all []*journal.Exchange) []*journal.Exchange {
	var out []*journal.Exchange
	for _, d := range suites.After(notify, f.Deliveries()) {
		if d.Endpoint != contract.OnNotify && (d.Endpoint != "" || suites.Member(d, "/resp") == nil) {
			continue
		}
		others := false
		for _, x := range all {
			others = others || x != notify && correlated(x, d)
		}
		if !others {
			out = append(out, d)
		}
	}
	return out
}

func correlated(notify, answer *journal.Exchange) bool {
	return suites.SameID(suites.Text(notify, "/requestId"), suites.Text(answer, "/resp/requestId"))
}

func (s specs) acknowledging() {
	Describe("A notify that was accepted", func() {
		s.It("is answered by one on-notify", "AUTH-ONTF-001", notifies, func(c *suites.C) {
			notified(c, func(f *suites.Flow, notify *journal.Exchange, answers []*journal.Exchange) {
				c.Judged(1)
				find := func(received string, x *journal.Exchange, marks ...suites.Mark) {
					c.Find(suites.Finding{Expected: "one on-notify at the gateway", Received: received, Exchange: x.ID, Hint: "Send one on-notify to the gateway for every notify that you answer with 202."}, marks...)
				}
				patience := c.Patience()
				if len(answers) == 0 {
					near, marks := c.NearMisses(notify, contract.OnNotify, contract.Gateway)
					find(fmt.Sprintf("nothing within %s. %s", patience, near), notify, append(marks, suites.Missing(notify, patience))...)
				}
				for i, a := range answers {
					if i > 0 {
						find(fmt.Sprintf("duplicate: %s answers %s again, after %s", a.ID, notify.ID, answers[0].ID), a, suites.Marks(suites.MarkDuplicate, answers[0], a)...)
					}
				}
				if len(answers) > 0 {
					if took := answers[0].Times.RequestFirst - notify.Times.ResponseLast; took > patience {
						find(fmt.Sprintf("late: after %s; the deadline of this run is %s", took.Round(time.Millisecond), patience), answers[0], suites.Late(answers[0], notify, patience))
					}
				}
			})
		})
		s.It("is named by the answer, which answers nothing else", "AUTH-ONTF-002", notifies+"|"+unnotified, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				if scenario.Matches(unnotified, f.Name) {
					namesNone(c, f)
				}
			})
			seen := map[string]bool{}
			notified(c, func(f *suites.Flow, notify *journal.Exchange, answers []*journal.Exchange) {
				if len(answers) == 0 { // one that names no message of ours may be its answer
					answers = c.Strays(notify, contract.OnNotify)
				}
				if len(answers) == 0 {
					c.Blocked(f, noAnswer)
				}
				for _, a := range answers {
					if !seen[a.ID] {
						seen[a.ID] = true
						namedBy(c, notify, a)
					}
				}
			})
		})
		s.It("is answered as the schema has it: OK, or an error", "AUTH-ONTF-003", notifies, func(c *suites.C) {
			eachAnswer(c, func(_ *suites.Flow, _, answer *journal.Exchange) { schemaOf(c, answer) })
		})
		s.It("is answered at the path of on-notify, with X-CM-ID", "AUTH-ONTF-004", notifies, func(c *suites.C) {
			eachAnswer(c, func(_ *suites.Flow, _, answer *journal.Exchange) { routeOf(c, answer) })
		})
		s.It("is acknowledged with OK also where it tells a denial", "AUTH-ONTF-005", "variant/denied/notify|flow/direct/*/denied", func(c *suites.C) {
			eachAnswer(c, func(f *suites.Flow, _, answer *journal.Exchange) {
				if !asked(f) {
					c.Lacking(needsStart)
					return
				}
				c.Judged(1)
				if suites.IsError(answer) {
					c.Find(suites.Finding{Pointer: "/error", Expected: `acknowledgement with status "OK"`, Received: suites.Shown(suites.Member(answer, "/error")), Exchange: answer.ID,
						Hint: "Acknowledge that the notify has arrived, whatever it says."})
				}
			})
		})
	})
}

// unnotified are conversations without a notify.
const unnotified = "accept/on-*|flow/mobile-otp/..."

// namesNone judges that nothing but a notify is answered by an on-notify.
func namesNone(c *suites.C, f *suites.Flow) {
	c.Judged(1)
	for _, a := range of(f, contract.OnNotify) {
		c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: "no on-notify, for there was no notify", Received: suites.Shown(suites.Member(a, "/resp/requestId")), Exchange: a.ID,
			Hint: "Answer a notify by an on-notify, and nothing else: a callback is acknowledged by its 202."})
	}
}

// namedBy judges that an on-notify names the notify that it answers.
func namedBy(c *suites.C, notify, answer *journal.Exchange) {
	c.Judged(1)
	if correlated(notify, answer) {
		return
	}
	got := suites.Shown(suites.Member(answer, "/resp/requestId"))
	if suites.SameID(suites.Text(notify, "/auth/transactionId"), suites.Text(answer, "/resp/requestId")) {
		got += ", its transactionId"
	}
	c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: suites.Text(notify, "/requestId") + ", the requestId of the notify", Received: got, Exchange: answer.ID,
		Hint: "Set resp.requestId to the requestId of the notify that you answer."})
}

// noAnswer is why nothing can be said about the answer to a notify.
const noAnswer = "no on-notify came: look at AUTH-ONTF-001 first"

// asked says whether the subject had opened the session of a flow.
func asked(f *suites.Flow) bool { return solicited(f) || scenario.Matches(conversations, f.Name) }

// eachAnswer calls judge for every answer to a notify that was accepted. That there is none is for AUTH-ONTF-001.
func eachAnswer(c *suites.C, judge func(f *suites.Flow, notify, answer *journal.Exchange)) {
	notified(c, func(f *suites.Flow, notify *journal.Exchange, answers []*journal.Exchange) {
		if len(answers) == 0 {
			c.Blocked(f, noAnswer)
		}
		for _, a := range answers {
			judge(f, notify, a)
		}
	})
}

// schemaOf judges what an on-notify says.
func schemaOf(c *suites.C, answer *journal.Exchange) {
	const hint = `Send acknowledgement with status "OK", as a text, or error; not both.`
	c.Judged(1)
	find := func(pointer, expected, received string) {
		c.Find(suites.Finding{Pointer: pointer, Expected: expected, Received: received, Exchange: answer.ID, Hint: hint})
	}
	status := suites.Member(answer, "/acknowledgement/status")
	switch acknowledged, failed := given(answer, "/acknowledgement"), given(answer, "/error"); {
	case acknowledged && failed:
		find("/error", "acknowledgement or error, and not both", "both")
	case !acknowledged && !failed:
		find("/acknowledgement", "acknowledgement or error", "neither")
	case acknowledged && string(status) != `"OK"`:
		find("/acknowledgement/status", `"OK"`, suites.Shown(status))
	}
	judgeSchema(c, answer, hint, "/acknowledgement/status", "/resp")
}

// routeOf judges where an on-notify goes.
func routeOf(c *suites.C, answer *journal.Exchange) {
	const hint = "POST it to /v0.5/users/auth/on-notify below the gateway, with X-CM-ID of the patient's consent manager."
	c.Judged(1)
	e := contract.MustEndpoint(contract.OnNotify)
	if answer.Endpoint != e.Name || answer.Request.Method != http.MethodPost {
		c.Find(suites.Finding{Expected: "POST " + e.Path, Received: answer.Request.Method + " " + answer.Request.URL, Exchange: answer.ID, Hint: hint})
	}
	judgeAddress(c, answer, hint)
}
