package reports

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

var began = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// sample is a small run of every verdict.
func sample() *suites.Results {
	r := &suites.Results{
		Schema: suites.ResultsSchema,
		Suite:  suites.Suite{Name: "conformance", Version: "0.1.0", Catalogue: "1", Digest: strings.Repeat("ab12", 16)},
		Subject: suites.Subject{Role: contract.Gateway, URL: "https://staging.example/gateway", Name: "Example Gateway", Version: "2.3.1",
			Topology: config.Routed, Modes: []string{"MOBILE_OTP", "DIRECT"}, Purposes: []string{"LINK"}},
		Profile: "field", Started: began, Finished: began.Add(12*time.Second + 345*time.Millisecond),
		Verdict: suites.NotConformant, Reason: "1 of 5 MUST requirements failed.",
		Operator: "Example Test Laboratory",
		Evidence: suites.Evidence{File: "evidence.jsonl", Digest: strings.Repeat("ef56", 16), Exchanges: 4, Scenarios: 2, Unattributed: 1},
		Timing:   suites.Timing{Callback: 10000, Quiet: 2000, Ack: 5000},
		Requirements: []suites.RequirementResult{
			{ID: "AUTH-GEN-001", Role: contract.Gateway, Level: suites.Must, Basis: "explicit", Title: "The gateway answers an accepted request with 202.",
				Clause: "users/auth, responses", Verdict: suites.Pass, Checks: []suites.CheckResult{{Name: "202 for every request", Verdict: suites.Pass, Scenario: "flow/...", Judged: 12}}},
			{ID: "AUTH-INIT-006", Role: contract.Gateway, Level: suites.Must, Basis: "explicit", Endpoint: contract.Init,
				Title:  "The gateway delivers on-init with the requestId of the init that it answers in resp.requestId.",
				Clause: "users/auth/on-init, schema RequestReference",
				Why:    "A bridge that finds another id takes the answer for one to somebody else's question.",
				Remedy: "Remember the requestId of each init, and write it into resp.requestId of its answer.", Verdict: suites.Fail, Checks: []suites.CheckResult{
					{Name: "resp.requestId is the id sent", Verdict: suites.Fail, Scenario: "flow/init/MOBILE_OTP", Judged: 2, Findings: []suites.Finding{
						{Pointer: "/resp/requestId", Expected: "5f7a535d-a3fd-416b-b069-c97d021fbacd, the requestId of init (e1)",
							Received: "00000000-0000-4000-8000-000000000009", Exchange: "e2", Scenario: "flow/init/MOBILE_OTP",
							Hint: "Map the id that the CM answers back to the id that the bridge sent."},
						{Pointer: "/resp/requestId", Expected: "5f7a535d-a3fd-416b-b069-c97d021fbacd, the requestId of init (e1)",
							Received: "00000000-0000-4000-8000-000000000009", Exchange: "e3", Scenario: "flow/init/MOBILE_OTP",
							Hint: "Map the id that the CM answers back to the id that the bridge sent."},
						{Expected: "one on-init within 10 s", Received: "none; e3 came on the path but names another requestId", Scenario: "flow/init/MOBILE_OTP"}}},
					{Name: "on-init is valid", Verdict: suites.Pass, Scenario: "flow/init/MOBILE_OTP", Judged: 2}}},
			{ID: "AUTH-INIT-007", Role: contract.Gateway, Level: suites.Should, Basis: "derived", Endpoint: contract.Init, Title: "The gateway keeps unknown members.",
				Clause: "users/auth/init", Verdict: suites.Warning, Checks: []suites.CheckResult{{Name: "extra member", Verdict: suites.Warning, Scenario: "flow/init/MOBILE_OTP", Judged: 1,
					Findings: []suites.Finding{{Pointer: "/query/x", Expected: "the member unchanged", Received: "no such member", Exchange: "e1", Tolerance: "D12"}}}}},
			{ID: "AUTH-CONF-001", Role: contract.Gateway, Level: suites.Must, Basis: "explicit", Endpoint: contract.Confirm, Title: "The gateway delivers confirm to the CM.",
				Clause: "users/auth/confirm", Verdict: suites.Inconclusive, Checks: []suites.CheckResult{{Name: "confirm arrives", Verdict: suites.Inconclusive, Scenario: "flow/confirm",
					Reason: "Blocked at on-init: no transactionId came."}}},
			{ID: "AUTH-CONF-002", Role: contract.Gateway, Level: suites.Should, Basis: "inferred", Endpoint: contract.Confirm, Title: "A second confirm is refused.",
				Clause: "users/auth/confirm", Verdict: suites.NotRun, Checks: []suites.CheckResult{{Name: "second confirm", Verdict: suites.NotRun, Reason: "The filter left it out."}}},
			{ID: "AUTH-CONF-003", Role: contract.Gateway, Level: suites.Must, Basis: "derived", Endpoint: contract.Confirm, Title: "DEMOGRAPHICS travel unchanged.",
				Clause: "schema PatientDemographic", Verdict: suites.NotApplicable, Checks: []suites.CheckResult{{Name: "demographics", Verdict: suites.NotApplicable,
					Reason: "subject.modes does not list DEMOGRAPHICS."}}},
			{ID: "AUTH-NOTIFY-001", Role: contract.Gateway, Level: suites.Must, Basis: "explicit", Endpoint: contract.Notify, Title: "The gateway delivers notify to the bridge.",
				Clause: "users/auth/notify", Verdict: suites.ErrorVerdict, Checks: []suites.CheckResult{{Name: "notify arrives", Verdict: suites.ErrorVerdict, Reason: "The check judged no exchange."}}},
			{ID: "AUTH-NOTIFY-002", Role: contract.Gateway, Level: suites.May, Basis: "explicit", Endpoint: contract.Notify, Title: "The gateway may rewrite requestId.",
				Clause: "users/auth/notify", Verdict: suites.Pass, Checks: []suites.CheckResult{{Name: "variant", Verdict: suites.Pass, Scenario: "flow/...",
					Findings: []suites.Finding{{Received: "requestId is passed through", Exchange: "e1"}}}}},
		},
		Scenarios: []suites.ScenarioResult{
			{Name: "flow/confirm", Status: "blocked", Reason: "no on-init came", Exchanges: nil, DurationMS: 10000},
			{Name: "flow/init/MOBILE_OTP", Status: "played", Exchanges: []string{"e1", "e2", "e3"}, DurationMS: 1234}},
		Capabilities: []suites.Capability{
			{Kind: suites.CapabilityMode, Name: "MOBILE_OTP", Declared: true, State: suites.CapabilityMissing},
			{Kind: suites.CapabilityMode, Name: "DEMOGRAPHICS", State: suites.CapabilityUndeclared, Exchange: "e1", Scenario: "flow/init/MOBILE_OTP"},
			{Kind: suites.CapabilityMode, Name: "DIRECT", Declared: true, State: suites.CapabilityUnseen},
			{Kind: suites.CapabilityPurpose, Name: "LINK", Declared: true, State: suites.CapabilityWorking, Exchange: "e2", Scenario: "flow/init/MOBILE_OTP"},
			{Kind: suites.CapabilityPurpose, Name: "KYC", State: suites.CapabilityAbsent}},
		Variants: []suites.Variant{
			{ID: "AUTH-NOTIFY-002", Title: "The gateway may rewrite requestId.", Clause: "users/auth/notify", Choices: []suites.Choice{{Choice: "requestId is passed through", Count: 1, Exchange: "e1"}}},
			{ID: "early", Title: "Whether a callback comes before the 202 to its request", Clause: "A20: order", Choices: []suites.Choice{
				{Choice: "after the 202", Count: 2, Exchange: "e2"}, {Choice: "before the 202", Count: 1, Exchange: "e3"}}}},
		Untested: []suites.Untested{{What: "XML bodies", Clause: "every operation, Content-Type", Reason: "The document has no XML schema."},
			{What: "Sessions that expire", Clause: "AuthMeta, expiry", Reason: "Hours are not waited for.", Requirements: []string{"AUTH-CONF-017"}}},
		Conditions: suites.Conditions{OS: "linux", Arch: "amd64", Go: "go1.26", Concurrency: 32, Addresses: []string{"192.0.2.7"},
			TLS:             &suites.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Issuer: "CN=Example Authority", Expires: began.Add(90 * 24 * time.Hour)},
			Clock:           &suites.Clock{Offset: -120, Within: 4, Steady: true},
			Acknowledgement: suites.Latency{Count: 12, P50: 3.1, P95: 8.4, Max: 12}},
		Deviations:  []suites.Deviation{{Kind: "filter", Text: "--filter '!second confirm'"}, {Kind: "tolerance", ID: "D12", Text: "unknown members may be dropped"}},
		Environment: map[string]string{"clock offset": "3 ms", "go": "go1.26"},
		Pacts: []suites.PactResult{{Consumer: "hip", Provider: "gateway", File: "hip-gateway.json", Digest: strings.Repeat("cd34", 16), Interactions: []suites.PactInteraction{
			{Key: "init-202", Description: "an init that keeps the contract", States: []string{"a patient is registered"}, Verdict: suites.Fail, Scenario: "pact/hip-gateway/init-202",
				Findings: []suites.Finding{{Pointer: "/response/status", Expected: "status 202", Received: "status 200", Exchange: "e7", Scenario: "pact/hip-gateway/init-202", Hint: "expected 202 but was 200"}}},
			{Key: "init-400", Description: "an init without requestId", Verdict: suites.Warning, Scenario: "pact/hip-gateway/init-400",
				Findings: []suites.Finding{{Pointer: "/response/body/error/code", Expected: "an integer", Received: "\"1400\"", Exchange: "e9", Scenario: "pact/hip-gateway/init-400"}}},
			{Key: "init-401", Description: "an init with a token that nobody issued", Verdict: suites.Pass, Scenario: "pact/hip-gateway/init-401"},
			{Key: "init-500", Description: "an init while the provider cannot process it", States: []string{"the provider cannot process requests"}, Verdict: suites.Inconclusive,
				Reason: "the provider state could not be brought about: configure hooks.states", Scenario: "pact/hip-gateway/init-500"},
			{Key: "on-notify-202", Description: "an on-notify that keeps the contract", Verdict: suites.NotApplicable, Reason: "subject.modes does not list DIRECT", Scenario: "pact/hip-gateway/on-notify-202"},
		}}},
	}
	r.Counts = count(r.Requirements)
	return r
}

// sampleEvidence is the evidence of sample.
func sampleEvidence() *journal.Evidence {
	exchange := func(n int, d journal.Direction, endpoint, body string) *journal.Exchange {
		at := time.Duration(n) * 10 * time.Millisecond
		return &journal.Exchange{ID: fmt.Sprintf("e%d", n), Scenario: "flow/init/MOBILE_OTP", Direction: d, Player: contract.HIP, Endpoint: endpoint,
			Request: journal.Request{Method: "POST", URL: "https://staging.example/gateway" + contract.MustEndpoint(endpoint).Path,
				Header: map[string][]string{"Authorization": {"‹redacted:token#1›"}, "Content-Type": {"application/json"}, "X-Cm-Id": {"sbx"}},
				Body:   journal.Body{Size: len(body), JSON: json.RawMessage(body)}},
			Response: &journal.Response{Status: 202, Header: map[string][]string{"Date": {"Sun, 01 Mar 2026 09:30:00 GMT"}}},
			Started:  began.Add(at), Times: journal.Times{RequestFirst: at, RequestLast: at + 1, ResponseFirst: at + 2, ResponseLast: at + 4200*time.Microsecond}}
	}
	failed := exchange(4, journal.Sent, contract.Confirm, `{}`)
	failed.Scenario, failed.Response = "", nil
	failed.Failure = &journal.Failure{Kind: "timeout", Text: "no response within 5s", RequestWritten: true}
	return &journal.Evidence{
		Run: journal.Run{Suite: "0.1.0", Profile: "field", Started: began, Planned: []string{"flow/confirm", "flow/init/MOBILE_OTP"}},
		Exchanges: []*journal.Exchange{
			exchange(1, journal.Sent, contract.Init, `{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbacd","timestamp":"2026-03-01T09:30:00Z","query":{"id":"‹redacted:patient#1›","purpose":"LINK","authMode":"MOBILE_OTP","requester":{"type":"HIP","id":"hip-1"}}}`),
			exchange(2, journal.Received, contract.OnInit, `{"requestId":"7f7a535d-a3fd-416b-b069-c97d021fbacd","resp":{"requestId":"00000000-0000-4000-8000-000000000009"}}`),
			exchange(3, journal.Received, contract.OnInit, `{"resp":{"requestId":"00000000-0000-4000-8000-000000000009"}}`),
			failed,
		},
		Scenarios: []journal.Scenario{
			{Name: "flow/confirm", Status: journal.Blocked, Reason: "no on-init came", At: contract.OnInit, Began: 1, Ended: 10 * time.Second},
			{Name: "flow/init/MOBILE_OTP", Status: journal.Played, Began: time.Millisecond, Ended: 1235 * time.Millisecond},
		},
		Ended: &journal.End{Finished: began.Add(12 * time.Second)},
	}
}

// large is a run of a real size: scenarios with five exchanges each, and of the requirements one in failEvery failed.
func large(scenarios, requirements, failEvery int) (*suites.Results, *journal.Evidence) {
	r, ev := sample(), sampleEvidence()
	r.Requirements, r.Scenarios = nil, nil
	ev.Scenarios, ev.Exchanges = nil, nil
	for s := range scenarios {
		name := fmt.Sprintf("invalid/%s/missing:/query/member-%03d", contract.Endpoints[s%8].Name, s)
		var ids []string
		for range 5 {
			x := *sampleEvidence().Exchanges[0]
			x.ID, x.Scenario, x.Endpoint = fmt.Sprintf("e%d", len(ev.Exchanges)+1), name, contract.Endpoints[s%8].Name
			x.Request.Body.JSON = json.RawMessage(fmt.Sprintf(`{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbacd","query":{"id":"p-%d","list":[%s1]}}`, s, strings.Repeat(`"member",`, 60)))
			ev.Exchanges = append(ev.Exchanges, &x)
			ids = append(ids, x.ID)
		}
		ev.Scenarios = append(ev.Scenarios, journal.Scenario{Name: name, Status: journal.Played, Began: 1, Ended: 2 * time.Second})
		r.Scenarios = append(r.Scenarios, suites.ScenarioResult{Name: name, Status: "played", Exchanges: ids, DurationMS: 2000})
	}
	for i := range requirements {
		q := sample().Requirements[1]
		q.ID, q.Endpoint = fmt.Sprintf("AUTH-REQ-%03d", i), contract.Endpoints[i%8].Name
		if i%failEvery != 0 {
			q.Verdict, q.Checks = suites.Pass, []suites.CheckResult{{Name: "check", Verdict: suites.Pass, Scenario: r.Scenarios[i%len(r.Scenarios)].Name, Judged: 3}}
		} else {
			for k := range q.Checks[0].Findings {
				f := &q.Checks[0].Findings[k]
				f.Exchange, f.Scenario = fmt.Sprintf("e%d", 1+(i*13+k)%len(ev.Exchanges)), r.Scenarios[i%len(r.Scenarios)].Name
				f.Received += fmt.Sprint(" case ", k)
			}
		}
		r.Requirements = append(r.Requirements, q)
	}
	r.Counts = count(r.Requirements)
	return r, ev
}

// render is the output of one renderer as text.
func render(t testing.TB, renderer func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := renderer(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func htmlOf(t testing.TB, r *suites.Results, ev *journal.Evidence) string {
	t.Helper()
	return render(t, func(b *strings.Builder) error { return HTML(b, r, ev, Options{}) })
}
