package reports

import (
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// Shapes of marks that are no kind of suites.Mark.
const (
	shapeEarly   = "early"
	shapeOrphan  = "orphan"
	shapeDropped = "dropped"
	shapeFinding = "finding"
)

// marksOf are the marks of a message: how it came, what the findings say about its place and time, and which requirements
// cite it.
func (c conversation) marksOf(ix *index, x *journal.Exchange, s step) []timelineMark {
	var all []timelineMark
	add := func(shape, text string) { all = append(all, timelineMark{shape, text}) }
	if s.fails != "" {
		add(shapeDropped, c.failure(ix, x, s))
	}
	if ix.early[x.ID] {
		add(shapeEarly, ix.m.T("timeline.early"))
	}
	if c.flow.Name == "" {
		add(shapeOrphan, ix.m.T("timeline.orphan"))
	}
	for _, m := range c.marks {
		switch {
		case m.Exchange != x.ID:
		case slices.Contains(suites.MarkKinds, m.Kind):
			add(string(m.Kind), c.said(ix, x, m))
		default: // of another version of the suite
			add(shapeFinding, line(string(m.Kind), 40))
		}
	}
	if ids := c.cited[x.ID]; len(ids) > 0 {
		const most = 1
		text := strings.Join(ids[:min(len(ids), most)], ", ")
		if len(ids) > most {
			text += " " + ix.m.T("evidence.more", "N", len(ids)-most)
		}
		add(shapeFinding, ix.m.T("timeline.finding", "IDs", text))
	}
	return all[:min(len(all), maxMarks)]
}

// failure says why no response came, and whose doing that is.
func (c conversation) failure(ix *index, x *journal.Exchange, s step) string {
	switch {
	case s.unsent:
		return ix.m.T("timeline.unsent", "Kind", s.fails)
	case x.Failure.Kind == "timeout" || x.Failure.Kind == "cancelled":
		return ix.m.T("timeline.no-response", "Kind", s.fails)
	}
	return ix.m.T("timeline.dropped", "Kind", s.fails)
}

// said is a mark of the judgement in words.
func (c conversation) said(ix *index, x *journal.Exchange, m suites.Mark) string {
	switch of, mixed := line(m.Of, 20), line(suites.Mixed(x), 120); {
	case m.Kind == suites.MarkMissing:
		return ix.m.T("timeline.missing", "Within", lengthOf(within(m)))
	case m.Kind == suites.MarkDuplicate && of != "":
		return ix.m.T("timeline.duplicate-of", "ID", of)
	case m.Kind == suites.MarkMixed && mixed != "":
		return ix.m.T("timeline.mixed-with", "What", mixed)
	}
	return ix.m.T("timeline." + string(m.Kind))
}

// within is the deadline of a mark; a longer one than can be shown does not come from this suite, and is none.
func within(m suites.Mark) time.Duration {
	const longest = 24 * time.Hour
	if m.WithinMS < 0 || m.WithinMS > longest.Milliseconds() {
		return 0
	}
	return time.Duration(m.WithinMS) * time.Millisecond
}

// citations are the requirements whose findings cite an exchange, by its id, the failed before the warned, in the order of
// the catalogue. What passed cites nothing that a reader has to act on.
func citations(ix *index, r *suites.Results) map[string][]string {
	cited := map[string][]string{}
	for _, v := range actOn {
		for _, i := range ix.byVerdict[v] {
			q := r.Requirements[i]
			seen := map[string]bool{}
			for _, check := range q.Checks {
				for _, f := range check.Findings {
					if f.Exchange != "" && !seen[f.Exchange] {
						seen[f.Exchange] = true
						cited[f.Exchange] = append(cited[f.Exchange], line(q.ID, 40))
					}
				}
			}
		}
	}
	return cited
}

// actOn are the verdicts on which a reader has to act, the worst first.
var actOn = []suites.Verdict{suites.Fail, suites.ErrorVerdict, suites.Inconclusive, suites.Warning}
