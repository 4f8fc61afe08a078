package suites

import (
	"fmt"
	"strings"
	"time"
)

// AddPacts puts the verification of Pact files beside the verdicts on requirements. An interaction that failed makes the
// subject not conformant: our pacts ask for nothing but what the contract says. What could not be verified changes no verdict.
func (r *Results) AddPacts(all []PactResult) {
	r.Pacts = all
	failed, total := 0, 0
	var first []string
	for _, p := range all {
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
	r.Verdict, r.Reason = NotConformant, r.Subject.Name+" does not conform: "+sentence
}

// PactVerdict is the verdict on all interactions of Pact files: fail before inconclusive before pass, not-run for none.
func PactVerdict(all []PactResult) Verdict {
	verdict := NotRun
	for _, p := range all {
		for _, i := range p.Interactions {
			switch {
			case i.Verdict == Fail:
				return Fail
			case i.Verdict == Inconclusive:
				verdict = Inconclusive
			case verdict == NotRun:
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
