package reports

import (
	"cmp"
	"slices"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// cause is one thing that is probably wrong, with every requirement that shows it. What belongs together is told from the
// evidence: the same symptom, the same advice, the same exchanges, or a conversation that stopped there.
type cause struct {
	symptom
	Root      int             // position in the results of the requirement that says it most directly
	Finding   suites.Finding  // the first finding of Root that shows it; zero where Root has none
	Others    []int           // requirements that failed or were warned for it, in the order of the results
	Blocked   []int           // requirements that could not be judged because of it
	Findings  int             // how many findings show it
	scenarios map[string]bool // in which they were seen
	exchanges map[string]bool // of the subject, that they cite
	counts    map[int]int     // findings that show the symptom, by requirement
	hints     map[string]bool // advice that they give
	first     map[int]suites.Finding
	explains  []symptom // of which this is the cause
}

// causesOf groups what did not pass by cause, what weighs most first. What a baseline accepts is left out.
func causesOf(r *suites.Results, rec *record) []*cause {
	var all []*cause
	for i, q := range r.Requirements {
		if v := verdictOf(q); q.Accepted == "" && (v == suites.Fail || v == suites.Warning) { // what is accepted is not to be mended first
			all = append(all, unitsOf(i, q, rec)...)
		}
	}
	all = merged(all)
	all = withBlocked(all, r, rec)
	for _, c := range all {
		c.settle(r)
	}
	slices.SortStableFunc(all, func(a, b *cause) int {
		return cmp.Or(cmp.Compare(a.weight(r), b.weight(r)), -cmp.Compare(a.musts(r), b.musts(r)), -cmp.Compare(a.Findings, b.Findings), cmp.Compare(a.Root, b.Root))
	})
	return all
}

// unitsOf are the findings of one requirement, those with the same advice together: what is mended by one step is one thing.
func unitsOf(i int, q suites.RequirementResult, rec *record) []*cause {
	var units []*cause
	by, seen := map[string]*cause{}, map[*cause]map[symptom][]suites.Finding{}
	for _, check := range q.Checks {
		for _, f := range check.Findings {
			u := by[f.Hint]
			if u == nil {
				u = &cause{scenarios: map[string]bool{}, exchanges: map[string]bool{}, counts: map[int]int{}, hints: map[string]bool{f.Hint: true}, first: map[int]suites.Finding{}}
				by[f.Hint], seen[u], units = u, map[symptom][]suites.Finding{}, append(units, u)
			}
			u.Findings++
			u.counts[i]++
			u.scenarios[f.Scenario] = true
			if x := rec.exchanges[f.Exchange]; x != nil && x.Direction == journal.Received {
				u.exchanges[f.Exchange] = true
			}
			s := rec.symptomOf(f)
			seen[u][s] = append(seen[u][s], f)
		}
	}
	for _, u := range units {
		u.symptom = symptom{Kind: alone}
		most := 0
		for s, findings := range seen[u] {
			// What can be shared with other requirements says more than what cannot, unless it is rare.
			if n := len(findings); s.Kind != alone && 5*n >= u.Findings && (n > most || n == most && less(s, u.symptom)) {
				u.symptom, most = s, n
			}
		}
		if most == 0 {
			u.first[i] = firstOf(q, func(f suites.Finding) bool { return u.hints[f.Hint] })
			continue
		}
		u.counts[i], u.first[i] = most, seen[u][u.symptom][0]
	}
	return units
}

// firstOf is the first finding of a requirement that matches.
func firstOf(q suites.RequirementResult, matches func(suites.Finding) bool) suites.Finding {
	for _, check := range q.Checks {
		if at := slices.IndexFunc(check.Findings, matches); at >= 0 {
			return check.Findings[at]
		}
	}
	return suites.Finding{}
}

// less orders symptoms, so that a tie is always decided alike.
func less(a, b symptom) bool {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What), cmp.Compare(a.Want, b.Want), cmp.Compare(a.Status, b.Status)) < 0
}

// merged puts together what has one cause.
func merged(units []*cause) []*cause {
	var all []*cause
	for _, u := range units {
		at := slices.IndexFunc(all, func(c *cause) bool { return sameCause(c, u) })
		if at < 0 {
			all = append(all, u)
			continue
		}
		all[at].take(u)
	}
	var own []*cause
	for _, c := range all {
		at := slices.IndexFunc(all, func(other *cause) bool { return c.Kind == absent && other.broughtAbout(c) })
		if at < 0 {
			own = append(own, c)
			continue
		}
		all[at].explain(c)
	}
	return own
}

// broughtAbout says whether a message that never came is no cause of its own: nearly all conversations that miss it show
// that the subject sent another one wrongly.
func (c *cause) broughtAbout(missed *cause) bool {
	return (c.Kind == alone || c.Kind == course) && len(c.exchanges) > 0 && covers(c.scenarios, missed.scenarios)
}

// explain adds what follows from a cause. What shows only the consequence says the cause less directly.
func (c *cause) explain(consequence *cause) {
	for i := range consequence.counts {
		if c.counts[i] == 0 {
			c.counts[i], c.first[i] = 1, consequence.first[i]
		}
	}
	c.explains = append(c.explains, consequence.symptom)
}

// sameCause says whether two groups of findings probably have one cause.
func sameCause(a, b *cause) bool {
	if a.Kind != alone && a.symptom == b.symptom {
		return true
	}
	for hint := range b.hints {
		if hint != "" && a.hints[hint] && (a.Kind == alone || b.Kind == alone) {
			return true
		}
	}
	return len(a.exchanges) > 0 && covers(a.exchanges, b.exchanges) && covers(b.exchanges, a.exchanges)
}

// covers says whether a holds nearly all of b: nine in ten.
func covers(a, b map[string]bool) bool {
	n := 0
	for key := range b {
		if a[key] {
			n++
		}
	}
	return len(b) > 0 && 10*n >= 9*len(b)
}

// take adds what another group shows.
func (c *cause) take(u *cause) {
	if c.Kind == alone {
		c.symptom = u.symptom
	}
	c.Findings += u.Findings
	for i, n := range u.counts {
		if c.counts[i] == 0 {
			c.first[i] = u.first[i]
		}
		c.counts[i] += n
	}
	for _, set := range []struct{ to, from map[string]bool }{{c.scenarios, u.scenarios}, {c.exchanges, u.exchanges}, {c.hints, u.hints}} {
		for key := range set.from {
			set.to[key] = true
		}
	}
}

// withBlocked adds to each cause the requirements that could not be judged because conversations stopped there.
func withBlocked(all []*cause, r *suites.Results, rec *record) []*cause {
	patterns := map[string]map[symptom]int{}
	for i, q := range r.Requirements {
		if verdictOf(q) != suites.Inconclusive {
			continue
		}
		tally := map[symptom]int{}
		for _, check := range q.Checks {
			if check.Verdict != suites.Inconclusive {
				continue
			}
			if patterns[check.Scenario] == nil {
				patterns[check.Scenario] = rec.blocksOf(check.Scenario)
			}
			for s, n := range patterns[check.Scenario] {
				tally[s] += n
			}
		}
		var why symptom
		for s, n := range tally {
			if best := tally[why]; n > best || n == best && less(s, why) {
				why = s
			}
		}
		if why.Kind == "" {
			continue
		}
		at := slices.IndexFunc(all, func(c *cause) bool { return c.symptom == why || slices.Contains(c.explains, why) })
		if at < 0 {
			at, all = len(all), append(all, &cause{symptom: why, scenarios: map[string]bool{}, counts: map[int]int{}, first: map[int]suites.Finding{}})
		}
		all[at].Blocked = append(all[at].Blocked, i)
	}
	return all
}

// blocksOf counts why the scenarios of a pattern did not come to their end.
func (rec *record) blocksOf(pattern string) map[symptom]int {
	tally := map[symptom]int{}
	selects := scenario.Compile(pattern)
	for name, s := range rec.scenarios {
		if s.Status != journal.Blocked && s.Status != journal.Failed || !selects.Selects(name) {
			continue
		}
		if s.Status == journal.Failed {
			tally[symptom{Kind: own}]++
			continue
		}
		tally[rec.block(name)]++
	}
	return tally
}

// settle chooses the requirement that says the cause most directly: of the strongest level that failed, the one with the
// most findings. Where nothing failed, it is the first that could not be judged.
func (c *cause) settle(r *suites.Results) {
	c.Root = -1
	for i := range r.Requirements {
		if c.counts[i] == 0 {
			continue
		}
		failed := verdictOf(r.Requirements[i]) == suites.Fail
		if c.Root < 0 || failed && verdictOf(r.Requirements[c.Root]) != suites.Fail ||
			failed == (verdictOf(r.Requirements[c.Root]) == suites.Fail) && c.counts[i] > c.counts[c.Root] {
			c.Root = i
		}
	}
	if c.Root < 0 {
		c.Root = c.Blocked[0]
		c.Blocked = c.Blocked[1:]
		return
	}
	c.Finding = c.first[c.Root]
	for i := range r.Requirements {
		if i != c.Root && c.counts[i] > 0 {
			c.Others = append(c.Others, i)
		}
	}
}

// weight orders causes: 0 where a MUST failed, 1 where one could not be judged because of the subject, 2 where only a
// SHOULD is concerned, 3 where the cause is on our side or with a hook.
func (c *cause) weight(r *suites.Results) int {
	switch {
	case c.Kind == unmoved || c.Kind == own:
		return 3
	case slices.ContainsFunc(append([]int{c.Root}, c.Others...), func(i int) bool { return verdictOf(r.Requirements[i]) == suites.Fail }):
		return 0
	case c.musts(r) > 0:
		return 1
	}
	return 2
}

// musts counts the requirements of level MUST that failed, or could not be judged, for this cause.
func (c *cause) musts(r *suites.Results) int {
	n := 0
	for _, i := range slices.Concat([]int{c.Root}, c.Others, c.Blocked) {
		if q := r.Requirements[i]; levelOf(q) == suites.Must && verdictOf(q) != suites.Warning {
			n++
		}
	}
	return n
}
