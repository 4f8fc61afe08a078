package scenario

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"abdm.example/conformance/harness/journal"
)

// Play plays all scenarios at once and writes one closing line for each into the journal. ended, where it is not nil,
// is called as each ends, never by two at once. The error is a failure of our own side (the journal could not be
// written); what the subject does is never an error. When the context ends, the scenarios that have not ended are
// closed as cancelled.
func (n *Network) Play(ctx context.Context, scenarios []Scenario, ended func(journal.Scenario)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // a journal that cannot be written stops the run: what is not recorded did not happen
		select {
		case <-n.journal.Failed():
			cancel()
		case <-ctx.Done():
		}
	}()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, sc := range scenarios {
		wg.Go(func() {
			record := n.playOne(ctx, sc)
			err := n.journal.EndScenario(record)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			if ended != nil {
				ended(record)
			}
		})
	}
	wg.Wait()
	errs = append(errs, n.journal.EndScenario(journal.Scenario{Name: loginScenario, Status: journal.Played}))
	return errors.Join(errs...)
}

func (n *Network) playOne(ctx context.Context, sc Scenario) (record journal.Scenario) {
	if missing := sc.Needs.Missing(n.cfg); missing != "" {
		record = sc.note(journal.NotApplicable)
		record.Reason = missing
		record.Began = n.journal.Now()
		record.Ended = record.Began
		return record
	}
	s := n.newStage(sc)
	began := n.journal.Now()
	err := s.play(ctx)
	s.leave()
	s.hangUp()
	s.mu.Lock()
	defer s.mu.Unlock()
	record = sc.note(journal.Played)
	record.Notes, record.Began, record.QuietFrom, record.Ended = s.notes, began, s.quietFrom, n.journal.Now()
	var stopped *BlockedError
	var lacking *notApplicableError
	switch {
	case err == nil:
	case errors.As(err, &lacking):
		record.Status, record.Reason = journal.NotApplicable, lacking.reason
	case errors.As(err, &stopped):
		record.Status, record.At, record.Reason = journal.Blocked, stopped.At, stopped.Reason
	case ctx.Err() != nil:
		record.Status, record.Reason = journal.Cancelled, "the run was interrupted before this scenario ended"
	default:
		record.Status, record.Reason = journal.Failed, n.redactor.Text(err.Error())
	}
	n.journal.Forget(sc.Name)
	return record
}

// play runs the play function; a panic in it is our own failure and ends this scenario only.
func (s *Stage) play(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: scenario %s panicked: %v\n%s", errHarness, s.scenario.Name, p, debug.Stack())
		}
	}()
	err = s.scenario.Play(ctx, s)
	var stopped *BlockedError
	if errors.As(err, &stopped) && s.quietFrom == 0 { // what comes late is evidence too
		if quiet := s.Quiet(ctx); quiet != nil {
			return quiet
		}
	}
	return err
}

// Longest returns the time that the longest scenario took.
func Longest(records []journal.Scenario) time.Duration {
	var longest time.Duration
	for _, r := range records {
		longest = max(longest, r.Ended-r.Began)
	}
	return longest
}
