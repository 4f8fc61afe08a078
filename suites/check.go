package suites

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	gomegatypes "github.com/onsi/gomega/types"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// Check makes an ordinary Ginkgo It judge one requirement over the flows that a pattern selects (scenario.Pattern):
//
//	It("acknowledges with 202", Check("AUTH-GEN-001", "flow/...", func(c *C) { ... }))
func Check(requirement, flows string, judge func(c *C)) []any {
	d := &declaration{requirement: requirement, flows: flows, judge: judge}
	return []any{ginkgo.Label(requirement), d.run}
}

// declaration is a check as it stands in a spec.
type declaration struct {
	requirement, flows string
	judge              func(c *C)
}

// run is the body of the It: it judges on the bench that is set up, or, where there is none, only lists itself.
func (d *declaration) run() {
	c := &C{declaration: d, name: ginkgo.CurrentSpecReport().FullText(), bench: bench}
	if bench.evidence == nil {
		bench.listed = append(bench.listed, Listed{Name: c.name, Requirement: d.requirement, Flows: d.flows})
		return
	}
	defer func() {
		if p := recover(); p != nil {
			c.broken = fmt.Sprintf("the check itself failed: %v", p)
		}
		result := c.result()
		bench.results[d.requirement] = append(bench.results[d.requirement], result)
		if result.Verdict != Pass {
			for name, marks := range c.marks {
				bench.marks[name] = append(bench.marks[name], marks...)
			}
		}
		if result.Verdict == Fail || result.Verdict == ErrorVerdict {
			ginkgo.Fail(d.requirement + " " + string(result.Verdict))
		}
	}()
	d.judge(c)
}

// Listed is a check as the specs declare it.
type Listed struct {
	Name        string `json:"name"`
	Requirement string `json:"requirement"`
	Flows       string `json:"scenarios"` // pattern over the names of scenarios
}

// C is a check at work: what it looks at and what it finds. All its expectations are soft: each is judged, all findings are kept.
type C struct {
	*declaration
	name     string
	bench    *benchState
	judged   int
	findings []Finding
	marks    map[string][]Mark // what the findings mark, by scenario
	blocked  []string          // reasons why something could not be judged
	stopped  []string          // flows that ended early, and why: what was not judged was perhaps not reached
	lacking  []string          // reasons why scenarios are not applicable
	absent   int               // scenarios that were not played
	variant  string
	broken   string
	current  *Flow
}

// Flows returns the flows of the check's pattern that have been played, also those that came only part of the way. The
// others are remembered as the reason why the check may be inconclusive, not applicable or not run.
func (c *C) Flows() []*Flow {
	var out []*Flow
	for _, f := range c.bench.selected(c.flows) {
		switch f.Scenario.Status {
		case journal.NotApplicable:
			c.lacking = append(c.lacking, f.Scenario.Reason)
		case journal.Failed:
			c.blocked = append(c.blocked, "the suite's own side failed in "+f.Name+": "+f.Scenario.Reason)
		case "", journal.Cancelled:
			c.absent++
		case journal.Blocked:
			c.stopped = append(c.stopped, f.Name+": "+f.Scenario.Reason)
			out = append(out, f)
		default:
			out = append(out, f)
		}
	}
	return out
}

// Each judges every flow of the check.
func (c *C) Each(judge func(f *Flow)) {
	for _, f := range c.Flows() {
		c.current = f
		judge(f)
		c.current = nil
	}
}

// Sent returns what the flow sent under a step, or nil, with the reason noted, where it did not come so far or where
// the network between us and the subject failed before the request was on its way.
func (c *C) Sent(f *Flow, step string) *journal.Exchange {
	x := f.Sent(step)
	if x == nil {
		c.Blocked(f, "")
		return nil
	}
	if Unreached(x) {
		c.blocked = append(c.blocked, fmt.Sprintf("%s: %s never reached the subject: %s", f.Name, label(x), x.Failure.Text))
		return nil
	}
	return x
}

// EachProbe judges the one unusual message (scenario.StepProbe) of every flow of the check that came so far as to send it.
func (c *C) EachProbe(judge func(f *Flow, x *journal.Exchange)) {
	c.Each(func(f *Flow) {
		if x := c.Sent(f, scenario.StepProbe); x != nil {
			judge(f, x)
		}
	})
}

// Blocked notes that the flow did not come to what the check judges; why is the scenario's own reason where it is "".
func (c *C) Blocked(f *Flow, why string) {
	if why == "" {
		why = f.Scenario.Reason
	}
	if why == "" {
		why = "the conversation ended before that"
	}
	c.blocked = append(c.blocked, f.Name+": "+why)
}

// Lacking notes that the subject does not show what the check judges: what it does not declare cannot be judged.
func (c *C) Lacking(reason string) { c.lacking = append(c.lacking, reason) }

// LackingThroughout is Lacking of all flows of the check, and says that where they stopped tells nothing else.
func (c *C) LackingThroughout(reason string) {
	c.Lacking(reason)
	c.stopped = nil
}

// Inside says whether messages to that role stay inside the subject, so that only what comes of them can be judged.
func (c *C) Inside(role contract.Role) bool {
	return role == contract.CM && c.bench.evidence.Run.Subject.Topology == config.Combined
}

// Setting returns a setting of the run, as the evidence shows it; "" for one that it does not name.
func (c *C) Setting(name string) string {
	for _, s := range c.bench.evidence.Run.Settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

// Judged counts exchanges or absences that the check has looked at.
func (c *C) Judged(n int) { c.judged += n }

// Find keeps a finding, and the marks that it puts on the course of its conversation.
func (c *C) Find(f Finding, marks ...Mark) {
	if f.Scenario == "" && c.current != nil {
		f.Scenario = c.current.Name
	}
	c.findings = append(c.findings, f)
	if marks = marked(f, marks); len(marks) > 0 {
		if c.marks == nil {
			c.marks = map[string][]Mark{}
		}
		c.marks[f.Scenario] = append(c.marks[f.Scenario], marks...)
	}
}

// Variant records which of several lawful behaviours the subject shows, for MAY requirements.
func (c *C) Variant(text string) { c.variant = text }

// Expect judges an exchange softly with any Gomega matcher; our own matchers give structured findings.
func (c *C) Expect(x *journal.Exchange) Assertion { return Assertion{c: c, exchange: x} }

// Assertion is an exchange about to be judged.
type Assertion struct {
	c        *C
	exchange *journal.Exchange
}

// To judges; hint says what to do when the matcher finds something.
func (a Assertion) To(matcher gomegatypes.GomegaMatcher, hint ...string) bool {
	a.c.Judged(1)
	advice := strings.Join(hint, " ")
	g := gomega.NewGomega(func(message string, _ ...int) {
		if finder, ok := matcher.(interface{ Findings() []Finding }); ok && len(finder.Findings()) > 0 {
			for _, f := range finder.Findings() {
				f.Exchange = a.exchange.ID
				if f.Hint == "" {
					f.Hint = advice
				}
				a.c.Find(f)
			}
			return
		}
		a.c.Find(Finding{Expected: "as the contract says", Received: message, Exchange: a.exchange.ID, Hint: advice})
	})
	return g.Expect(a.exchange).To(matcher)
}

// result is the verdict of the check under the level of its requirement.
func (c *C) result() CheckResult {
	r := CheckResult{Name: c.name, Scenario: c.flows, Judged: c.judged, Findings: c.findings}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	requirement, known := Requirements().Lookup(c.requirement)
	switch {
	case !known:
		r.Verdict, r.Reason = ErrorVerdict, "no requirement has the id "+c.requirement
	case c.broken != "":
		r.Verdict, r.Reason = ErrorVerdict, c.broken
	case len(c.findings) > 0:
		r.Verdict = c.bench.weigh(requirement, c.findings)
		if r.Verdict == Pass {
			r.Reason = c.findings[0].Received
		}
	case len(c.blocked) > 0:
		r.Verdict, r.Reason = Inconclusive, summarise(c.blocked)
	case c.absent > 0:
		r.Verdict, r.Reason = NotRun, fmt.Sprintf("%s of this check %s not played", count(c.absent, "scenario"), was(c.absent))
	case c.judged > 0:
		r.Verdict, r.Reason = Pass, c.variant
	case len(c.stopped) > 0:
		r.Verdict, r.Reason = Inconclusive, summarise(c.stopped)
	case len(c.lacking) > 0:
		r.Verdict, r.Reason = NotApplicable, summarise(c.lacking)
	case len(c.bench.selected(c.flows)) == 0:
		r.Verdict, r.Reason = NotRun, "the evidence holds no scenario of this check: it was recorded by another version of the suite"
	default:
		r.Verdict, r.Reason = ErrorVerdict, "the check judged no exchange: that is a defect of the suite; please report it"
	}
	return r
}

// weigh turns findings into a verdict: a failing MUST is fail, a failing SHOULD is warning, a MAY passes. In profile
// field, findings that are known tolerances weigh as warnings.
func (b *benchState) weigh(r Requirement, findings []Finding) Verdict {
	switch r.Level {
	case May:
		return Pass
	case Should:
		return Warning
	}
	if b.profile == ProfileField && !slices.ContainsFunc(findings, func(f Finding) bool { return f.Tolerance == "" }) {
		return Warning
	}
	return Fail
}

// summarise names the first reason and how many more there are.
func summarise(reasons []string) string {
	slices.Sort(reasons)
	reasons = slices.Compact(reasons)
	if len(reasons) == 1 {
		return reasons[0]
	}
	return fmt.Sprintf("%s (and %s)", reasons[0], count(len(reasons)-1, "more reason"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// Identity is the id under which our player of that role acts.
func (c *C) Identity(role contract.Role) string {
	switch id := c.bench.evidence.Run.Identity; role {
	case contract.HIP:
		return id.HIP
	case contract.HIU:
		return id.HIU
	case contract.CM:
		return id.CM
	}
	return ""
}
