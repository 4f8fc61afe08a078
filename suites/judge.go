package suites

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// Profiles.
const (
	ProfileStrict = "strict" // the contract as written
	ProfileField  = "field"  // known, listed tolerances become warnings
)

// ErrEmptyFilter says that a filter selects no check.
var ErrEmptyFilter = errors.New("the filter selects no check")

// Specs registers the Ginkgo specs of one role: Describe and It, nothing else.
type Specs func()

// benchState is the one judgement that Ginkgo, whose state is global, runs at a time.
type benchState struct {
	evidence *journal.Evidence
	profile  string
	flows    []*Flow
	orphans  []*journal.Exchange
	results  map[string][]CheckResult
	marks    map[string][]Mark // by scenario
	listed   []Listed
	patterns map[string][]*Flow // the flows that each pattern selects, once it has been asked
}

// selected are the flows that a pattern selects. Many checks have the same one.
func (b *benchState) selected(pattern string) []*Flow {
	flows, known := b.patterns[pattern]
	if known {
		return flows
	}
	p := scenario.Compile(pattern)
	for _, f := range b.flows {
		if p.Selects(f.Name) {
			flows = append(flows, f)
		}
	}
	if b.patterns == nil {
		b.patterns = map[string][]*Flow{}
	}
	b.patterns[pattern] = flows
	return flows
}

var (
	benchLock sync.Mutex
	bench     = &benchState{}
)

func init() {
	formatter.ColorableStdOut = io.Discard // Ginkgo's own console report; ours is rendered from the results
	formatter.ColorableStdErr = io.Discard
}

// tester receives Ginkgo's verdict on the whole run, which is ours to give.
type tester struct{}

func (tester) Fail() {}

// runSpecs runs the specs on a bench. The caller holds benchLock.
func runSpecs(b *benchState, filter string, specs []Specs) {
	globals.Reset()
	bench = b
	defer func() { bench = &benchState{} }()
	for _, register := range specs {
		register()
	}
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.RandomSeed, suite.LabelFilter, reporter.Succinct, reporter.NoColor = 1, filter, true, true
	ginkgo.RunSpecs(tester{}, "conformance", suite, reporter)
}

// List returns every check that the specs declare, in the order of their names.
func List(specs ...Specs) []Listed {
	benchLock.Lock()
	defer benchLock.Unlock()
	b := &benchState{}
	runSpecs(b, "", specs)
	slices.SortFunc(b.listed, func(x, y Listed) int {
		return strings.Compare(x.Requirement+x.Name, y.Requirement+y.Name)
	})
	return b.listed
}

// ListFiltered is List with a label filter over requirement ids (Ginkgo's label filter syntax, for example
// "AUTH-GEN-001" or "/INIT/"). The error is ErrEmptyFilter, or says what is wrong with the expression.
func ListFiltered(filter string, specs ...Specs) ([]Listed, error) {
	match, err := types.ParseLabelFilter(filter)
	if err != nil {
		return nil, fmt.Errorf("--filter %s is not a filter expression over requirement ids: write, for example, \"AUTH-GEN-001 || /INIT/\"", strconv.Quote(filter))
	}
	var out []Listed
	for _, l := range List(specs...) {
		if match([]string{l.Requirement}) {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: --filter %s matches no requirement id; see 'conformance list'", ErrEmptyFilter, strconv.Quote(filter))
	}
	return out, nil
}

// Options are what a judgement needs beside the evidence.
type Options struct {
	// Profile is strict or field; the profile of the evidence where it is "".
	Profile string
	// Version is the version of the suite that judges.
	Version string
	// Baseline are failures that are accepted; nil for none.
	Baseline *Baseline
}

// Judge judges evidence with the specs of its subject's role. It reads nothing but the evidence, so the same evidence
// and build give the same results. The error is ErrEmptyFilter, a bad profile, or the end of the context.
func Judge(ctx context.Context, ev *journal.Evidence, o Options, specs ...Specs) (*Results, error) {
	profile := o.Profile
	if profile == "" {
		profile = ev.Run.Profile
	}
	if profile != ProfileStrict && profile != ProfileField {
		return nil, fmt.Errorf("profile %q is unknown: use strict or field", profile)
	}
	if ev.Run.Filter != "" {
		if _, err := ListFiltered(ev.Run.Filter, specs...); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	benchLock.Lock()
	defer benchLock.Unlock()
	b := newBench(ev, profile)
	runSpecs(b, ev.Run.Filter, specs)
	return b.assemble(o), nil
}

// newBench sorts the evidence into flows.
func newBench(ev *journal.Evidence, profile string) *benchState {
	b := &benchState{evidence: ev, profile: profile, results: map[string][]CheckResult{}, marks: map[string][]Mark{}}
	byName := map[string]*Flow{}
	add := func(name string) *Flow {
		f := byName[name]
		if f == nil {
			f = &Flow{Name: name}
			byName[name] = f
			b.flows = append(b.flows, f)
		}
		return f
	}
	for _, name := range ev.Run.Planned {
		add(name)
	}
	for _, s := range ev.Scenarios {
		add(s.Name).Scenario = s
	}
	for _, x := range ev.Exchanges {
		switch {
		case x.Scenario != "":
			add(x.Scenario).Exchanges = append(byName[x.Scenario].Exchanges, x)
		case x.Direction == journal.Received:
			b.orphans = append(b.orphans, x)
		}
	}
	slices.SortFunc(b.flows, func(x, y *Flow) int { return strings.Compare(x.Name, y.Name) })
	return b
}
