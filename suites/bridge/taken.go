package bridge

import (
	"fmt"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// needsStart says what to configure where only an answer to what the subject asked can show what is judged.
const needsStart = "it needs hooks.start as http or exec: only in a conversation that the subject begins can be seen what it makes of an answer"

// solicited says whether what a flow sent answers what the subject had asked.
func solicited(f *suites.Flow) bool { return f.Note(scenario.NoteSolicited) != "" }

// canonical is the flow of the canonical message of an endpoint, with that message; nil where it was not sent.
func canonical(c *suites.C, endpoint string) (*suites.Flow, *journal.Exchange) {
	for _, f := range c.Others("accept/" + endpoint) {
		return f, f.Sent(scenario.StepProbe)
	}
	return nil, nil
}

// unasked notes that the subject refused a valid message for which it had not asked, which the contract leaves open.
func unasked(c *suites.C, f *suites.Flow, x *journal.Exchange) {
	c.Blocked(f, fmt.Sprintf("the subject refused %s that it had not asked for (%d), which the contract leaves open: configure hooks.start (http or exec), so that the suite can send it as an answer", a(x.Endpoint), suites.Status(x)))
}

// notAccepted notes that nothing can be said about a valid message beyond that it was not accepted.
func notAccepted(c *suites.C, f *suites.Flow, x *journal.Exchange) {
	if !solicited(f) && suites.Refused(x) {
		unasked(c, f, x)
		return
	}
	c.Blocked(f, suites.Answered(x)+": look at AUTH-GEN-001 first")
}

// a is the name of an endpoint with its article.
func a(endpoint string) string {
	if strings.HasPrefix(endpoint, "on-") {
		return "an " + endpoint
	}
	return "a " + endpoint
}

// brokenUnasked says of a finding that the subject answered a message for which it had not asked with a 5xx (D24).
func brokenUnasked(f *suites.Flow, x *journal.Exchange) func(suites.Finding) bool {
	return func(suites.Finding) bool { return !solicited(f) && suites.Status(x) >= 500 }
}

// taken judges that a valid message is taken: accepted, and, where what the subject does next can be seen, understood. One
// that differs from the canonical message is compared with what became of that.
func taken(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) { likeCanonical(c, f, x, hint) })
	}
}

func likeCanonical(c *suites.C, f *suites.Flow, x *journal.Exchange, hint string) {
	base, like := canonical(c, x.Endpoint)
	switch {
	case suites.Accepted(x):
		c.Judged(1)
		understood(c, f, x, base, like, hint)
	case (like == nil || base == f) && !solicited(f) && suites.Refused(x):
		unasked(c, f, x)
	case like == nil || base == f: // it has to speak for itself
		c.Judged(1)
		c.Tolerating("D24", brokenUnasked(f, x), func() { c.Find(notTaken(x, hint)) })
	case suites.Accepted(like):
		c.Judged(1)
		c.Find(notTaken(x, hint))
	case !solicited(f) && suites.Refused(like):
		unasked(c, f, x)
	default:
		c.Blocked(f, canonicalNot(like))
	}
}

func notTaken(x *journal.Exchange, hint string) suites.Finding {
	return suites.Finding{Expected: "202 (Request accepted)", Received: suites.Answered(x), Exchange: x.ID, Hint: hint}
}

// canonicalNot says that what is judged follows from what became of the canonical message.
func canonicalNot(like *journal.Exchange) string {
	return "the canonical message is not taken either (" + suites.Answered(like) + "): look at AUTH-GEN-001 first"
}

// understood judges that the subject goes on after a message as it does after the canonical one.
func understood(c *suites.C, f *suites.Flow, x *journal.Exchange, base *suites.Flow, like *journal.Exchange, hint string) {
	next := f.Note(scenario.NoteFollows)
	if next == "" || f.Scenario.Status != journal.Played || like == nil || base == f ||
		base.Note(scenario.NoteFollows) != next || solicited(base) != solicited(f) || len(sent(base, like, next)) == 0 {
		return
	}
	if len(sent(f, x, next)) == 0 {
		c.Find(suites.Finding{Expected: next + " after it, as after the canonical " + x.Endpoint, Received: suites.Answered(x) + ", and then no " + next, Exchange: x.ID, Hint: hint})
	}
}

// sent are the messages of that name that the subject sent in a flow after x: an endpoint, or add-contexts.
func sent(f *suites.Flow, x *journal.Exchange, name string) []*journal.Exchange {
	if name != player.AddContexts {
		return suites.After(x, of(f, name))
	}
	return suites.After(x, linkings(f))
}

// following is what a subject sends because of a message that it took for valid.
var following = map[string]string{contract.OnFetchModes: contract.Init, contract.OnInit: contract.Confirm, contract.OnConfirm: player.AddContexts, contract.Notify: player.AddContexts}

// effects are what the subject sent because of a message that may have none. Unasked, nothing at all may follow. A
// subject that goes on to init without any answer to its fetch-modes does so without on-fetch-modes too.
func effects(c *suites.C, f *suites.Flow, x *journal.Exchange) []*journal.Exchange {
	if !solicited(f) {
		return slices.Concat(sent(f, x, contract.Init), sent(f, x, contract.Confirm), sent(f, x, player.AddContexts))
	}
	if x.Endpoint == contract.OnFetchModes && !waits(c) {
		return nil
	}
	followed := sent(f, x, following[x.Endpoint])
	if x.Endpoint == contract.OnInit && f.Note(scenario.NoteBegun) == player.ActionFetchModes { // a session that began without fetch-modes goes on beside it
		transaction := suites.Text(x, "/auth/transactionId")
		followed = slices.DeleteFunc(slices.Clone(followed), func(e *journal.Exchange) bool { return suites.Text(e, "/transactionId") != transaction })
	}
	return followed
}

// withoutAnswer is the scenario in which a fetch-modes of the subject gets no answer.
const withoutAnswer = "control/fetch-modes"

// waits says whether the subject has been seen to wait for on-fetch-modes before it sends init.
func waits(c *suites.C) bool {
	return slices.ContainsFunc(c.Others(withoutAnswer), func(f *suites.Flow) bool {
		return f.Scenario.Status == journal.Played && solicited(f) && len(of(f, contract.Init)) == 0
	})
}

// acknowledgements are the on-notify without an error that followed a notify.
func acknowledgements(f *suites.Flow, x *journal.Exchange) []*journal.Exchange {
	if x.Endpoint != contract.Notify {
		return nil
	}
	return slices.DeleteFunc(sent(f, x, contract.OnNotify), suites.IsError)
}

// ineffective judges that nothing follows from a message.
func ineffective(c *suites.C, f *suites.Flow, x *journal.Exchange, hint string) {
	for _, e := range slices.Concat(effects(c, f, x), acknowledgements(f, x)) {
		c.Find(suites.Finding{Expected: "nothing that follows from it", Received: fmt.Sprintf("%s, and %s followed", suites.Answered(x), name(e)), Exchange: e.ID, Hint: hint})
	}
}

// name is what a message of the subject is called.
func name(x *journal.Exchange) string {
	if x.Endpoint == "" {
		return player.AddContexts
	}
	return x.Endpoint
}
