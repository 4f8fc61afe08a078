package compare

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

// run is a run of a gateway with some requirements.
func run(verdict suites.Verdict, requirements ...suites.RequirementResult) *suites.Results {
	return &suites.Results{Subject: suites.Subject{Role: contract.Gateway, Name: "Example", Version: "1"}, Profile: suites.ProfileStrict,
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Verdict: verdict, Requirements: requirements, Environment: map[string]string{}}
}

func requirement(id string, verdict suites.Verdict, findings ...suites.Finding) suites.RequirementResult {
	return suites.RequirementResult{ID: id, Level: suites.Must, Title: "It holds.", Remedy: "Do it.", Verdict: verdict,
		Checks: []suites.CheckResult{{Name: "it holds", Verdict: verdict, Findings: findings}}}
}

func found(received string) suites.Finding {
	return suites.Finding{Pointer: "/resp/requestId", Expected: "the id sent", Received: received, Exchange: "e1", Scenario: "flow/a"}
}

func compared(t *testing.T, before, after *suites.Results) *Diff {
	t.Helper()
	d, err := Runs(before, after)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEveryKindOfChange(t *testing.T) {
	before := run(suites.NotConformant, requirement("A", suites.Pass), requirement("B", suites.Fail, found("x")), requirement("C", suites.Pass),
		requirement("D", suites.Fail, found("x")), requirement("E", suites.Pass), requirement("F", suites.Fail), requirement("G", suites.Fail, found("x")))
	after := run(suites.NotConformant, requirement("A", suites.Fail, found("y")), requirement("B", suites.Pass), requirement("D", suites.Fail, found("x"), found("z")),
		requirement("E", suites.NotApplicable), requirement("H", suites.Fail, found("x")), requirement("I", suites.Warning), requirement("F", suites.Warning), requirement("G", suites.Fail, found("x")))
	d := compared(t, before, after)
	type row struct {
		id    string
		kind  Kind
		worse bool
	}
	var got []row
	for _, c := range d.Requirements {
		got = append(got, row{c.ID, c.Kind, c.Worse})
	}
	want := []row{{"A", NewlyFailing, true}, {"C", Vanished, true}, {"E", Changed, true}, {"F", Changed, false}, {"H", New, true}, {"I", New, false}, {"B", Fixed, false}, {"D", Findings, false}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if !d.Worse || d.VerdictWorse || d.Empty() {
		t.Errorf("worse is %v, of the verdict %v, empty is %v", d.Worse, d.VerdictWorse, d.Empty())
	}
	last := d.Requirements[len(d.Requirements)-1]
	if len(last.Appeared) != 1 || last.Appeared[0].Received != "z" || len(last.Gone) != 0 {
		t.Errorf("D appeared %v, gone %v", last.Appeared, last.Gone)
	}
	if b := compared(t, after, before); b.Count(Fixed) != 1 || b.Count(Vanished) != 2 {
		t.Errorf("the other way round: %+v", b.Requirements)
	}
}

func TestWhatDiffersByChanceIsNoChange(t *testing.T) {
	for name, pair := range map[string][2]string{
		"uuid":        {"5f7a535d-a3fd-416b-b069-c97d021fbacd", "C97D021F-a3fd-416b-b069-5f7a535dbacd"},
		"exchange":    {"answered by e17", "answered by e2093"},
		"exchanges":   {"3 came (e17, e18, e2)", "3 came (e4, e5, e6, e7, …)"},
		"time":        {"2026-11-27T19:53:27.070Z", "2026-12-01 09:00:00+05:30"},
		"date header": {"Fri, 27 Nov 2026 19:51:54 GMT", "Mon, 30 Nov 2026 09:00:00 GMT"},
		"epoch":       {"at 1795809207", "at 1795809999123"},
		"duration":    {"after 10.012s", "after 1m2.5s"},
		"port":        {"http://127.0.0.1:40565/gateway", "http://127.0.0.1:1/gateway"},
		"placeholder": {"‹redacted:token#3›", "‹redacted:token#17›"},
		"patient":     {"p3f09a20017b@sbx", "pffffa20017b@sbx"},
	} {
		d := compared(t, run(suites.NotConformant, requirement("A", suites.Fail, found(pair[0]))), run(suites.NotConformant, requirement("A", suites.Fail, found(pair[1]))))
		if !d.Empty() {
			t.Errorf("%s: %q and %q are told as a change", name, pair[0], pair[1])
		}
	}
	for name, pair := range map[string][2]string{
		"kind of secret": {"‹redacted:token#3›", "‹redacted:otp#3›"},
		"status":         {"status 200", "status 201"},
		"port elsewhere": {"https://staging.example:443", "https://staging.example:8443"},
		"count":          {"2 callbacks", "3 callbacks"},
	} {
		d := compared(t, run(suites.NotConformant, requirement("A", suites.Fail, found(pair[0]))), run(suites.NotConformant, requirement("A", suites.Fail, found(pair[1]))))
		if d.Count(Findings) != 1 {
			t.Errorf("%s: %q and %q are told as the same", name, pair[0], pair[1])
		}
	}
}

func TestCircumstancesAreDisclosed(t *testing.T) {
	before, after := run(suites.Conformant, requirement("A", suites.Pass)), run(suites.Conformant, requirement("A", suites.Pass))
	after.Subject.Version, after.Profile, after.Suite.Digest, after.Suite.Catalogue = "2", suites.ProfileField, "abc", "9"
	after.Timing.Callback = 20000
	before.Environment = map[string]string{"subject.correlation": "8s", "harness.listen": "127.0.0.1:1", "early callbacks": "3"}
	after.Environment = map[string]string{"subject.correlation": "9s", "harness.listen": "127.0.0.1:2", "early callbacks": "4"}
	after.Deviations = []suites.Deviation{{Kind: "filter", Text: "Only A."}, {Kind: "tolerance", ID: "D01", Text: "t"}}
	after.Requirements[0].Level = suites.Should
	after.Pacts = []suites.PactResult{{Consumer: "hip", Provider: "gateway", File: "hip-gateway.json", Digest: "0123456789abcdef"}}
	var got []string
	for _, c := range compared(t, before, after).Circumstances {
		got = append(got, c.Name)
	}
	want := []string{"subject version", "profile", "catalogue", "digest of the suite", "timing.callback", "subject.correlation", "filter", "tolerance", "level of A", "pact hip to gateway"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestInteractionsOfPactsAreCompared(t *testing.T) {
	with := func(v suites.Verdict) *suites.Results {
		r := run(suites.Conformant)
		r.Pacts = []suites.PactResult{{Consumer: "hip", Provider: "gateway", Interactions: []suites.PactInteraction{{Key: "k", Description: "an init", Verdict: v}}}}
		return r
	}
	d := compared(t, with(suites.Pass), with(suites.Fail))
	if len(d.Interactions) != 1 || d.Interactions[0].ID != "hip to gateway: k" || !d.Worse {
		t.Errorf("got %+v", d.Interactions)
	}
}

func TestTheVerdictOfTheRunCanGetWorseAlone(t *testing.T) {
	d := compared(t, run(suites.Conformant), run(suites.Incomplete))
	if !d.Worse || !d.VerdictWorse || d.Empty() {
		t.Errorf("got %+v", d)
	}
}

func TestSubjectsOfDifferentRolesAreRefused(t *testing.T) {
	hip := run(suites.Conformant)
	hip.Subject.Role = contract.HIP
	if _, err := Runs(run(suites.Conformant), hip); err == nil {
		t.Error("a gateway was compared with a HIP")
	}
}

// The table names every verdict, so that one that is new is thought of.
func TestTheTableKnowsEveryVerdict(t *testing.T) {
	for _, v := range suites.Verdicts {
		if v != suites.Fail && !Worse(v, suites.Fail) {
			t.Errorf("%s to fail is not worse", v)
		}
		if Worse(v, suites.Pass) || Worse(v, v) {
			t.Errorf("%s: a pass, or the same, is worse", v)
		}
	}
}

func TestTheJSONKeepsItsSchema(t *testing.T) {
	keeps := func(d *Diff) {
		t.Helper()
		body, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := schemas.Validate(schemas.DiffName, body); err != nil || len(got) > 0 {
			t.Errorf("%v %+v\n%s", err, got, body)
		}
	}
	keeps(compared(t, run(suites.Conformant), run(suites.Conformant)))
	keeps(compared(t, run(suites.Conformant, requirement("A", suites.Pass), requirement("C", suites.Pass), requirement("D", suites.Fail)),
		run(suites.NotConformant, requirement("A", suites.Fail, found("x")), requirement("B", suites.Fail), requirement("D", suites.Pass))))
	for _, kind := range Kinds {
		for _, v := range append(slices.Clone(suites.Verdicts), Absent) {
			d := compared(t, run(suites.Conformant), run(suites.Conformant))
			d.Requirements = []Change{{Kind: kind, ID: "A", Before: v, After: v, Appeared: []suites.Finding{}, Gone: []suites.Finding{}}}
			keeps(d)
		}
	}
}
