package scenario

import (
	"fmt"
	"sync"
)

// hopelessAfter is how many conversations may be waited for in vain, where none of their action has begun yet, before the
// start hook is not called for that action any more: a run against a silent subject must come to its end.
const hopelessAfter = 8

// beginnings remember, by action, whether the start hook ever made the subject begin. The zero value is ready.
type beginnings struct {
	mu      sync.Mutex
	actions map[string]*beginning
}

type beginning struct {
	begun  bool
	vain   int
	reason string // why the first one did not begin
}

// of is the beginning of an action. The caller holds the lock.
func (b *beginnings) of(action string) *beginning {
	if b.actions == nil {
		b.actions = map[string]*beginning{}
	}
	if b.actions[action] == nil {
		b.actions[action] = &beginning{}
	}
	return b.actions[action]
}

// began keeps that a conversation has begun.
func (b *beginnings) began(action string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(action).begun = true
}

// inVain keeps that a conversation was waited for, and did not begin.
func (b *beginnings) inVain(action string, why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.of(action)
	if one.vain++; one.vain == 1 {
		one.reason = why.Error()
	}
}

// hopeless is why the hook is not called for an action any more, nil where it is.
func (b *beginnings) hopeless(action string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.of(action)
	if one.begun || one.vain < hopelessAfter {
		return nil
	}
	return fmt.Errorf("%s was not called: %d times before it was, for action %s, and waited for in vain. The first time: %s", atStart, one.vain, action, one.reason)
}
