package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

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
		Skipped  int      `xml:"skipped,attr"`
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
		XMLName    xml.Name        `xml:"testcase"`
		Name       string          `xml:"name,attr"`
		Classname  string          `xml:"classname,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Failure    *junitOutcome   `xml:"failure"`
		Error      *junitOutcome   `xml:"error"`
		Skipped    *junitOutcome   `xml:"skipped"`
		SystemOut  *junitText      `xml:"system-out"`
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
// inconclusive is an <error>; <skipped> is for what is not applicable, and for
// a SHOULD or MAY without a verdict. A warning passes, with the warning in
// system-out. Pacts are a testsuite of their own, a testcase per interaction.
// The time of a requirement is that of the longest scenario that
// its checks judged, 0 where none is known: scenarios run at once.
func JUnit(w io.Writer, r *suites.Results) error {
	run := junitRun{Name: "conformance", Time: seconds(r.Finished.Sub(r.Started))}
	for _, endpoint := range endpointsOf(r.Requirements) {
		s := junitSuiteOf(r, endpoint)
		run.Suites = append(run.Suites, s)
		run.Tests += s.Tests
		run.Failures += s.Failures
		run.Errors += s.Errors
		run.Skipped += s.Skipped
	}
	if s := junitPacts(r); s != nil {
		run.Suites = append(run.Suites, s)
		run.Tests += s.Tests
		run.Failures += s.Failures
		run.Errors += s.Errors
		run.Skipped += s.Skipped
	}
	content, err := xml.MarshalIndent(run, "", "  ")
	if err != nil {
		return fmt.Errorf("junit.xml could not be encoded: %w", err)
	}
	return write(w, append([]byte(xml.Header), append(content, '\n')...), "junit.xml")
}

func junitSuiteOf(r *suites.Results, endpoint string) *junitSuite {
	s := &junitSuite{
		Name:      endpoint,
		Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"subject", subjectName(messages.In(messages.English), r)},
			{"profile", line(r.Profile, 80)},
			{"verdict", line(string(r.Verdict), 80)},
		},
	}
	durations := map[string]time.Duration{}
	for _, played := range r.Scenarios {
		durations[played.Name] = time.Duration(played.DurationMS) * time.Millisecond
	}
	var longest time.Duration
	for _, q := range r.Requirements {
		if endpointOf(q) != endpoint {
			continue
		}
		took := duration(q, durations)
		longest = max(longest, took)
		c := junitCaseOf(q)
		c.Time = seconds(took)
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
	s.Time = seconds(longest)
	return s
}

func junitCaseOf(q suites.RequirementResult) *junitCase {
	c := &junitCase{
		Name:      line(q.ID, 120),
		Classname: "conformance." + line(string(q.Role), 40) + "." + endpointOf(q),
		Properties: []junitProperty{
			{"level", string(levelOf(q))},
			{"basis", line(q.Basis, 80)},
			{"clause", line(q.Clause, maxLine)},
			{"endpoint", endpointOf(q)},
			{"verdict", line(string(q.Verdict), 80)},
		},
	}
	outcome := &junitOutcome{Message: gist(q), Body: "\n" + particulars(q)}
	switch verdictOf(q) {
	case suites.Pass:
	case suites.Warning:
		c.SystemOut = &junitText{"\nWARNING " + string(levelOf(q)) + ": " + gist(q) + "\n" + particulars(q)}
	case suites.Fail:
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

// particulars is the requirement, its clause and every finding, as text for a person.
func particulars(q suites.RequirementResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nclause: %s\n", line(q.Title, maxText), line(q.Clause, maxLine))
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

// duration is that of the longest scenario that the checks of q name. A check
// may name a family: "invalid/init" stands for every scenario below it.
func duration(q suites.RequirementResult, scenarios map[string]time.Duration) time.Duration {
	var longest time.Duration
	for _, c := range q.Checks {
		if c.Scenario == "" {
			continue
		}
		family := strings.TrimRight(c.Scenario, "/*") + "/"
		for name, took := range scenarios {
			if name == c.Scenario || strings.HasPrefix(name, family) {
				longest = max(longest, took)
			}
		}
	}
	return longest
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(d, 0).Seconds()) }
