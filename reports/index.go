package reports

import (
	"fmt"
	"regexp"
	"slices"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// exchangeID is the id of an exchange as a journal gives it.
var exchangeID = regexp.MustCompile(`^e[0-9]+$`)

// index says where in the report things are, and how much of them there is room for.
type index struct {
	limits
	m            *messages.Catalogue
	requirements []string                 // anchor by position in results
	exchanges    map[string]string        // anchor by exchange id, for those that are shown
	chosen       map[string]bool          // exchanges shown, by id
	first        map[string]bool          // those of them that a requirement cites first
	drawn        map[string]*timelinePage // by the name of the scenario
	early        map[string]bool          // callbacks that came before the 202 to their request, by id
	byVerdict    map[suites.Verdict][]int // positions of requirements, the strongest level first
	*diagnosis
	causesFor map[int][]int // positions of causes by that of a requirement
}

// diagnosis is what does not depend on how much is shown.
type diagnosis struct {
	record    *record
	causes    []*cause
	sightings [][]sighting // by position of their requirement
}

func diagnose(r *suites.Results, ev *journal.Evidence) *diagnosis {
	d := &diagnosis{record: recordOf(r, ev)}
	d.causes = causesOf(r, d.record)
	for _, q := range r.Requirements {
		d.sightings = append(d.sightings, sightings(q.Checks))
	}
	return d
}

// indexOf gives every requirement and every exchange that is to be shown its anchor.
func indexOf(m *messages.Catalogue, r *suites.Results, ev *journal.Evidence, d *diagnosis, l limits) *index {
	ix := &index{limits: l, m: m, diagnosis: d, exchanges: map[string]string{}, chosen: map[string]bool{}, first: map[string]bool{}, early: map[string]bool{}, byVerdict: map[suites.Verdict][]int{}, causesFor: map[int][]int{}}
	for _, s := range r.Scenarios {
		for _, id := range s.Early {
			ix.early[id] = true
		}
	}
	used := map[string]bool{}
	take := func(prefix, name string) string {
		base := prefix + anchorOf(name)
		anchor := base
		for n := 2; used[anchor]; n++ {
			anchor = fmt.Sprintf("%s.%d", base, n)
		}
		used[anchor] = true
		return anchor
	}
	for _, q := range r.Requirements {
		ix.requirements = append(ix.requirements, take("r-", q.ID))
	}
	for _, level := range suites.Levels {
		for i, q := range r.Requirements {
			if levelOf(q) == level {
				ix.byVerdict[verdictOf(q)] = append(ix.byVerdict[verdictOf(q)], i)
			}
		}
	}
	for n, c := range d.causes[:min(len(d.causes), maxCauses)] {
		for _, i := range slices.Concat([]int{c.Root}, c.Others, c.Blocked) {
			ix.causesFor[i] = append(ix.causesFor[i], n)
		}
	}
	if ev == nil {
		return ix
	}
	ix.choose(r, ev)
	for _, x := range ev.Exchanges {
		if ix.chosen[x.ID] && ix.exchanges[x.ID] == "" {
			prefix := ""
			if !exchangeID.MatchString(x.ID) { // only foreign evidence has such ids; they must not be those of a section
				prefix = "x-"
			}
			ix.exchanges[x.ID] = take(prefix, x.ID)
		}
	}
	ix.drawn = timelinesOf(ix, r, ev)
	return ix
}

// choose decides which exchanges are shown: the first that each requirement
// cites, then the others that findings cite, worst verdict first, then the rest
// of their scenarios, as many as there is room for.
func (ix *index) choose(r *suites.Results, ev *journal.Evidence) {
	scenarios := map[string]bool{}
	for _, v := range []suites.Verdict{suites.Fail, suites.ErrorVerdict, suites.Warning} {
		for _, i := range ix.byVerdict[v] {
			if all := ix.sightings[i]; len(all) > 0 && len(all[0].Exchanges) > 0 && len(ix.chosen) < ix.limits.shown {
				if id := all[0].Exchanges[0]; ix.record.exchanges[id] != nil {
					ix.chosen[id], ix.first[id] = true, true
				}
			}
		}
	}
	for _, v := range []suites.Verdict{suites.Fail, suites.ErrorVerdict, suites.Inconclusive, suites.Warning, suites.Pass} {
		for _, i := range ix.byVerdict[v] {
			for _, f := range ix.sightings[i] {
				if f.Scenario != "" && v != suites.Pass {
					scenarios[f.Scenario] = true
				}
				for k, id := range f.Exchanges {
					x := ix.record.exchanges[id]
					if x == nil || k >= maxCited || len(ix.chosen) >= ix.limits.shown {
						continue
					}
					ix.chosen[id] = true
					scenarios[x.Scenario] = true
				}
			}
		}
	}
	for _, s := range ev.Scenarios {
		if s.Status == journal.Blocked || s.Status == journal.Failed {
			scenarios[s.Name] = true
		}
	}
	for _, x := range ev.Exchanges {
		if len(ix.chosen) < ix.limits.shown && (x.Scenario == "" || scenarios[x.Scenario]) {
			ix.chosen[x.ID] = true
		}
	}
}
