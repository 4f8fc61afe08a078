package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"abdm.example/conformance/harness/journal"
)

// beginByHand asks the person at the terminal to begin the conversation, and goes on when the subject's first message has
// come. The conversation keeps the terminal until its quiet window: what the person does for it must not meet another's.
func (s *Stage) beginByHand(ctx context.Context, a action, first <-chan *journal.Observed) (*journal.Observed, error) {
	told := a.parameters(s.net.cfg.Hooks)
	seen, err := s.ask(ctx, atStart, s.net.cfg.Hooks.Start.Manual, told, "the request of this patient", first)
	var lacking *notApplicableError
	if err != nil && ctx.Err() == nil && !errors.As(err, &lacking) {
		return nil, s.notBegun(ctx, err, told, "")
	}
	return seen, err
}

// ask shows an instruction at the terminal, which stays with this conversation, until the message that it must bring about has come.
func (s *Stage) ask(ctx context.Context, hook, instruction string, told Parameters, awaited string, first <-chan *journal.Observed) (*journal.Observed, error) {
	text, err := told.fill(instruction)
	if err != nil {
		return nil, &HookError{Name: hook, Problem: err.Error()}
	}
	if s.terminal == nil {
		if s.terminal, err = openTerminal(ctx); errors.Is(err, errNoTerminal) {
			return nil, &notApplicableError{hook + ": " + err.Error()}
		} else if err != nil {
			return nil, err
		}
	}
	if s.net.unattended.Load() {
		return nil, errors.New("nobody followed an earlier instruction at the terminal, so this one was not shown")
	}
	came, seen := make(chan struct{}), (*journal.Observed)(nil)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case seen = <-first:
			close(came)
		case <-watching.Done():
		}
	}()
	followed, err := s.terminal.show(ctx, page(text, told), awaited, HookPatience, came)
	switch {
	case err != nil:
		return nil, err
	case !followed:
		s.net.unattended.Store(true)
		return nil, fmt.Errorf("%s was shown at the terminal, and %s did not come within %s", hook, awaited, HookPatience)
	}
	return seen, nil
}

// patience is how long the subject's next message is waited for: a person may stand between.
func (s *Stage) patience() time.Duration {
	if h := s.net.cfg.Hooks; h.Start != nil && h.Start.Manual != "" || h.Enter != nil && h.Enter.Manual != "" {
		return HookPatience
	}
	return s.net.cfg.Timing.Callback
}

// hangUp lets the next conversation have the terminal.
func (s *Stage) hangUp() {
	if s.terminal != nil {
		s.terminal.leave()
		s.terminal = nil
	}
}
