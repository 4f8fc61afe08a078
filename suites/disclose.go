package suites

import (
	"fmt"
	"slices"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// HookDeviation is the kind of deviation that says what was not judged for want of a hook.
const HookDeviation = "hook"

// unbegun discloses the requirements of which nothing could be judged because the subject could not be made to begin: one
// deviation for each thing that the start hook lacks.
func (b *benchState) unbegun(r *Results) []Deviation {
	var all []Deviation
	for _, lack := range b.lacks() {
		n := 0
		for _, q := range r.Requirements {
			if q.Verdict == NotApplicable && slices.ContainsFunc(q.Checks, func(c CheckResult) bool {
				return slices.ContainsFunc(lack.flows, func(name string) bool { return scenario.Matches(c.Scenario, name) })
			}) {
				n++
			}
		}
		if n > 0 {
			all = append(all, Deviation{Kind: HookDeviation, Text: fmt.Sprintf(
				"%s: %s about what the subject sends by itself, and about what it does with what it is granted, %s not judged; %s.",
				lack.what, count(n, "requirement"), was(n), lack.remedy)})
		}
	}
	return all
}

// lack is one thing that the start hook lacks, and the scenarios that were not played for it.
type lack struct {
	what, remedy string
	flows        []string
}

func (b *benchState) lacks() []*lack {
	var all []*lack
	for _, f := range b.flows {
		what, remedy := scenario.StartLacking(f.Scenario.Reason)
		if f.Scenario.Status != journal.NotApplicable || what == "" {
			continue
		}
		i := slices.IndexFunc(all, func(l *lack) bool { return l.what == what })
		if i < 0 {
			i, all = len(all), append(all, &lack{what: what, remedy: remedy})
		}
		all[i].flows = append(all[i].flows, f.Name)
	}
	return all
}
