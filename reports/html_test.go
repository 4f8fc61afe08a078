package reports

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"testing"

	htmlparse "golang.org/x/net/html"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// policyFor is the Content-Security-Policy that a page must have for the style sheet that is in it, as HTML spells it.
func policyFor(t *testing.T, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	digest := sha256.Sum256([]byte(style))
	policy := template.HTMLEscapeString("default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'")
	return strings.ReplaceAll(policy, "+", "&#43;") // as html/template writes attributes
}

func TestHTMLAllowsItsOwnStyleAlone(t *testing.T) {
	report := htmlOf(t, sample(), sampleEvidence())
	want := policyFor(t, report)
	if !strings.Contains(report, want) {
		t.Errorf("the policy does not name the digest of the style sheet that is there: %s", want)
	}
	for _, forbidden := range []string{"<script", " style=", "http-equiv=\"refresh\"", "<link", "@import", "url("} {
		if strings.Contains(report, forbidden) {
			t.Errorf("the report holds %q", forbidden)
		}
	}
}

var (
	idAttribute  = regexp.MustCompile(`\sid="([^"]+)"`)
	reference    = regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]+)"`)
	heading      = regexp.MustCompile(`<h([1-6])`)
	tableElement = regexp.MustCompile(`<table[^>]*>(.{0,9})`)
	headerCell   = regexp.MustCompile(`<th( scope="(?:row|col|colgroup)")?[ >]`)
)

func TestHTMLInHindi(t *testing.T) {
	report := render(t, func(b *strings.Builder) error {
		return HTML(b, sample(), sampleEvidence(), Options{Language: messages.Hindi})
	})
	for _, want := range []string{`<html lang="hi">`, "Example Gateway 2.3.1, गेटवे के रूप में, ABDM gateway v0.5 users/auth के अनुरूप नहीं है: 5 में से 1 MUST अपेक्षाएँ विफल हुईं।",
		`<span lang="en">The gateway delivers on-init with the requestId`, `<dd lang="en">00000000-0000-4000-8000-000000000009</dd>`} {
		if !strings.Contains(report, want) {
			t.Errorf("the report in Hindi does not hold %q", want)
		}
	}
}

// TestHTMLInHindiSaysNothingInEnglish reads the report as a screen reader does, which speaks each text in the language that
// it is marked with: what is not marked as English, and is neither code nor data, must not be English prose.
func TestHTMLInHindiSaysNothingInEnglish(t *testing.T) {
	prose := regexp.MustCompile(`\b(?:the|of|and|is|was|were|not|which|that|with|more|to)\b`)
	for name, s := range map[string]func() (*suites.Results, *journal.Evidence){
		"failing":    func() (*suites.Results, *journal.Evidence) { return sample(), sampleEvidence() },
		"conformant": conformantSample, "incomplete": incompleteSample,
		"no evidence": func() (*suites.Results, *journal.Evidence) { return sample(), sampleEvidence() },
	} {
		r, ev := s()
		ev.Exchanges[0].Facts.JSON, ev.Exchanges[0].Facts.Leaks = "the body is not acceptable JSON: there is no value where one should be", []string{"stack trace and more"}
		if name == "no evidence" {
			ev = nil
		}
		report := render(t, func(b *strings.Builder) error { return HTML(b, r, ev, Options{Language: messages.Hindi}) })
		page, err := htmlparse.Parse(strings.NewReader(report))
		if err != nil {
			t.Fatal(err)
		}
		texts := 0
		var read func(n *htmlparse.Node)
		read = func(n *htmlparse.Node) {
			if n.Type == htmlparse.ElementNode && slices.Contains([]string{"code", "pre", "style", "head"}, n.Data) {
				return
			}
			for _, a := range n.Attr {
				if a.Key == "lang" && a.Val == "en" {
					return
				}
				if a.Key == "aria-label" && prose.MatchString(a.Val) {
					t.Errorf("%s: an aria-label says %q", name, a.Val)
				}
			}
			if n.Type == htmlparse.TextNode && strings.TrimSpace(n.Data) != "" {
				if texts++; prose.MatchString(n.Data) {
					t.Errorf("%s: %q is not marked as English (in %s)", name, n.Data, n.Parent.Data)
				}
			}
			for child := n.FirstChild; child != nil; child = child.NextSibling {
				read(child)
			}
		}
		read(page)
		if texts < 100 {
			t.Errorf("%s: only %d texts were read", name, texts)
		}
	}
}

func TestHTMLStructure(t *testing.T) {
	manyResults, manyEvidence := large(40, 60, 2)
	same := sample()
	for i := range same.Requirements {
		same.Requirements[i].ID = "e1" // ids that collide with each other and with an exchange
	}
	causes, causesEvidence := large(40, 2*maxCauses, 1)
	for i := range causes.Requirements {
		checks := slices.Clone(causes.Requirements[i].Checks)
		checks[0].Findings = []suites.Finding{{Expected: "this", Received: "that", Hint: fmt.Sprint("advice ", i)}}
		causes.Requirements[i].Checks = checks
	}
	// Ids that collide with those of the page itself.
	sections, sectionsEvidence := sample(), sampleEvidence()
	for i, name := range []string{"main", "failed", "cause-1", "lists", "failed-MUST", "list-init", "h-r-failed", "r-failed"} {
		sections.Requirements[i].ID = name
		x := *sectionsEvidence.Exchanges[0]
		x.ID, x.Scenario = name, ""
		sectionsEvidence.Exchanges = append(sectionsEvidence.Exchanges, &x)
	}
	for name, report := range map[string]string{
		"sample": htmlOf(t, sample(), sampleEvidence()), "without evidence": htmlOf(t, sample(), nil), "empty": htmlOf(t, &suites.Results{}, nil),
		"many": htmlOf(t, manyResults, manyEvidence), "same ids": htmlOf(t, same, sampleEvidence()), "ids of sections": htmlOf(t, sections, sectionsEvidence), "many causes": htmlOf(t, causes, causesEvidence),
		"hostile": htmlOf(t, hostileResults(hostile["attribute"]), hostileEvidence(hostile["attribute"])),
	} {
		ids := map[string]bool{}
		for _, m := range idAttribute.FindAllStringSubmatch(report, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two elements have the id %q", name, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range reference.FindAllStringSubmatch(report, -1) {
			if !ids[m[1]] {
				t.Errorf("%s: nothing has the id %q, to which the report points", name, m[1])
			}
		}
		last := 0
		for _, m := range heading.FindAllStringSubmatch(report, -1) {
			level := int(m[1][0] - '0')
			if level > last+1 || level == 1 && last != 0 {
				t.Errorf("%s: a heading of level %d follows one of level %d", name, level, last)
			}
			last = level
		}
		for _, m := range tableElement.FindAllStringSubmatch(report, -1) {
			if m[1] != "<caption>" {
				t.Errorf("%s: a table has no caption", name)
			}
		}
		for _, m := range headerCell.FindAllStringSubmatch(report, -1) {
			if m[1] == "" {
				t.Errorf("%s: a header cell has no scope", name)
			}
		}
		for _, landmark := range []string{`<html lang="en">`, "<header>", "<nav ", `<main id="main"`, "<footer>", `href="#main"`} {
			if strings.Count(report, landmark) != 1 {
				t.Errorf("%s: %s is there %d times, want once", name, landmark, strings.Count(report, landmark))
			}
		}
	}
}

func TestHTMLLeadsFromTheFailureToItsEvidence(t *testing.T) {
	report := htmlOf(t, sample(), sampleEvidence())
	failed, passed := strings.Index(report, `id="r-AUTH-INIT-006"`), strings.Index(report, `id="r-AUTH-GEN-001"`)
	if failed < 0 || passed < failed {
		t.Errorf("the failed requirement (at %d) must stand before the passed one (at %d)", failed, passed)
	}
	for _, want := range []string{
		`<a href="#e2">e2</a>`, `id="e2"`, "Example Gateway 2.3.1 does not conform to ABDM gateway v0.5 users/auth as a gateway: 1 of 5 MUST requirements failed.",
		"no such exchange took place", "Map the id that the CM answers", "(not attributed to a scenario)", "timeout: no response within 5s",
		"&#34;requestId&#34;: &#34;7f7a535d", "tolerance D12", "‹redacted:token#1›",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not hold %q", want)
		}
	}
}

// TestHTMLShowsWhatEachRequirementCitesFirst: however much one requirement cites, there is room for the others' evidence.
func TestHTMLShowsWhatEachRequirementCitesFirst(t *testing.T) {
	r, ev := large(100, 40, 1)
	greedy := &r.Requirements[0].Checks[0]
	for n := range 400 {
		f := greedy.Findings[0]
		f.Exchange, f.Received = fmt.Sprintf("e%d", 1+n), fmt.Sprint("something else ", n)
		greedy.Findings = append(greedy.Findings, f)
	}
	report, whole := htmlOf(t, r, ev), 0
	for i, q := range r.Requirements {
		id := sightings(q.Checks)[0].Exchanges[0]
		_, shown, found := strings.Cut(report, `id="`+id+`"><summary>`)
		if !found {
			t.Errorf("%s, number %d, cites %s first, which is not shown", q.ID, i, id)
		}
		if shown, _, _ = strings.Cut(shown, "</details>"); !strings.Contains(shown, "left out") {
			whole++
		}
	}
	if whole < 30 {
		t.Errorf("of %d requirements the exchange of only %d is shown with its body", len(r.Requirements), whole)
	}
}

func TestHTMLStaysSmall(t *testing.T) {
	for name, failEvery := range map[string]int{"one in a hundred failed": 100, "one in ten failed": 10, "everything failed": 1} {
		r, ev := large(500, 300, failEvery)
		report := htmlOf(t, r, ev)
		if len(ev.Exchanges) != 2500 || len(report) >= 400_000 {
			t.Errorf("%s: %d exchanges give %d bytes, want less than 400000", name, len(ev.Exchanges), len(report))
		}
		t.Logf("%s: %d bytes", name, len(report))
	}
}
