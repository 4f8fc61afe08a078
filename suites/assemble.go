package suites

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// rank orders verdicts of checks from the one that weighs most on a requirement to the one that weighs least.
var rank = []Verdict{ErrorVerdict, Fail, Inconclusive, NotRun, Warning, Pass, NotApplicable}

// verdictOf is the verdict of a requirement from those of its checks: what was found broken (a fail, of a SHOULD a
// warning) is broken whatever else could not be judged; what could not be judged outweighs what passed; what passed
// outweighs what is not applicable.
func verdictOf(level Level, checks []CheckResult) Verdict {
	broken := Fail
	if level == Should {
		broken = Warning
	}
	if slices.ContainsFunc(checks, func(c CheckResult) bool { return c.Verdict == broken }) {
		return broken
	}
	for _, v := range rank {
		if slices.ContainsFunc(checks, func(c CheckResult) bool { return c.Verdict == v }) {
			return v
		}
	}
	return NotRun
}

// SuiteName is the name of the suite in results and reports.
const SuiteName = "ABDM users/auth conformance suite"

// blank are results without any verdict.
func blank(s Subject, version, profile string, started, finished time.Time) *Results {
	r := &Results{
		Schema:  ResultsSchema,
		Suite:   Suite{Name: SuiteName, Version: version, Catalogue: Requirements().Version, Digest: Digest()},
		Subject: s, Profile: profile, Started: started, Finished: finished,
		Counts: map[Level]map[Verdict]int{}, Requirements: []RequirementResult{}, Scenarios: []ScenarioResult{},
		Capabilities: []Capability{}, Variants: []Variant{}, Untested: []Untested{}, Conditions: Conditions{Addresses: []string{}},
		Deviations: []Deviation{}, Environment: map[string]string{},
	}
	if p, ok := Proven(s.Role); ok {
		r.Suite.Proof = &p
	}
	for _, level := range Levels {
		r.Counts[level] = map[Verdict]int{}
		for _, v := range Verdicts {
			r.Counts[level][v] = 0
		}
	}
	return r
}

// assemble makes the results of what the specs have left on the bench.
func (b *benchState) assemble(o Options) *Results {
	run := b.evidence.Run
	catalogue := Requirements()
	r := blank(Subject(run.Subject), o.Version, b.profile, run.Started, b.finished())
	for _, id := range slices.Sorted(maps.Keys(b.results)) {
		if _, known := catalogue.Lookup(id); !known { // a defect of the suite must show, not vanish
			catalogue.Requirements = append(slices.Clone(catalogue.Requirements), Requirement{ID: id, Roles: []contract.Role{run.Subject.Role}, Level: Must, Basis: Inferred,
				Title: "No requirement of the catalogue has this id.", Clause: "none", Remedy: "Report it: this is a defect of the suite."})
		}
	}
	for _, q := range catalogue.For(run.Subject.Role) {
		checks := b.results[q.ID]
		slices.SortFunc(checks, func(x, y CheckResult) int { return strings.Compare(x.Name, y.Name) })
		if checks == nil {
			checks = []CheckResult{}
		}
		result := RequirementResult{ID: q.ID, Role: run.Subject.Role, Level: q.Level, Basis: q.Basis, Endpoint: q.Endpoint,
			Title: q.Title, Clause: q.Clause, Why: q.Why, Remedy: q.Remedy, Verdict: verdictOf(q.Level, checks), Checks: checks}
		r.Counts[q.Level][result.Verdict]++
		r.Requirements = append(r.Requirements, result)
	}
	for _, f := range b.flows {
		s := f.result()
		s.Marks = inOrder(b.marks[f.Name])
		r.Scenarios = append(r.Scenarios, s)
	}
	for _, s := range run.Settings {
		r.Environment[s.Name] = s.Value
	}
	tellEarly(r)
	b.disclose(r)
	if o.Baseline != nil {
		r.accept(o.Baseline)
	}
	r.Verdict, r.Reason = b.conclude(r)
	r.settle(r.Verdict == NotConformant)
	b.certify(r)
	r.Capabilities, r.Variants, r.Untested, r.Conditions = b.capabilities(), b.variants(r), untested(r.Subject), conditions(b.evidence)
	return r
}

// finished is when the evidence ends: by its last line, or, where the run was cut off, by its last exchange.
func (b *benchState) finished() time.Time {
	if b.evidence.Ended != nil {
		return b.evidence.Ended.Finished
	}
	last := b.evidence.Run.Started
	for _, x := range b.evidence.Exchanges {
		if x.Started.After(last) {
			last = x.Started
		}
	}
	return last
}

func (f *Flow) result() ScenarioResult {
	s := ScenarioResult{Name: f.Name, Status: string(f.Scenario.Status), Reason: f.Scenario.Reason, Exchanges: []string{},
		DurationMS: (f.Scenario.Ended - f.Scenario.Began).Milliseconds()}
	if s.Status == "" {
		s.Status = "not-played"
	}
	for _, x := range f.Exchanges {
		s.Exchanges = append(s.Exchanges, x.ID)
	}
	for _, x := range Early(f) {
		s.Early = append(s.Early, x.ID)
	}
	return s
}

// disclose lists what a reader of the verdict must know about how it was reached.
func (b *benchState) disclose(r *Results) {
	if filter := b.evidence.Run.Filter; filter != "" {
		r.Deviations = append(r.Deviations, Deviation{Kind: "filter", Text: "Only the requirements that match " + filter + " were judged."})
	}
	r.Deviations = append(r.Deviations, b.unbegun(r)...)
	if n := len(b.orphans); n > 0 {
		r.Environment["unattributed messages"] = fmt.Sprintf("%d (%s)", n, strings.Join(ids(b.orphans, 10), ", "))
	}
	if b.profile != ProfileField {
		return
	}
	r.Deviations = append(r.Deviations, tolerated(r)...)
	slices.SortFunc(r.Deviations, func(x, y Deviation) int { return strings.Compare(x.Kind+x.ID, y.Kind+y.ID) })
}

// ids names at most so many exchanges.
func ids(all []*journal.Exchange, n int) []string {
	var out []string
	for _, x := range all {
		out = append(out, x.ID)
	}
	return most(out, n)
}

// most cuts a list of ids after so many.
func most(all []string, n int) []string {
	if len(all) <= n {
		return all
	}
	return append(slices.Clone(all[:n]), "…")
}

// conclude gives the verdict of the whole run: conformant needs every MUST judged and none failed, in a full run.
func (b *benchState) conclude(r *Results) (Verdict, string) {
	must := r.Counts[Must]
	total := 0
	for _, n := range must {
		total += n
	}
	var open []string
	for _, v := range []Verdict{Inconclusive, NotRun, ErrorVerdict} {
		if must[v] > 0 {
			open = append(open, fmt.Sprintf("%d %s", must[v], v))
		}
	}
	name := r.Subject.Name
	switch {
	case must[Fail] > len(acceptedMusts(r)):
		return NotConformant, fmt.Sprintf("%s does not conform: %d of %s failed (%s)%s.", name, must[Fail]-len(acceptedMusts(r)), count(total, "MUST requirement"), failing(r), besides(r))
	case b.evidence.Ended != nil && b.evidence.Ended.Error != "":
		return Incomplete, "The suite itself failed during the run: " + b.evidence.Ended.Error
	case b.evidence.Ended == nil || b.evidence.Ended.Interrupted:
		return Incomplete, "The run was interrupted before every scenario had been played."
	case b.evidence.Run.Filter != "":
		return Incomplete, "A filter was used: what it left out was not judged."
	case len(open) > 0:
		return Incomplete, fmt.Sprintf("Not every MUST requirement could be judged: %s.", strings.Join(open, ", "))
	case must[Pass]+must[Warning]+must[Fail] == 0:
		return Incomplete, "No MUST requirement was judged."
	}
	reason := fmt.Sprintf("%s conforms: %d of %s passed", name, must[Pass]+must[Warning], count(total, "MUST requirement"))
	if must[NotApplicable] > 0 {
		reason += fmt.Sprintf(", %d not applicable", must[NotApplicable])
	}
	if warnings := r.Counts[Should][Warning] + must[Warning]; warnings > 0 {
		reason += ", with " + count(warnings, "warning")
	}
	return Conformant, reason + "."
}

// failing names the first three failed requirements, those left out that a baseline accepts.
func failing(r *Results) string {
	var all []string
	for _, q := range r.Requirements {
		if q.Verdict == Fail && q.Level == Must && q.Accepted == "" {
			all = append(all, q.ID)
		}
	}
	if len(all) > 3 {
		all = append(all[:3], "…")
	}
	return strings.Join(all, ", ")
}
