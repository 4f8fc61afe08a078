package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAttribution(t *testing.T) {
	const r1, r2, g1, t1, t2 = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002", "bbbbbbbb-0000-4000-8000-000000000001", "txn-of-the-first-1", "txn-of-the-second-2"
	c := newCorrelator()
	c.bind("one", "patient-1@sbx")
	c.bind("two", "patient-2@sbx")
	c.sent("one", "init", readText(`{"requestId":"`+r1+`","timestamp":"2026-10-01T10:00:00.001Z","query":{"id":"generic@sbx"}}`))
	c.sent("two", "init", readText(`{"requestId":"`+r2+`","timestamp":"2026-10-01T10:00:00.002Z"}`))
	c.sent("two", "init", readText(`{"requestId":"`+r1+`","timestamp":"2026-10-01T10:00:00.003Z","transactionId":"abc"}`)) // sent twice on purpose
	c.sent("three", "init", readText(`{"requestId":"abc","timestamp":"2026-10-01T10:00:00.002Z"}`))
	for name, s := range map[string]struct{ body, scenario, by, conflicts string }{
		"pass-through":     {`{"requestId":"` + r1 + `"}`, "one", "/requestId", "[]"},
		"upper case":       {`{"resp":{"requestId":"AAAAAAAA-0000-4000-8000-000000000002"}}`, "two", "/resp/requestId", "[]"},
		"rewritten":        {`{"requestId":"` + g1 + `","query":{"id":"patient-1@sbx"}}`, "one", "/query/id", "[]"},
		"by patient":       {`{"auth":{"patient":{"id":"PATIENT-2@sbx"}}}`, "two", "/auth/patient/id", "[]"},
		"generic patient":  {`{"query":{"id":"generic@sbx"}}`, "", "", "[]"},
		"generic id":       {`{"requestId":"abc","transactionId":"abc"}`, "", "", "[]"},
		"by timestamp":     {`{"requestId":7,"timestamp":"2026-10-01T10:00:00.001Z"}`, "one", "/timestamp", "[]"},
		"shared timestamp": {`{"timestamp":"2026-10-01T10:00:00.002Z"}`, "", "", "[]"},
		"conflict":         {`{"resp":{"requestId":"` + r1 + `"},"auth":{"patient":{"id":"patient-2@sbx"}},"timestamp":"2026-10-01T10:00:00.003Z"}`, "one", "/resp/requestId", "[/auth/patient/id two]"},
		"wrong types":      {`{"resp":"x","auth":[1],"query":null,"requestId":"` + r2 + `"}`, "two", "/requestId", "[]"},
		"orphan":           {`{"requestId":"` + g1 + `"}`, "", "", "[]"},
		"text":             {`{"requestId":"` + r2 + `"`, "two", "text", "[]"},
		"nothing":          {``, "", "", "[]"},
		"no object":        {`[null]`, "", "", "[]"},
	} {
		scenario, by, conflicts := c.attribute("init", readText(s.body))
		if scenario != s.scenario || by != s.by || fmt.Sprint(slices.Clip(conflicts)) != s.conflicts {
			t.Errorf("%s: %q by %q with conflicts %v", name, scenario, by, conflicts)
		}
	}

	// A gateway that rewrites requestId is followed, and so are short transaction ids that the subject chose.
	c.received("one", readText(`{"requestId":"`+g1+`","auth":{"transactionId":"7"}}`))
	for body, by := range map[string]string{`{"resp":{"requestId":"` + g1 + `"}}`: "/resp/requestId", `{"auth":{"transactionId":"7"}}`: "/auth/transactionId", `{"transactionId":7}`: "/transactionId"} {
		if scenario, got, _ := c.attribute("init", readText(body)); scenario != "one" || got != by {
			t.Errorf("%s belongs to %q by %q", body, scenario, got)
		}
	}
}

// readText is readMessage for a text.
func readText(body string) message { return readMessage(readBody([]byte(body), false)) }

func TestASpentAccessTokenTellsWhoGrantedIt(t *testing.T) {
	c := newCorrelator()
	const token = "eyJhbGciOiJIUzUxMiJ9.eyJwYXRpZW50SWQiOiJwMSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	c.sent("flow/a", "on-confirm", readText(`{"requestId":"0c5f4c6e-7a1c-4f0c-9a51-0d2d7f2f0a01","auth":{"accessToken":"`+token+`"}}`))
	for name, row := range map[string]struct{ spent, want string }{
		"as it was":       {token, "flow/a"},
		"with a prefix":   {"Bearer " + token, "flow/a"},
		"cut":             {token[:len(token)-8], "flow/a"},
		"too short":       {token[:8], ""},
		"somebody else's": {strings.Repeat("x", 40), ""},
		"none":            {"", ""},
	} {
		got, _, _ := c.attribute("", readText(`{"requestId":"0c5f4c6e-7a1c-4f0c-9a51-0d2d7f2f0a02","link":{"accessToken":"`+row.spent+`"}}`))
		if got != row.want {
			t.Errorf("%s: attributed to %q, want %q", name, got, row.want)
		}
	}
}
