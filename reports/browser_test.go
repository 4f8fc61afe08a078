package reports

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// openPage is a report that stands open in a browser.
type openPage struct {
	*browser
	session string
}

// show opens a report in a browser.
func (b *browser) show(t *testing.T, report string) openPage {
	t.Helper()
	path := filepath.Join(t.TempDir(), ReportFile)
	if err := os.WriteFile(path, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	return openPage{b, b.open(t, "file://"+path)}
}

// as makes the page look as on a screen of that width, in that colour scheme.
func (p openPage) as(t *testing.T, width int, scheme string) {
	t.Helper()
	p.call(t, p.session, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	p.call(t, p.session, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// fold opens or closes everything that is folded.
func (p openPage) fold(t *testing.T, open bool) {
	t.Helper()
	var n int
	p.eval(t, p.session, fmt.Sprintf(`(() => { const all = document.querySelectorAll("details"); for (const d of all) d.open = %v; return all.length })()`, open), &n)
}

// conformantSample is a small run in which everything that applies passed.
func conformantSample() (*suites.Results, *journal.Evidence) {
	r, ev := sample(), sampleEvidence()
	for i := range r.Requirements {
		q := &r.Requirements[i]
		q.Verdict = suites.Pass
		for k := range q.Checks {
			q.Checks[k] = suites.CheckResult{Name: q.Checks[k].Name, Verdict: suites.Pass, Scenario: q.Checks[k].Scenario, Judged: 3, Findings: []suites.Finding{}}
		}
	}
	until := r.Finished.AddDate(0, 6, 0)
	r.Verdict, r.ValidUntil, r.Deviations, r.Pacts, r.Counts = suites.Conformant, &until, nil, nil, count(r.Requirements)
	return r, ev
}

// incompleteSample is a small run with a filter, in which the rest could not be judged.
func incompleteSample() (*suites.Results, *journal.Evidence) {
	r, ev := sample(), sampleEvidence()
	for i := range r.Requirements {
		q := &r.Requirements[i]
		if q.Verdict == suites.Fail {
			q.Verdict = suites.Inconclusive
			for k := range q.Checks {
				q.Checks[k].Verdict, q.Checks[k].Reason, q.Checks[k].Findings = suites.Inconclusive, "flow/confirm: no on-init came", nil
			}
		}
	}
	r.Verdict, r.Reason, r.Counts = suites.Incomplete, "A filter was used: what it left out was not judged.", count(r.Requirements)
	return r, ev
}

// shownReports are the reports that people see: each verdict in each language, and the comparison of two runs.
func shownReports(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, l := range messages.Languages {
		in := func(r *suites.Results, ev *journal.Evidence) string {
			return render(t, func(b *strings.Builder) error { return HTML(b, r, ev, Options{Language: l}) })
		}
		all["conformant/"+string(l)] = in(conformantSample())
		all["failing/"+string(l)] = in(sample(), sampleEvidence())
		all["incomplete/"+string(l)] = in(incompleteSample())
	}
	all["diff"] = diffHTMLOf(t, sampleDiff(t), messages.Hindi)
	return all
}

func TestHTMLFitsEveryScreen(t *testing.T) {
	b := startBrowser(t)
	manyResults, manyEvidence := large(30, 60, 3)
	all := shownReports(t)
	all["many"] = htmlOf(t, manyResults, manyEvidence)
	all["hostile"] = htmlOf(t, hostileResults(strings.Repeat("W", 3_000)+hostile["script"]), hostileEvidence(strings.Repeat("W", 3_000)+hostile["attribute"]))
	for name, report := range all {
		p := b.show(t, report)
		for _, width := range []int{320, 360, 768, 1280} {
			p.as(t, width, "light")
			for _, open := range []bool{false, true} {
				p.fold(t, open)
				var wide []string
				p.eval(t, p.session, `(() => {
					const wide = []
					if (document.documentElement.scrollWidth > innerWidth) wide.push("the page: " + document.documentElement.scrollWidth)
					for (const e of document.body.querySelectorAll("*")) {
						const box = e.getBoundingClientRect()
						if (box.right > innerWidth + 1) wide.push(e.tagName + " " + e.textContent.slice(0, 60) + ": " + box.right)
					}
					return wide.slice(0, 10)
				})()`, &wide)
				if len(wide) > 0 {
					t.Errorf("%s, open %v: wider than %d px:\n%s", name, open, width, strings.Join(wide, "\n"))
				}
			}
		}
		if said := b.said(); len(said) > 0 {
			t.Errorf("%s: the browser says %s", name, strings.Join(said, "\n"))
		}
	}
}

// axe is the source of axe-core, which scripts/axe.sh fetches.
func axe(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", ".tools", "axe", "axe.min.js"))
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal("axe-core is not there; run scripts/axe.sh")
	default:
		t.Skip("axe-core is not there; run scripts/axe.sh to run this test")
	}
	return string(source)
}

// TestHTMLHasNoBarriers looks for offences against WCAG 2.2 AA, and against what axe-core holds for good practice beyond it.
func TestHTMLHasNoBarriers(t *testing.T) {
	source, b := axe(t), startBrowser(t)
	manyResults, manyEvidence := large(20, 30, 3)
	all := shownReports(t)
	all["many"] = htmlOf(t, manyResults, manyEvidence)
	for name, report := range all {
		p := b.show(t, report)
		var version string
		p.eval(t, p.session, source+";axe.version", &version)
		p.fold(t, true)
		for _, width := range []int{360, 1280} {
			for _, scheme := range []string{"light", "dark"} {
				p.as(t, width, scheme)
				var found struct {
					Dark       bool
					Passes     int
					Violations []struct {
						ID, Help string
						Nodes    []struct{ HTML, FailureSummary string }
					}
				}
				p.eval(t, p.session, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
					.then(r => ({dark: matchMedia("(prefers-color-scheme:dark)").matches, passes: r.passes.length, violations: r.violations}))`, &found)
				if found.Dark != (scheme == "dark") || found.Passes < 20 {
					t.Fatalf("%s: axe-core %s looked at the wrong page: %+v", name, version, found)
				}
				for _, v := range found.Violations {
					var at []string
					for _, n := range v.Nodes[:min(len(v.Nodes), 3)] {
						at = append(at, n.HTML+": "+n.FailureSummary)
					}
					t.Errorf("%s, %d px, %s: %s (%s), %d times\n%s", name, width, scheme, v.ID, v.Help, len(v.Nodes), strings.Join(at, "\n"))
				}
			}
		}
	}
}

// TestHTMLByKeyboard walks through a report with the tabulator: everything that does something gets the focus, in the
// order of the page, and shows it.
func TestHTMLByKeyboard(t *testing.T) {
	b := startBrowser(t)
	p := b.show(t, htmlOf(t, sample(), sampleEvidence()))
	p.as(t, 1280, "light")
	p.fold(t, true)
	var want []string
	p.eval(t, p.session, `(() => {
		window.told = e => e.tagName + " " + (e.getAttribute("href") || "") + " " + e.textContent.trim().slice(0, 40)
		return [...document.querySelectorAll("a[href], summary")].map(told)
	})()`, &want)
	if len(want) < 60 {
		t.Fatalf("only %d links and folds are there", len(want))
	}
	for i := range want {
		for _, kind := range []string{"rawKeyDown", "keyUp"} {
			p.call(t, p.session, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}, nil)
		}
		var now struct {
			Told, Outline string
			Width         float64
			Shown         bool
		}
		p.eval(t, p.session, `(() => {
			const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect()
			return {told: told(e), outline: style.outlineStyle, width: parseFloat(style.outlineWidth), shown: box.width > 0 && box.height > 0 && box.left >= 0}
		})()`, &now)
		if now.Told != want[i] || now.Outline != "solid" || now.Width < 2 || !now.Shown {
			t.Fatalf("tabulator %d leads to %+v, want %q with an outline, where it can be seen", i+1, now, want[i])
		}
	}
}

// TestPrintedPageOne measures the certificate as it is printed: verdict, facts and matrix fill one sheet at the most, and
// what follows begins on the next.
func TestPrintedPageOne(t *testing.T) {
	const sheet = (297 - 2*14) / 25.4 * 96 // the height of A4 between the margins of the style sheet, in CSS pixels
	b := startBrowser(t)
	all := shownReports(t)
	delete(all, "diff") // it is no certificate
	everywhere, evidence := large(10, 132, 3)
	for i := range everywhere.Requirements { // each verdict at each level and endpoint
		q := &everywhere.Requirements[i]
		q.Level, q.Verdict = suites.Levels[i%3], suites.Verdicts[i%len(suites.Verdicts)]
	}
	everywhere.Counts = count(everywhere.Requirements)
	all["everywhere"] = htmlOf(t, everywhere, evidence)
	for name, report := range all {
		p := b.show(t, report)
		p.call(t, p.session, "Emulation.setDeviceMetricsOverride", map[string]any{"width": 688, "height": 1000, "deviceScaleFactor": 1, "mobile": false}, nil)
		p.call(t, p.session, "Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
		var seen struct {
			Bottom float64
			Wide   []string
			Next   string
		}
		p.eval(t, p.session, `(() => {
			const certificate = [...document.querySelectorAll(".certificate")].at(-1)
			let next = certificate.nextElementSibling
			while (getComputedStyle(next).display == "none") next = next.nextElementSibling
			return {bottom: certificate.getBoundingClientRect().bottom, next: getComputedStyle(next).breakBefore,
				wide: [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 689).map(e => e.tagName + " " + e.textContent).slice(0, 5)}
		})()`, &seen)
		if seen.Bottom > sheet {
			t.Errorf("%s: the certificate is %.0f px high, a sheet has %.0f", name, seen.Bottom, sheet)
		}
		if seen.Next != "page" {
			t.Errorf("%s: what follows the certificate does not begin on a sheet of its own (break-before: %s)", name, seen.Next)
		}
		if len(seen.Wide) > 0 {
			t.Errorf("%s: wider than the sheet: %s", name, strings.Join(seen.Wide, "\n"))
		}
		var pdf struct{ Data []byte }
		p.call(t, p.session, "Page.printToPDF", map[string]any{"preferCSSPageSize": true}, &pdf)
		if pages := strings.Count(string(pdf.Data), "/Type /Page\n"); pages < 2 || pages > 60 {
			t.Errorf("%s: %d sheets are printed", name, pages)
		}
	}
}
