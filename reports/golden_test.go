package reports

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

var update = flag.Bool("update", false, "write the golden files anew; read them before they are committed")

func TestGolden(t *testing.T) {
	for _, g := range []struct {
		file   string
		render func(io.Writer, *suites.Results) error
	}{
		{"sample.results.json", JSON},
		{"sample.junit.xml", JUnit},
		{"sample.summary.txt", func(w io.Writer, r *suites.Results) error { return Summary(w, r, "conformance-out") }},
		{"sample.report.md", Markdown},
		{"sample.summary.md", func(w io.Writer, r *suites.Results) error { return JobSummary(w, r, sampleEvidence()) }},
		{"sample.ctrf.json", CTRF},
		{"sample.har", func(w io.Writer, r *suites.Results) error { return HAR(w, r, sampleEvidence()) }},
		{"sample.badge.svg", Badge},
		{"sample.badge.json", Shield},
	} {
		t.Run(g.file, func(t *testing.T) {
			var got, again bytes.Buffer
			if err := g.render(&got, sample()); err != nil {
				t.Fatal(err)
			}
			if err := g.render(&again, sample()); err != nil || !bytes.Equal(got.Bytes(), again.Bytes()) {
				t.Errorf("the same results gave other bytes the second time (%v)", err)
			}
			path := filepath.Join("testdata", g.file)
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s differs from what is rendered now; read the difference and run the test with -update\n%s", path, got.String())
			}
		})
	}
}

func TestSummaryFitsTheTerminal(t *testing.T) {
	many, _ := large(10, 40, 1)
	for name, r := range map[string]*suites.Results{"sample": sample(), "many": many, "hostile": hostileResults(strings.Repeat("界\u0301\x1b[31m", 50_000))} {
		out := render(t, func(b *strings.Builder) error { return Summary(b, r, strings.Repeat("a-long-directory/", 20)) })
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) > 24 {
			t.Errorf("%s: the summary has %d lines; about 20 fit", name, len(lines))
		}
		for _, l := range lines {
			if columns(l) > summaryColumns {
				t.Errorf("%s: %d columns: %q", name, columns(l), l)
			}
		}
		if !strings.HasSuffix(lines[len(lines)-1], "/report.html") {
			t.Errorf("%s: the last line does not end in the report's name: %q", name, lines[len(lines)-1])
		}
	}
}

func TestReadResults(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ResultsFile)
	if err := RenderAll(dir, sample(), sampleEvidence(), Options{}); err != nil {
		t.Fatal(err)
	}
	r, err := ReadResults(path)
	if err != nil {
		t.Fatal(err)
	}
	was, _ := os.ReadFile(path)
	now := render(t, func(b *strings.Builder) error { return JSON(b, r) })
	if string(was) != now {
		t.Error("results that were read do not render to the bytes that they were read from")
	}
	if !strings.HasSuffix(now, "}\n") || strings.Contains(now, "null") {
		t.Error("results.json must end in a line feed and hold no null")
	}
	for name, c := range map[string]struct{ content, wants string }{
		"not JSON":     {`<html>`, "line 1"},
		"cut off":      {now[:len(now)/2], "not the JSON of a results.json"},
		"trailing":     {now + "{}", "not the JSON of a results.json"},
		"other schema": {`{"schema":"conformance-results/9"}`, `"conformance-results/9"`},
		"wrong type":   {strings.Replace(now, `"profile": "field"`, `"profile": 7`, 1), "profile is a JSON number"},
		"run verdict":  {strings.Replace(now, `"verdict": "not-conformant"`, `"verdict": "splendid"`, 1), `"splendid"`},
		"verdict":      {strings.Replace(now, `"verdict": "fail"`, `"verdict": "fine"`, 1), "AUTH-INIT-006"},
		"good until":   {strings.Replace(now, `"operator":`, `"valid_until": "2026-06-01T00:00:00Z", "operator":`, 1), "good until 2026-06-01T00:00:00Z"},
		"counts":       {strings.Replace(now, `"fail": 1`, `"fail": 0`, 1), "changed by hand"},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadResults(path); err == nil || !strings.Contains(err.Error(), c.wants) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error %v does not name the file and say %q", name, err, c.wants)
		}
	}
	if _, err := ReadResults(filepath.Join(dir, "none.json")); err == nil || !strings.Contains(err.Error(), "conformance judge") {
		t.Errorf("a missing file: the error does not say what to do: %v", err)
	}
}

// A renderer that breaks must not take the process with it: the command says what it says of any fault of the suite.
func TestRenderAllHandsAPanicToItsCaller(t *testing.T) {
	was := outputs
	defer func() { outputs = was }()
	outputs = []output{{"a", ofResults(JSON)}, {"b", func(io.Writer, *suites.Results, *journal.Evidence, Options) error { panic("broken") }}}
	defer func() {
		if thrown := recover(); thrown != "broken" {
			t.Errorf("it threw %v", thrown)
		}
	}()
	_ = RenderAll(t.TempDir(), sample(), nil, Options{})
	t.Error("nothing was thrown")
}

func TestRenderAllReplacesWhatWasThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	read := func() map[string]string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for _, e := range entries {
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(content)
		}
		return files
	}
	if err := RenderAll(dir, sample(), sampleEvidence(), Options{}); err != nil {
		t.Fatal(err)
	}
	first := read()
	if err := RenderAll(dir, sample(), sampleEvidence(), Options{}); err != nil {
		t.Fatal(err)
	}
	second := read()
	for _, name := range Files() {
		if first[name] == "" || first[name] != second[name] {
			t.Errorf("%s is missing or differs between two renderings of the same run", name)
		}
	}
	if len(second) != len(Files()) {
		t.Errorf("the directory holds %d files, want one for each of Files: temporary files must not stay", len(second))
	}
	blocked := filepath.Join(dir, ReportFile)
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := RenderAll(dir, sample(), nil, Options{}); err == nil || !strings.Contains(err.Error(), ReportFile) {
		t.Errorf("a file that cannot be replaced must be named: %v", err)
	}
}
