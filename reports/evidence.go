package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// evidencePage is the evidence as the report shows it.
type evidencePage struct {
	Lead     string
	Groups   []scenarioPage // scenarios with exchanges shown
	Rows     []scenarioRow  // every other scenario
	RowsLeft int
	Drawn    int // bytes of timelines
}

type scenarioPage struct {
	Name, Status, Reason, Took string
	Timeline                   *timelinePage // nil where there is no room for one
	Exchanges                  []exchangePage
	Brief                      []string // exchanges that are only named
	Left                       int      // exchanges that are not even named
}

type scenarioRow struct{ Name, Status, Reason, Took, Flow string }

// evidenceOf arranges the exchanges by scenario: those with exchanges to show
// first, in the order of names, then a row for each of the others.
func evidenceOf(ix *index, r *suites.Results, ev *journal.Evidence) *evidencePage {
	if ev == nil {
		return nil
	}
	by := map[string][]*journal.Exchange{}
	for _, x := range ev.Exchanges {
		by[x.Scenario] = append(by[x.Scenario], x)
	}
	scenarios := slices.Clone(ev.Scenarios)
	for _, s := range scenarios {
		delete(by, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(by)) { // orphans, and scenarios that were cut off
		scenarios = append(scenarios, journal.Scenario{Name: name, Status: noEnd})
	}
	by = map[string][]*journal.Exchange{}
	for _, x := range ev.Exchanges {
		by[x.Scenario] = append(by[x.Scenario], x)
	}
	slices.SortStableFunc(scenarios, func(a, b journal.Scenario) int { return cmp.Compare(a.Name, b.Name) })
	left := ix.evidence
	e := &evidencePage{}
	cited := citedBy(r)
	for _, t := range ix.drawn {
		e.Drawn += t.size()
	}
	for _, s := range scenarios {
		if ix.drawn[s.Name] != nil || slices.ContainsFunc(by[s.Name], func(x *journal.Exchange) bool { return ix.chosen[x.ID] }) {
			e.Groups = append(e.Groups, scenarioOf(ix, s, by[s.Name], ix.drawn[s.Name]))
		} else if len(e.Rows) < ix.rows {
			e.Rows = append(e.Rows, rowOf(ix, s, by[s.Name], ix.flow))
		} else {
			e.RowsLeft++
		}
	}
	// Room for bodies goes to what a requirement cites first, then to what else findings cite.
	for _, wanted := range []func(id string) bool{
		func(id string) bool { return ix.first[id] },
		func(id string) bool { return !ix.first[id] && cited[id] },
		func(id string) bool { return !ix.first[id] && !cited[id] },
	} {
		for g := range e.Groups {
			for k := range e.Groups[g].Exchanges {
				if x := &e.Groups[g].Exchanges[k]; wanted(x.ID) {
					x.cut(ix.m, &left)
				}
			}
		}
	}
	e.Lead = ix.m.T("evidence.lead", "Exchanges", ix.m.T("evidence.exchanges", "N", len(ev.Exchanges)),
		"Scenarios", ix.m.T("evidence.scenarios", "N", len(ev.Scenarios)), "Shown", len(ix.chosen))
	return e
}

// citedBy are the exchanges that findings name, by their ids as shown.
func citedBy(r *suites.Results) map[string]bool {
	cited := map[string]bool{}
	for _, q := range r.Requirements {
		for _, c := range q.Checks {
			for _, f := range c.Findings {
				cited[line(f.Exchange, 80)] = true
			}
		}
	}
	return cited
}

func scenarioOf(ix *index, s journal.Scenario, exchanges []*journal.Exchange, drawn *timelinePage) scenarioPage {
	row := rowOf(ix, s, nil, 0)
	p := scenarioPage{Name: row.Name, Status: row.Status, Reason: row.Reason, Took: row.Took, Timeline: drawn}
	for _, x := range exchanges {
		if ix.chosen[x.ID] {
			p.Exchanges = append(p.Exchanges, exchangeOf(ix, x))
		} else if drawn != nil {
			continue // its timeline names it
		} else if len(p.Brief) < ix.flow {
			p.Brief = append(p.Brief, ix.brief(x))
		} else {
			p.Left++
		}
	}
	return p
}

func rowOf(ix *index, s journal.Scenario, exchanges []*journal.Exchange, limit int) scenarioRow {
	row := scenarioRow{Name: line(s.Name, 120), Status: ix.status(s.Status), Reason: line(s.Reason, 200)}
	if s.Name == "" {
		row.Name, row.Status = ix.m.T("evidence.orphans"), ""
	}
	if s.Ended > s.Began {
		row.Took = took(s.Ended - s.Began)
	}
	if limit == 0 {
		row.Flow = ix.m.T("evidence.exchanges", "N", len(exchanges)) + ix.earlyAmong(exchanges)
		return row
	}
	var flow []string
	for i, x := range exchanges {
		if i == limit {
			flow = append(flow, ix.m.T("evidence.more", "N", len(exchanges)-i)+ix.earlyAmong(exchanges[i:]))
			break
		}
		flow = append(flow, ix.brief(x))
	}
	row.Flow = strings.Join(flow, ", ")
	return row
}

// brief is an exchange in a few words: "e17 → init 202", or "e19 ← on-init 202, early".
func (ix *index) brief(x *journal.Exchange) string {
	arrow := "→"
	if x.Direction == journal.Received {
		arrow = "←"
	}
	what := x.Endpoint
	if what == "" {
		what = pathOf(x.Request.URL)
	}
	early := ""
	if ix.early[x.ID] {
		early = ", " + ix.m.T("evidence.early")
	}
	return fmt.Sprintf("%s %s %s %s%s", line(x.ID, 20), arrow, line(what, 60), ix.outcome(x), early)
}

// earlyAmong says how many of those exchanges are early callbacks: ", 2 early", or "" for none.
func (ix *index) earlyAmong(exchanges []*journal.Exchange) string {
	n := 0
	for _, x := range exchanges {
		if ix.early[x.ID] {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return ", " + ix.m.T("evidence.early-count", "N", n)
}

// noEnd is the status of a scenario whose end is not in the evidence.
const noEnd journal.Status = "no-end"

// status is how far a scenario came, in words.
func (ix *index) status(s journal.Status) string {
	switch s {
	case noEnd, journal.Played, journal.Blocked, journal.NotApplicable, journal.Failed, journal.Cancelled:
		return ix.m.T("status." + string(s))
	}
	return line(string(s), 40)
}
