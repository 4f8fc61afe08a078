package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/reports"
)

// rendersAgain judges and renders what lies in out twice more: every file stays as the run wrote it, byte for byte.
func rendersAgain(t *testing.T, s *staging, code int) {
	t.Helper()
	before := map[string][]byte{evidenceFile: s.out(t, evidenceFile)}
	for _, name := range outputs {
		before[name] = s.out(t, name)
	}
	for _, command := range []string{"judge", "report", "judge", "report"} {
		if command == "report" { // only results.json and the evidence are its sources
			for _, name := range outputs[1:] {
				if err := os.Remove(filepath.Join(s.dir, "out", name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		e := finish(t, s.dir, nil, command, "out")
		want := code
		if command == "report" {
			want = 0
		}
		e.wants(t, want)
		fits(t, e.stdout)
		for name, text := range before {
			if !bytes.Equal(s.out(t, name), text) {
				t.Errorf("%s is another after %s", name, command)
			}
		}
	}
	finish(t, s.dir, nil, "report", "out", "--lang", "hi").wants(t, 0)
	if report := s.out(t, reports.ReportFile); !bytes.Contains(report, []byte(`<html lang="hi">`)) || !bytes.Equal(s.out(t, reports.ResultsFile), before[reports.ResultsFile]) {
		t.Error("report --lang hi must write report.html in Hindi and leave results.json as it is")
	}
	finish(t, s.dir, nil, "report", "out").wants(t, 0)
	if !bytes.Equal(s.out(t, reports.ReportFile), before[reports.ReportFile]) {
		t.Error("report after report --lang hi does not write the first report again")
	}
}

// xmllint is the program that judges junit.xml; the test is skipped without it, or fails where CI=true.
func xmllint(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal("xmllint is not on the PATH; install the Debian package libxml2-utils")
	default:
		t.Skip("xmllint is not on the PATH; install the Debian package libxml2-utils to run this test")
	}
	return path
}

// keepsJUnitGrammar judges junit.xml with the schema that readers of JUnit use.
func keepsJUnitGrammar(t *testing.T, s *staging) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), xmllint(t), "--nonet", "--noout", "--schema", "../../reports/testdata/junit.xsd",
		filepath.Join(s.dir, "out", reports.JUnitFile))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestProcessListAndExplain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := finish(t, dir, nil, "list", "--output", "json")
	e.wants(t, 0)
	var all []struct {
		ID     string            `json:"id"`
		Level  string            `json:"level"`
		Clause string            `json:"clause"`
		Checks []json.RawMessage `json:"checks"`
	}
	if err := json.Unmarshal([]byte(e.stdout), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 {
		t.Fatalf("%d requirements", len(all))
	}
	text := finish(t, dir, nil, "list")
	text.wants(t, 0)
	markdown := finish(t, dir, nil, "list", "--output", "markdown")
	markdown.wants(t, 0)
	seen := map[string]bool{}
	for _, q := range all {
		if q.ID == "" || q.Level == "" || q.Clause == "" || len(q.Checks) == 0 || seen[q.ID] {
			t.Errorf("%+v lacks an id of its own, a level, a clause or a check", q)
		}
		seen[q.ID] = true
		if !strings.Contains(text.stdout, q.ID) || !strings.Contains(markdown.stdout, "| "+q.ID+" |") {
			t.Errorf("%s is not in every list", q.ID)
		}
	}
	q := all[len(all)/2]
	e = finish(t, dir, nil, "explain", q.ID)
	e.wants(t, 0)
	for _, want := range []string{q.ID, q.Level, q.Clause, "Why:", "Remedy:", "Check:"} {
		if !strings.Contains(e.stdout, want) {
			t.Errorf("explain %s does not say %q:\n%s", q.ID, want, e.stdout)
		}
	}
}
