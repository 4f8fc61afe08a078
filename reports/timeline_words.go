package reports

import (
	"html/template"
	"strings"

	"abdm.example/conformance/harness/journal"
)

// words says what a message has to do with earlier ones.
func (r relation) words(ix *index) string {
	var all []string
	switch {
	case r.answers != "" && r.counts && r.passesOn == "":
		all = append(all, ix.m.T("timeline.answers-after", "ID", r.answers, "After", took(r.after)))
	case r.answers != "":
		all = append(all, ix.m.T("timeline.answers", "ID", r.answers))
	}
	switch {
	case r.passesOn != "" && r.counts:
		all = append(all, ix.m.T("timeline.passes-on-after", "ID", r.passesOn, "After", took(r.after)))
	case r.passesOn != "":
		all = append(all, ix.m.T("timeline.passes-on", "ID", r.passesOn))
	}
	return strings.Join(all, ", ")
}

// described is what is drawn, in a sentence for whoever does not see it.
func (t *timeline) described(ix *index) string {
	messages, marks := 0, map[string]bool{}
	var marked []string
	for _, s := range t.Steps {
		if s.kind == stepMessage {
			messages++
		}
		for _, m := range s.marks {
			if text := line(s.exchange.ID, 20) + " " + m.Text; !marks[text] && len(marked) < 3 {
				marks[text] = true
				marked = append(marked, text)
			}
		}
	}
	var parties []string
	for _, l := range t.Lanes {
		parties = append(parties, ix.laneName(l))
	}
	text := ix.m.T("timeline.described", "Messages", ix.m.T("timeline.messages", "N", messages), "Parties", strings.Join(parties, ", "))
	if len(marked) > 0 {
		text += " " + ix.m.T("timeline.described-marks", "Marks", strings.Join(marked, "; "))
	}
	return text
}

// caption says what the times of a timeline count from, and which deadlines hold in it.
func (t *timeline) caption(ix *index) string {
	text := ix.m.T("timeline.origin", "At", took(t.Zero))
	if t.Within > 0 {
		text += " " + ix.m.T("timeline.within", "Within", lengthOf(t.Within))
	}
	if t.Quiet > 0 {
		text += " " + ix.m.T("timeline.quiet-length", "Length", lengthOf(t.Quiet))
	}
	if t.Left > 0 {
		text += " " + ix.m.T("timeline.left", "N", t.Left)
	}
	return text
}

// timelinePage is a timeline as the page shows it: drawn, and as a table.
type timelinePage struct {
	Anchor, Name, Caption string
	SVG                   template.HTML
	Rows                  []timelineRow
}

// timelineRow is a message, or an event without one: a deadline, the quiet window, the end.
type timelineRow struct {
	Message              link // the exchange, with its place in the report
	Time, From, To, What string
	Status, Relation     string
	Event                string // of what is no message
	Marks                []timelineMark
}

// pageOfTimeline makes the table of a timeline.
func pageOfTimeline(ix *index, t *timeline) *timelinePage {
	p := &timelinePage{Anchor: t.Anchor, Name: t.Name, Caption: t.caption(ix), SVG: t.svg(ix)}
	for _, s := range t.Steps {
		row := timelineRow{Time: t.since(s.at)}
		switch s.kind {
		case stepMessage:
			row.Message = link{line(s.exchange.ID, 20), ix.exchanges[s.exchange.ID]}
			row.From, row.To, row.What = ix.laneName(t.Lanes[s.from]), ix.laneName(t.Lanes[s.to]), s.message
			row.Status, row.Relation, row.Marks = t.status(ix, s.exchange), s.relation.words(ix), s.marks
		case stepReply:
			continue // it stands in the row of its request
		default:
			row.Event = s.message
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// status is the response of an exchange and when it was there.
func (t *timeline) status(ix *index, x *journal.Exchange) string {
	if x.Response == nil {
		return ix.outcome(x)
	}
	return ix.m.T("timeline.status", "Status", x.Response.Status, "Time", t.since(max(x.Times.ResponseLast, x.Times.RequestFirst)))
}
