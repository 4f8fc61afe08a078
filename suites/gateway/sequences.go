package gateway

import (
	"fmt"
	"regexp"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// completed judges that a conversation came to the end that it must have.
func completed(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		c.Judged(1)
		if f.Scenario.Status == journal.Blocked {
			last := ""
			if n := len(f.Exchanges); n > 0 {
				last = f.Exchanges[n-1].ID
			}
			c.Find(suites.Finding{Expected: "the conversation comes to its end: " + f.Note(scenario.NoteOutcome), Received: fmt.Sprintf("it stopped at %s: %s", f.Scenario.At, f.Scenario.Reason), Exchange: last,
				Hint: "Look at the requirements that failed on " + f.Scenario.At + " first: this is their consequence."})
			return
		}
		end, pointer, want := outcome(f)
		if len(end) == 0 {
			c.Blocked(f, "")
			return
		}
		if got := suites.Text(end[0], pointer); want != "" && got != want {
			c.Find(suites.Finding{Pointer: pointer, Expected: want, Received: shownText(end[0], pointer), Exchange: end[0].ID, Hint: "Pass the outcome on as the CM gave it."})
		}
		for _, acknowledgement := range f.Received(contract.OnNotify, contract.CM) {
			if suites.IsError(acknowledgement) {
				c.Find(suites.Finding{Pointer: "/error", Expected: "on-notify with an acknowledgement", Received: "on-notify with an error: " + suites.Shown(suites.Member(acknowledgement, "/error")), Exchange: acknowledgement.ID,
					Hint: "Our bridge acknowledges a notify that it can take: look at what it answered to notify."})
			}
		}
		if f.Note(scenario.NoteOutcome) == scenario.OutcomeError && !suites.IsError(end[0]) {
			c.Find(suites.Finding{Pointer: "/error", Expected: "an error and no auth", Received: end[0].Endpoint + " without an error", Exchange: end[0].ID, Hint: "Pass the CM's error on as it came."})
		}
	})
}

// outcome returns the message that ends a conversation and, for a decision, the member that tells it.
func outcome(f *suites.Flow) (end []*journal.Exchange, pointer, want string) {
	switch bridge := contract.Role(f.Note(scenario.NoteBridge)); {
	case f.Note(scenario.NoteEndpoint) != "":
		return f.Received(contract.MustEndpoint(f.Note(scenario.NoteEndpoint)).Callback, bridge), "", ""
	case f.Note(scenario.NoteMode) != contract.Direct:
		return f.Received(contract.OnConfirm, bridge), "", ""
	case f.Note(scenario.NoteOutcome) == scenario.OutcomeDenied:
		return f.Received(contract.Notify, bridge), "/auth/status", contract.Denied
	default:
		return f.Received(contract.Notify, bridge), "/auth/status", contract.Granted
	}
}

func sequences() {
	Describe("A whole conversation", func() {
		It("by MOBILE_OTP comes to its end", suites.Check("AUTH-SEQ-001", "flow/*/mobile-otp/...|combined/flow/*/mobile-otp/...", completed))
		It("by AADHAAR_OTP comes to its end", suites.Check("AUTH-SEQ-002", "flow/*/aadhaar-otp/...|combined/flow/*/aadhaar-otp/...", completed))
		It("by DEMOGRAPHICS comes to its end", suites.Check("AUTH-SEQ-003", "flow/*/demographics/...|combined/flow/*/demographics/...", completed))
		It("in DIRECT mode comes to its end, granted and denied", suites.Check("AUTH-SEQ-004", "flow/*/direct/...|combined/flow/*/direct/...", completed))
		It("about an unknown patient ends with an error", suites.Check("AUTH-SEQ-013", "unknown-patient/...|combined/unknown-patient/...", completed))
	})
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func isUUID(s string) bool { return uuid.MatchString(s) }

// shownText is a string member for a sentence, or that there is none.
func shownText(x *journal.Exchange, pointer string) string {
	if value := suites.Member(x, pointer); len(value) > 0 {
		return suites.Shown(value)
	}
	return "no " + pointer[1:]
}
