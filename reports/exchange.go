package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
)

// Evidence that the HTML report shows of one body and of one set of headers, in bytes.
const (
	maxBodyText   = 2_000
	maxHeaderText = 1_200
)

// exchangePage is one exchange as the report shows it.
type exchangePage struct {
	Anchor, ID, Title, Timing, Failure, Early string
	Facts                                     []fact // their values are English, or data
	Parts                                     []part
}

// part is the headers or the body of a request or response.
type part struct{ Title, Text string }

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
	if ix.early[x.ID] {
		p.Early = ix.m.T("evidence.early-lawful")
	}
	for _, f := range []fact{
		{ix.m.T("exchange.url"), x.Request.URL}, {ix.m.T("exchange.step"), x.Step},
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
