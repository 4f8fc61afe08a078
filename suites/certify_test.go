package suites

import (
	"testing"
	"time"

	"abdm.example/conformance/harness/journal"
)

// A certificate is good for as long as the run said, and only a conformant one of a subject that is not ours.
func TestOnlyAConformantVerdictIsGoodForATime(t *testing.T) {
	use(t, levels()...)
	looks := func(c *C) { c.Each(func(*Flow) { c.Judged(1) }) }
	finds := func(c *C) { looks(c); c.Find(Finding{Expected: "this", Received: "that"}) }
	for name, row := range map[string]struct {
		change func(*journal.Run)
		judge  func(*C)
		good   bool
	}{
		"conformant":          {func(*journal.Run) {}, looks, true},
		"not conformant":      {func(*journal.Run) {}, finds, false},
		"filtered":            {func(r *journal.Run) { r.Filter = "T-MUST" }, looks, false},
		"of the bundled one":  {func(r *journal.Run) { r.Bundled = true }, looks, false},
		"for no time at all":  {func(r *journal.Run) { r.ValidFor = 0 }, looks, false},
		"by an older version": {func(r *journal.Run) { r.ValidFor, r.Operator = 0, "" }, looks, false},
	} {
		r := newRecording().scenario("a", journal.Played)
		r.ev.Run.ValidFor, r.ev.Run.Operator = 48*time.Hour, "Example Test Laboratory"
		row.change(&r.ev.Run)
		results := judge(t, r, Options{}, one(row.judge, "T-MUST"))
		if good := results.ValidUntil != nil; good != row.good {
			t.Errorf("%s: good until %v", name, results.ValidUntil)
		} else if good && !results.ValidUntil.Equal(results.Finished.Add(48*time.Hour)) {
			t.Errorf("%s: finished %s, good until %s", name, results.Finished, results.ValidUntil)
		}
		if results.Operator != r.ev.Run.Operator || results.Demonstration != r.ev.Run.Bundled {
			t.Errorf("%s: operator %q, demonstration %v", name, results.Operator, results.Demonstration)
		}
	}
}

// A pact that failed takes the certificate away.
func TestAFailedPactEndsTheCertificate(t *testing.T) {
	until := time.Now()
	r := &Results{Verdict: Conformant, ValidUntil: &until, Profile: ProfileStrict}
	r.AddPacts([]PactResult{{Interactions: []PactInteraction{{Key: "k", Verdict: Fail}}}})
	if r.Verdict != NotConformant || r.ValidUntil != nil {
		t.Errorf("%s, good until %v", r.Verdict, r.ValidUntil)
	}
}

func TestResultsSayOnWhatTheyRest(t *testing.T) {
	use(t, levels()...)
	r := newRecording().scenario("a", journal.Played)
	r.sent("a", "init", "hip", "init", 202, `{"requestId":"r"}`)
	r.received("", "cm", "init", `{"requestId":"nobody's"}`)
	r.ev.File, r.ev.Digest = "evidence.jsonl", "d1"
	r.ev.Run.Timing = journal.Timing{Callback: 3 * time.Second, Quiet: 2 * time.Millisecond, Ack: time.Minute}
	results := judge(t, r, Options{}, one(func(c *C) {}, "T-MUST"))
	if want := (Evidence{File: "evidence.jsonl", Digest: "d1", Exchanges: 2, Scenarios: 1, Unattributed: 1}); results.Evidence != want {
		t.Errorf("%+v", results.Evidence)
	}
	if want := (Timing{Callback: 3000, Quiet: 2, Ack: 60000}); results.Timing != want {
		t.Errorf("%+v", results.Timing)
	}
}
