package reports

import (
	"html"
	"strings"
	"testing"

	"abdm.example/conformance/reports/messages"
)

func TestEarlyCallbacksAreNamedWhereTheyHappened(t *testing.T) {
	const summary, cited, row = "1 callback came before the 202: lawful, named as early in the report.",
		"Early: it came before the 202 to the request that it answers; this is lawful", "e2 ← on-init 202, early"
	r, ev := sample(), sampleEvidence()
	if text := render(t, func(b *strings.Builder) error { return Summary(b, r, "") }) + htmlOf(t, r, ev); strings.Contains(text, "lawful") {
		t.Error("early is told where nothing was early")
	}
	r.Scenarios[1].Early = []string{"e2"}
	if text := render(t, func(b *strings.Builder) error { return Summary(b, r, "") }); !strings.Contains(text, summary) {
		t.Errorf("the summary does not say %q:\n%s", summary, text)
	}
	if text := html.UnescapeString(htmlOf(t, r, ev)); !strings.Contains(text, cited) {
		t.Errorf("the exchange that a finding cites does not say %q", cited)
	}
	r.Requirements = r.Requirements[:1] // nothing cites the exchange now
	if text := html.UnescapeString(htmlOf(t, r, ev)); !strings.Contains(text, row) {
		t.Errorf("the row of the scenario does not say %q", row)
	}
	ix := indexOf(messages.In(messages.English), r, nil, diagnose(r, nil), limits{})
	if got := rowOf(ix, ev.Scenarios[1], ev.Exchanges, 1).Flow; !strings.HasSuffix(got, "and 3 more, 1 early") {
		t.Errorf("a row that is cut says %q", got)
	}
	if got := rowOf(ix, ev.Scenarios[1], ev.Exchanges, 0).Flow; got != "4 exchanges, 1 early" {
		t.Errorf("a row that only counts says %q", got)
	}
}
