package reports

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

//go:embed report.css
var pageStyle string

// HTML writes the report as one file that needs nothing else: no script, no
// network, a Content-Security-Policy that allows its own style sheet alone. ev
// may be nil; the report then says that there is no evidence in it. Evidence is
// shown in full where a finding or an unfinished scenario points at it and
// summarised elsewhere; what was cut is said where it was cut.
func HTML(w io.Writer, r *suites.Results, ev *journal.Evidence, o Options) error {
	m := messages.In(o.Language)
	page := pageTemplates[m.Language]()
	var b bytes.Buffer
	for _, l := range tiers {
		b.Reset()
		if err := page.Execute(&b, pageOf(m, r, ev, l)); err != nil {
			return fmt.Errorf("report.html could not be rendered: %w", err)
		}
		if b.Len() < maxPage {
			break
		}
	}
	return write(w, b.Bytes(), "report.html")
}

// maxPage is the size in bytes that a report should stay below: it is mailed and attached.
const maxPage = 400_000

// limits are how much a page shows. A page that is too large is rendered again with narrower ones.
type limits struct {
	findings  int  // bytes of all findings together; beyond them each requirement shows its first finding
	firstOnly bool // or, where this is false, none
	evidence  int  // bytes of all headers and bodies together
	shown     int  // exchanges shown in full
	rows      int  // scenarios by name
	flow      int  // exchanges named in the row of a scenario
	pacts     int  // interactions of pacts
}

var tiers = []limits{
	{findings: 120_000, firstOnly: true, evidence: 110_000, shown: 150, rows: 1_500, flow: 12, pacts: 300},
	{findings: 80_000, firstOnly: true, evidence: 60_000, shown: 60, rows: 1_000, flow: 6, pacts: 100},
	{findings: 50_000, evidence: 30_000, shown: 30, rows: 500, flow: 0, pacts: 20},
}

// page is what templates/page.tmpl shows. Every string in it has gone through line or block.
type page struct {
	Language    messages.Language
	API         string
	Policy      string
	Style       template.CSS
	Name        string
	Verdict     badge
	Sentence    string
	Reason      string
	Notices     []string
	Unredacted  bool
	Facts       []fact
	Environment []fact
	Levels      []suites.Level
	Matrix      []matrixRow
	Totals      []matrixCell
	Verdicts    []badge
	Endpoints   []matrixRow
	Deviations  []suites.Deviation
	Cards       []cardSection
	Tables      []tableSection
	Pacts       []pactSection
	Evidence    *evidencePage
}

// badge is a verdict as a reader sees it: a sign, a word and a class for the colour.
type badge struct{ Class, Sign, Word string }

var signs = map[suites.Verdict]badge{
	suites.Pass:          {Class: "pass", Sign: "✓"},
	suites.Fail:          {Class: "fail", Sign: "✗"},
	suites.Warning:       {Class: "warning", Sign: "▲"},
	suites.Inconclusive:  {Class: "open", Sign: "?"},
	suites.NotApplicable: {Class: "none", Sign: "–"},
	suites.NotRun:        {Class: "open", Sign: "○"},
	suites.ErrorVerdict:  {Class: "error", Sign: "!"},
	suites.Conformant:    {Class: "pass", Sign: "✓"},
	suites.NotConformant: {Class: "fail", Sign: "✗"},
	suites.Incomplete:    {Class: "open", Sign: "?"},
}

func badgeOf(m *messages.Catalogue, v suites.Verdict) badge {
	if b, ok := signs[v]; ok {
		b.Word = m.T("verdict." + string(v))
		return b
	}
	return badge{"error", "!", line(string(v), 40)}
}

// matrixRow counts the requirements of one verdict by level, or of one endpoint by verdict.
type matrixRow struct {
	Head  badge
	Cells []matrixCell
}

// matrixCell is a number and the anchor of the first requirement that it counts.
type matrixCell struct {
	N    int
	Link string
}

// pageOf arranges everything that the page shows within the limits l.
func pageOf(m *messages.Catalogue, r *suites.Results, ev *journal.Evidence, l limits) *page {
	digest := sha256.Sum256([]byte(pageStyle))
	ix := indexOf(m, r, ev, l)
	p := &page{
		Language: m.Language, API: api, Levels: suites.Levels,
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
			"'; base-uri 'none'; form-action 'none'",
		Style:       template.CSS(pageStyle),
		Name:        subjectName(m, r),
		Verdict:     badgeOf(m, r.Verdict),
		Sentence:    sentence(m, r),
		Reason:      line(r.Reason, maxLine),
		Notices:     noticesOf(m, ev),
		Unredacted:  r.Unredacted,
		Facts:       factsOf(m, r),
		Environment: environmentOf(r),
		Deviations:  deviationsOf(r),
		Evidence:    evidenceOf(ix, r, ev),
	}
	p.matrices(ix, r)
	p.Cards = cardsOf(ix, r)
	p.Tables = tablesOf(ix, r)
	p.Pacts = pactsOf(m, r, l)
	return p
}

// matrices fills the two tables of counts.
func (p *page) matrices(ix *index, r *suites.Results) {
	tally := func(keep func(suites.RequirementResult) bool) matrixCell {
		c := matrixCell{}
		for _, level := range suites.Levels {
			for i, q := range r.Requirements {
				if levelOf(q) != level || !keep(q) {
					continue
				}
				if c.N++; c.N == 1 {
					c.Link = ix.requirements[i]
				}
			}
		}
		return c
	}
	for _, v := range suites.Verdicts {
		p.Verdicts = append(p.Verdicts, badgeOf(ix.m, v))
		row := matrixRow{Head: badgeOf(ix.m, v)}
		for _, level := range suites.Levels {
			row.Cells = append(row.Cells, tally(func(q suites.RequirementResult) bool { return verdictOf(q) == v && levelOf(q) == level }))
		}
		row.Cells = append(row.Cells, tally(func(q suites.RequirementResult) bool { return verdictOf(q) == v }))
		p.Matrix = append(p.Matrix, row)
	}
	for _, level := range suites.Levels {
		c := tally(func(q suites.RequirementResult) bool { return levelOf(q) == level })
		p.Totals = append(p.Totals, matrixCell{N: c.N})
	}
	p.Totals = append(p.Totals, matrixCell{N: len(r.Requirements)})
	for _, endpoint := range endpointsOf(r.Requirements) {
		row := matrixRow{Head: badge{Word: ix.endpoint(endpoint)}}
		for _, v := range suites.Verdicts {
			row.Cells = append(row.Cells, tally(func(q suites.RequirementResult) bool { return verdictOf(q) == v && endpointOf(q) == endpoint }))
		}
		p.Endpoints = append(p.Endpoints, row)
	}
}

// noticesOf are what a reader must know before the verdict is read.
func noticesOf(m *messages.Catalogue, ev *journal.Evidence) []string {
	if ev == nil {
		return []string{m.T("notice.no-evidence")}
	}
	var notices []string
	if ev.Run.Bundled {
		notices = append(notices, m.T("notice.bundled"))
	}
	switch {
	case ev.Ended == nil:
		notices = append(notices, m.T("notice.cut-off"))
	case ev.Ended.Interrupted:
		notices = append(notices, m.T("notice.interrupted"))
	}
	if ev.Ended != nil && ev.Ended.Error != "" {
		notices = append(notices, m.T("notice.suite-failed", "Error", line(ev.Ended.Error, maxLine)))
	}
	return notices
}

func deviationsOf(r *suites.Results) []suites.Deviation {
	var all []suites.Deviation
	for _, d := range r.Deviations {
		all = append(all, suites.Deviation{Kind: line(d.Kind, 80), ID: line(d.ID, 120), Text: line(d.Text, maxLine)})
	}
	return all
}

// anchorOf is name as an id that is safe in a link: letters, digits and hyphens, at most 64 of them.
func anchorOf(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case b.Len() == 64:
			return b.String()
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}
