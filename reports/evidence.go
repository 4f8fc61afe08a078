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
}

type scenarioPage struct {
	Name, Status, Reason, Took string
	Exchanges                  []exchangePage
	Brief                      []string // exchanges that are only named
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
		scenarios = append(scenarios, journal.Scenario{Name: name, Status: "no end recorded"})
	}
	by = map[string][]*journal.Exchange{}
	for _, x := range ev.Exchanges {
		by[x.Scenario] = append(by[x.Scenario], x)
	}
	slices.SortStableFunc(scenarios, func(a, b journal.Scenario) int { return cmp.Compare(a.Name, b.Name) })
	left := ix.evidence
	e := &evidencePage{}
	cited := citedBy(r)
	for _, s := range scenarios {
		if slices.ContainsFunc(by[s.Name], func(x *journal.Exchange) bool { return ix.chosen[x.ID] }) {
			e.Groups = append(e.Groups, scenarioOf(ix, s, by[s.Name]))
		} else if len(e.Rows) < ix.rows {
			e.Rows = append(e.Rows, rowOf(ix, s, by[s.Name], ix.flow))
		} else {
			e.RowsLeft++
		}
	}
	// Room for bodies goes to what findings cite first.
	for _, first := range []bool{true, false} {
		for g := range e.Groups {
			for k := range e.Groups[g].Exchanges {
				x := &e.Groups[g].Exchanges[k]
				if cited[x.ID] == first {
					x.cut(&left)
				}
			}
		}
	}
	e.Lead = fmt.Sprintf("%s in %s were recorded; %d are shown with headers and bodies. Everything is in evidence.jsonl.",
		plural(len(ev.Exchanges), "exchange"), plural(len(ev.Scenarios), "scenario"), len(ix.chosen))
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

func scenarioOf(ix *index, s journal.Scenario, exchanges []*journal.Exchange) scenarioPage {
	row := rowOf(ix, s, nil, 0)
	p := scenarioPage{Name: row.Name, Status: row.Status, Reason: row.Reason, Took: row.Took}
	for _, x := range exchanges {
		if ix.chosen[x.ID] {
			p.Exchanges = append(p.Exchanges, exchangeOf(ix, x))
		} else if len(p.Brief) < ix.flow {
			p.Brief = append(p.Brief, ix.brief(x))
		} else if len(p.Brief) == ix.flow {
			p.Brief = append(p.Brief, fmt.Sprintf("and others, %d in all", len(exchanges)))
		}
	}
	return p
}

func rowOf(ix *index, s journal.Scenario, exchanges []*journal.Exchange, limit int) scenarioRow {
	row := scenarioRow{Name: line(s.Name, 120), Status: line(string(s.Status), 40), Reason: line(s.Reason, 200)}
	if s.Name == "" {
		row.Name, row.Status = "(not attributed to a scenario)", ""
	}
	if s.Ended > s.Began {
		row.Took = took(s.Ended - s.Began)
	}
	if limit == 0 {
		row.Flow = plural(len(exchanges), "exchange") + ix.earlyAmong(exchanges)
		return row
	}
	var flow []string
	for i, x := range exchanges {
		if i == limit {
			flow = append(flow, fmt.Sprintf("and %d more", len(exchanges)-i)+ix.earlyAmong(exchanges[i:]))
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
		early = ", early"
	}
	return fmt.Sprintf("%s %s %s %s%s", line(x.ID, 20), arrow, line(what, 60), outcome(x), early)
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
	return fmt.Sprintf(", %d early", n)
}

func exchangeOf(ix *index, x *journal.Exchange) exchangePage {
	verb := "sent by our"
	if x.Direction == journal.Received {
		verb = "received by our"
	}
	p := exchangePage{
		Anchor: ix.exchanges[x.ID],
		ID:     line(x.ID, 80),
		Title: fmt.Sprintf("%s %s, %s %s: %s", line(x.Request.Method, 20), line(pathOf(x.Request.URL), 200), verb,
			line(string(x.Player), 20), outcome(x)),
		Timing: timing(x),
	}
	if x.Failure != nil {
		p.Failure = line(x.Failure.Kind+": "+x.Failure.Text, maxLine)
	}
	early := ""
	if ix.early[x.ID] {
		early = "it came before the 202 to the request that it answers; this is lawful"
	}
	for _, f := range []fact{
		{"URL", x.Request.URL}, {"Early", early}, {"Step", x.Step}, {"Attributed by", x.AttributedBy}, {"Also names", strings.Join(x.Conflicts, "; ")},
		{"Request body", sentenceOf(x.Facts.JSON)}, {"Response body", sentenceOf(x.Facts.ResponseJSON)}, {"Tells internals", strings.Join(x.Facts.Leaks, ", ")},
	} {
		if f.Value != "" {
			p.Facts = append(p.Facts, fact{f.Name, line(f.Value, maxLine)})
		}
	}
	p.Parts = append(p.Parts, parts("Request", x.Request.Header, x.Request.Body)...)
	if x.Response != nil {
		p.Parts = append(p.Parts, parts("Response", x.Response.Header, x.Response.Body)...)
	}
	return p
}

// cut drops headers and bodies for which there is no room left.
func (p *exchangePage) cut(left *int) {
	for i := range p.Parts {
		size := len(template.HTMLEscapeString(p.Parts[i].Text))
		if size > *left {
			p.Parts[i].Text = fmt.Sprintf("… [left out of this report; %s is whole in evidence.jsonl]", p.ID)
			size = len(p.Parts[i].Text)
		}
		*left -= size
	}
}

func parts(of string, header map[string][]string, body journal.Body) []part {
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
		all = append(all, part{of + " headers", block(strings.TrimSuffix(b.String(), "\n"), maxHeaderText)})
	}
	if text := bodyText(body); text != "" {
		title := fmt.Sprintf("%s body, %s", of, plural(body.Size, "byte"))
		if body.Truncated {
			title += ", recorded in part"
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

// sentenceOf hides the fact "ok": it is the usual case.
func sentenceOf(fact string) string {
	if fact == "ok" {
		return ""
	}
	return fact
}

func outcome(x *journal.Exchange) string {
	switch {
	case x.Response != nil:
		return fmt.Sprint(x.Response.Status)
	case x.Failure != nil:
		return "no answer (" + line(x.Failure.Kind, 40) + ")"
	}
	return "no answer"
}

func timing(x *journal.Exchange) string {
	t := "at " + took(x.Times.RequestFirst)
	if x.Response != nil && x.Times.ResponseLast > x.Times.RequestFirst {
		t += ", answered within " + took(x.Times.ResponseLast-x.Times.RequestFirst)
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
