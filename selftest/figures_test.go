package selftest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
)

func TestFiguresOfAMatrix(t *testing.T) {
	m := &selftest.Matrix{Role: contract.HIP, Digest: "d", Whole: true, Checks: 9, Unproven: []string{"AUTH-GW-001: forwards"}, Outcomes: []selftest.Outcome{
		{Name: "a", Right: true}, {Name: "b", Right: true}, {Name: "c"}, {Name: "v", Variant: true, Right: true}, {Name: "w", Variant: true}}}
	want := suites.Proof{Digest: "d", Whole: true, Faults: 3, Caught: 2, Variants: 2, FalseAlarms: 1, Checks: 9, Unproven: 1}
	if got := m.Figures(); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
	file := filepath.Join(t.TempDir(), "proof.json")
	if err := m.WriteFigures(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("written into a file that is not there: %v", err)
	}
	for content, refused := range map[string]bool{
		`{"schema":"conformance-proof/1","roles":{"hiu":{"digest":"e","faults":7},"hip":{"faults":1}}}`: false,
		`{"schema":"conformance-proof/1"}`:             false,
		`{"schema":"conformance-proof/2"}`:             true,
		`{"schema":"conformance-proof/1","people":{}}`: true,
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := m.WriteFigures(file); (err != nil) != refused {
			t.Errorf("%s: %v", content, err)
		} else if refused {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := suites.ParseProofs(text)
		if err != nil || p.Roles[contract.HIP] != want || strings.Contains(content, "hiu") && p.Roles[contract.HIU].Faults != 7 {
			t.Errorf("%s became %s (%v)", content, text, err)
		}
	}
}

func TestMatrixIsReadBackOfThisBuildOnly(t *testing.T) {
	dir := t.TempDir()
	m := &selftest.Matrix{Schema: selftest.MatrixSchema, Role: contract.HIP, Digest: suites.Digest(), Checks: 9, Outcomes: []selftest.Outcome{{Name: "a", Right: true}, {Name: "b"}}}
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, selftest.MatrixJSON)
	if again, err := selftest.ReadMatrix(file); err != nil || again.Figures() != m.Figures() || again.Role != contract.HIP {
		t.Errorf("%+v, %v", again, err)
	}
	for what, change := range map[string]func(){
		"another build":  func() { m.Digest = "d" },
		"another format": func() { m.Digest, m.Schema = suites.Digest(), "conformance-kill-matrix/0" },
	} {
		change()
		if err := m.Write(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := selftest.ReadMatrix(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("of %s: %v", what, err)
		}
	}
	if _, err := selftest.ReadMatrix(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there is read")
	}
}
