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

//go:embed timeline.css
var timelineStyle string

// HTML writes the report as one file that needs nothing else: no script, no
// network, a Content-Security-Policy that allows its own style sheet alone. ev
// may be nil; the report then says that there is no evidence in it. Evidence is
// shown in full where a finding or an unfinished scenario points at it and
// summarised elsewhere; what was cut is said where it was cut.
func HTML(w io.Writer, r *suites.Results, ev *journal.Evidence, o Options) error {
	m := messages.In(o.Language)
	page := pageTemplates[m.Language]()
	d := diagnose(r, ev)
	var b bytes.Buffer
	widest := 0 // bytes of the page with the widest limits
	for i, l := range tiers {
		if l.upTo > 0 && widest > l.upTo {
			continue // it would be too large again
		}
		least := leastTimelines
		if i == len(tiers)-1 {
			least = 0
		}
		for l.timelines = mostTimelines; ; {
			b.Reset()
			p := pageOf(m, o, r, ev, d, l)
			if err := page.Execute(&b, p); err != nil {
				return fmt.Errorf("report.html could not be rendered: %w", err)
			}
			widest = max(widest, b.Len())
			over := b.Len() - maxPage
			if over < 0 {
				return write(w, b.Bytes(), "report.html")
			}
			drawn := 0
			if p.Evidence != nil {
				drawn = p.Evidence.Drawn
			}
			if l.timelines = drawn - over - 1_000; drawn == 0 || l.timelines < least {
				break
			}
		}
	}
	return write(w, b.Bytes(), "report.html")
}

// Room for timelines, in bytes: they get most where the rest of the page leaves it, and the rest is told with fewer words
// before they get less than least.
const (
	mostTimelines  = 70_000
	leastTimelines = 15_000
)

// maxPage is the size in bytes that a report should stay below: it is mailed and attached.
const maxPage = 400_000

// limits are how much a page shows. A page that is too large is rendered again with narrower ones.
type limits struct {
	upTo      int  // bytes of the page with the widest limits beyond which these need not be tried; 0 for always
	findings  int  // bytes of all findings together; beyond them each requirement shows its first finding
	firstOnly bool // or, where this is false, none
	reasons   int  // of one requirement
	evidence  int  // bytes of all headers and bodies together
	shown     int  // exchanges shown in full
	rows      int  // scenarios by name
	flow      int  // exchanges named in the row of a scenario
	pacts     int  // interactions of pacts
	trace     int  // requirements traced from their clause
	timelines int  // bytes of all timelines together
	terse     bool // what follows from a cause is named without its title, and no card says how to play it again
}

var tiers = []limits{
	{findings: 110_000, firstOnly: true, reasons: 6, evidence: 80_000, shown: 120, rows: 1_500, flow: 12, pacts: 300, trace: 400},
	{findings: 110_000, firstOnly: true, reasons: 4, evidence: 60_000, upTo: 560_000, shown: 80, rows: 1_500, flow: 0, pacts: 200, trace: 200},
	{findings: 90_000, firstOnly: true, reasons: 2, evidence: 40_000, upTo: 680_000, shown: 50, rows: 300, flow: 0, pacts: 50, trace: 100},
	{findings: 60_000, reasons: 1, evidence: 20_000, upTo: 1_000_000, shown: 20, rows: 100, flow: 0, pacts: 20, trace: 50},
	{findings: 30_000, reasons: 1, evidence: 10_000, shown: 10, rows: 50, flow: 0, pacts: 10, trace: 20, terse: true},
}

// page is what templates/page.tmpl shows. Every string in it has gone through line or block.
type page struct {
	Language    messages.Language
	API         string
	Policy      string
	Style       template.CSS
	Name        string
	Verdict     badge
	Lead        string
	Remarks     []string
	Reason      string // why the run is incomplete, in the words of results.json
	Notices     []string
	Unredacted  bool
	Certificate bool // the facts are those of a certificate
	Facts       []fact
	Signature   string
	Matrix      matrix
	Fix         fixPage
	Cards       []cardSection
	Lists       []listing
	Tables      []tableSection
	Environment []fact
	Deviations  []suites.Deviation
	Pacts       []pactSection
	Trace       *tracePage
	Evidence    *evidencePage
}

// policyOf is the Content-Security-Policy of a page that needs nothing but its style sheet.
func policyOf(style string) string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
}

// pageOf arranges everything that the page shows within the limits l.
func pageOf(m *messages.Catalogue, o Options, r *suites.Results, ev *journal.Evidence, d *diagnosis, l limits) *page {
	style := pageStyle + timelineStyle
	ix := indexOf(m, r, ev, d, l)
	p := &page{
		Language: m.Language, API: api,
		Policy: policyOf(style), Style: template.CSS(style),
		Name:        subjectName(m, r),
		Verdict:     badgeOf(m, r.Verdict),
		Lead:        leadOf(m, r),
		Remarks:     remarksOf(m, r, d.causes),
		Notices:     noticesOf(m, ev),
		Unredacted:  r.Unredacted,
		Facts:       factsOf(m, r),
		Signature:   signatureOf(m, o),
		Fix:         fixOf(ix, r),
		Cards:       cardsOf(ix, r),
		Tables:      tablesOf(ix, r),
		Environment: environmentOf(r),
		Deviations:  deviationsOf(r),
		Pacts:       pactsOf(m, r, l),
		Trace:       traceOf(ix, r),
		Evidence:    evidenceOf(ix, r, ev),
	}
	if r.Baseline != nil || p.Lead == sentence(m, r) && len(p.Remarks) == 0 { // nothing that is counted says why
		p.Reason = line(r.Reason, maxLine)
	}
	p.Certificate = r.ValidUntil != nil
	p.Matrix, p.Lists = matrixOf(ix, r)
	return p
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
