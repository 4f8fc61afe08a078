package reports

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// maxDiffChanges is how many changes of one kind the page shows; the JSON holds all.
const maxDiffChanges = 150

type (
	diffPage struct {
		Language      messages.Language
		API, Policy   string
		Style         template.CSS
		Outcome       badge
		Name          string
		Tally         string
		VerdictWorse  string
		Runs          []diffRun
		Circumstances []compare.Difference
		Sections      []diffSection
	}
	diffRun struct {
		Head                               string
		Verdict                            badge
		Subject, Started, Reason, Evidence string
	}
	diffSection struct {
		ID, Title, Lead string
		N, Left         int
		Changes         []diffChange
	}
	diffChange struct {
		Anchor, ID, Level, Title, At string
		Before, After                badge // Before is empty where they are the same
		Worse                        bool
		Remedy                       string
		Findings                     []diffFinding
		More                         int
	}
	diffFinding struct {
		Head, Pointer, Expected, Received, Hint, Scenario string
		Times                                             int
	}
)

// DiffHTML writes a comparison as one file like report.html: no script, no network, its own style sheet alone.
func DiffHTML(w io.Writer, d *compare.Diff, o Options) error {
	m := messages.In(o.Language)
	var b bytes.Buffer
	if err := pageTemplates[m.Language]().ExecuteTemplate(&b, "diff.tmpl", diffPageOf(m, d)); err != nil {
		return fmt.Errorf("the comparison could not be rendered: %w", err)
	}
	return write(w, b.Bytes(), "the comparison")
}

func diffPageOf(m *messages.Catalogue, d *compare.Diff) *diffPage {
	p := &diffPage{Language: m.Language, API: api, Policy: policyOf(pageStyle), Style: template.CSS(pageStyle), Outcome: outcomeOf(m, d),
		Name: runName(d.Before) + " → " + runName(d.After),
		Runs: []diffRun{diffRunOf(m, m.T("diff.before"), d.Before), diffRunOf(m, m.T("diff.after"), d.After)}}
	if d.VerdictWorse {
		p.VerdictWorse = m.T("diff.run-worse", "Before", badgeOf(m, d.Before.Verdict).Word, "After", badgeOf(m, d.After.Verdict).Word)
	}
	for _, c := range d.Circumstances {
		p.Circumstances = append(p.Circumstances, compare.Difference{Name: line(c.Name, 120), Before: orDash(c.Before), After: orDash(c.After)})
	}
	var tally []string
	for _, kind := range compare.Kinds {
		if s := diffSectionOf(m, d, kind); s.N > 0 {
			p.Sections = append(p.Sections, s)
			tally = append(tally, s.Title+": "+strconv.Itoa(s.N))
		}
	}
	p.Tally = strings.Join(tally, " · ")
	return p
}

func outcomeOf(m *messages.Catalogue, d *compare.Diff) badge {
	switch {
	case d.Worse:
		return badge{"fail", "✗", m.T("diff.worse")}
	case d.Empty():
		return badge{"pass", "=", m.T("diff.same")}
	}
	return badge{"pass", "✓", m.T("diff.not-worse")}
}

func diffRunOf(m *messages.Catalogue, head string, r compare.Run) diffRun {
	return diffRun{Head: head, Verdict: badgeOf(m, r.Verdict), Subject: orDash(runName(r)), Started: orDash(stamp(r.Started)),
		Reason: line(r.Reason, maxLine), Evidence: orDash(r.Evidence)}
}

func diffSectionOf(m *messages.Catalogue, d *compare.Diff, kind compare.Kind) diffSection {
	s := diffSection{ID: string(kind), Title: m.T("diff." + string(kind)), Lead: m.T("diff." + string(kind) + "-lead"), N: d.Count(kind)}
	for _, changes := range [][]compare.Change{d.Requirements, d.Interactions} {
		for _, c := range changes {
			switch {
			case c.Kind != kind:
			case len(s.Changes) == maxDiffChanges:
				s.Left++
			default:
				s.Changes = append(s.Changes, diffChangeOf(m, c, "c-"+string(kind)+"-"+strconv.Itoa(len(s.Changes)+1)))
			}
		}
	}
	return s
}

func diffChangeOf(m *messages.Catalogue, c compare.Change, anchor string) diffChange {
	out := diffChange{Anchor: anchor, ID: line(c.ID, 160), Level: line(string(c.Level), 40), Title: line(c.Title, maxLine), Worse: c.Worse,
		After: changeBadge(m, c.After), Remedy: line(c.Remedy, maxText)}
	if c.Before != c.After {
		out.Before = changeBadge(m, c.Before)
	}
	out.At = out.After.Class
	for _, list := range []struct {
		head     string
		findings []suites.Finding
	}{{m.T("diff.appeared"), c.Appeared}, {m.T("diff.gone"), c.Gone}} {
		groups := compare.Grouped(list.findings)
		for i, f := range groups {
			if i == maxDiffFindings {
				out.More += len(groups) - i
				break
			}
			out.Findings = append(out.Findings, diffFinding{Head: list.head, Pointer: line(f.Pointer, 120), Expected: line(f.Expected, maxLine), Received: line(f.Received, maxLine),
				Hint: line(f.Hint, maxLine), Scenario: line(f.Scenario, 160), Times: f.Times})
		}
	}
	return out
}

func changeBadge(m *messages.Catalogue, v suites.Verdict) badge {
	if v == compare.Absent {
		return badge{"none", "∅", m.T("diff.absent")}
	}
	return badgeOf(m, v)
}
