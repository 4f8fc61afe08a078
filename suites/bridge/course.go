package bridge

import (
	"encoding/json"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Hooks at which a conversation can be blocked: then the suite could not make the subject act, which is nobody's failure.
var hooks = []string{"hooks.start", "hooks.enter"}

// courses are, by the mode that on-init names, the requirement about a whole conversation and the scenarios of it.
var courses = map[string]struct{ requirement, pattern string }{
	contract.MobileOTP:    {"AUTH-SEQ-001", "flow/mobile-otp/..."},
	contract.AadhaarOTP:   {"AUTH-SEQ-002", "flow/aadhaar-otp/..."},
	contract.Demographics: {"AUTH-SEQ-003", "flow/demographics/..."},
	contract.Direct:       {"AUTH-SEQ-004", "flow/direct/..."},
}

// of are the messages of the subject at an endpoint, in a flow.
func of(f *suites.Flow, endpoint string) []*journal.Exchange {
	return f.Received(endpoint, contract.Gateway)
}

// linkings are the links/link/add-contexts of a flow.
func linkings(f *suites.Flow) []*journal.Exchange {
	return slices.DeleteFunc(f.Deliveries(), func(x *journal.Exchange) bool { return !isLinking(x) })
}

func isLinking(x *journal.Exchange) bool {
	path, _, _ := strings.Cut(x.Request.URL, "?")
	return x.Player == contract.Gateway && strings.HasSuffix(path, contract.PathAddContexts)
}

// after are those exchanges that began when x had begun, or later.
func after(x *journal.Exchange, all []*journal.Exchange) []*journal.Exchange {
	return slices.DeleteFunc(slices.Clone(all), func(y *journal.Exchange) bool { return y.Times.RequestFirst < x.Times.RequestFirst })
}

// stuck says why a conversation that ended early is no finding about what was unusual in it: the subject could not be made
// to act, or it does not come further in the canonical conversation of that mode either. It is "" where neither is so.
func stuck(c *suites.C, f *suites.Flow) string {
	if f.Scenario.Status == journal.Blocked && f.Scenario.At == player.AddContexts && !linksAtAll(c) {
		return ""
	}
	if f.Scenario.Status != journal.Blocked || slices.Contains(hooks, f.Scenario.At) {
		return f.Scenario.Reason
	}
	mode := f.Note(scenario.NoteGiven)
	if mode == "" {
		mode = contract.MobileOTP
	}
	course := courses[mode]
	for _, base := range c.Others(course.pattern) {
		same := base.Note(scenario.NotePurpose) == f.Note(scenario.NotePurpose) && base.Note(scenario.NoteOutcome) == scenario.OutcomeGranted
		if same && base != f && base.Scenario.Status == journal.Blocked && base.Scenario.At != player.AddContexts {
			return "blocked by " + course.requirement + ", for in " + base.Name + " " + base.Scenario.Reason
		}
	}
	return ""
}

// came judges that the subject sent a message in a flow, and returns what it sent there. Where it did not, the finding is
// about this flow only if the canonical conversation comes so far.
func came(c *suites.C, f *suites.Flow, endpoint, expected, hint string) []*journal.Exchange {
	all := of(f, endpoint)
	if len(all) > 0 {
		return all
	}
	if why := stuck(c, f); why != "" || f.Scenario.Status != journal.Blocked {
		c.Blocked(f, why)
		return nil
	}
	c.Judged(1)
	c.Find(suites.Finding{Expected: expected, Received: "no " + endpoint + ": " + f.Scenario.Reason, Exchange: last(f), Hint: hint})
	return nil
}

// last is the id of the last exchange of a flow, "" for none.
func last(f *suites.Flow) string {
	if len(f.Exchanges) == 0 {
		return ""
	}
	return f.Exchanges[len(f.Exchanges)-1].ID
}

// linksAtAll says whether the subject links care contexts in any canonical conversation that grants it an access token:
// that it does not link shows nothing else.
func linksAtAll(c *suites.C) bool {
	return slices.ContainsFunc(c.Others("flow/..."), func(f *suites.Flow) bool { return len(linkings(f)) > 0 })
}

// keepsTokens says whether the subject was granted access tokens in canonical conversations, and spent none.
func keepsTokens(c *suites.C) bool {
	return !linksAtAll(c) && slices.ContainsFunc(c.Others("flow/..."), func(f *suites.Flow) bool { return len(grants(f)) > 0 })
}

// neverLinks is why nothing can be said about the access token of a subject that never spends one, which no clause asks it to do.
const neverLinks = "in no granted conversation has the subject spent its access token with links/link/add-contexts: let action flow of hooks.start link a care context at its end"

// unlinked judges that the subject linked nothing because of x.
func unlinked(c *suites.C, f *suites.Flow, x *journal.Exchange, expected, hint string) {
	switch {
	case keepsTokens(c):
		c.LackingThroughout(neverLinks)
		return
	case !linksAtAll(c):
		c.Blocked(f, stuck(c, f))
		return
	}
	c.Judged(1)
	for _, l := range after(x, linkings(f)) {
		c.Find(suites.Finding{Expected: expected, Received: "links/link/add-contexts (" + l.ID + ")", Exchange: l.ID, Hint: hint})
	}
}

// entered is a text of what the patient entered in a flow, as the evidence shows it; "" for none.
func entered(f *suites.Flow, pointer string) string {
	return suites.MemberText(json.RawMessage(f.Note(scenario.NoteCredential)), pointer)
}

// shown is a member for a sentence, or that there is none.
func shown(x *journal.Exchange, pointer string) string {
	if value := suites.Member(x, pointer); len(value) > 0 {
		return suites.Shown(value)
	}
	return "no " + strings.TrimPrefix(pointer, "/")
}

// given says whether a member is there and not null.
func given(x *journal.Exchange, pointer string) bool {
	value := suites.Member(x, pointer)
	return len(value) > 0 && string(value) != "null"
}
