package selftest

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
)

// Matrix is the proof: every subject, what caught it, and which checks nothing has proven.
type Matrix struct {
	Schema string        `json:"schema"`
	Role   contract.Role `json:"role"`
	Suite  string        `json:"suite"`
	Digest string        `json:"digest"`
	// Whole says that all scenarios were played against every fault, and not only those in which it must show.
	Whole bool `json:"whole"`
	// Scenarios is how many there are; each outcome says how many of them were played.
	Scenarios int       `json:"scenarios"`
	Outcomes  []Outcome `json:"outcomes"`
	// Checks is how many checks can fail: all save those of a MAY.
	Checks int `json:"checks"`
	// Unproven are checks that no fault has made fail, as "requirement: name". Checks of a MAY never fail and are not among them.
	Unproven []string `json:"unproven"`
	// DurationMS is the wall time of the whole, in milliseconds.
	DurationMS int64 `json:"duration_ms"`
}

// MatrixSchema names the format of a Matrix in JSON.
const MatrixSchema = "conformance-kill-matrix/1"

// Names of the files that Matrix.Write makes.
const (
	MatrixJSON = "kill-matrix.json"
	MatrixHTML = "kill-matrix.html"
)

// Faults are the outcomes of faulty subjects.
func (m *Matrix) Faults() []Outcome { return m.pick(false) }

// Variants are the outcomes of conforming subjects.
func (m *Matrix) Variants() []Outcome { return m.pick(true) }

func (m *Matrix) pick(variant bool) []Outcome {
	return slices.DeleteFunc(slices.Clone(m.Outcomes), func(o Outcome) bool { return o.Variant != variant })
}

// Missed are the faults that were not caught by a requirement that they name, and the variants in which something was found.
func (m *Matrix) Missed() []Outcome {
	return slices.DeleteFunc(slices.Clone(m.Outcomes), func(o Outcome) bool { return o.Right })
}

// Summary is the result in one sentence.
func (m *Matrix) Summary() string {
	return fmt.Sprintf("%d faults, %d lawful variants, %d not as they must be, %d checks unproven, %d s",
		len(m.Faults()), len(m.Variants()), len(m.Missed()), len(m.Unproven), m.DurationMS/time.Second.Milliseconds())
}

//go:embed matrix.html.tmpl
var matrixText string

var matrixTemplate = template.Must(template.New("matrix").Parse(matrixText))

// Write writes the matrix as JSON and as one HTML page into a directory, which it makes. The error names the file.
func (m *Matrix) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("no directory for the kill matrix: %w", err)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("the kill matrix is no JSON: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, MatrixJSON), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("the kill matrix cannot be written: %w", err)
	}
	page, err := os.Create(filepath.Join(dir, MatrixHTML))
	if err != nil {
		return fmt.Errorf("the kill matrix cannot be written: %w", err)
	}
	if err := errors.Join(m.HTML(page), page.Close()); err != nil {
		return fmt.Errorf("%s cannot be written: %w", page.Name(), err)
	}
	return nil
}

// HTML writes the matrix as one page that needs no other file.
func (m *Matrix) HTML(w io.Writer) error {
	return matrixTemplate.Execute(w, struct {
		Matrix  *Matrix
		Summary string
	}{m, m.Summary()})
}

// Word is the outcome in one or two words.
func (o Outcome) Word() string {
	switch {
	case o.Error != "":
		return "error"
	case o.Variant && o.Right:
		return "green"
	case o.Variant:
		return "false alarm"
	case o.Right:
		return "caught"
	case len(o.Caught) > 0:
		return "elsewhere"
	}
	return "missed"
}

// Found are the requirements that found something, each once.
func (o Outcome) Found() []string {
	var ids []string
	for _, c := range o.Caught {
		ids = append(ids, c.Requirement)
	}
	return slices.Compact(ids)
}

// Best is what the first requirement that was expected has found, or else the first that found anything; nil for nothing.
func (o Outcome) Best() *Catch {
	if i := slices.IndexFunc(o.Caught, func(c Catch) bool { return slices.Contains(o.Expected, c.Requirement) }); i >= 0 {
		return &o.Caught[i]
	}
	if len(o.Caught) > 0 {
		return &o.Caught[0]
	}
	return nil
}

// unproven are the checks that none of the failed ones is, and how many checks there are, save those of a MAY, which record
// a variant.
func unproven(specs suites.Specs, failed map[string]bool) (names []string, checks int) {
	names = []string{}
	for _, c := range suites.List(specs) {
		if q, _ := suites.Requirements().Lookup(c.Requirement); q.Level == suites.May {
			continue
		}
		checks++
		if name := c.Requirement + ": " + c.Name; !failed[name] {
			names = append(names, name)
		}
	}
	return names, checks
}
