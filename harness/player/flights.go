package player

import (
	"context"
	"errors"
	"sync"
)

// flights counts the work of a player that goes on beside the request that caused it. The zero value is ready.
type flights struct {
	mu      sync.Mutex
	closed  bool
	next    int // names the next one
	cancels map[int]context.CancelFunc
	idle    chan struct{} // non-nil once closed; closed itself when nothing is left
}

// errClosed says that a player takes on no more work.
var errClosed = errors.New("the player is closed")

// begin takes note of work that starts; its result must be called when the work ends. It is errClosed after close.
func (f *flights) begin(cancel context.CancelFunc) (end func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errClosed
	}
	if f.cancels == nil {
		f.cancels = map[int]context.CancelFunc{}
	}
	id := f.next
	f.next++
	f.cancels[id] = cancel
	return func() { f.end(id) }, nil
}

func (f *flights) end(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.cancels, id)
	if f.closed && len(f.cancels) == 0 {
		close(f.idle)
	}
}

// close refuses new work and waits for what is under way. When ctx ends first, that is cancelled: then left says how
// much there was, and the error is that of ctx.
func (f *flights) close(ctx context.Context) (left int, err error) {
	f.mu.Lock()
	if !f.closed {
		f.closed, f.idle = true, make(chan struct{})
		if len(f.cancels) == 0 {
			close(f.idle)
		}
	}
	idle := f.idle
	f.mu.Unlock()
	select {
	case <-idle:
		return 0, nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	left = len(f.cancels)
	for _, cancel := range f.cancels {
		cancel()
	}
	f.mu.Unlock()
	<-idle
	return left, ctx.Err()
}

func (f *flights) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}
