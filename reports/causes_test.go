package reports

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// broken is a run in the making: exchanges, scenarios, and what was found.
type broken struct {
	results  suites.Results
	evidence journal.Evidence
}

func newBroken() *broken {
	return &broken{evidence: journal.Evidence{Run: journal.Run{Subject: journal.Subject{Role: contract.Gateway}}}}
}

// sent adds a message of ours that was answered with a status.
func (b *broken) sent(scenario, endpoint string, status int) *journal.Exchange {
	x := b.exchange(scenario, journal.Sent, endpoint)
	x.Response = &journal.Response{Status: status}
	return x
}

func (b *broken) received(scenario, endpoint string) *journal.Exchange {
	return b.exchange(scenario, journal.Received, endpoint)
}

func (b *broken) exchange(scenario string, d journal.Direction, endpoint string) *journal.Exchange {
	n := len(b.evidence.Exchanges) + 1
	x := &journal.Exchange{ID: fmt.Sprintf("e%d", n), Scenario: scenario, Direction: d, Endpoint: endpoint, Times: journal.Times{RequestFirst: time.Duration(n)},
		Request: journal.Request{Method: "POST", URL: "https://staging.example" + contract.MustEndpoint(endpoint).Path}}
	b.evidence.Exchanges = append(b.evidence.Exchanges, x)
	return x
}

func (b *broken) blocked(scenario, at string) {
	b.evidence.Scenarios = append(b.evidence.Scenarios, journal.Scenario{Name: scenario, Status: journal.Blocked, At: at, Reason: "no " + at + " came"})
}

// found adds a requirement with what was found on it.
func (b *broken) found(id string, level suites.Level, v suites.Verdict, pattern string, findings ...suites.Finding) {
	b.results.Requirements = append(b.results.Requirements, suites.RequirementResult{ID: id, Level: level, Verdict: v,
		Checks: []suites.CheckResult{{Verdict: v, Scenario: pattern, Findings: findings}}})
}

// told are the causes as "root, others; blocked: symptom".
func (b *broken) told() []string {
	var all []string
	for _, c := range causesOf(&b.results, recordOf(&b.results, &b.evidence)) {
		text := b.results.Requirements[c.Root].ID
		for _, i := range c.Others {
			text += ", " + b.results.Requirements[i].ID
		}
		for n, i := range c.Blocked {
			text += map[bool]string{true: "; ", false: ", "}[n == 0] + b.results.Requirements[i].ID
		}
		all = append(all, fmt.Sprintf("%s: %s %s %d/%d", text, c.Kind, c.What, c.Want, c.Status))
	}
	return all
}

func (b *broken) wants(t *testing.T, want ...string) {
	t.Helper()
	for range 20 {
		if got := b.told(); !reflect.DeepEqual(got, want) {
			t.Fatalf("the causes are\n%q\nwant\n%q", got, want)
		}
	}
}

func answeredWith(x *journal.Exchange, expected, rest, hint string) suites.Finding {
	return suites.Finding{Expected: expected, Received: suites.Answered(x) + rest, Exchange: x.ID, Scenario: x.Scenario, Hint: hint}
}

func TestCausesByTheAnswer(t *testing.T) {
	b := newBroken()
	a, c, d := b.sent("flow/a", contract.Init, 200), b.sent("lawful/c", contract.Init, 200), b.sent("token/d", contract.Init, 200)
	e, f := b.sent("flow/e", contract.Confirm, 500), b.sent("body/f", contract.Confirm, 500)
	b.found("CHARSET", suites.Must, suites.Fail, "lawful/...", answeredWith(c, "202 (Request accepted)", "", "charset"))
	b.found("ACK", suites.Must, suites.Fail, "flow/...", answeredWith(a, "202 (Request accepted)", "", "ack"), answeredWith(c, "202 (Request accepted)", "", "ack"))
	b.found("LAWFUL", suites.Should, suites.Warning, "lawful/...", answeredWith(c, "202 (Request accepted)", "", "null"))
	b.found("TOKEN", suites.Must, suites.Fail, "token/...", answeredWith(d, "401 (Unauthorized request)", "", "token"),
		suites.Finding{Expected: "nothing is passed on", Received: "init reached our cm", Exchange: b.received("token/d", contract.Init).ID, Scenario: "token/d", Hint: "token"})
	b.found("BODY", suites.Must, suites.Fail, "body/...", answeredWith(f, "400, or 202 and then an error callback", "", "parse"))
	b.found("END", suites.Must, suites.Fail, "flow/...", answeredWith(e, "202 (Request accepted)", "", "ack"))
	b.found("LEAKS", suites.Must, suites.Fail, "body/...", suites.Finding{Expected: "no internals", Received: "a file name", Exchange: f.ID, Scenario: f.Scenario, Hint: "hide"})
	b.found("FINE", suites.Must, suites.Pass, "flow/...")
	b.found("ACCEPTED", suites.Must, suites.Fail, "flow/...", answeredWith(a, "202 (Request accepted)", "", "ack"))
	b.results.Requirements[len(b.results.Requirements)-1].Accepted = "accepted by somebody until tomorrow"
	b.wants(t, "ACK, CHARSET, LAWFUL: answered  202/200", "BODY, END: answered  0/500", "TOKEN: answered  401/200", "LEAKS: alone  0/0")
}

func TestCausesByWhatNeverCame(t *testing.T) {
	b := newBroken()
	for _, name := range []string{"flow/a", "flow/b", "probe/c"} {
		x := b.sent(name, contract.Init, 202)
		b.received(name, contract.Init)
		b.sent(name, contract.OnInit, 202)
		b.blocked(name, contract.OnInit)
		if name == "flow/a" {
			b.found("SEQ", suites.Must, suites.Fail, "flow/...", suites.Finding{Expected: "its end", Received: "it stopped at on-init: no on-init came", Exchange: x.ID, Scenario: name, Hint: "first"})
		}
	}
	b.found("DELIVERY", suites.Must, suites.Fail, "flow/...",
		suites.Finding{Expected: "on-init delivered once", Received: "nothing within 10s", Exchange: "e3", Scenario: "flow/a", Hint: "deliver"},
		suites.Finding{Expected: "on-init delivered once", Received: "nothing within 10s", Exchange: "e6", Scenario: "flow/b", Hint: "deliver"})
	b.found("PROBE", suites.Must, suites.Inconclusive, "probe/...")
	b.found("SHOULD", suites.Should, suites.Inconclusive, "probe/...|flow/...")
	b.wants(t, "DELIVERY, SEQ; PROBE, SHOULD: absent on-init 0/0")

	lost := newBroken() // the request itself is never passed on: that is what must be said, not what follows
	x := lost.sent("flow/a", contract.Init, 202)
	lost.blocked("flow/a", contract.OnInit)
	lost.found("SEQ", suites.Must, suites.Fail, "flow/...", suites.Finding{Expected: "its end", Received: "it stopped at on-init: no on-init came", Exchange: x.ID, Scenario: "flow/a", Hint: "first"})
	lost.found("DELIVERY", suites.Must, suites.Fail, "flow/...", suites.Finding{Expected: "init delivered once", Received: "nothing within 10s", Exchange: x.ID, Scenario: "flow/a", Hint: "deliver"})
	lost.wants(t, "SEQ, DELIVERY: absent init 0/0")
}

func TestCausesByWhatWasSentWrongly(t *testing.T) {
	b := newBroken()
	var wrong, twice []*journal.Exchange
	for n := range 10 {
		name := fmt.Sprint("flow/", n)
		b.sent(name, contract.OnInit, 202)
		wrong = append(wrong, b.received(name, contract.OnInit))
		second := b.received(name, contract.OnInit)
		twice = append(twice, second)
		b.results.Scenarios = append(b.results.Scenarios, suites.ScenarioResult{Name: name, Marks: []suites.Mark{{Kind: suites.MarkDuplicate, Exchange: second.ID}}})
	}
	of := func(all []*journal.Exchange, pointer, hint string) []suites.Finding {
		var found []suites.Finding
		for _, x := range all {
			found = append(found, suites.Finding{Pointer: pointer, Expected: "the right one", Received: x.ID, Exchange: x.ID, Scenario: x.Scenario, Hint: hint})
		}
		return found
	}
	b.found("ONCE", suites.Must, suites.Fail, "flow/...", append(of(wrong, "/resp/requestId", "map"), of(twice, "", "once")...)...)
	b.found("RESP", suites.Must, suites.Fail, "flow/...", of(wrong[:4], "/resp/requestId", "its own")...)
	b.found("FRESH", suites.Must, suites.Fail, "flow/...", of(twice, "/requestId", "fresh")...)
	b.found("ARRAY", suites.Should, suites.Warning, "flow/...", of(wrong[:1], "/auth/modes/3", "modes")...)
	b.found("ITEMS", suites.Should, suites.Warning, "flow/...", of(wrong[:1], "/auth/modes/7", "items")...)
	b.wants(t, "ONCE, FRESH: course duplicate 0/0", "ONCE, RESP: member /resp/requestId 0/0", "ARRAY, ITEMS: member /auth/modes/* 0/0")
}

func TestCausesOfWhatWentElsewhere(t *testing.T) {
	b := newBroken()
	var ends, strays []suites.Finding
	for n := range 10 {
		name := fmt.Sprint("flow/", n)
		x := b.sent(name, contract.Init, 202)
		stray := b.received(name, contract.OnFetchModes)
		b.blocked(name, contract.OnInit)
		ends = append(ends, suites.Finding{Received: "it stopped: no on-init came", Exchange: x.ID, Scenario: name, Hint: "first"})
		strays = append(strays, suites.Finding{Received: "swapped", Exchange: stray.ID, Scenario: name, Hint: "route"})
	}
	b.found("SEQ", suites.Must, suites.Fail, "flow/...", ends...)
	b.found("PROBE", suites.Must, suites.Inconclusive, "flow/...")
	b.found("ROUTE", suites.Must, suites.Fail, "flow/...", strays[1:]...) // nine in ten are enough
	b.wants(t, "ROUTE, SEQ; PROBE: alone  0/0")
}

func TestCausesThatAreNotTheSubjects(t *testing.T) {
	b := newBroken()
	b.blocked("hook/a", "hooks.start")
	b.evidence.Scenarios = append(b.evidence.Scenarios, journal.Scenario{Name: "own/b", Status: journal.Failed, Reason: "we could not listen"})
	b.found("HOOK", suites.Must, suites.Inconclusive, "hook/...")
	b.found("OWN", suites.Must, suites.Inconclusive, "own/...")
	b.found("NOWHERE", suites.Must, suites.Inconclusive, "elsewhere/...")
	x := b.sent("flow/c", contract.Init, 404)
	b.found("SHOULD", suites.Should, suites.Warning, "flow/...", answeredWith(x, "202 (Request accepted)", "", "mend"))
	b.wants(t, "SHOULD: answered  202/404", "HOOK: unmoved hooks.start 0/0", "OWN: own  0/0")
}

func TestCausesWithoutEvidence(t *testing.T) {
	r := sample()
	var told []string
	for _, c := range causesOf(r, recordOf(r, nil)) {
		told = append(told, r.Requirements[c.Root].ID)
	}
	if want := []string{"AUTH-INIT-006", "AUTH-INIT-006", "AUTH-INIT-007"}; !reflect.DeepEqual(told, want) {
		t.Errorf("without evidence the causes are %v, want one for each advice of each requirement: %v", told, want)
	}
}
