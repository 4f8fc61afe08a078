package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// tracePage is the part of a report that says what the verdict rests on: from the clause to the exchange, what was not
// tested, what the subject can do and chose, under which conditions, and how the suite itself was proven.
type tracePage struct {
	Rows         []traceRow
	Left         int // rows for which there is no room
	Capabilities []capabilityRow
	Variants     []variantRow
	Untested     []suites.Untested
	Conditions   []fact
	Proof        []fact
	// ProofLead says of what build the proof is.
	ProofLead string
}

// traceRow leads from a clause to the evidence on one requirement.
type traceRow struct {
	Clause                       string
	Requirement                  link
	Verdict                      badge
	Checks, Scenarios, Exchanges int
	Shown                        *link // the first exchange in which something was found, where the report shows it
}

// capabilityRow is one capability in words.
type capabilityRow struct {
	Kind, Name, Declared, State string
	Exchange                    link
}

// variantRow is one thing that is left open, and what was chosen.
type variantRow struct {
	Title, Clause string
	Choices       []choiceRow
}

type choiceRow struct {
	Choice   string
	Count    int
	Exchange link
}

// traceOf arranges what the verdict rests on, within the limits of the page.
func traceOf(ix *index, r *suites.Results) *tracePage {
	t := &tracePage{Rows: traceRows(ix, r), Conditions: conditionsOf(ix.m, r)}
	if len(t.Rows) > ix.trace {
		t.Rows, t.Left = t.Rows[:ix.trace], len(t.Rows)-ix.trace
	}
	for _, c := range r.Capabilities {
		declared := ix.m.T("trace.no")
		if c.Declared {
			declared = ix.m.T("trace.yes")
		}
		t.Capabilities = append(t.Capabilities, capabilityRow{Kind: capabilityWord(ix.m, c.Kind), Name: line(c.Name, 80), Declared: declared,
			State: capabilityWord(ix.m, c.State), Exchange: ix.exchange(c.Exchange)})
	}
	for _, v := range r.Variants {
		row := variantRow{Title: line(v.Title, maxLine), Clause: line(v.Clause, maxLine)}
		for _, c := range v.Choices {
			row.Choices = append(row.Choices, choiceRow{line(c.Choice, 200), c.Count, ix.exchange(c.Exchange)})
		}
		t.Variants = append(t.Variants, row)
	}
	for _, u := range r.Untested {
		row := suites.Untested{What: line(u.What, maxLine), Clause: line(u.Clause, maxLine), Reason: line(u.Reason, maxLine)}
		for _, id := range u.Requirements {
			row.Requirements = append(row.Requirements, line(id, 80))
		}
		t.Untested = append(t.Untested, row)
	}
	t.ProofLead, t.Proof = proofOf(ix.m, r.Suite)
	return t
}

// capabilityWord is a word of the results in the language of the page; as it is where the catalogue has none.
func capabilityWord(m *messages.Catalogue, key string) string {
	if capabilityWords[key] {
		return m.T("capability." + key)
	}
	return line(key, 40)
}

// capabilityWords are those that the catalogue of messages has.
var capabilityWords = map[string]bool{
	suites.CapabilityMode: true, suites.CapabilityPurpose: true, suites.CapabilityTopology: true, suites.CapabilityWorking: true,
	suites.CapabilityMissing: true, suites.CapabilityUnseen: true, suites.CapabilityUndeclared: true, suites.CapabilityAbsent: true,
}

// exchange is the name of an exchange, with its anchor where the report shows it.
func (ix *index) exchange(id string) link { return link{Name: line(id, 40), Anchor: ix.exchanges[id]} }

// traceRows are the requirements in the order of endpoints, each with its clause.
func traceRows(ix *index, r *suites.Results) []traceRow {
	order := endpointsOf(r.Requirements)
	positions := make([]int, len(r.Requirements))
	for i := range positions {
		positions[i] = i
	}
	slices.SortStableFunc(positions, func(a, b int) int {
		return cmp.Compare(slices.Index(order, endpointOf(r.Requirements[a])), slices.Index(order, endpointOf(r.Requirements[b])))
	})
	families := familiesOf(r.Scenarios)
	var rows []traceRow
	for _, i := range positions {
		q := r.Requirements[i]
		row := traceRow{Clause: line(q.Clause, 160), Requirement: link{line(q.ID, 80), ix.requirements[i]}, Verdict: badgeOf(ix.m, verdictOf(q)), Checks: len(q.Checks)}
		seen := map[int]bool{}
		for _, c := range q.Checks {
			row.Exchanges += c.Judged
			for _, s := range families(c.Scenario) {
				seen[s] = true
			}
			for _, f := range c.Findings {
				if x := ix.exchange(f.Exchange); row.Shown == nil && x.Anchor != "" {
					row.Shown = &x
				}
			}
		}
		row.Scenarios = len(seen)
		rows = append(rows, row)
	}
	return rows
}

// familiesOf finds the played scenarios that a pattern selects, by position. Many checks have the same pattern.
func familiesOf(scenarios []suites.ScenarioResult) func(pattern string) []int {
	known := map[string][]int{}
	return func(pattern string) []int {
		found, done := known[pattern]
		if !done {
			p := scenario.Compile(pattern)
			for i, s := range scenarios {
				if len(s.Exchanges) > 0 && p.Selects(s.Name) {
					found = append(found, i)
				}
			}
			known[pattern] = found
		}
		return found
	}
}

// conditionsOf are the circumstances of the run; what was not recorded or measured is left out.
func conditionsOf(m *messages.Catalogue, r *suites.Results) []fact {
	c := r.Conditions
	facts := []fact{{m.T("conditions.patience"), m.T("conditions.patience-value", "Ack", patience(r.Timing.Ack), "Callback", patience(r.Timing.Callback), "Quiet", patience(r.Timing.Quiet))}}
	add := func(name, value string) { facts = append(facts, fact{name, line(value, maxLine)}) }
	if c.Concurrency > 0 {
		value := m.T("conditions.pace-value", "Requests", c.Concurrency)
		if c.Rate > 0 {
			value = m.T("conditions.pace-rate", "Requests", c.Concurrency, "Rate", fmt.Sprint(c.Rate))
		}
		add(m.T("conditions.pace"), value)
	}
	if c.Acknowledgement.Count > 0 {
		a := c.Acknowledgement
		add(m.T("conditions.latency"), m.T("conditions.latency-value", "P50", latency(a.P50), "P95", latency(a.P95), "Max", latency(a.Max), "N", a.Count))
	}
	if c.Clock != nil {
		offset, within := fmt.Sprintf("%+d ms", c.Clock.Offset), fmt.Sprintf("%d ms", c.Clock.Within)
		value := m.T("conditions.clock-steady", "Offset", offset, "Within", within)
		if !c.Clock.Steady {
			value = m.T("conditions.clock-unsteady", "Offset", offset, "Within", within)
		}
		add(m.T("conditions.clock"), value)
	}
	if len(c.Addresses) > 0 {
		add(m.T("conditions.addresses"), strings.Join(c.Addresses, ", "))
	}
	switch {
	case c.TLS != nil:
		add(m.T("conditions.tls"), c.TLS.Version+", "+c.TLS.Cipher)
		add(m.T("conditions.certificate"), m.T("conditions.certificate-value", "Issuer", c.TLS.Issuer, "Expires", stamp(c.TLS.Expires)))
	case c.OS != "":
		add(m.T("conditions.tls"), m.T("conditions.no-tls"))
	}
	if c.OS != "" {
		add(m.T("conditions.system"), c.OS+"/"+c.Arch+", "+c.Go)
	}
	return facts
}

// patience is a number of milliseconds as the configuration writes it.
func patience(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }

func latency(ms float64) string { return took(time.Duration(ms * float64(time.Millisecond))) }

// proofOf is how the checks of the role were proven, and a sentence that says whether that holds for this build.
func proofOf(m *messages.Catalogue, s suites.Suite) (lead string, facts []fact) {
	p := s.Proof
	if p == nil {
		return m.T("proof.none"), nil
	}
	lead = m.T("proof.other-build")
	if p.Digest == s.Digest {
		lead = m.T("proof.this-build")
	}
	of := func(part, all int) string { return m.T("proof.of", "Part", part, "All", all) }
	return lead, []fact{
		{m.T("proof.faults"), of(p.Caught, p.Faults)},
		{m.T("proof.variants"), of(p.FalseAlarms, p.Variants)},
		{m.T("proof.checks"), of(p.Checks-p.Unproven, p.Checks)},
		{m.T("proof.digest"), line(p.Digest, 80)},
	}
}
