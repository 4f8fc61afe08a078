package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Findings of one requirement that its JUnit body lists.
const maxJUnitFindings = 100

// The grammar of the file is testdata/junit.xsd.
type (
	junitRun struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Time     string   `xml:"time,attr"`
		Suites   []*junitSuite
	}
	junitSuite struct {
		XMLName    xml.Name        `xml:"testsuite"`
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []*junitCase
	}
	junitCase struct {
		XMLName   xml.Name      `xml:"testcase"`
		Name      string        `xml:"name,attr"`
		Classname string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Failure   *junitOutcome `xml:"failure"`
		Error     *junitOutcome `xml:"error"`
		Skipped   *junitOutcome `xml:"skipped"`
		SystemOut *junitText    `xml:"system-out"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Body    string `xml:",cdata"`
	}
	junitText struct {
		Body string `xml:",cdata"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
)

// JUnit writes the results as JUnit XML: a testsuite per endpoint, a testcase
// per requirement whose name is the id of the requirement and nothing else.
//
// Products show a skipped test as harmless. So a MUST that was not run or was
// inconclusive is an <error>; <skipped> is for what is not applicable, for a
// SHOULD or MAY without a verdict, and for a failure that the baseline accepts. What passes tells in system-out what it
// asks for, and its warning. Pacts are a testsuite of their own, a testcase per
// interaction. A testcase has no properties, for the xUnit plugin of Jenkins
// refuses them, and no file, for none in the vendor's repository is to blame.
// The time of a requirement is that of the longest scenario that
// its checks judged, 0 where none is known: scenarios run at once.
func JUnit(w io.Writer, r *suites.Results) error {
	run := junitRun{Name: "conformance", Time: seconds(r.Finished.Sub(r.Started))}
	durations := durationsOf(r)
	for _, endpoint := range endpointsOf(r.Requirements) {
		run.Suites = append(run.Suites, junitSuiteOf(r, endpoint, durations))
	}
	if s := junitPacts(r); s != nil {
		run.Suites = append(run.Suites, s)
	}
	for _, s := range run.Suites {
		run.Tests += s.Tests
		run.Failures += s.Failures
		run.Errors += s.Errors
	}
	content, err := xml.MarshalIndent(run, "", "  ")
	if err != nil {
		return fmt.Errorf("junit.xml could not be encoded: %w", err)
	}
	content = marks.ReplaceAll(content, []byte("[ [$1"))
	return write(w, append([]byte(xml.Header), append(content, '\n')...), "junit.xml")
}

func junitSuiteOf(r *suites.Results, endpoint string, d *durations) *junitSuite {
	s := &junitSuite{
		Name:      endpoint,
		Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"subject", subjectName(messages.In(messages.English), r)},
			{"profile", line(r.Profile, 80)},
			{"verdict", line(string(r.Verdict), 80)},
		},
	}
	if r.Unredacted {
		s.Properties = append(s.Properties, junitProperty{"unredacted", "true"})
	}
	var longest time.Duration
	for _, q := range r.Requirements {
		if endpointOf(q) != endpoint {
			continue
		}
		took := d.of(q)
		longest = max(longest, took)
		c := junitCaseOf(q)
		c.Time = seconds(took)
		s.add(c)
	}
	s.Time = seconds(longest)
	return s
}

// add adds a case and counts it.
func (s *junitSuite) add(c *junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitCaseOf(q suites.RequirementResult) *junitCase {
	c := &junitCase{Name: line(q.ID, 120), Classname: "conformance." + line(string(q.Role), 40) + "." + endpointOf(q)}
	outcome := &junitOutcome{Message: gist(q), Body: "\n" + particulars(q)}
	switch verdictOf(q) {
	case suites.Pass:
		c.SystemOut = &junitText{outcome.Body}
	case suites.Warning:
		c.SystemOut = &junitText{"\nWARNING " + string(levelOf(q)) + ": " + outcome.Message + outcome.Body}
	case suites.Fail:
		if q.Accepted != "" {
			outcome.Message = line(q.Accepted, maxLine) + ": " + outcome.Message
			c.Skipped = outcome
			break
		}
		outcome.Type = c.Name + " " + string(levelOf(q))
		c.Failure = outcome
	case suites.NotApplicable:
		outcome.Message = "not applicable: " + outcome.Message
		c.Skipped = outcome
	case suites.Inconclusive, suites.NotRun:
		outcome.Message = strings.ReplaceAll(string(q.Verdict), "-", " ") + ": " + outcome.Message
		if levelOf(q) == suites.Must {
			outcome.Type = string(suites.Inconclusive)
			c.Error = outcome
		} else {
			c.Skipped = outcome
		}
	default:
		outcome.Type = string(suites.ErrorVerdict)
		c.Error = outcome
	}
	return c
}

// marks are how a text in a testcase tells GitLab and Jenkins to attach a file of their own machine, and other readers to set a
// property. A subject may not write one.
var marks = regexp.MustCompile(`\[\[([A-Za-z/])`)

// particulars is the requirement, its level and clause and every finding, as text for a person.
func particulars(q suites.RequirementResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nlevel: %s, %s\nclause: %s\n", line(q.Title, maxText), levelOf(q), line(q.Basis, 80), line(q.Clause, maxLine))
	for _, c := range q.Checks {
		if c.Reason != "" && c.Verdict != suites.Pass {
			fmt.Fprintf(&b, "%s: %s: %s\n", line(c.Name, maxLine), line(string(c.Verdict), 80), line(c.Reason, maxText))
		}
	}
	all := sightings(q.Checks)
	for i, f := range all {
		if i == maxJUnitFindings {
			fmt.Fprintf(&b, "\nand %d more findings in results.json\n", len(all)-i)
			break
		}
		fmt.Fprintf(&b, "\nfinding %d of %d, %s\n", i+1, len(all), line(f.Check, maxLine))
		for _, member := range []struct{ name, value string }{
			{"scenario", f.Scenario}, {"pointer", f.Pointer}, {"expected", f.Expected}, {"received", f.Received},
			{"exchange", exchangeList(f, 10)}, {"hint", f.Hint}, {"tolerance", f.Tolerance},
		} {
			if member.value != "" {
				fmt.Fprintf(&b, "  %-11s%s\n", member.name+":", line(member.value, maxText))
			}
		}
	}
	return b.String()
}

// exchangeList names at most limit exchanges of a sighting.
func exchangeList(f sighting, limit int) string {
	if len(f.Exchanges) <= limit {
		return strings.Join(f.Exchanges, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(f.Exchanges[:limit], ", "), len(f.Exchanges)-limit)
}

// durations says how long the longest of the scenarios that a pattern selects took.
type durations struct {
	scenarios []suites.ScenarioResult
	known     map[string]time.Duration // by pattern
}

func durationsOf(r *suites.Results) *durations {
	return &durations{scenarios: r.Scenarios, known: map[string]time.Duration{}}
}

// of is that of the longest scenario that the checks of q judged.
func (d *durations) of(q suites.RequirementResult) time.Duration {
	var longest time.Duration
	for _, c := range q.Checks {
		longest = max(longest, d.matching(c.Scenario))
	}
	return longest
}

func (d *durations) matching(pattern string) time.Duration {
	if took, known := d.known[pattern]; known || len(pattern) > maxText {
		return took
	}
	var longest int64
	compiled := scenario.Compile(pattern)
	for _, s := range d.scenarios {
		if s.DurationMS > longest && compiled.Selects(s.Name) {
			longest = s.DurationMS
		}
	}
	d.known[pattern] = time.Duration(longest) * time.Millisecond
	return d.known[pattern]
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(d, 0).Seconds()) }
