package suites

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// seen are the choices of one variant as "count choice exchange".
func seen(all []Variant, id string) []string {
	var out []string
	for _, v := range all {
		for _, c := range v.Choices {
			if v.ID == id {
				out = append(out, strings.TrimSpace(fmt.Sprint(c.Count, " ", c.Choice, " ", c.Exchange)))
			}
		}
	}
	return out
}

func TestVariantsOfAGateway(t *testing.T) {
	r := newRecording()
	const flow = "flow/hip/mobile-otp"
	r.scenario(flow, journal.Played)
	init := r.sent(flow, "init", contract.HIP, contract.Init, 202, `{"requestId":"11111111-1111-4111-8111-111111111111","timestamp":"2026-01-02T03:04:05.000Z","query":{}}`)
	init.Request.Proto = "HTTP/1.1"
	init.Times.ResponseLast += 20_000_000
	forwarded := r.received(flow, contract.CM, contract.Init, `{"requestId":"22222222-2222-4222-8222-2222222222aA","timestamp":"2026-01-02T03:04:05.123456","query":{"who":{"a":1}}}`)
	forwarded.Request.Header["Content-Type"] = []string{"Application/JSON; charset=utf-8"}
	forwarded.Request.Proto, forwarded.Facts.Authorization = "HTTP/2.0", journal.Authorization{Present: true, Scheme: "bearer"}
	r.received(flow, contract.HIP, contract.OnInit, `{"requestId":"33333333-3333-4333-8333-333333333333","timestamp":"2026-01-02T03:04:05Z","error":null,"resp":{"requestId":"11111111-1111-4111-8111-111111111111"}}`)
	r.sent(flow, "on-init", contract.CM, contract.OnInit, 202, `{"requestId":"44444444-4444-4444-8444-444444444444","timestamp":"2026-01-02T03:04:05+05:30"}`)
	r.received(flow, contract.HIP, contract.OnInit, `{"requestId":"44444444-4444-4444-8444-444444444444","timestamp":"2026-01-02T03:04:05+05:30","resp":{"requestId":"11111111-1111-4111-8111-111111111111"}}`)
	for i, kind := range []string{"missing", "garbage", "wrong-role"} {
		name := "token/" + kind + "/init"
		r.scenario(name, journal.Played, scenario.NoteKind, kind)
		r.sent(name, scenario.StepProbe, contract.HIP, contract.Init, 401+2*(i%2), `{}`).Response.Body = journal.Body{JSON: []byte(`{"error":{"code":2401}}`)}
	}
	r.scenario("invalid/init/a", journal.Played)
	r.sent("invalid/init/a", scenario.StepProbe, contract.HIP, contract.Init, 202, `{}`)
	r.received("invalid/init/a", contract.HIP, contract.OnInit, `{"error":{"code":1000}}`)
	r.scenario("invalid/init/b", journal.Played)
	r.sent("invalid/init/b", scenario.StepProbe, contract.HIP, contract.Init, 422, `{}`)
	r.scenario("invalid/init/c", journal.Played) // silence is no choice
	r.sent("invalid/init/c", scenario.StepProbe, contract.HIP, contract.Init, 202, `{}`)
	all := newBench(r.ev, ProfileStrict).variants(&Results{})
	for id, want := range map[string][]string{
		"refused-token": {"1 401 at once e6", "1 403 at once e7"},
		"refused-role":  {"1 401 at once e8"},
		"refusal":       {"1 202, and then an error callback e9", "1 422 at once e11"},
		"early":         {"2 after the 202 e5", "1 before the 202 e3"},
		"timestamp":     {"1 microseconds, no zone e2", "1 seconds, Z e3", "1 that of the sender, passed on e5"},
		"uuid":          {"1 UUID of version 4 in mixed case e2", "1 UUID of version 4 in lower case e3"},
		"request-id":    {"2 one of its own e2", "1 that of the sender e5"},
		"null":          {"2 it is left out e2", "1 null at /error e3"},
		"extra":         {"2 none e3", "1 /query/who e2"},
		"content-type":  {"2 none e3", "1 application/json; charset=utf-8 e2"},
		"token-form":    {"2 no Authorization e3", "1 bearer and an opaque token e2"},
		"http":          {"1 HTTP/1.1 where it answers e1", "1 HTTP/2.0 where it asks e2"},
		"error-code":    {"2 2401 with 401 e6", "1 2401 with 403 e7", "1 no code with 422 e11"},
	} {
		got := seen(all, id)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

func TestVariantsOfABridge(t *testing.T) {
	r := newRecording()
	r.ev.Run.Subject.Role, r.ev.Run.Subject.Topology = contract.HIP, ""
	r.scenario("flow/direct", journal.Played).scenario("flow/mobile-otp", journal.Played).scenario("twist/a", journal.Played)
	r.received("flow/direct", contract.Gateway, contract.FetchModes, `{"query":{}}`)
	r.received("flow/direct", contract.Gateway, contract.Init, `{"query":{"authMode":"DIRECT"}}`)
	r.received("flow/mobile-otp", contract.Gateway, contract.Init, `{"query":{"authMode":null}}`)
	r.received("twist/a", contract.Gateway, contract.Init, `{"query":{}}`)
	all := newBench(r.ev, ProfileStrict).variants(&Results{})
	for id, want := range map[string][]string{
		"asks-first": {"1 fetch-modes, and then init e2", "1 init at once e3"},
		"names-mode": {"2 no mode: the consent manager chooses e3", "1 a mode e2"},
		"null":       {"3 it is left out e1", "1 null at /query/authMode e3"},
		"request-id": nil,
	} {
		if got := seen(all, id); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

// A MAY is the variant that its check recorded; what was judged and says nothing of a variant is none.
func TestAMayIsAVariant(t *testing.T) {
	r := &Results{Requirements: []RequirementResult{
		{ID: "T-MAY", Level: May, Title: "A title.", Clause: "a clause", Checks: []CheckResult{
			{Verdict: Pass, Reason: "it is passed on", Judged: 3, Findings: []Finding{{Exchange: "e7"}}}, {Verdict: NotApplicable, Reason: "not asked"}}},
		{ID: "T-MUST", Level: Must, Checks: []CheckResult{{Verdict: Pass, Reason: "it is passed on", Judged: 3}}},
	}}
	all := newBench(newRecording().ev, ProfileStrict).variants(r)
	if len(all) != 1 || all[0].ID != "T-MAY" || !slices.Equal(seen(all, "T-MAY"), []string{"3 it is passed on e7"}) {
		t.Errorf("%+v", all)
	}
}

// What a subject writes in a hundred ways is summed up.
func TestChoicesAreBounded(t *testing.T) {
	r := newRecording()
	r.scenario("flow/a", journal.Played)
	for i := range 2 * maxDistinct {
		x := r.received("flow/a", contract.HIP, contract.OnInit, `{}`)
		x.Request.Header["Content-Type"] = []string{fmt.Sprintf("text/x-%d%s", i, strings.Repeat("界", maxChoiceRunes))}
		if i < 10 {
			x.Request.Header["Content-Type"] = []string{"text/plain"}
		}
	}
	got := seen(newBench(r.ev, ProfileStrict).variants(&Results{}), "content-type")
	if len(got) != maxChoices || got[0] != "10 text/plain e1" || got[maxChoices-1] != fmt.Sprint(2*maxDistinct-10-(maxChoices-2), " others") {
		t.Errorf("%q", got)
	}
	if runes := []rune(got[1]); len(runes) > maxChoiceRunes+20 {
		t.Errorf("a choice has %d characters", len(runes))
	}
}
