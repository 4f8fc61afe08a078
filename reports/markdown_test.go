package reports

import (
	"strings"
	"testing"

	"abdm.example/conformance/suites"
)

func TestMarkdownTextStaysText(t *testing.T) {
	for in, want := range map[string]string{
		"a plain sentence.":         "a plain sentence.",
		"<b> **x** _y_ | `z`":       "\\<b\\> \\*\\*x\\*\\* \\_y\\_ \\| \\`z\\`",
		"[x](http://h/)":            `\[x\](http\://h/)`,
		"https://h/ www.h @team #1": "https\\://h/ www\\.h @\u2060team \\#1",
		"HTTPS://h ftp://h":         `HTTPS\://h ftp\://h`,
		"$x$ &amp; ~~no~~":          `\$x\$ \&amp; \~\~no\~\~`,
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"":                 "–",
		"/query/id":        "`/query/id`",
		"a `b` c":          "`` a `b` c ``",
		"``":               "``` `` ```",
		"a | b":            "`a \\| b`",
		"two\nlines\x1b[m": "`two lines␛[m`",
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestJSONHoldsNoNullAndLeavesTheResultsAlone(t *testing.T) {
	r := &suites.Results{Requirements: []suites.RequirementResult{{Level: suites.Must, Verdict: suites.Pass, Checks: []suites.CheckResult{{}}}, {}},
		Scenarios: []suites.ScenarioResult{{}}}
	out := render(t, func(b *strings.Builder) error { return JSON(b, r) })
	if strings.Contains(out, "null") {
		t.Errorf("null in results.json:\n%s", out)
	}
	if r.Counts != nil || r.Requirements[0].Checks[0].Findings != nil || r.Requirements[1].Checks != nil || r.Scenarios[0].Exchanges != nil {
		t.Error("rendering changed the results")
	}
}
