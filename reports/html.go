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
	"abdm.example/conformance/suites"
)

//go:embed report.html.tmpl
var pageTemplate string

//go:embed report.css
var pageStyle string

var pageParsed = template.Must(template.New("report").Parse(pageTemplate))

// HTML writes the report as one file that needs nothing else: no script, no
// network, a Content-Security-Policy that allows its own style sheet alone. ev
// may be nil; the report then says that there is no evidence in it. Evidence is
// shown in full where a finding or an unfinished scenario points at it and
// summarised elsewhere; what was cut is said where it was cut.
func HTML(w io.Writer, r *suites.Results, ev *journal.Evidence) error {
	var b bytes.Buffer
	for _, l := range tiers {
		b.Reset()
		if err := pageParsed.Execute(&b, pageOf(r, ev, l)); err != nil {
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

// page is what report.html.tmpl shows. Every string in it has gone through line or block.
type page struct {
	Policy      string
	Style       template.CSS
	Name        string
	Verdict     badge
	Sentence    string
	Reason      string
	Notices     []string
	Facts       []fact
	Environment []fact
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
	suites.Pass:          {"pass", "✓", "Pass"},
	suites.Fail:          {"fail", "✗", "Fail"},
	suites.Warning:       {"warning", "▲", "Warning"},
	suites.Inconclusive:  {"open", "?", "Inconclusive"},
	suites.NotApplicable: {"none", "–", "Not applicable"},
	suites.NotRun:        {"open", "○", "Not run"},
	suites.ErrorVerdict:  {"error", "!", "Error"},
	suites.Conformant:    {"pass", "✓", "Conformant"},
	suites.NotConformant: {"fail", "✗", "Not conformant"},
	suites.Incomplete:    {"open", "?", "Incomplete"},
}

func badgeOf(v suites.Verdict) badge {
	if b, ok := signs[v]; ok {
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

func pageOf(r *suites.Results, ev *journal.Evidence, l limits) *page {
	digest := sha256.Sum256([]byte(pageStyle))
	ix := indexOf(r, ev, l)
	p := &page{
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
			"'; base-uri 'none'; form-action 'none'",
		Style:       template.CSS(pageStyle),
		Name:        subjectName(r),
		Verdict:     badgeOf(r.Verdict),
		Sentence:    sentence(r),
		Reason:      line(r.Reason, maxLine),
		Notices:     noticesOf(ev),
		Facts:       factsOf(r),
		Environment: environmentOf(r),
		Deviations:  deviationsOf(r),
		Evidence:    evidenceOf(ix, r, ev),
	}
	p.matrices(ix, r)
	p.Cards = cardsOf(ix, r)
	p.Tables = tablesOf(ix, r)
	p.Pacts = pactsOf(r, l)
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
		p.Verdicts = append(p.Verdicts, badgeOf(v))
		row := matrixRow{Head: badgeOf(v)}
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
		row := matrixRow{Head: badge{Word: endpoint}}
		for _, v := range suites.Verdicts {
			row.Cells = append(row.Cells, tally(func(q suites.RequirementResult) bool { return verdictOf(q) == v && endpointOf(q) == endpoint }))
		}
		p.Endpoints = append(p.Endpoints, row)
	}
}

// noticesOf are what a reader must know before the verdict is read.
func noticesOf(ev *journal.Evidence) []string {
	if ev == nil {
		return []string{"This report was rendered without the evidence of the run; the exchanges that it names are in evidence.jsonl."}
	}
	var notices []string
	if ev.Run.Bundled {
		notices = append(notices, "The subject is the bundled reference player of this suite. This result says that the suite works; it certifies no product.")
	}
	switch {
	case ev.Ended == nil:
		notices = append(notices, "The run was cut off before its end: the evidence is not whole.")
	case ev.Ended.Interrupted:
		notices = append(notices, "The run was interrupted before all planned scenarios were played.")
	}
	if ev.Ended != nil && ev.Ended.Error != "" {
		notices = append(notices, "The suite itself failed: "+line(ev.Ended.Error, maxLine))
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
