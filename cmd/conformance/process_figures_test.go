package main

import (
	"os"
	"path/filepath"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
)

// The figures that reports show come from a matrix that was measured, and from no other.
func TestProcessFiguresComeFromAMatrix(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := &selftest.Matrix{Schema: selftest.MatrixSchema, Role: contract.HIP, Digest: suites.Digest(), Checks: 7, Outcomes: []selftest.Outcome{{Name: "a", Right: true}}}
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	proof := filepath.Join(dir, "proof.json")
	if err := os.WriteFile(proof, []byte(`{"schema":"conformance-proof/1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	figures := []string{"--figures", proof, "--matrix", filepath.Join(dir, selftest.MatrixJSON)}
	finish(t, dir, nil, append([]string{"selftest", "--role", "hip"}, figures...)...).wants(t, 0)
	if p, err := suites.ParseProofs(content(t, proof)); err != nil || p.Roles[contract.HIP] != m.Figures() {
		t.Errorf("%+v, %v", p, err)
	}
	for _, args := range [][]string{append([]string{"--role", "hiu"}, figures...), figures[2:], append([]string{"--only", "a"}, figures[:2]...)} {
		finish(t, dir, nil, append([]string{"selftest"}, args...)...).wants(t, exitUsage)
	}
}
