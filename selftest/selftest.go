// Package selftest proves that the suite sees: it plays the whole suite
// against the reference player with each fault of the registry switched on,
// and against every lawful variant with none, and says who caught what.
package selftest

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Options say what is proven and how.
type Options struct {
	// Role is the role of the subject whose faults and variants are played.
	Role contract.Role
	// Specs are the checks that are proven.
	Specs suites.Specs
	// Only restricts the faults and variants to those whose name contains one of these; empty for all.
	Only []string
	// Whole plays all scenarios against every fault, and not only those in which it must show (see played). It takes some
	// times as long, and tells what else finds the fault.
	Whole bool
	// Parallel is how many subjects are played against at once; 0 for a number that suits the machine.
	Parallel int
	// Version is the version of the suite.
	Version string
	// slots bounds the requests in flight of all subjects together, so that a loaded machine is never taken for a slow subject.
	slots chan struct{}
	// begins bounds those of them that begin a conversation.
	begins chan struct{}
	// scenarios are played against every variant.
	scenarios []scenario.Scenario
	// patterns are the scenarios by which each requirement is judged.
	patterns map[string][]string
	// Ended is called as each subject has been judged, never by two at once; nil for nothing.
	Ended func(Outcome)
}

// Outcome is what the suite said of one subject.
type Outcome struct {
	// Name is the fault or the variant.
	Name    string `json:"name"`
	Summary string `json:"summary"`
	// Variant says that the subject conforms, in an unusual way: nothing may be found.
	Variant bool `json:"variant"`
	// Expected are the requirements that must catch the fault.
	Expected []string `json:"expected,omitempty"`
	// Verdict is that of the run.
	Verdict suites.Verdict `json:"verdict"`
	// Caught are the requirements with fail or warning, in catalogue order.
	Caught []Catch `json:"caught"`
	// Scenarios is how many were played against it.
	Scenarios int `json:"scenarios"`
	// Undecided are requirements that were inconclusive, not run or in error, as far as they were to be judged.
	Undecided []string `json:"undecided,omitempty"`
	// Right says that a fault was caught by one of the requirements that it names, or that nothing was found in a variant.
	Right bool `json:"right"`
	// Error is a failure of the suite itself, "" for none.
	Error string `json:"error,omitempty"`
	// DurationMS is how long playing and judging took, in milliseconds.
	DurationMS int64 `json:"duration_ms"`
}

// Catch is one requirement that found something.
type Catch struct {
	Requirement string         `json:"requirement"`
	Verdict     suites.Verdict `json:"verdict"`
	Check       string         `json:"check"`
	Finding     suites.Finding `json:"finding"`
}

// Hundreds of short runs leave much garbage and little that lives: gcPercent lets the heap grow between collections, and
// memoryLimit, in bytes, bounds that.
const (
	gcPercent   = 400
	memoryLimit = 2 << 30
)

// subject is one subject to be played against.
type subject struct {
	name, summary string
	variant       bool
	expected      []string
	network       *network
	// slow says that it mostly waits.
	slow bool
	// server changes how its server treats connections; nil for nothing.
	server func(*http.Server)
	// make makes the subject for a configuration, and what ends it.
	make func(*config.Config) (handler http.Handler, stop func(), err error)
}

// Run plays and judges every fault and variant of the role. The error is a failure of our own side or the end of the context.
func Run(ctx context.Context, o Options) (*Matrix, error) {
	subjects := slices.DeleteFunc(subjectsOf(o.Role), func(s subject) bool {
		return len(o.Only) > 0 && !slices.ContainsFunc(o.Only, func(part string) bool { return strings.Contains(s.name, part) })
	})
	if len(subjects) == 0 {
		return nil, fmt.Errorf("there is no fault or variant of role %s with such a name", o.Role)
	}
	if o.Parallel <= 0 {
		o.Parallel = 20 * runtime.GOMAXPROCS(0)
	}
	o.slots = make(chan struct{}, 12*runtime.GOMAXPROCS(0))
	o.scenarios, o.patterns = scenario.For(o.Role), patternsOf(o.Specs)
	o.begins = make(chan struct{}, 3*runtime.GOMAXPROCS(0))
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryLimit))
	began := time.Now()
	m := &Matrix{Schema: MatrixSchema, Role: o.Role, Suite: o.Version, Digest: suites.Digest(), Whole: o.Whole, Scenarios: len(o.scenarios), Outcomes: make([]Outcome, len(subjects))}
	failed := map[string]bool{}
	var wg sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, o.Parallel)
	for i, s := range subjects {
		wg.Go(func() {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
				return
			}
			outcome, checks := try(ctx, o, s)
			mu.Lock()
			defer mu.Unlock()
			m.Outcomes[i] = outcome
			if !s.variant {
				for _, c := range checks {
					failed[c] = true
				}
			}
			if o.Ended != nil {
				o.Ended(outcome)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.Unproven, m.Checks = unproven(o.Specs, failed)
	m.DurationMS = time.Since(began).Milliseconds()
	return m, nil
}

// try plays against one subject and judges, a few scenarios first where those will do. It returns the names of the checks
// that found something.
func try(ctx context.Context, o Options, s subject) (outcome Outcome, checks []string) {
	began := time.Now()
	for _, scenarios := range o.played(s) {
		o.scenarios = scenarios
		if outcome, checks = tryWith(ctx, o, s); outcome.Right || outcome.Error != "" {
			break
		}
	}
	outcome.DurationMS = time.Since(began).Milliseconds()
	return outcome, checks
}

// tryWith is try with the scenarios that are chosen.
func tryWith(ctx context.Context, o Options, s subject) (Outcome, []string) {
	outcome := Outcome{Name: s.name, Summary: s.summary, Variant: s.variant, Expected: s.expected, Caught: []Catch{}, Scenarios: len(o.scenarios)}
	results, err := play(ctx, o, s)
	if err != nil {
		outcome.Error = err.Error()
		return outcome, nil
	}
	outcome.Verdict = results.Verdict
	var checks []string
	for _, q := range results.Requirements {
		switch q.Verdict {
		case suites.Inconclusive, suites.NotRun, suites.ErrorVerdict:
			if !o.Whole && !s.variant && !slices.Contains(s.expected, q.ID) {
				break // it was not played for
			}
			outcome.Undecided = append(outcome.Undecided, fmt.Sprintf("%s %s", q.ID, q.Verdict))
		}
		for _, c := range q.Checks {
			if c.Verdict != suites.Fail && c.Verdict != suites.Warning {
				continue
			}
			checks = append(checks, q.ID+": "+c.Name)
			outcome.Caught = append(outcome.Caught, Catch{Requirement: q.ID, Verdict: c.Verdict, Check: c.Name, Finding: c.Findings[0]})
		}
	}
	if s.variant {
		outcome.Right = len(outcome.Caught) == 0 && len(outcome.Undecided) == 0
		return outcome, checks
	}
	outcome.Right = slices.ContainsFunc(outcome.Caught, func(c Catch) bool { return slices.Contains(s.expected, c.Requirement) })
	return outcome, checks
}
