// Package compare says what changed from one run to another: which requirements fail that did not, which were mended,
// which are new or gone, and which say something else about the same failure. It compares results and renders nothing.
package compare

import (
	"fmt"
	"slices"
	"time"

	"abdm.example/conformance/suites"
)

// Schema names the format of a comparison as JSON.
const Schema = "conformance-diff/1"

// Diff is what changed from one run to another. It is a function of the two results alone.
type Diff struct {
	Schema string `json:"schema"`
	Before Run    `json:"before"`
	After  Run    `json:"after"`
	// Worse says that something got worse: the verdict of the run, a requirement, or an interaction of a pact.
	Worse bool `json:"worse"`
	// VerdictWorse says that the verdict of the run did.
	VerdictWorse bool `json:"verdict_worse"`
	// Circumstances are the differences that must be known before the changes are read: another subject, profile, suite,
	// configuration or set of pacts.
	Circumstances []Difference `json:"circumstances"`
	// Requirements are those that changed, by kind in the order of Kinds and then in catalogue order.
	Requirements []Change `json:"requirements"`
	// Interactions are the interactions of pacts that changed, in the same order.
	Interactions []Change `json:"interactions"`
}

// Run identifies one of the two runs.
type Run struct {
	Subject  string         `json:"subject"`
	Version  string         `json:"version"`
	Started  time.Time      `json:"started"`
	Verdict  suites.Verdict `json:"verdict"`
	Reason   string         `json:"reason"`
	Evidence string         `json:"evidence_sha256"`
}

// Difference is one circumstance in which the runs differ; "" where one of them has none.
type Difference struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Kind says how a requirement or an interaction changed.
type Kind string

// Kinds of changes.
const (
	NewlyFailing Kind = "newly-failing" // it was there and did not fail, and fails
	Vanished     Kind = "vanished"      // it is not there any more
	Changed      Kind = "changed"       // any other change of its verdict
	New          Kind = "new"           // it was not there before
	Fixed        Kind = "fixed"         // it failed or was a warning, and passes
	Findings     Kind = "findings"      // its verdict is the same, what was found is not
)

// Kinds lists the kinds in the order in which they are told: what needs somebody first.
var Kinds = []Kind{NewlyFailing, Vanished, Changed, New, Fixed, Findings}

// Change is one requirement, or one interaction of a pact, that changed.
type Change struct {
	Kind Kind `json:"kind"`
	// ID is that of the requirement, or the consumer, the provider and the key of the interaction.
	ID    string       `json:"id"`
	Level suites.Level `json:"level,omitempty"` // "" for interactions
	Title string       `json:"title"`
	// Before and After are the verdicts; Absent where it was not there.
	Before suites.Verdict `json:"before"`
	After  suites.Verdict `json:"after"`
	Worse  bool           `json:"worse"`
	// Appeared are findings that say what none said before, and Gone those that nothing says any more.
	Appeared []suites.Finding `json:"appeared"`
	Gone     []suites.Finding `json:"gone"`
	// Remedy is what to do, for what fails now.
	Remedy string `json:"remedy,omitempty"`
}

// Empty says that nothing changed at all.
func (d *Diff) Empty() bool {
	return d.Before.Verdict == d.After.Verdict && len(d.Circumstances)+len(d.Requirements)+len(d.Interactions) == 0
}

// Count is the number of requirements and interactions that changed in a way.
func (d *Diff) Count(k Kind) int {
	n := 0
	for _, c := range slices.Concat(d.Requirements, d.Interactions) {
		if c.Kind == k {
			n++
		}
	}
	return n
}

// Runs compares two runs. The error says why they cannot be compared: their subjects have different roles.
func Runs(before, after *suites.Results) (*Diff, error) {
	if before.Subject.Role != after.Subject.Role {
		return nil, fmt.Errorf("the first run is of a %s and the second of a %s: they keep different contracts, so there is nothing to compare",
			before.Subject.Role, after.Subject.Role)
	}
	d := &Diff{Schema: Schema, Before: runOf(before), After: runOf(after), Circumstances: circumstances(before, after),
		Requirements: changes(requirementsOf(before), requirementsOf(after)),
		Interactions: changes(interactionsOf(before), interactionsOf(after))}
	d.VerdictWorse = Worse(before.Verdict, after.Verdict)
	d.Worse = d.VerdictWorse || slices.ContainsFunc(slices.Concat(d.Requirements, d.Interactions), func(c Change) bool { return c.Worse })
	return d, nil
}

func runOf(r *suites.Results) Run {
	return Run{Subject: r.Subject.Name, Version: r.Subject.Version, Started: r.Started.UTC(), Verdict: r.Verdict, Reason: r.Reason, Evidence: r.Evidence.Digest}
}
