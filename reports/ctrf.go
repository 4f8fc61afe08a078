package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// The members of a CTRF report (ctrf.io, specification 0.0.0) that this suite writes.
type (
	ctrfReport struct {
		Format      string      `json:"reportFormat"`
		Spec        string      `json:"specVersion"`
		Timestamp   time.Time   `json:"timestamp"`
		GeneratedBy string      `json:"generatedBy"`
		Results     ctrfResults `json:"results"`
	}
	ctrfResults struct {
		Tool        ctrfTool        `json:"tool"`
		Summary     ctrfSummary     `json:"summary"`
		Tests       []*ctrfTest     `json:"tests"`
		Environment ctrfEnvironment `json:"environment"`
	}
	ctrfTool struct {
		Name    string            `json:"name"`
		Version string            `json:"version,omitempty"`
		Extra   map[string]string `json:"extra"`
	}
	ctrfSummary struct {
		Tests    int            `json:"tests"`
		Passed   int            `json:"passed"`
		Failed   int            `json:"failed"`
		Skipped  int            `json:"skipped"`
		Pending  int            `json:"pending"`
		Other    int            `json:"other"`
		Suites   int            `json:"suites"`
		Start    int64          `json:"start"` // milliseconds since 1970
		Stop     int64          `json:"stop"`
		Duration int64          `json:"duration"`
		Extra    map[string]any `json:"extra"`
	}
	ctrfTest struct {
		ID        string            `json:"testId"`
		Name      string            `json:"name"`
		Status    string            `json:"status"`
		Duration  int64             `json:"duration"` // milliseconds
		Suite     []string          `json:"suite"`
		Message   string            `json:"message,omitempty"`
		Trace     string            `json:"trace,omitempty"`
		RawStatus string            `json:"rawStatus"`
		Type      string            `json:"type"`
		Tags      []string          `json:"tags,omitempty"`
		Labels    map[string]string `json:"labels"`
	}
	ctrfEnvironment struct {
		AppName     string            `json:"appName"`
		AppVersion  string            `json:"appVersion,omitempty"`
		Environment string            `json:"testEnvironment"`
		Healthy     bool              `json:"healthy"`
		Extra       map[string]string `json:"extra"`
	}
)

// ctrfStatus says what a verdict is called in CTRF. Nothing that went wrong
// outside the subject is "failed": what could not be judged is "other", and
// rawStatus keeps the verdict.
var ctrfStatus = map[suites.Verdict]string{
	suites.Pass: "passed", suites.Warning: "passed", suites.Fail: "failed", suites.NotApplicable: "skipped",
	suites.NotRun: "pending", suites.Inconclusive: "other", suites.ErrorVerdict: "other",
}

// CTRF writes the results as a Common Test Report: a test for each requirement,
// with its id as testId, and one for each interaction of a pact.
func CTRF(w io.Writer, r *suites.Results) error {
	report := ctrfReport{Format: "CTRF", Spec: "0.0.0", Timestamp: r.Finished.UTC(), GeneratedBy: generator(r)}
	c := &report.Results
	c.Tool = ctrfTool{Name: "conformance", Version: line(r.Suite.Version, 80), Extra: map[string]string{
		"name": line(r.Suite.Name, 120), "catalogue": line(r.Suite.Catalogue, 80), "digest": line(r.Suite.Digest, 80)}}
	c.Environment = ctrfEnvironment{AppName: subjectTitle(messages.In(messages.English), r), AppVersion: line(r.Subject.Version, 120), Environment: line(r.Subject.URL, maxLine),
		Healthy: r.Verdict == suites.Conformant, Extra: map[string]string{"role": line(string(r.Subject.Role), 40), "profile": line(r.Profile, 80)}}
	if r.Unredacted {
		c.Environment.Extra["unredacted"] = "true"
	}
	c.Summary = ctrfSummary{Start: r.Started.UnixMilli(), Stop: r.Finished.UnixMilli(), Duration: max(0, r.Finished.Sub(r.Started).Milliseconds()),
		Suites: len(endpointsOf(r.Requirements)) + len(r.Pacts), Extra: map[string]any{"verdict": line(string(r.Verdict), 80), "reason": line(r.Reason, maxLine)}}
	c.Tests = []*ctrfTest{}
	durations := durationsOf(r)
	for _, q := range r.Requirements {
		c.add(ctrfRequirement(q, durations.of(q)))
	}
	for _, p := range r.Pacts {
		for _, i := range p.Interactions {
			c.add(ctrfInteraction(p, i))
		}
	}
	content, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("ctrf.json could not be encoded: %w", err)
	}
	return write(w, append(shown(content), '\n'), CTRFFile)
}

// add adds a test and counts it.
func (c *ctrfResults) add(t *ctrfTest) {
	c.Tests = append(c.Tests, t)
	c.Summary.Tests++
	switch t.Status {
	case "passed":
		c.Summary.Passed++
	case "failed":
		c.Summary.Failed++
	case "skipped":
		c.Summary.Skipped++
	case "pending":
		c.Summary.Pending++
	default:
		c.Summary.Other++
	}
}

func ctrfRequirement(q suites.RequirementResult, took time.Duration) *ctrfTest {
	id := orUnnamed(line(q.ID, 120))
	t := &ctrfTest{ID: id, Name: strings.TrimSpace(id + " " + line(q.Title, maxLine)), Status: ctrfStatus[verdictOf(q)], RawStatus: string(verdictOf(q)),
		Duration: took.Milliseconds(), Suite: []string{endpointOf(q)}, Type: "conformance", Tags: []string{string(levelOf(q))},
		Labels: map[string]string{"level": string(levelOf(q)), "basis": line(q.Basis, 80), "clause": line(q.Clause, maxLine)}}
	if verdictOf(q) != suites.Pass {
		t.Message, t.Trace = gist(q), particulars(q)
	}
	if q.Accepted != "" {
		t.Status, t.Message = "skipped", line(q.Accepted, maxLine)+": "+t.Message
	}
	return t
}

func ctrfInteraction(p suites.PactResult, i suites.PactInteraction) *ctrfTest {
	file := strings.TrimSuffix(line(p.File, 120), ".json")
	status, known := ctrfStatus[i.Verdict]
	if !known {
		status = "other"
	}
	t := &ctrfTest{ID: file + "/" + line(i.Key, 120), Name: orUnnamed(line(i.Description, maxLine)), Status: status, RawStatus: line(string(i.Verdict), 80),
		Suite: []string{PactSuite, file}, Type: "contract", Labels: map[string]string{"consumer": line(p.Consumer, 80), "provider": line(p.Provider, 80)}}
	if i.Verdict != suites.Pass {
		t.Message, t.Trace = interactionGist(i), interactionText(i)
	}
	return t
}

// orUnnamed is a name where none may be missing.
func orUnnamed(name string) string {
	if name == "" {
		return "unnamed"
	}
	return name
}

// generator is the suite and its version, on one line.
func generator(r *suites.Results) string {
	return strings.TrimSpace(line(r.Suite.Name, 120) + " " + line(r.Suite.Version, 80))
}
