package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

func TestProcessDiffOfTwoConformingRunsIsEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	finish(t, dir, nil, "run", "--out", "a").wants(t, exitConformant)
	finish(t, dir, nil, "run", "--out", "b").wants(t, exitConformant)
	e := finish(t, dir, nil, "diff", "a", filepath.Join("b", reports.ResultsFile))
	e.wants(t, exitConformant)
	fits(t, e.stdout)
	if !strings.HasPrefix(e.stdout, "SAME") {
		t.Errorf("two runs of the reference differ:\n%s", e.stdout)
	}
	found := finish(t, dir, nil, "diff", "a", "b", "--output", "json")
	found.wants(t, exitConformant)
	var d compare.Diff
	if err := json.Unmarshal([]byte(found.stdout), &d); err != nil || !d.Empty() {
		t.Errorf("the comparison as JSON is not empty (%v):\n%s", err, found.stdout)
	}
}

func TestProcessDiffSaysWhatGotWorse(t *testing.T) {
	t.Parallel()
	s := newStaging(t, patience)
	s.serve(t)
	s.run(t, "--filter", "AUTH-GEN-001 || AUTH-GEN-002", "--out", "before").wants(t, exitIncomplete)
	dir := filepath.Join(s.dir, "after")
	r := *valid(t, content(t, s.dir, "before", reports.ResultsFile))
	for i := range r.Requirements {
		if r.Requirements[i].ID == "AUTH-GEN-001" {
			r.Requirements[i].Verdict = suites.Fail
		}
	}
	r.Verdict, r.Counts = suites.NotConformant, nil
	if err := reports.RenderAll(dir, &r, nil, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	e := finish(t, s.dir, nil, "diff", "before", "after")
	e.wants(t, exitNotConformant)
	if !strings.HasPrefix(e.stdout, "WORSE  1 newly failing") || !strings.Contains(e.stdout, "AUTH-GEN-001 MUST: pass → fail, worse") {
		t.Errorf("the comparison does not say what got worse:\n%s", e.stdout)
	}
	if e = finish(t, s.dir, nil, "diff", "after", "before"); e.code != exitConformant || !strings.HasPrefix(e.stdout, "NOT WORSE  1 fixed") {
		t.Errorf("the other way round: exit %d\n%s", e.code, e.stdout)
	}
	if e = finish(t, s.dir, nil, "diff", "before", "after", "--output", "html", "--out", "diff.html", "--lang", "hi"); e.code != exitNotConformant || e.stdout != "" {
		t.Errorf("as HTML: exit %d\n%s", e.code, e.stdout)
	}
	if page := string(content(t, s.dir, "diff.html")); !strings.Contains(page, `<html lang="hi">`) || !strings.Contains(page, "AUTH-GEN-001") {
		t.Error("diff.html is not the comparison in Hindi")
	}
	e = finish(t, s.dir, nil, "diff", "before", "after", "--output", "json")
	if got, err := schemas.Validate(schemas.DiffName, []byte(e.stdout)); err != nil || len(got) > 0 {
		t.Errorf("the JSON does not keep its schema: %v %+v", err, got)
	}
}

func TestProcessDiffOfWhatIsNoRunExits2(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "broken.json"), []byte("{\n \"schema\": \n}"), 0o600); err != nil {
		t.Fatal(err)
	}
	finish(t, dir, nil, "diff", "broken.json", "broken.json").wants(t, exitUsage, "broken.json", "line 3")
	finish(t, dir, nil, "diff", "none", "none").wants(t, exitUsage, "none")
	finish(t, dir, nil, "diff", ".", ".", "--output", "pdf").wants(t, exitUsage, "--output")
	finish(t, dir, nil, "diff", ".").wants(t, exitUsage)
}
