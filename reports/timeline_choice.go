package reports

import (
	"fmt"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// canonical are the conversations of which one in each mode is drawn where nothing is amiss.
var canonical = scenario.Compile("flow/...|combined/flow/...")

// timelinesOf draws the conversations on which a reader has to act, the worst first, as many as there is room for; where
// there are none, one canonical conversation in each mode. They are found by the names of their scenarios.
func timelinesOf(ix *index, r *suites.Results, ev *journal.Evidence) map[string]*timelinePage {
	drawn := map[string]*timelinePage{}
	flows, orphans := suites.FlowsOf(ev)
	byName := map[string]*suites.Flow{"": {Exchanges: orphans}}
	for _, f := range flows {
		byName[f.Name] = f
	}
	also := map[string]*journal.Exchange{}
	for _, x := range orphans {
		also[x.ID] = x
	}
	marks := map[string][]suites.Mark{}
	for _, s := range r.Scenarios {
		marks[s.Name] = s.Marks
	}
	cited := citations(ix, r)
	left, used := ix.timelines, map[string]bool{}
	for _, name := range worthDrawing(ix, r, ev, len(orphans) > 0) {
		f := byName[name]
		if f == nil {
			continue
		}
		t := timelineOf(ix, conversation{flow: f, marks: marks[name], cited: cited, run: ev.Run, also: also})
		if t == nil {
			continue
		}
		// No other id of the page has a point after its first letters.
		base := "tl." + anchorOf(name)
		t.Anchor = base
		for n := 2; used[t.Anchor]; n++ {
			t.Anchor = fmt.Sprintf("%s.%d", base, n)
		}
		p := pageOfTimeline(ix, t)
		if left -= p.size(); left < 0 {
			break
		}
		used[t.Anchor] = true
		drawn[name] = p
	}
	return drawn
}

// worthDrawing are the names of scenarios in the order in which they are drawn: one of each requirement on which a reader
// has to act, then what belongs to no conversation (""), then the other conversations of those requirements and those that
// could not go on.
func worthDrawing(ix *index, r *suites.Results, ev *journal.Evidence, orphans bool) []string {
	var names []string
	seen := map[string]bool{"": true}
	add := func(name string) bool {
		if seen[name] {
			return false
		}
		seen[name] = true
		names = append(names, name)
		return true
	}
	scenarioOf := map[string]string{}
	for _, x := range ev.Exchanges {
		scenarioOf[x.ID] = x.Scenario
	}
	for _, each := range []bool{false, true} {
		for _, v := range actOn {
			for _, i := range ix.byVerdict[v] {
				for _, f := range ix.sightings[i] {
					name := f.Scenario
					if name == "" && len(f.Exchanges) > 0 {
						name = scenarioOf[f.Exchanges[0]]
					}
					if add(name) && !each {
						break
					}
				}
			}
		}
		if orphans && !each {
			names = append(names, "")
		}
	}
	for _, s := range ev.Scenarios {
		if s.Status == journal.Blocked || s.Status == journal.Failed {
			add(s.Name)
		}
	}
	if len(names) > 0 {
		return names
	}
	for _, mode := range contract.Modes {
		for _, s := range ev.Scenarios {
			if canonical.Selects(s.Name) && s.Status == journal.Played && s.Notes[scenario.NoteMode] == mode && s.Notes[scenario.NoteOutcome] == scenario.OutcomeGranted && add(s.Name) {
				break
			}
		}
	}
	return names
}

// size is about how many bytes a timeline takes in the page.
func (p *timelinePage) size() int {
	n := 900 + len(p.SVG) + len(p.Caption)
	for _, r := range p.Rows {
		n += 170 + len(r.Time) + len(r.From) + len(r.To) + len(r.What) + len(r.Status) + len(r.Relation) + len(r.Event)
		for _, m := range r.Marks {
			n += len(m.Text)
		}
	}
	return n
}
