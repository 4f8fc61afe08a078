package suites

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// baselineFile writes a baseline; each entry is what stands below its dash.
func baselineFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accepted.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const wholeEntry = `accepted:
  - id: AUTH-GEN-001
    reason: Mended
      in 2.4.
    owner: Gateway team
    expires: 2026-12-31
`

var someChecks = []Listed{{Name: "is acknowledged with 202", Requirement: "AUTH-GEN-001"}, {Name: "another", Requirement: "AUTH-GEN-001"}}

func TestReadBaseline(t *testing.T) {
	b, err := ReadBaseline(baselineFile(t, wholeEntry), contract.Gateway, someChecks)
	if err != nil {
		t.Fatal(err)
	}
	want := BaselineEntry{ID: "AUTH-GEN-001", Reason: "Mended in 2.4.", Owner: "Gateway team", Expires: "2026-12-31"}
	if b.File != "accepted.yaml" || len(b.Digest) != 64 || len(b.Entries) != 1 || b.Entries[0] != want {
		t.Errorf("got %+v", b)
	}
}

func TestBaselinesThatAreRefused(t *testing.T) {
	entry := strings.TrimPrefix(wholeEntry, "accepted:\n")
	for name, c := range map[string]struct{ content, wants string }{
		"empty":          {"", ":1: the file is empty"},
		"not YAML":       {"accepted:\n  - id: [\n", "not YAML"},
		"no list":        {"accepted: {}\n", ":1: accepted: a baseline is a list"},
		"other key":      {"excepted: []\n", ":1: excepted: there is no such key; did you mean accepted?"},
		"two documents":  {wholeEntry + "---\n" + wholeEntry, "a second document"},
		"no mapping":     {"accepted:\n  - AUTH-GEN-001\n", ":2: an accepted failure is no mapping"},
		"unknown key":    {wholeEntry + "    note: x\n", ":7: note: there is no such key"},
		"misspelt key":   {strings.Replace(wholeEntry, "expires:", "expire:", 1), ":6: expire: there is no such key; did you mean expires?"},
		"key twice":      {wholeEntry + "    owner: x\n", ":7: owner: the key stands there twice"},
		"no owner":       {strings.Replace(wholeEntry, "    owner: Gateway team\n", "", 1), ":2: owner: it is missing"},
		"empty reason":   {strings.Replace(wholeEntry, "Mended\n      in 2.4.", `" "`, 1), ":3: reason: it must be a text"},
		"null owner":     {strings.Replace(wholeEntry, "Gateway team", "~", 1), ":5: owner: it must be a text"},
		"bad day":        {strings.Replace(wholeEntry, "2026-12-31", "2026-02-30", 1), `:6: expires: "2026-02-30" is no day`},
		"day in words":   {strings.Replace(wholeEntry, "2026-12-31", "never", 1), ":6: expires:"},
		"unknown id":     {strings.Replace(wholeEntry, "AUTH-GEN-001", "AUTH-NONE-001", 1), ":2: id: the catalogue has no requirement"},
		"a SHOULD":       {strings.Replace(wholeEntry, "AUTH-GEN-001", "AUTH-GEN-002", 1), ":2: id: AUTH-GEN-002 is a SHOULD"},
		"id twice":       {wholeEntry + entry, ":7: id: AUTH-GEN-001 is accepted already on line 2"},
		"overlap":        {wholeEntry + entry + "    check: another\n", ":7: id: AUTH-GEN-001 is accepted already"},
		"unknown check":  {wholeEntry + "    check: anothr\n", `:7: check: AUTH-GEN-001 has no check "anothr"; it has "is acknowledged with 202", "another"`},
		"wrong pointer":  {wholeEntry + "    pointer: resp\n", ":7: pointer:"},
		"two things":     {strings.Replace(strings.Replace(wholeEntry, "2026-12-31", "x", 1), "AUTH-GEN-001", "X", 1), ":6: expires:"},
		"of another one": {strings.Replace(wholeEntry, "AUTH-GEN-001", "AUTH-GW-002", 1), "does not bind a hip"},
	} {
		role := contract.Gateway
		if name == "of another one" {
			role = contract.HIP
		}
		path := baselineFile(t, c.content)
		if _, err := ReadBaseline(path, role, someChecks); err == nil || !strings.Contains(err.Error(), c.wants) || !strings.HasPrefix(err.Error(), path+":") {
			t.Errorf("%s: the error %v does not name the file and say %q", name, err, c.wants)
		}
	}
	narrow := wholeEntry + "    check: another\n" + entry + "    check: is acknowledged with 202\n"
	if _, err := ReadBaseline(baselineFile(t, narrow), contract.Gateway, someChecks); err != nil {
		t.Errorf("two checks of one requirement: %v", err)
	}
	if _, err := ReadBaseline(filepath.Join(t.TempDir(), "none.yaml"), contract.Gateway, nil); err == nil || !strings.Contains(err.Error(), "none.yaml:1:") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// failed is a run that ended on the last day of 2026 in which A failed in two checks, B passed and C was not judged.
func failed() *Results {
	finding := func(pointer string) Finding { return Finding{Pointer: pointer} }
	r := &Results{Finished: time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC), Requirements: []RequirementResult{
		{ID: "A", Level: Must, Verdict: Fail, Checks: []CheckResult{
			{Name: "one", Verdict: Fail, Findings: []Finding{finding("/x"), finding("/y")}}, {Name: "two", Verdict: Fail, Findings: []Finding{finding("/x")}}, {Name: "three", Verdict: Pass}}},
		{ID: "B", Level: Must, Verdict: Pass}, {ID: "C", Level: Must, Verdict: Inconclusive}}}
	return r
}

func TestWhatABaselineAccepts(t *testing.T) {
	entry := func(id, check, pointer, expires string) BaselineEntry {
		return BaselineEntry{ID: id, Reason: "r", Owner: "o", Expires: expires, Check: check, Pointer: pointer}
	}
	for name, c := range map[string]struct {
		entries  []BaselineEntry
		states   []AcceptState
		accepted bool
	}{
		"all of it":              {[]BaselineEntry{entry("A", "", "", "2026-12-31")}, []AcceptState{EntryAccepted}, true},
		"a day too late":         {[]BaselineEntry{entry("A", "", "", "2026-12-30")}, []AcceptState{EntryExpired}, false},
		"one of two checks":      {[]BaselineEntry{entry("A", "one", "", "2027-01-01")}, []AcceptState{EntryAccepted}, false},
		"both checks":            {[]BaselineEntry{entry("A", "one", "", "2027-01-01"), entry("A", "two", "", "2027-01-01")}, []AcceptState{EntryAccepted, EntryAccepted}, true},
		"one member":             {[]BaselineEntry{entry("A", "", "/x", "2027-01-01")}, []AcceptState{EntryAccepted}, false},
		"both members":           {[]BaselineEntry{entry("A", "", "/x", "2027-01-01"), entry("A", "one", "/y", "2027-01-01")}, []AcceptState{EntryAccepted, EntryAccepted}, true},
		"a check that passes":    {[]BaselineEntry{entry("A", "three", "", "2027-01-01")}, []AcceptState{EntryPassing}, false},
		"a member nobody blames": {[]BaselineEntry{entry("A", "", "/z", "2027-01-01")}, []AcceptState{EntryPassing}, false},
		"a pass":                 {[]BaselineEntry{entry("B", "", "", "2027-01-01")}, []AcceptState{EntryPassing}, false},
		"no verdict":             {[]BaselineEntry{entry("C", "", "", "2020-01-01")}, []AcceptState{EntryUnjudged}, false},
	} {
		r, given := failed(), &Baseline{Entries: c.entries}
		r.accept(given)
		var states []AcceptState
		waivers := 0
		for _, e := range r.Baseline.Entries {
			states = append(states, e.State)
			if e.State == EntryAccepted {
				waivers++
			}
		}
		if !slices.Equal(states, c.states) || (r.Requirements[0].Accepted != "") != c.accepted || len(r.Deviations) != waivers {
			t.Errorf("%s: states %v, accepted %q, deviations %v", name, states, r.Requirements[0].Accepted, r.Deviations)
		}
		if r.Requirements[0].Verdict != Fail || given.Entries[0].State != "" {
			t.Errorf("%s: the verdict or the given baseline was changed", name)
		}
	}
}

func TestWhatARunWithABaselineComesTo(t *testing.T) {
	accepted := BaselineEntry{ID: "A", Owner: "o", Reason: "r", Expires: "2027-01-01"}
	passing := BaselineEntry{ID: "B", Owner: "o", Reason: "r", Expires: "2027-01-01"}
	for name, c := range map[string]struct {
		verdict Verdict
		entries []BaselineEntry
		outcome BaselineOutcome
		wants   string
	}{
		"accepted": {Conformant, []BaselineEntry{accepted}, OutcomeAccepted, "Every failure is accepted"},
		"nothing":  {Conformant, nil, OutcomeAccepted, "this is no certificate"},
		"passing":  {Conformant, []BaselineEntry{accepted, passing}, OutcomeOutOfOrder, "B does not fail any more"},
		"open":     {Incomplete, []BaselineEntry{accepted}, OutcomeOpen, "as it was"},
		"beyond":   {NotConformant, []BaselineEntry{passing}, OutcomeExceeded, "B does not fail any more"},
	} {
		r := failed()
		r.accept(&Baseline{File: "f", Entries: c.entries})
		r.Verdict, r.Reason = c.verdict, "as it was."
		r.settle(c.verdict == NotConformant)
		if r.Baseline.Outcome != c.outcome || r.Verdict == Conformant || !strings.Contains(r.Reason, c.wants) || r.Accepted() != (c.outcome == OutcomeAccepted) {
			t.Errorf("%s: outcome %s, verdict %s, reason %q", name, r.Baseline.Outcome, r.Verdict, r.Reason)
		}
	}
	r := failed()
	r.accept(&Baseline{Entries: []BaselineEntry{accepted}})
	r.Verdict, r.Reason = Conformant, ""
	r.settle(false)
	r.AddPacts([]PactResult{{Interactions: []PactInteraction{{Verdict: Fail}}}})
	if r.Accepted() || r.Verdict != NotConformant {
		t.Errorf("a pact that failed is accepted: %s, %s", r.Baseline.Outcome, r.Verdict)
	}
}

func TestTheBaselineOfARunCanBeRead(t *testing.T) {
	r := &Results{Requirements: []RequirementResult{{ID: "AUTH-GEN-001", Title: "It: \"is\" #1", Level: Must, Verdict: Fail}, {ID: "AUTH-GEN-002", Level: Should, Verdict: Warning}, {ID: "AUTH-GEN-003", Level: Must, Verdict: Pass}}}
	text, n, err := BaselineOf(r, "team: a", "it's\n# so", "2026-12-31")
	if err != nil || n != 1 {
		t.Fatalf("%d entries, %v", n, err)
	}
	b, err := ReadBaseline(baselineFile(t, string(text)), contract.Gateway, nil)
	if err != nil || len(b.Entries) != 1 || b.Entries[0].Owner != "team: a" || b.Entries[0].Reason != "it's # so" {
		t.Errorf("%v %+v\n%s", err, b, text)
	}
}
