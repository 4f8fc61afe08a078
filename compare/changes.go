package compare

import (
	"slices"

	"abdm.example/conformance/suites"
)

// item is a requirement or an interaction, as far as it is compared.
type item struct {
	id, title, remedy string
	level             suites.Level
	verdict           suites.Verdict
	findings          []suites.Finding
	said              []string // what each finding says, without what differs from run to run
}

func requirementsOf(r *suites.Results) []item {
	var all []item
	for _, q := range r.Requirements {
		i := item{id: q.ID, title: q.Title, remedy: q.Remedy, level: q.Level, verdict: q.Verdict}
		for _, c := range q.Checks {
			i.add(c.Name, c.Findings)
		}
		all = append(all, i)
	}
	return all
}

func interactionsOf(r *suites.Results) []item {
	var all []item
	for _, p := range r.Pacts {
		for _, interaction := range p.Interactions {
			i := item{id: p.Consumer + " to " + p.Provider + ": " + interaction.Key, title: interaction.Description, verdict: interaction.Verdict}
			i.add("", interaction.Findings)
			all = append(all, i)
		}
	}
	return all
}

// add adds the findings of a check, each of which says something once.
func (i *item) add(check string, findings []suites.Finding) {
	for _, f := range findings {
		said := said(check, f)
		if !slices.Contains(i.said, said) {
			i.findings, i.said = append(i.findings, f), append(i.said, said)
		}
	}
}

// beyond are the findings of i that say what none of other says.
func (i *item) beyond(other item) []suites.Finding {
	more := []suites.Finding{}
	for n, f := range i.findings {
		if !slices.Contains(other.said, i.said[n]) {
			more = append(more, f)
		}
	}
	return more
}

// changes compares the items of two runs by their ids.
func changes(before, after []item) []Change {
	was, is := byID(before), byID(after)
	var all []Change
	for _, i := range after {
		old, known := was[i.id]
		if !known {
			old = item{id: i.id, verdict: Absent}
		}
		if c, changed := change(old, i); changed {
			all = append(all, c)
		}
	}
	for _, i := range before {
		if _, kept := is[i.id]; !kept {
			c, _ := change(i, item{id: i.id, level: i.level, title: i.title, verdict: Absent})
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return slices.Index(Kinds, a.Kind) - slices.Index(Kinds, b.Kind) })
	if all == nil {
		all = []Change{}
	}
	return all
}

func byID(all []item) map[string]item {
	found := make(map[string]item, len(all))
	for _, i := range all {
		found[i.id] = i
	}
	return found
}

// change is what became of one item, and whether anything did.
func change(before, after item) (Change, bool) {
	c := Change{Kind: kindOf(before.verdict, after.verdict), ID: after.id, Level: after.level, Title: after.title, Before: before.verdict, After: after.verdict,
		Worse: Worse(before.verdict, after.verdict), Appeared: after.beyond(before), Gone: before.beyond(after)}
	if after.verdict == suites.Fail || after.verdict == suites.Warning {
		c.Remedy = after.remedy
	}
	return c, c.Kind != Findings || len(c.Appeared)+len(c.Gone) > 0
}

func kindOf(before, after suites.Verdict) Kind {
	switch {
	case before == Absent:
		return New
	case after == Absent:
		return Vanished
	case before == after:
		return Findings
	case after == suites.Fail:
		return NewlyFailing
	case after == suites.Pass && (before == suites.Fail || before == suites.Warning):
		return Fixed
	}
	return Changed
}
