package suites

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AddPacts puts the verification of Pact files beside the verdicts on requirements. An interaction of ours that failed makes
// the subject not conformant: our pacts ask for nothing but what the contract says. What a vendor's pact asks for, and what
// could not be verified, changes no verdict; nor does anything in profile field, for pacts ask for the contract as written.
func (r *Results) AddPacts(all []PactResult) {
	r.Pacts = all
	failed, total := 0, 0
	var first []string
	for _, p := range all {
		if p.Foreign || r.Profile == ProfileField {
			continue
		}
		for _, i := range p.Interactions {
			total++
			if i.Verdict == Fail {
				failed++
				if len(first) < 3 {
					first = append(first, p.Consumer+" to "+p.Provider+": "+i.Key)
				}
			}
		}
	}
	if failed == 0 {
		return
	}
	sentence := fmt.Sprintf("%d of %s of its pacts failed (%s).", failed, count(total, "interaction"), strings.Join(first, ", "))
	if r.Verdict == NotConformant {
		r.Reason += " And " + sentence
		return
	}
	if r.Baseline != nil { // which accepts no failure of a pact
		r.Baseline.Outcome = OutcomeExceeded
	}
	r.ValidUntil = nil
	r.Verdict, r.Reason = NotConformant, r.Subject.Name+" does not conform: "+sentence
}

// PactVerdict is the verdict on all interactions of Pact files: fail before inconclusive before warning before pass,
// not-run where there are none, or none that applies.
func PactVerdict(all []PactResult) Verdict {
	verdict, order := NotRun, []Verdict{NotRun, Pass, Warning, Inconclusive, Fail}
	for _, p := range all {
		for _, i := range p.Interactions {
			if slices.Index(order, i.Verdict) > slices.Index(order, verdict) {
				verdict = i.Verdict
			}
		}
	}
	return verdict
}

// Unjudged are the results of a subject on which no requirement was judged: for pacts to stand in.
func Unjudged(s Subject, version string, started, finished time.Time) *Results {
	r := blank(s, version, ProfileStrict, started, finished)
	r.Verdict, r.Reason = Incomplete, "No requirement was judged: only pacts were verified."
	return r
}
