package reports

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// traceText is the text of the part of a report about traceability: a line for each line, cells apart by " | ".
func traceText(t *testing.T, r *suites.Results, o Options) string {
	t.Helper()
	report := render(t, func(b *strings.Builder) error { return HTML(b, r, sampleEvidence(), o) })
	_, rest, found := strings.Cut(report, `<h2 id="trace">`)
	if !found {
		t.Fatal("the report has no part on traceability")
	}
	part, _, _ := strings.Cut(rest, "</section>")
	part = strings.NewReplacer("</th><td", "</th> | <td", "</td><td", "</td> | <td", "</td><th", "</td> | <th", "<br>", "; ").Replace(part)
	return html.UnescapeString(tags.ReplaceAllString(part, ""))
}

func wantIn(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

func TestTraceLeadsFromClauseToExchange(t *testing.T) {
	text := traceText(t, sample(), Options{})
	wantIn(t, text,
		"users/auth, responses | AUTH-GEN-001 | ✓ Pass | 1 | 1 | 12\n",
		"users/auth/on-init, schema RequestReference | AUTH-INIT-006 | ✗ Fail | 2 | 1 | 4 e2\n",
		"users/auth/confirm | AUTH-CONF-001 | ? Inconclusive | 1 | 0 | 0\n") // flow/confirm had no exchange
	report := htmlOf(t, sample(), sampleEvidence())
	wantIn(t, report, `<a href="#r-AUTH-INIT-006">AUTH-INIT-006</a>`, `4 <a href="#e2">e2</a>`, `<a href="#trace">`)
	if many, ev := large(40, 500, 2); !strings.Contains(htmlOf(t, many, ev), "more requirements are in results.json") {
		t.Error("500 requirements are all traced: the page has no bound")
	}
}

func TestTraceSaysWhatWasSeenAndWhatWasNot(t *testing.T) {
	wantIn(t, traceText(t, sample(), Options{}),
		"Mode MOBILE_OTP | yes | not seen, although it was tried: missing | –",
		"Mode DEMOGRAPHICS | no | seen, although it is not declared | e1",
		"Purpose LINK | yes | working | e2",
		"Whether a callback comes before the 202 to its request | A20: order | after the 202 × 2 (e2); before the 202 × 1 (e3)",
		"Sessions that expire; AUTH-CONF-017 | AuthMeta, expiry | Hours are not waited for.",
		"Patience | acknowledgement 5s, callback 10s, quiet window 2s",
		"Pace | at most 32 requests in flight, no limit on their rate",
		"Clock of the subject | -120 ms from ours, known within 4 ms",
		"Certificate of the subject | issued by CN=Example Authority, good until 2026-05-30 09:30:00 UTC",
		"half within 3.1\u00a0ms, 95 % within 8.4\u00a0ms, all within 12.0\u00a0ms (12 of them)",
		"System of the suite | linux/amd64, go1.26")
	bare := sample()
	bare.Conditions = suites.Conditions{OS: "linux", Clock: &suites.Clock{Offset: 60, Within: 900}, Concurrency: 4, Rate: 2.5}
	wantIn(t, traceText(t, bare, Options{}), "Security by TLS | none: the connection is not secured", "no one offset explains all (they disagree by 900 ms)", "at most 4 requests in flight and 2.5 begun in a second")
	bare.Conditions = suites.Conditions{} // evidence of an older version: what is not known is not said
	if text := traceText(t, bare, Options{}); strings.Contains(text, "TLS") || strings.Contains(text, "System") {
		t.Errorf("nothing was recorded, and the report says\n%s", text)
	}
}

func TestTraceSaysHowTheSuiteWasProven(t *testing.T) {
	r := sample()
	wantIn(t, traceText(t, r, Options{}), "This build carries no figures for this role.")
	r.Suite.Proof = &suites.Proof{Digest: r.Suite.Digest, Faults: 310, Caught: 309, Variants: 35, FalseAlarms: 1, Checks: 180, Unproven: 2}
	wantIn(t, traceText(t, r, Options{}), "on the very checks of this report", "Faults caught | 309 of 310", "Lawful variants blamed | 1 of 35", "Checks that a fault has made fail | 178 of 180")
	r.Suite.Proof.Digest = strings.Repeat("0", 64)
	wantIn(t, traceText(t, r, Options{}), "on another version of the catalogue")
}

// Every word that the results use for capabilities is there in every language.
func TestTraceHasAWordForEveryCapability(t *testing.T) {
	for _, l := range messages.Languages {
		m := messages.In(l)
		for key := range capabilityWords {
			if word := capabilityWord(m, key); word == "" || word == key && l != messages.English {
				t.Errorf("%s: %s is %q", l, key, word)
			}
		}
	}
	wantIn(t, traceText(t, sample(), Options{Language: messages.Hindi}), "मोड MOBILE_OTP | हाँ", "प्रणाली की घड़ी | हमारी घड़ी से -120 ms")
}
