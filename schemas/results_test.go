package schemas_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

// results is a small and whole results.json.
func results() suites.Results {
	counts := map[suites.Level]map[suites.Verdict]int{}
	for _, level := range suites.Levels {
		counts[level] = map[suites.Verdict]int{}
		for _, verdict := range suites.Verdicts {
			counts[level][verdict] = 0
		}
	}
	began := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	return suites.Results{
		Schema: suites.ResultsSchema,
		Suite: suites.Suite{Name: "conformance", Version: "0.1.0", Catalogue: "1", Digest: schemas.Digest(),
			Proof: &suites.Proof{Digest: schemas.Digest(), Faults: 3, Caught: 3, Variants: 2, Checks: 5, Unproven: 1}},
		Subject: suites.Subject{Role: contract.Gateway, URL: "https://staging.example/gateway", Topology: config.Routed, Modes: contract.Modes, Purposes: contract.Purposes},
		Profile: "strict", Started: began, Finished: began.Add(time.Second),
		Verdict: suites.NotConformant, Reason: "One MUST failed.", Counts: counts, Operator: "Example Test Laboratory",
		Evidence: suites.Evidence{File: "evidence.jsonl", Digest: schemas.Digest(), Exchanges: 1, Scenarios: 1}, Timing: suites.Timing{Callback: 10000, Quiet: 2000, Ack: 5000},
		Requirements: []suites.RequirementResult{{
			ID: "AUTH-INIT-006", Role: contract.Gateway, Level: suites.Must, Basis: "explicit", Endpoint: contract.Init, Title: "t", Clause: "c", Why: "w", Remedy: "r", Verdict: suites.Fail,
			Checks: []suites.CheckResult{{Name: "n", Verdict: suites.Fail, Scenario: "s", Judged: 1, Findings: []suites.Finding{{
				Pointer: "/resp/requestId", Expected: "e", Received: "r", Exchange: "e17", Scenario: "s", Hint: "h", Tolerance: "D06"}}}},
		}},
		Scenarios: []suites.ScenarioResult{{Name: "s", Status: string(journal.Played), Exchanges: []string{"e17"}, Early: []string{"e17"}, DurationMS: 12,
			Marks: []suites.Mark{{Kind: suites.MarkLate, Exchange: "e17", Of: "e16", WithinMS: 10000}, {Kind: suites.MarkMixed, Exchange: "e17"}}}},
		Capabilities: []suites.Capability{{Kind: suites.CapabilityMode, Name: contract.Direct, Declared: true, State: suites.CapabilityWorking, Exchange: "e17", Scenario: "s"}},
		Variants:     []suites.Variant{{ID: "early", Title: "t", Clause: "c", Choices: []suites.Choice{{Choice: "before", Count: 1, Exchange: "e17"}}}},
		Untested:     []suites.Untested{{What: "w", Clause: "c", Reason: "r", Requirements: []string{"AUTH-CONF-017"}}},
		Conditions: suites.Conditions{OS: "linux", Arch: "amd64", Go: "go1.26", Concurrency: 32, Rate: 0.5, Addresses: []string{"192.0.2.1"},
			TLS: &suites.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Issuer: "CN=Example", Expires: began}, Clock: &suites.Clock{Offset: -12, Within: 3, Steady: true},
			Acknowledgement: suites.Latency{Count: 1, P50: 1.2, P95: 1.2, Max: 1.2}},
		Deviations:  []suites.Deviation{{Kind: "patience", Text: "t"}},
		Environment: map[string]string{"go": "go1.26"},
		Baseline: &suites.Baseline{File: "accepted.yaml", Digest: schemas.Digest(), Outcome: suites.OutcomeAccepted, Entries: []suites.BaselineEntry{
			{ID: "AUTH-INIT-006", Reason: "r", Owner: "o", Expires: "2026-12-31", Check: "n", Pointer: "/resp/requestId", State: suites.EntryAccepted}}},
	}
}

func TestResultsAreValid(t *testing.T) {
	mustValidate(t, results())
	empty := results()
	empty.Requirements, empty.Scenarios, empty.Deviations = []suites.RequirementResult{}, []suites.ScenarioResult{}, []suites.Deviation{}
	empty.Environment = map[string]string{}
	empty.Evidence, empty.Operator = suites.Evidence{}, ""
	empty.Capabilities, empty.Variants, empty.Untested = []suites.Capability{}, []suites.Variant{}, []suites.Untested{}
	empty.Conditions = suites.Conditions{Addresses: []string{}}
	empty.Subject.Topology = ""
	mustValidate(t, empty)
	certified := results()
	certified.Verdict, certified.ValidUntil, certified.Demonstration = suites.Conformant, &certified.Finished, true
	mustValidate(t, certified)
}

// Every value of the closed sets of the code is in the closed sets of the schema.
func TestEveryVerdictRoleAndStatusIsValid(t *testing.T) {
	r := results()
	for _, verdict := range suites.Verdicts {
		r.Requirements[0].Verdict, r.Requirements[0].Checks[0].Verdict = verdict, verdict
		mustValidate(t, r)
	}
	for _, verdict := range []suites.Verdict{suites.Conformant, suites.NotConformant, suites.Incomplete} {
		r.Verdict = verdict
		mustValidate(t, r)
	}
	for _, level := range suites.Levels {
		r.Requirements[0].Level = level
		mustValidate(t, r)
	}
	for _, role := range contract.Roles {
		r.Subject.Role, r.Requirements[0].Role = role, role
		mustValidate(t, r)
	}
	for _, topology := range []config.Topology{config.Routed, config.Combined} {
		r.Subject.Topology = topology
		mustValidate(t, r)
	}
	for _, e := range contract.Endpoints {
		r.Requirements[0].Endpoint = e.Name
		mustValidate(t, r)
	}
	for _, state := range suites.AcceptStates {
		r.Baseline.Entries[0].State = state
		mustValidate(t, r)
	}
	for _, outcome := range suites.BaselineOutcomes {
		r.Baseline.Outcome = outcome
		mustValidate(t, r)
	}
	for _, kind := range suites.MarkKinds {
		r.Scenarios[0].Marks[0].Kind = kind
		mustValidate(t, r)
	}
	for _, status := range []journal.Status{journal.Played, journal.Blocked, journal.NotApplicable, journal.Failed, journal.Cancelled} {
		r.Scenarios[0].Status = string(status)
		mustValidate(t, r)
	}
}

// A published schema knows exactly the members of the Go type: one that is new in
// either is refused here first. A member with omitempty is optional.
func TestPublishedSchemasHaveTheMembersOfTheirTypes(t *testing.T) {
	for name, of := range map[string]reflect.Type{schemas.ResultsName: reflect.TypeFor[suites.Results](), schemas.DiffName: reflect.TypeFor[compare.Diff]()} {
		declared := map[string]schemas.Member{}
		for _, m := range schemas.Members(name) {
			if !strings.HasPrefix(m.Pointer, "/counts/") { // a map in Go
				declared[m.Pointer] = m
			}
		}
		found := map[string]bool{}
		walk("", of, func(pointer string, required bool) {
			found[pointer] = true
			m, ok := declared[pointer]
			if !ok {
				t.Errorf("the schema of %s has no %s", name, pointer)
			} else if m.Required != required {
				t.Errorf("%s: %s: required is %v in the schema and %v in the type", name, pointer, m.Required, required)
			}
		})
		for pointer := range declared {
			if !found[pointer] {
				t.Errorf("the type of %s has no %s", name, pointer)
			}
		}
	}
}

// walk visits the JSON members of a type.
func walk(pointer string, of reflect.Type, visit func(pointer string, required bool)) {
	switch {
	case of.Kind() == reflect.Pointer:
		walk(pointer, of.Elem(), visit)
	case of.Kind() == reflect.Slice:
		visit(pointer+"/0", false)
		walk(pointer+"/0", of.Elem(), visit)
	case of.Kind() == reflect.Struct && of != reflect.TypeFor[time.Time]():
		for field := range of.Fields() {
			options := strings.Split(field.Tag.Get("json"), ",")
			if options[0] == "-" {
				continue
			}
			at := pointer + "/" + options[0]
			visit(at, !slices.Contains(options, "omitempty"))
			walk(at, field.Type, visit)
		}
	}
}

func TestResultsRefuseWhatIsNotTheirs(t *testing.T) {
	for want, edit := range map[string]func(*suites.Results){
		"/schema":                  func(r *suites.Results) { r.Schema = "conformance-results/2" },
		"/counts/MUST/pass":        func(r *suites.Results) { delete(r.Counts[suites.Must], suites.Pass) },
		"/counts/MAYBE":            func(r *suites.Results) { r.Counts["MAYBE"] = map[suites.Verdict]int{} },
		"/requirements":            func(r *suites.Results) { r.Requirements = nil },
		"/requirements/0/verdict":  func(r *suites.Results) { r.Requirements[0].Verdict = suites.Conformant },
		"/requirements/0/checks":   func(r *suites.Results) { r.Requirements[0].Checks = nil },
		"/scenarios/0/exchanges/0": func(r *suites.Results) { r.Scenarios[0].Exchanges[0] = "17" },
		"/evidence/sha256":         func(r *suites.Results) { r.Evidence.Digest = "ab" },
		"/suite/digest":            func(r *suites.Results) { r.Suite.Digest = "" },
	} {
		r := results()
		edit(&r)
		got := validate(t, r)
		if len(got) != 1 || got[0].Pointer != want {
			t.Errorf("%s: got %+v", want, got)
		}
	}
}

func mustValidate(t *testing.T, r suites.Results) {
	t.Helper()
	if got := validate(t, r); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
}

func validate(t *testing.T, r suites.Results) []schemas.Violation {
	t.Helper()
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := schemas.ValidateResults(body)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
