package reports

import (
	"abdm.example/conformance/suites"
)

// Findings that the HTML report shows of one requirement, and bytes of one text of a finding.
const (
	maxCardFindings = 6
	maxFindingText  = 800
)

// cardSection lists the requirements of one verdict that a reader has to act on.
type cardSection struct {
	ID, Title, Lead string
	Badge           badge
	Cards           []card
}

// card is one requirement.
type card struct {
	Anchor, ID, Title, Level, Basis, Clause, Endpoint string
	Badge                                             badge
	Reasons                                           []string
	Findings                                          []findingCard
	More                                              string
	Passed                                            string // how many of its checks passed
}

type findingCard struct {
	Pointer, Expected, Received, Hint, Check, Scenario, Tolerance string
	Times                                                         int
	Exchanges                                                     []link
	MoreExchanges                                                 int
}

// link is a name and the anchor that it leads to; "" where the report shows no such place.
type link struct{ Name, Anchor string }

// tableSection lists the requirements of one verdict as a folded table.
type tableSection struct {
	ID, Title string
	Badge     badge
	Open      bool
	Rows      []card
}

func cardsOf(ix *index, r *suites.Results) []cardSection {
	left := ix.findings
	var sections []cardSection
	for _, of := range []struct {
		id      string
		verdict suites.Verdict
	}{{"failed", suites.Fail}, {"errors", suites.ErrorVerdict}, {"inconclusive", suites.Inconclusive}, {"warnings", suites.Warning}} {
		s := cardSection{ID: of.id, Title: ix.m.T("section." + string(of.verdict)), Lead: ix.m.T("section." + string(of.verdict) + "-lead"), Badge: badgeOf(ix.m, of.verdict)}
		for _, i := range ix.byVerdict[of.verdict] {
			s.Cards = append(s.Cards, cardOf(ix, r, i, &left))
		}
		if len(s.Cards) > 0 {
			sections = append(sections, s)
		}
	}
	return sections
}

func tablesOf(ix *index, r *suites.Results) []tableSection {
	var sections []tableSection
	for _, s := range []struct {
		tableSection
		verdict suites.Verdict
	}{
		{tableSection{ID: "not-run", Open: true}, suites.NotRun},
		{tableSection{ID: "passed"}, suites.Pass},
		{tableSection{ID: "not-applicable"}, suites.NotApplicable},
	} {
		s.Title, s.Badge = ix.m.T("section."+string(s.verdict)), badgeOf(ix.m, s.verdict)
		for _, i := range ix.byVerdict[s.verdict] {
			s.Rows = append(s.Rows, headOf(ix, r, i))
		}
		if len(s.Rows) > 0 {
			sections = append(sections, s.tableSection)
		}
	}
	return sections
}

// headOf is a requirement without its findings; its reasons are those of its checks, each once.
func headOf(ix *index, r *suites.Results, i int) card {
	q := r.Requirements[i]
	c := card{
		Anchor: ix.requirements[i], ID: line(q.ID, 120), Title: line(q.Title, maxLine), Level: string(levelOf(q)),
		Basis: line(q.Basis, 80), Clause: line(q.Clause, maxLine), Endpoint: ix.endpoint(endpointOf(q)), Badge: badgeOf(ix.m, q.Verdict),
	}
	seen := map[string]bool{}
	passed := 0
	for _, check := range q.Checks {
		if check.Verdict == suites.Pass {
			passed++
		}
		if reason := line(check.Reason, maxLine); reason != "" && !seen[reason] && len(c.Reasons) < maxCardFindings {
			seen[reason] = true
			c.Reasons = append(c.Reasons, reason)
		}
		// What a passing check of a MAY noted is the variant that the subject chose.
		for _, f := range check.Findings {
			if note := line(f.Received, maxLine); q.Verdict == suites.Pass && !seen[note] && len(c.Reasons) < 2 {
				seen[note] = true
				c.Reasons = append(c.Reasons, note)
			}
		}
	}
	if passed > 0 && passed < len(q.Checks) {
		c.Passed = ix.m.T("card.passed", "N", passed, "All", len(q.Checks))
	}
	return c
}

func cardOf(ix *index, r *suites.Results, i int, left *int) card {
	c := headOf(ix, r, i)
	all := sightings(r.Requirements[i].Checks)
	for n, f := range all {
		if n == maxCardFindings || *left <= 0 && (n > 0 || !ix.firstOnly) {
			c.More = ix.m.T("card.more-findings", "N", len(all)-n)
			if n == 0 {
				c.More = ix.m.T("card.findings-left", "N", len(all))
			}
			break
		}
		shown := findingCard{
			Pointer: line(f.Pointer, maxLine), Expected: block(f.Expected, maxFindingText), Received: block(f.Received, maxFindingText),
			Hint: line(f.Hint, maxFindingText), Check: line(f.Check, maxLine), Scenario: line(f.Scenario, maxLine),
			Tolerance: line(f.Tolerance, 80), Times: f.Times,
		}
		for k, id := range f.Exchanges {
			if k == 8 {
				shown.MoreExchanges = len(f.Exchanges) - k
				break
			}
			shown.Exchanges = append(shown.Exchanges, link{line(id, 80), ix.exchanges[id]})
		}
		*left -= 600 + len(shown.Pointer) + len(shown.Expected) + len(shown.Received) + len(shown.Hint) + len(shown.Check) + len(shown.Scenario)
		c.Findings = append(c.Findings, shown)
	}
	return c
}
