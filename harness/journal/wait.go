package journal

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// Observed is a received exchange as players and scenarios see it while the
// run lasts: with its raw header and body, which never leave memory.
type Observed struct {
	Exchange *Exchange // redacted; read only
	Header   http.Header
	Body     []byte // unredacted, at most 8 MiB
	number   int    // in the order in which exchanges became visible
}

// Wait returns the first received exchange that matches, whether it came before
// or comes after the call; which scenario it belongs to does not matter. It
// returns the error of the context where that ends first. An exchange becomes
// visible when its response has been written.
func (j *Journal) Wait(ctx context.Context, match func(*Observed) bool) (*Observed, error) {
	return j.observed.wait(ctx, j.observed.all, match)
}

// WaitIn is Wait among the received exchanges of one scenario, "" for the orphans.
func (j *Journal) WaitIn(ctx context.Context, scenario string, match func(*Observed) bool) (*Observed, error) {
	return j.observed.wait(ctx, j.observed.box(scenario), match)
}

// ReceivedIn returns the exchanges of a scenario that were received so far, in the order in which they became visible.
func (j *Journal) ReceivedIn(scenario string) []*Observed {
	list, _ := j.observed.after(j.observed.box(scenario), 0)
	return list
}

// Forget frees what memory holds of a scenario that has ended. What still comes for it is recorded, but no longer seen by Wait.
func (j *Journal) Forget(scenario string) { j.observed.forget(scenario) }

// inbox is a list of received exchanges that can be waited on.
type inbox struct {
	list    []*Observed
	changed chan struct{} // closed and replaced when the list grows
}

// inboxes hold every received exchange twice: in the order of the run, and by scenario.
type inboxes struct {
	mu        sync.Mutex
	last      int
	all       *inbox
	boxes     map[string]*inbox
	forgotten map[string]bool
	stale     int // how many of all belong to scenarios that are forgotten
}

func newInboxes() *inboxes {
	return &inboxes{all: newInbox(), boxes: map[string]*inbox{}, forgotten: map[string]bool{}}
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

func (b *inboxes) box(scenario string) *inbox {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.boxLocked(scenario)
}

func (b *inboxes) boxLocked(scenario string) *inbox {
	box, ok := b.boxes[scenario]
	if !ok {
		box = newInbox()
		b.boxes[scenario] = box
	}
	return box
}

func (b *inboxes) add(o *Observed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgotten[o.Exchange.Scenario] {
		return
	}
	b.last++
	o.number = b.last
	for _, box := range []*inbox{b.all, b.boxLocked(o.Exchange.Scenario)} {
		box.list = append(box.list, o)
		close(box.changed)
		box.changed = make(chan struct{})
	}
}

func (b *inboxes) forget(scenario string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if box, ok := b.boxes[scenario]; ok {
		b.stale += len(box.list)
	}
	b.forgotten[scenario] = true
	delete(b.boxes, scenario)
	if b.stale > len(b.all.list)/2 { // not each time, or a run would go over its list as often as it has scenarios
		b.all.list = slices.DeleteFunc(slices.Clone(b.all.list), func(o *Observed) bool { return b.forgotten[o.Exchange.Scenario] })
		b.stale = 0
	}
}

// after returns what a box holds beyond a number, and the channel that tells of more.
func (b *inboxes) after(box *inbox, number int) ([]*Observed, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, _ := slices.BinarySearchFunc(box.list, number+1, func(o *Observed, n int) int { return o.number - n })
	return slices.DeleteFunc(slices.Clone(box.list[i:]), func(o *Observed) bool { return b.forgotten[o.Exchange.Scenario] }), box.changed
}

func (b *inboxes) wait(ctx context.Context, box *inbox, match func(*Observed) bool) (*Observed, error) {
	number := 0
	for {
		list, changed := b.after(box, number)
		for _, o := range list {
			if match(o) {
				return o, nil
			}
			number = o.number
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
