package reports

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// strange is a conversation that no suite would record: anything that the formats of evidence and results can hold.
func strange(seed uint64, s string) (*suites.Results, *journal.Evidence) {
	dice := rand.New(rand.NewPCG(seed, 1))
	words := []string{s, "", "e1", "e2", "e3", "hip", "cm", "gateway", "init", "on-init", "notify", "x" + s, strings.Repeat(s, 3)}
	word := func() string { return words[dice.IntN(len(words))] }
	moment := func() time.Duration {
		switch dice.IntN(6) {
		case 0:
			return time.Duration(dice.Int64())
		case 1:
			return time.Duration(-dice.Int64())
		case 2:
			return [...]time.Duration{0, math.MinInt64, math.MaxInt64}[dice.IntN(3)]
		}
		return time.Duration(dice.IntN(20_000)) * time.Millisecond
	}
	k := newTalk(s, journal.Status(word()), 0, 0)
	k.ev.Run.Subject.Role = contract.Role(word())
	k.ev.Run.Timing.Callback = moment()
	sc := &k.ev.Scenarios[0]
	sc.Began, sc.QuietFrom, sc.Ended, sc.At = moment(), moment(), moment(), word()
	if dice.IntN(2) == 0 {
		sc.Status = journal.Failed
	}
	result := suites.ScenarioResult{Name: s}
	for range dice.IntN(80) {
		x := &journal.Exchange{ID: word(), Scenario: []string{s, s, s, ""}[dice.IntN(4)], Direction: []journal.Direction{journal.Sent, journal.Received}[dice.IntN(2)],
			Player: contract.Role(word()), Endpoint: word(), Conflicts: []string{word() + " " + word()},
			Request: journal.Request{Method: word(), URL: word(), Body: journal.Body{JSON: json.RawMessage(`{"requestId":"1","resp":{"requestId":"1"},"query":` + fmt.Sprint(dice.IntN(3)) + `}`)}},
			Times:   journal.Times{RequestFirst: moment(), ResponseLast: moment()}}
		switch dice.IntN(3) {
		case 0:
			x.Response = &journal.Response{Status: int(dice.Int32()) - 1000}
		case 1:
			x.Failure = &journal.Failure{Kind: word(), RequestWritten: dice.IntN(2) == 0}
		}
		k.ev.Exchanges = append(k.ev.Exchanges, x)
		kind := suites.MarkKind(word())
		if dice.IntN(3) > 0 {
			kind = suites.MarkKinds[dice.IntN(len(suites.MarkKinds))]
		}
		result.Marks = append(result.Marks, suites.Mark{Kind: kind, Exchange: word(), Of: word(), WithinMS: []int64{0, -1, 10_000, math.MaxInt64, math.MinInt64, dice.Int64()}[dice.IntN(6)]})
		result.Early = append(result.Early, word())
	}
	r := &suites.Results{Scenarios: []suites.ScenarioResult{result}}
	for range dice.IntN(9) {
		r.Requirements = append(r.Requirements, suites.RequirementResult{ID: word(), Level: suites.Must, Verdict: suites.Fail, Checks: []suites.CheckResult{{Findings: []suites.Finding{
			{Exchange: word(), Scenario: s}}}}})
	}
	return r, k.ev
}

// Whatever the evidence holds, the drawing is well-formed XML, no length in it is negative or no number, and it is small.
func FuzzTimeline(f *testing.F) {
	for i, s := range []string{"flow/hip/direct/link/granted", `"><script>alert(1)</script>`, "\x00\x1b[31m\xff\u202e", "]]>&lt;'", strings.Repeat("W", 500), "\n\t\r", "अ\u0301界"} {
		f.Add(uint64(i), s)
	}
	f.Fuzz(func(t *testing.T, seed uint64, s string) {
		r, ev := strange(seed, s)
		for _, l := range messages.Languages {
			for name, p := range timelinePages(l, r, ev) {
				wellFormed(t, p)
				if n := len(p.SVG); n > 60_000 {
					t.Errorf("the timeline of %q has %d bytes", name, n)
				}
				if strings.ContainsFunc(string(p.SVG)+p.Caption+textOf(p), func(r rune) bool { return r != '\n' && r != '\t' && mustShow(r) }) {
					t.Errorf("the timeline of %q holds what cannot be seen", name)
				}
			}
		}
	})
}

func TestTimelinesOfStrangeEvidence(t *testing.T) {
	drawn := 0
	for seed := range uint64(300) {
		r, ev := strange(seed, "flow/a&b<c>\"'")
		for _, p := range timelinePages(messages.English, r, ev) {
			drawn++
			wellFormed(t, p)
		}
	}
	if drawn < 200 {
		t.Errorf("only %d timelines were drawn", drawn)
	}
}
