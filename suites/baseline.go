package suites

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Baseline is a list of failures that their owner has accepted for a time. A run that uses one can be green in continuous
// integration, but it is no certificate: its verdict is incomplete at best.
type Baseline struct {
	// File is the name of the file, without its directory, and Digest the SHA-256 of its bytes in hex.
	File    string          `json:"file"`
	Digest  string          `json:"sha256"`
	Outcome BaselineOutcome `json:"outcome"`
	Entries []BaselineEntry `json:"entries"` // in the order of the file
}

// BaselineEntry accepts the failures of one requirement, or only some of them.
type BaselineEntry struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	// Expires is the last day (UTC) on which the failure is accepted, as 2006-01-02.
	Expires string `json:"expires"`
	// Check and Pointer accept only the findings of that check, about that member; "" accepts all.
	Check   string      `json:"check,omitempty"`
	Pointer string      `json:"pointer,omitempty"`
	State   AcceptState `json:"state"`
}

// AcceptState says what became of an entry in a run.
type AcceptState string

// States of entries. Passing and expired entries fail the run: a baseline must say what is so.
const (
	EntryAccepted AcceptState = "accepted" // the failure is there, and accepted
	EntryPassing  AcceptState = "passing"  // there is no such failure any more: take the entry out
	EntryExpired  AcceptState = "expired"  // the run ended after the day on which it expired
	EntryUnjudged AcceptState = "unjudged" // the requirement was not judged in this run
)

// AcceptStates lists every state.
var AcceptStates = []AcceptState{EntryAccepted, EntryPassing, EntryExpired, EntryUnjudged}

// BaselineOutcome says what a run with a baseline comes to.
type BaselineOutcome string

// Outcomes of a run with a baseline, the first that holds: what failed and is not accepted, entries that are not in
// order, something that was not judged. Where none of them holds, the run is as the baseline says.
const (
	OutcomeExceeded   BaselineOutcome = "exceeded"
	OutcomeOutOfOrder BaselineOutcome = "out-of-order"
	OutcomeOpen       BaselineOutcome = "open"
	OutcomeAccepted   BaselineOutcome = "accepted"
)

// BaselineOutcomes lists every outcome.
var BaselineOutcomes = []BaselineOutcome{OutcomeExceeded, OutcomeOutOfOrder, OutcomeOpen, OutcomeAccepted}

// Accepted says that the run is what its baseline says, and nothing else stands against it.
func (r *Results) Accepted() bool { return r.Baseline != nil && r.Baseline.Outcome == OutcomeAccepted }

// OutOfOrder says that entries of the baseline pass or have expired, and no failure is beyond it.
func (r *Results) OutOfOrder() bool {
	return r.Baseline != nil && r.Baseline.Outcome == OutcomeOutOfOrder
}

// WaiverDeviation is the kind of deviation that discloses an accepted failure.
const WaiverDeviation = "waiver"

// accepts says whether an entry accepts a finding of a check.
func (e BaselineEntry) accepts(check string, f Finding) bool {
	return (e.Check == "" || e.Check == check) && (e.Pointer == "" || e.Pointer == f.Pointer)
}

// says is who accepted it, until when and why.
func (e BaselineEntry) says() string {
	return fmt.Sprintf("accepted until %s by %s: %s", e.Expires, e.Owner, e.Reason)
}

// scope is what of the requirement is accepted, for sentences; "" for all of it.
func (e BaselineEntry) scope() string {
	var all []string
	if e.Check != "" {
		all = append(all, fmt.Sprintf("check %q", e.Check))
	}
	if e.Pointer != "" {
		all = append(all, "member "+e.Pointer)
	}
	if all == nil {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// accept applies a baseline to the verdicts: it says of each entry what became of it, and marks the requirements whose
// failures are all accepted. What was found stays as it was found. The day is that of the end of the run.
func (r *Results) accept(given *Baseline) {
	b := *given
	b.Entries = slices.Clone(given.Entries)
	r.Baseline = &b
	day := r.Finished.UTC().Format(time.DateOnly)
	for i := range b.Entries {
		e := &b.Entries[i]
		e.State = EntryUnjudged
		at := slices.IndexFunc(r.Requirements, func(q RequirementResult) bool { return q.ID == e.ID })
		if at < 0 {
			continue
		}
		e.State = stateOf(*e, r.Requirements[at], day)
		if e.State == EntryAccepted {
			r.Deviations = append(r.Deviations, Deviation{Kind: WaiverDeviation, ID: e.ID, Text: capitalised(e.says()) + e.scope()})
		}
	}
	for i := range r.Requirements {
		if q := &r.Requirements[i]; q.Verdict == Fail {
			q.Accepted = acceptance(b.Entries, *q)
		}
	}
}

func stateOf(e BaselineEntry, q RequirementResult, day string) AcceptState {
	switch {
	case q.Verdict == Inconclusive || q.Verdict == NotRun || q.Verdict == ErrorVerdict:
		return EntryUnjudged
	case q.Verdict != Fail || !slices.ContainsFunc(q.Checks, func(c CheckResult) bool {
		return c.Verdict == Fail && slices.ContainsFunc(c.Findings, func(f Finding) bool { return e.accepts(c.Name, f) })
	}):
		return EntryPassing
	case e.Expires < day: // both are of the form 2006-01-02
		return EntryExpired
	}
	return EntryAccepted
}

// acceptance says who accepted all that failed of a requirement; "" where something is not accepted.
func acceptance(entries []BaselineEntry, q RequirementResult) string {
	var used []string
	for _, c := range q.Checks {
		if c.Verdict != Fail {
			continue
		}
		for _, f := range c.Findings {
			i := slices.IndexFunc(entries, func(e BaselineEntry) bool { return e.ID == q.ID && e.State == EntryAccepted && e.accepts(c.Name, f) })
			if i < 0 {
				return ""
			}
			if says := entries[i].says(); !slices.Contains(used, says) {
				used = append(used, says)
			}
		}
	}
	return strings.Join(used, "; ")
}

// outOfOrder names the entries that fail the run; "" where all are in order.
func (b *Baseline) outOfOrder() string {
	var all []string
	for _, e := range b.Entries {
		switch e.State {
		case EntryPassing:
			all = append(all, fmt.Sprintf("%s%s does not fail any more: take it out", e.ID, e.scope()))
		case EntryExpired:
			all = append(all, fmt.Sprintf("%s%s expired on %s (%s)", e.ID, e.scope(), e.Expires, e.Owner))
		}
	}
	return strings.Join(all, "; ")
}

// acceptedMusts are the ids of the failed MUST requirements that are accepted.
func acceptedMusts(r *Results) []string {
	var all []string
	for _, q := range r.Requirements {
		if q.Level == Must && q.Verdict == Fail && q.Accepted != "" {
			all = append(all, q.ID)
		}
	}
	return all
}

// besides says how many of the failures are accepted; "" for none.
func besides(r *Results) string {
	n := len(acceptedMusts(r))
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", beside %d that the baseline accepts", n)
}

// settle says what a run with a baseline comes to, once its verdict is known.
func (r *Results) settle(beyond bool) {
	switch {
	case r.Baseline == nil:
	case beyond:
		r.Baseline.Outcome = OutcomeExceeded
		if wrong := r.Baseline.outOfOrder(); wrong != "" {
			r.Reason += " And the baseline is not in order: " + wrong + "."
		}
	case r.Baseline.outOfOrder() != "":
		r.Baseline.Outcome, r.Verdict, r.Reason = OutcomeOutOfOrder, Incomplete, "The baseline is not in order: "+r.Baseline.outOfOrder()+"."
	case r.Verdict == Incomplete:
		r.Baseline.Outcome = OutcomeOpen
	default:
		r.Baseline.Outcome, r.Verdict, r.Reason = OutcomeAccepted, Incomplete, acceptedReason(r)
	}
}

func acceptedReason(r *Results) string {
	ids := acceptedMusts(r)
	if len(ids) == 0 {
		return "No MUST requirement failed, but a baseline was used: this is no certificate."
	}
	return fmt.Sprintf("Every failure is accepted by the baseline %s: %s (%s).", r.Baseline.File, count(len(ids), "MUST requirement"), strings.Join(most(ids, 3), ", "))
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
