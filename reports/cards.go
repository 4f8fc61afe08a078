package reports

import (
	"abdm.example/conformance/suites"
)

// Findings that the HTML report shows of one requirement, and bytes of one text of a finding.
const (
	maxCardFindings = 6
	maxFindingText  = 800
	maxCited        = 8 // exchanges of one finding
)

// cardSection lists the requirements of one verdict that a reader has to act on.
type cardSection struct {
	ID, Title, Lead string
	N               int
	Levels          []cardLevel
}

// cardLevel are the cards of one level.
type cardLevel struct {
	Anchor, Name string
	Cards        []card
}

// card is one requirement.
type card struct {
	Anchor, ID, Title, Level, Basis, Clause, Endpoint string
	Badge                                             badge
	Causes                                            []link
	Reasons                                           []string
	Passed                                            string // how many of its checks passed
	First                                             *findingCard
	Rest                                              []findingCard
	RestSays                                          string
	More                                              string
	Why                                               string
	Likely                                            []string
	Todo                                              string
	Rerun                                             string
}

type findingCard struct {
	Pointer, Expected, Received, Hint, Check, Scenario, Tolerance string
	Timeline                                                      string // anchor of that of the scenario; "" where none is drawn
	Times                                                         int
	Exchanges                                                     []link
	MoreExchanges                                                 int
	Elsewhere                                                     bool // some of them are not in the report
	Excerpt                                                       *excerpt
	Repeat                                                        *repeat
}

// link is a name and the anchor that it leads to; "" where the report shows no such place.
type link struct{ Name, Anchor string }

// tableSection lists the requirements of one verdict as a folded table.
type tableSection struct {
	ID, Title, Lead string
	Open            bool
	N               int
	Levels          []cardLevel
}

func cardsOf(ix *index, r *suites.Results) []cardSection {
	left := ix.findings
	var sections []cardSection
	for _, verdict := range []suites.Verdict{suites.Fail, suites.ErrorVerdict, suites.Warning} {
		s := cardSection{ID: sectionOf(verdict), Title: ix.m.T("section." + string(verdict)), Lead: ix.m.T("section." + string(verdict) + "-lead"), N: len(ix.byVerdict[verdict])}
		s.Levels = ix.byLevel(r, verdict, func(i int) card { return cardOf(ix, r, i, &left) })
		if s.N > 0 {
			sections = append(sections, s)
		}
	}
	return sections
}

func tablesOf(ix *index, r *suites.Results) []tableSection {
	var sections []tableSection
	for _, verdict := range []suites.Verdict{suites.Inconclusive, suites.NotRun, suites.Pass, suites.NotApplicable} {
		s := tableSection{ID: sectionOf(verdict), Title: ix.m.T("section." + string(verdict)), N: len(ix.byVerdict[verdict]),
			Open: verdict == suites.Inconclusive || verdict == suites.NotRun && !filtered(r)}
		if verdict == suites.Inconclusive {
			s.Lead = ix.m.T("section.inconclusive-lead")
		}
		s.Levels = ix.byLevel(r, verdict, func(i int) card { return headOf(ix, r, i) })
		if s.N > 0 {
			sections = append(sections, s)
		}
	}
	return sections
}

// byLevel makes a card of each requirement of a verdict, the strongest level first.
func (ix *index) byLevel(r *suites.Results, v suites.Verdict, show func(i int) card) []cardLevel {
	var levels []cardLevel
	for _, level := range suites.Levels {
		l := cardLevel{Anchor: sectionOf(v) + "-" + string(level), Name: string(level)}
		for _, i := range ix.byVerdict[v] {
			if levelOf(r.Requirements[i]) == level {
				l.Cards = append(l.Cards, show(i))
			}
		}
		if len(l.Cards) > 0 {
			levels = append(levels, l)
		}
	}
	return levels
}

// headOf is a requirement without its findings; its reasons are those of its checks, each once.
func headOf(ix *index, r *suites.Results, i int) card {
	q := r.Requirements[i]
	c := card{
		Anchor: ix.requirements[i], ID: line(q.ID, 120), Title: line(q.Title, maxLine), Level: string(levelOf(q)),
		Basis: line(q.Basis, 80), Clause: line(q.Clause, maxLine), Endpoint: ix.endpoint(endpointOf(q)), Badge: badgeOf(ix.m, q.Verdict),
	}
	for _, n := range ix.causesFor[i] {
		c.Causes = append(c.Causes, link{ix.m.T("fix.cause", "Number", n+1), causeAnchor(n)})
	}
	if accepted := line(q.Accepted, maxLine); accepted != "" {
		c.Reasons = append(c.Reasons, capital(accepted))
	}
	seen := map[string]bool{}
	passed := 0
	for _, check := range q.Checks {
		if check.Verdict == suites.Pass {
			passed++
		}
		if reason := line(check.Reason, maxLine); reason != "" && !seen[reason] && len(c.Reasons) < ix.reasons {
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
	c, q := headOf(ix, r, i), r.Requirements[i]
	if !ix.terse && (q.Verdict == suites.Fail || q.Verdict == suites.Warning) {
		c.Rerun = line(rerunOf(r, q.ID), 200)
	}
	all := ix.sightings[i]
	rich := *left > 0 || ix.firstOnly
	for n, f := range all {
		if n == maxCardFindings || *left <= 0 && (n > 0 || !ix.firstOnly) {
			c.More = ix.m.T("card.more-findings", "N", len(all)-n)
			if n == 0 {
				c.More = ix.m.T("card.findings-left", "N", len(all))
			}
			break
		}
		shown := findingOf(ix, f, n == 0 && rich)
		*left -= shown.size()
		if n == 0 {
			c.First = &shown
		} else {
			c.Rest = append(c.Rest, shown)
		}
	}
	if len(c.Rest) > 0 {
		c.RestSays = ix.m.T("card.rest", "N", len(c.Rest))
	}
	if !rich {
		return c
	}
	c.Why = line(q.Why, maxLine)
	if len(all) > 0 {
		c.Likely = ix.record.symptomOf(all[0].Finding).likely(ix.m)
		c.Todo = line(all[0].Hint, maxFindingText)
	}
	if c.Todo == "" { // what the check saw tells more than what holds for every case
		c.Todo = line(q.Remedy, maxFindingText)
	}
	*left -= 500 + len(c.Why)
	return c
}

// findingOf is a finding as a card shows it; in full with the message that it is about and the command that repeats it.
func findingOf(ix *index, f sighting, full bool) findingCard {
	shown := findingCard{
		Pointer: line(f.Pointer, maxLine), Expected: block(f.Expected, maxFindingText), Received: block(f.Received, maxFindingText),
		Hint: line(f.Hint, maxFindingText), Check: line(f.Check, maxLine), Scenario: line(f.Scenario, maxLine),
		Tolerance: line(f.Tolerance, 80), Times: f.Times,
	}
	if t := ix.drawn[f.Scenario]; t != nil && f.Scenario != "" {
		shown.Timeline = t.Anchor
	}
	for k, id := range f.Exchanges {
		if k == maxCited || k == 3 && !full {
			shown.MoreExchanges = len(f.Exchanges) - k
			break
		}
		shown.Exchanges = append(shown.Exchanges, link{line(id, 80), ix.exchanges[id]})
		shown.Elsewhere = shown.Elsewhere || ix.exchanges[id] == ""
	}
	if full {
		shown.Excerpt, shown.Repeat = ix.excerptOf(f.Finding), ix.repeatOf(f.Finding)
	}
	return shown
}

// size is about how many bytes a finding takes in the report.
func (f findingCard) size() int {
	n := 500 + len(f.Pointer) + len(f.Expected) + len(f.Received) + len(f.Hint) + len(f.Check) + len(f.Scenario)
	if f.Excerpt != nil {
		for _, l := range f.Excerpt.Lines {
			n += 10 + len(l.Text)
		}
	}
	if f.Repeat != nil {
		n += 300 + len(f.Repeat.Command)*5/4
	}
	return n
}
