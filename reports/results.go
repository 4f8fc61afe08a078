// Package reports renders the results of a run: for people one HTML file, the
// summary on the terminal, Markdown and a badge; for machines results.json, JUnit
// XML, CTRF and HAR. Every output is a pure function of the results and the
// evidence: the same input gives the same bytes.
//
// What a subject sent is foreign text. It is cut to a length that a reader can
// use, and characters that cannot be seen are replaced by ones that can.
package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"abdm.example/conformance/suites"
)

// JSON writes results.json: indented by two spaces, absent lists as [], every
// level and verdict counted, with a line feed at the end.
func JSON(w io.Writer, r *suites.Results) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(filled(r)); err != nil {
		return fmt.Errorf("results.json could not be encoded: %w", err)
	}
	return write(w, shown(b.Bytes()), "results.json")
}

// ReadResults reads a results.json of this format. Its errors name the file,
// what is wrong in it and what to do.
func ReadResults(path string) (*suites.Results, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: name the directory of a finished run, or judge its evidence first with `conformance judge`", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the results could not be read: %w", err)
	}
	r, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// decode reads the content of a results.json and checks what the renderers rely on.
func decode(content []byte) (*suites.Results, error) {
	var named struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(content, &named); err != nil {
		return nil, fmt.Errorf("this is not the JSON of a results.json (%s); judge the evidence again with `conformance judge`", describe(content, err))
	}
	if named.Schema != suites.ResultsSchema {
		return nil, fmt.Errorf("its schema is %q, this build reads %q; judge the evidence again with `conformance judge`",
			line(named.Schema, 80), suites.ResultsSchema)
	}
	var r suites.Results
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("a member has the wrong type (%s); judge the evidence again with `conformance judge`", describe(content, err))
	}
	return &r, consistent(&r)
}

// describe says where in the file a JSON error is.
func describe(content []byte, err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at := min(int(syntax.Offset), len(content))
		return fmt.Sprintf("line %d: %s", 1+bytes.Count(content[:at], []byte("\n")), line(err.Error(), maxLine))
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		at := min(int(kind.Offset), len(content))
		return fmt.Sprintf("line %d: %s is a JSON %s", 1+bytes.Count(content[:at], []byte("\n")), line(kind.Field, maxLine), kind.Value)
	}
	return line(err.Error(), maxLine)
}

// consistent refuses results that name an unknown verdict or level, or whose
// counts are not those of the requirements: they were not written by a suite.
func consistent(r *suites.Results) error {
	if !slices.Contains([]suites.Verdict{suites.Conformant, suites.NotConformant, suites.Incomplete}, r.Verdict) {
		return fmt.Errorf("the verdict %q of the run is none that the suite gives", line(string(r.Verdict), 80))
	}
	if r.ValidUntil != nil && r.Verdict != suites.Conformant {
		return fmt.Errorf("a certificate is said to be good until %s, but the verdict is %s: the file was changed by hand; judge the evidence again with `conformance judge`",
			r.ValidUntil.Format(time.RFC3339), r.Verdict)
	}
	for _, q := range r.Requirements {
		if !slices.Contains(suites.Verdicts, q.Verdict) {
			return fmt.Errorf("requirement %s has the verdict %q, which the suite does not give", line(q.ID, 80), line(string(q.Verdict), 80))
		}
		if !slices.Contains(suites.Levels, q.Level) {
			return fmt.Errorf("requirement %s has the level %q, which the suite does not know", line(q.ID, 80), line(string(q.Level), 80))
		}
	}
	for _, p := range r.Pacts {
		for _, i := range p.Interactions {
			if !slices.Contains(pactVerdicts, i.Verdict) {
				return fmt.Errorf("interaction %s of %s has the verdict %q, which the suite does not give", line(i.Key, 80), line(p.File, 80), line(string(i.Verdict), 80))
			}
		}
	}
	counted := count(r.Requirements)
	for level, verdicts := range r.Counts {
		for verdict, n := range verdicts {
			if counted[level][verdict] != n {
				return fmt.Errorf("counts say that %d requirements of level %s are %s, but %d are listed: the file was changed by hand; judge the evidence again with `conformance judge`",
					n, line(string(level), 80), line(string(verdict), 80), counted[level][verdict])
			}
		}
	}
	return nil
}

// filled is a copy of r in which no list and no count is absent.
func filled(r *suites.Results) *suites.Results {
	c := *r
	c.Subject.Modes = list(c.Subject.Modes)
	c.Subject.Purposes = list(c.Subject.Purposes)
	c.Requirements = list(slices.Clone(c.Requirements))
	for i := range c.Requirements {
		checks := list(slices.Clone(c.Requirements[i].Checks))
		for j := range checks {
			checks[j].Findings = list(checks[j].Findings)
		}
		c.Requirements[i].Checks = checks
	}
	c.Scenarios = list(slices.Clone(c.Scenarios))
	for i := range c.Scenarios {
		c.Scenarios[i].Exchanges = list(c.Scenarios[i].Exchanges)
	}
	c.Pacts = slices.Clone(c.Pacts)
	for i := range c.Pacts {
		interactions := list(slices.Clone(c.Pacts[i].Interactions))
		for j := range interactions {
			interactions[j].Findings = list(interactions[j].Findings)
		}
		c.Pacts[i].Interactions = interactions
	}
	c.Capabilities, c.Untested, c.Conditions.Addresses = list(c.Capabilities), list(c.Untested), list(c.Conditions.Addresses)
	c.Variants = list(slices.Clone(c.Variants))
	for i := range c.Variants {
		c.Variants[i].Choices = list(c.Variants[i].Choices)
	}
	c.Deviations = list(c.Deviations)
	if c.Environment == nil {
		c.Environment = map[string]string{}
	}
	if c.Counts == nil {
		c.Counts = count(c.Requirements)
		return &c
	}
	c.Counts = map[suites.Level]map[suites.Verdict]int{}
	for _, level := range suites.Levels {
		c.Counts[level] = map[suites.Verdict]int{}
		for _, verdict := range suites.Verdicts {
			c.Counts[level][verdict] = r.Counts[level][verdict]
		}
	}
	return &c
}

// list is s, or an empty list where there is none.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// count counts requirements by level and verdict, every level and verdict present.
func count(requirements []suites.RequirementResult) map[suites.Level]map[suites.Verdict]int {
	counts := map[suites.Level]map[suites.Verdict]int{}
	for _, level := range suites.Levels {
		counts[level] = map[suites.Verdict]int{}
		for _, verdict := range suites.Verdicts {
			counts[level][verdict] = 0
		}
	}
	for _, q := range requirements {
		counts[levelOf(q)][verdictOf(q)]++
	}
	return counts
}

func write(w io.Writer, content []byte, what string) error {
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("%s could not be written: %w", what, err)
	}
	return nil
}
