package selftest

import (
	"encoding/json"
	"fmt"
	"os"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
)

// Figures are the matrix in numbers, as reports show them.
func (m *Matrix) Figures() suites.Proof {
	p := suites.Proof{Digest: m.Digest, Whole: m.Whole, Faults: len(m.Faults()), Variants: len(m.Variants()), Checks: m.Checks, Unproven: len(m.Unproven)}
	for _, o := range m.Outcomes {
		switch {
		case !o.Variant && o.Right:
			p.Caught++
		case o.Variant && !o.Right:
			p.FalseAlarms++
		}
	}
	return p
}

// ReadMatrix reads a matrix that Matrix.Write made. The error names the file, also where the matrix is of another build than
// this one.
func ReadMatrix(path string) (*Matrix, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("there is no kill matrix to read: %w; make test writes one for each role", err)
	}
	m := &Matrix{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s is no kill matrix: %w", path, err)
	}
	switch {
	case m.Schema != MatrixSchema:
		return nil, fmt.Errorf("%s has the schema %q, this build reads %q: run make test, and then this again", path, m.Schema, MatrixSchema)
	case m.Digest != suites.Digest():
		return nil, fmt.Errorf("%s was measured on another catalogue: run make test, and then this again", path)
	}
	return m, nil
}

// WriteFigures puts the figures of the matrix into a proof.json, in place of those of its role and beside those of others.
// The file must be there. The error names it.
func (m *Matrix) WriteFigures(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the figures have no file to go into: %w", err)
	}
	proofs, err := suites.ParseProofs(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if proofs.Roles == nil {
		proofs.Roles = map[contract.Role]suites.Proof{}
	}
	proofs.Roles[m.Role] = m.Figures()
	text, err = json.MarshalIndent(proofs, "", "  ")
	if err != nil {
		return fmt.Errorf("the figures are no JSON: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("the figures cannot be written: %w", err)
	}
	return nil
}
