package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Evidence that the HTML report shows of one body and of one set of headers, in bytes.
const (
	maxBodyText   = 2_000
	maxHeaderText = 1_200
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

type exchangePage struct {
	Anchor, ID, Title, Timing, Failure string
	Facts                              []fact
	Parts                              []part
}

// part is the headers or the body of a request or response.
type part struct{ Title, Text string }

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

func exchangeOf(ix *index, x *journal.Exchange) exchangePage {
	by := ix.m.T("exchange.sent", "Player", line(string(x.Player), 20))
	if x.Direction == journal.Received {
		by = ix.m.T("exchange.received", "Player", line(string(x.Player), 20))
	}
	p := exchangePage{
		Anchor: ix.exchanges[x.ID],
		ID:     line(x.ID, 80),
		Title:  fmt.Sprintf("%s %s, %s: %s", line(x.Request.Method, 20), line(pathOf(x.Request.URL), 200), by, ix.outcome(x)),
		Timing: ix.timing(x),
	}
	if x.Failure != nil {
		p.Failure = line(x.Failure.Kind+": "+x.Failure.Text, maxLine)
	}
	early := ""
	if ix.early[x.ID] {
		early = ix.m.T("evidence.early-lawful")
	}
	for _, f := range []fact{
		{ix.m.T("exchange.url"), x.Request.URL}, {ix.m.T("exchange.early"), early}, {ix.m.T("exchange.step"), x.Step},
		{ix.m.T("exchange.attributed"), x.AttributedBy}, {ix.m.T("exchange.conflicts"), strings.Join(x.Conflicts, "; ")},
		{ix.m.T("exchange.request-json"), sentenceOf(x.Facts.JSON)}, {ix.m.T("exchange.response-json"), sentenceOf(x.Facts.ResponseJSON)},
		{ix.m.T("exchange.leaks"), strings.Join(x.Facts.Leaks, ", ")},
	} {
		if f.Value != "" {
			p.Facts = append(p.Facts, fact{f.Name, line(f.Value, maxLine)})
		}
	}
	p.Parts = append(p.Parts, ix.parts("request", x.Request.Header, x.Request.Body)...)
	if x.Response != nil {
		p.Parts = append(p.Parts, ix.parts("response", x.Response.Header, x.Response.Body)...)
	}
	return p
}

// cut drops headers and bodies for which there is no room left.
func (p *exchangePage) cut(m *messages.Catalogue, left *int) {
	for i := range p.Parts {
		size := len(template.HTMLEscapeString(p.Parts[i].Text))
		if size > *left {
			p.Parts[i].Text = m.T("exchange.left-out", "ID", p.ID)
			size = len(p.Parts[i].Text)
		}
		*left -= size
	}
}

// parts are the headers and the body of the half of an exchange that of names: request or response.
func (ix *index) parts(of string, header map[string][]string, body journal.Body) []part {
	var all []part
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if b.Len() < maxHeaderText {
				fmt.Fprintf(&b, "%s: %s\n", line(name, 80), line(value, maxLine))
			}
		}
	}
	if b.Len() > 0 {
		all = append(all, part{ix.m.T("exchange." + of + "-headers"), block(strings.TrimSuffix(b.String(), "\n"), maxHeaderText)})
	}
	if text := bodyText(body); text != "" {
		title := ix.m.T("exchange."+of+"-bytes", "N", body.Size)
		if body.Truncated {
			title += ", " + ix.m.T("exchange.in-part")
		}
		all = append(all, part{title, text})
	}
	return all
}

// bodyText is a body as a person reads it: JSON indented, anything else as it came.
func bodyText(body journal.Body) string {
	if len(body.JSON) == 0 {
		return block(body.Text, maxBodyText)
	}
	if len(body.JSON) > 8*maxBodyText {
		return block(string(body.JSON), maxBodyText)
	}
	var b bytes.Buffer
	if json.Indent(&b, body.JSON, "", "  ") != nil {
		return block(string(body.JSON), maxBodyText)
	}
	return block(b.String(), maxBodyText)
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

// sentenceOf hides the fact "ok": it is the usual case.
func sentenceOf(fact string) string {
	if fact == "ok" {
		return ""
	}
	return fact
}

func (ix *index) outcome(x *journal.Exchange) string {
	switch {
	case x.Response != nil:
		return fmt.Sprint(x.Response.Status)
	case x.Failure != nil:
		return ix.m.T("exchange.no-answer-because", "Kind", line(x.Failure.Kind, 40))
	}
	return ix.m.T("exchange.no-answer")
}

func (ix *index) timing(x *journal.Exchange) string {
	t := ix.m.T("exchange.at", "At", took(x.Times.RequestFirst))
	if x.Response != nil && x.Times.ResponseLast > x.Times.RequestFirst {
		t += ", " + ix.m.T("exchange.answered", "Took", took(x.Times.ResponseLast-x.Times.RequestFirst))
	}
	return t
}

func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f\u00a0ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f\u00a0s", d.Seconds())
}

// pathOf is the path of a URL, or the URL where it has none. It parses nothing: the URL may be foreign.
func pathOf(url string) string {
	url, _ = clip(url, 2_000)
	path, _, _ := strings.Cut(url, "?")
	if _, rest, absolute := strings.Cut(path, "://"); absolute {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
	}
	return path
}
