package reports

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// unredacted is the sample as a run with --unredacted leaves it.
func unredacted() *suites.Results {
	r := sample()
	r.Unredacted = true
	return r
}

// brands are how each output says that it holds secrets.
var brands = map[string]string{
	ResultsFile: `"unredacted": true`, ReportFile: "<strong>UNREDACTED</strong>", JUnitFile: `<property name="unredacted" value="true">`,
	SummaryFile: "> **UNREDACTED**", CTRFFile: `"unredacted": "true"`, HARFile: `"comment":"UNREDACTED`, BadgeFile: ">UNREDACTED, ", ShieldFile: `"UNREDACTED, `,
}

func TestEveryOutputOfAnUnredactedRunSaysSo(t *testing.T) {
	dir := t.TempDir()
	if err := RenderAll(dir, sample(), sampleEvidence(), Options{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range Files() {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if brands[name] == "" || strings.Contains(string(content), brands[name]) || bytes.Contains(content, []byte("UNREDACTED")) {
			t.Errorf("%s of a redacted run says %q, or there is nothing that it would say", name, brands[name])
		}
	}
	if err := RenderAll(dir, unredacted(), sampleEvidence(), Options{}); err != nil { // in the place of the others, which anybody may read
		t.Fatal(err)
	}
	for _, name := range Files() {
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content, []byte(brands[name])) {
			t.Errorf("%s does not say %q", name, brands[name])
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v %v", name, info.Mode(), err)
		}
	}
	for what, text := range map[string]string{
		"the summary":  render(t, func(b *strings.Builder) error { return Summary(b, unredacted(), "") }),
		"Markdown":     render(t, func(b *strings.Builder) error { return Markdown(b, unredacted()) }),
		"Hindi report": render(t, func(b *strings.Builder) error { return HTML(b, unredacted(), nil, Options{Language: messages.Hindi}) }),
	} {
		if !strings.Contains(text, "UNREDACTED") {
			t.Errorf("%s does not say UNREDACTED", what)
		}
	}
	if strings.Contains(htmlOf(t, unredacted(), nil), "were replaced by placeholders") {
		t.Error("report.html says that an unredacted run is redacted")
	}
}

// Printed, the brand is fixed to the page and so stands on each of them, beside the text and not over it.
func TestEveryPrintedPageIsBranded(t *testing.T) {
	b := startBrowser(t)
	path := filepath.Join(t.TempDir(), ReportFile)
	if err := os.WriteFile(path, []byte(htmlOf(t, unredacted(), sampleEvidence())), 0o600); err != nil {
		t.Fatal(err)
	}
	session := b.open(t, "file://"+path)
	var seen struct {
		Position      string
		Left, TextEnd float64
	}
	const look = `(() => {
		const brand = document.querySelector(".brand")
		return {position: getComputedStyle(brand).position, left: brand.getBoundingClientRect().left,
			textEnd: Math.max(...["header", "main", "footer"].map(e => document.querySelector(e).getBoundingClientRect().right))}
	})()`
	b.eval(t, session, look, &seen)
	if seen.Position != "static" {
		t.Errorf("on the screen the brand is %s", seen.Position)
	}
	b.call(t, session, "Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
	b.eval(t, session, look, &seen)
	if seen.Position != "fixed" || seen.Left < seen.TextEnd {
		t.Errorf("printed, the brand is %s at %v, and the text ends at %v", seen.Position, seen.Left, seen.TextEnd)
	}
}
