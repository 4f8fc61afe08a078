package reports

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// sampleDiff compares two runs of which the second has a change of every kind.
func sampleDiff(t testing.TB) *compare.Diff {
	t.Helper()
	before, after := sample(), sample()
	after.Subject.Version, after.Started, after.Profile = "2.4.0", began.Add(24*time.Hour), suites.ProfileStrict
	set := func(r *suites.Results, id string, v suites.Verdict, findings ...suites.Finding) {
		for i := range r.Requirements {
			if q := &r.Requirements[i]; q.ID == id {
				q.Verdict, q.Checks = v, []suites.CheckResult{{Name: "n", Verdict: v, Findings: findings}}
			}
		}
	}
	finding := func(received string) suites.Finding {
		return suites.Finding{Pointer: "/query/id", Expected: "the id of the patient", Received: received, Exchange: "e7", Scenario: "flow/a", Hint: "Pass it on as it is."}
	}
	elsewhere := finding("200")
	elsewhere.Scenario = "flow/b"
	set(after, "AUTH-GEN-001", suites.Fail, finding("200"), elsewhere, finding("201"), finding("203"), finding("204"))
	set(after, "AUTH-INIT-007", suites.Pass)
	set(after, "AUTH-CONF-001", suites.NotApplicable)
	set(before, "AUTH-INIT-006", suites.Fail, finding("nothing"))
	set(after, "AUTH-INIT-006", suites.Fail, finding("another <b>id</b>"))
	before.Requirements = append(before.Requirements, suites.RequirementResult{ID: "AUTH-OLD-001", Level: suites.May, Title: "It was asked for once.", Verdict: suites.Pass})
	after.Requirements = append(after.Requirements, suites.RequirementResult{ID: "AUTH-NEW-001", Level: suites.Must, Title: "It is asked for now.", Remedy: "Do it.", Verdict: suites.Fail})
	d, err := compare.Runs(before, after)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range compare.Kinds {
		if d.Count(kind) == 0 {
			t.Fatalf("the sample has no change of kind %s", kind)
		}
	}
	return d
}

func diffHTMLOf(t testing.TB, d *compare.Diff, l messages.Language) string {
	t.Helper()
	return render(t, func(b *strings.Builder) error { return DiffHTML(b, d, Options{Language: l}) })
}

func TestGoldenDiff(t *testing.T) {
	for file, renderer := range map[string]func(*strings.Builder) error{
		"sample.diff.txt":  func(b *strings.Builder) error { return DiffText(b, sampleDiff(t)) },
		"sample.diff.json": func(b *strings.Builder) error { return DiffJSON(b, sampleDiff(t)) },
	} {
		got := render(t, renderer)
		path := filepath.Join("testdata", file)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal([]byte(got), want) {
			t.Errorf("%s differs from what is rendered now; read the difference and run the test with -update\n%s", path, got)
		}
	}
}

func TestDiffTextFitsTheTerminal(t *testing.T) {
	before, after := sample(), hostileResults(strings.Repeat("界\u0301\x1b[31m", 50_000))
	before.Subject.Role = after.Subject.Role
	d, err := compare.Runs(before, after)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*compare.Diff{d, sampleDiff(t)} {
		out := render(t, func(b *strings.Builder) error { return DiffText(b, d) })
		for l := range strings.Lines(out) {
			if l = strings.TrimSuffix(l, "\n"); columns(l) > summaryColumns || strings.ContainsRune(l, '\x1b') {
				t.Errorf("%d columns, or a control character: %q", columns(l), l)
			}
		}
	}
}

func TestDiffHTMLIsLikeTheReport(t *testing.T) {
	d := sampleDiff(t)
	page := diffHTMLOf(t, d, messages.English)
	if page != diffHTMLOf(t, d, messages.English) {
		t.Error("the same comparison gave other bytes the second time")
	}
	for _, want := range []string{policyFor(t, page), "Something got worse", "Example Gateway 2.3.1 → Example Gateway 2.4.0", "Newly failing (1)", "Vanished (1)",
		"Changed (1)", "New (1)", "Fixed (1)", "Other findings (1)", "another &lt;b&gt;id&lt;/b&gt;", "and 1 more finding", "seen 2 times", "<td data-label=\"Before\">field</td>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, forbidden := range []string{"<script", " style=", "<link", "@import", "url("} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	if hindi := diffHTMLOf(t, d, messages.Hindi); !strings.Contains(hindi, `<html lang="hi">`) || !strings.Contains(hindi, "कुछ बिगड़ा है") {
		t.Error("the page in Hindi is not")
	}
	empty, err := compare.Runs(sample(), sample())
	if err != nil {
		t.Fatal(err)
	}
	if same := diffHTMLOf(t, empty, messages.English); !strings.Contains(same, "Nothing changed") || strings.Contains(same, "<article") {
		t.Error("the page of two like runs does not say that nothing changed")
	}
}

// A comparison with a hostile subject, in which every requirement changed, stays a page of ours.
func TestDiffHTMLOfHostileResults(t *testing.T) {
	for name, value := range hostile {
		after := hostileResults(value)
		before := hostileResults("x")
		for i := range before.Requirements {
			before.Requirements[i].Verdict = suites.Pass
		}
		before.Subject.Role = after.Subject.Role
		d, err := compare.Runs(before, after)
		if err != nil {
			t.Fatal(err)
		}
		page := diffHTMLOf(t, d, messages.English)
		for _, found := range tag.FindAllStringSubmatch(page, -1) {
			if !ours[strings.TrimPrefix(strings.ToLower(found[1]), "/")] {
				t.Errorf("%s: the page has the tag %q", name, found[0])
			}
		}
		if strings.ContainsRune(page, '\x1b') || len(page) > maxPage {
			t.Errorf("%s: a control character, or %d bytes", name, len(page))
		}
	}
}
