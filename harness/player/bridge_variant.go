package player

import (
	"context"
	"net/http"
	"slices"
	"time"

	"abdm.example/conformance/contract"
)

// BridgeVariant are lawful ways in which a bridge may differ from the reference. Each is one that the document leaves open.
type BridgeVariant struct {
	// Unasked is the status for a callback that answers no open question of the bridge: 0 is 202, as the reference has it.
	Unasked int
	// UnknownNotify refuses, with 400, a notify about a transaction that the bridge does not know, instead of answering
	// it by an on-notify with an error.
	UnknownNotify bool
	// RepeatedNotify answers a notify that repeats a decision by an on-notify with an error, instead of an acknowledgement.
	RepeatedNotify bool
	// NoFetchModes begins a conversation with init, without asking for the modes.
	NoFetchModes bool
	// NoAuthMode leaves authMode out of init where the consent manager chooses the wanted mode by itself.
	NoAuthMode bool
	// NoIdentifier leaves the identifier out of demographic details.
	NoIdentifier bool
	// NeverLinks leaves an access token unspent: a person links by hand, or another system does.
	NeverLinks bool
	// Retries is how often a message is sent again, with new ids and growing pauses, where it was answered 5xx or not at all.
	Retries int
	// Pause is how long the bridge waits before it acts on a callback or a notify.
	Pause time.Duration
	// AckAfter makes the bridge acknowledge a callback only when what follows from it has been sent, but after this time at
	// the latest; 0 is at once.
	AckAfter time.Duration
}

// firstRetry is the pause before a message is sent again for the first time; each further one is twice as long.
const firstRetry = 250 * time.Millisecond

// declines says why the variant does not take in a message that keeps the contract; nil where it does.
func (v BridgeVariant) declines(b *Bridge, in received) *refusal {
	switch {
	case in.endpoint.Answers != "":
		if v.Unasked != 0 && !b.awaits(in) {
			return &refusal{status: v.Unasked, message: "nothing was asked that this answers"}
		}
	case v.UnknownNotify:
		id := readNotify(in.clean).Auth.TransactionID
		if _, early := b.expected(id); early == nil && b.transaction(id) == nil {
			return &refusal{status: http.StatusBadRequest, message: "the transaction is not known"}
		}
	}
	return nil
}

// awaits says whether a callback answers an open question of the bridge.
func (b *Bridge) awaits(in received) bool {
	head := looseHead(in.clean)
	if head.Resp == nil {
		return false
	}
	b.table.Lock()
	defer b.table.Unlock()
	q := b.pending[uuidKey(head.Resp.RequestID)]
	return q != nil && q.callback == in.endpoint.Name
}

// persist says whether a message is sent again: once with a new token after a 401, and where the variant retries.
func (b *Bridge) persist(ctx context.Context, a attempt) bool {
	if b.mistakes != nil {
		if again, decided := b.mistakes.persists(ctx, a); decided {
			return again
		}
	}
	if b.variant.Retries < a.number || a.err == nil && a.answer.Status < 500 {
		return b.renew(ctx, a)
	}
	return pauseFor(ctx, firstRetry<<(a.number-1))
}

// firstMediated is the mode that a consent manager chooses where it is asked for none.
func firstMediated(offered []string) string {
	i := slices.IndexFunc(offered, func(mode string) bool { return mode != contract.Direct })
	if i < 0 {
		return ""
	}
	return offered[i]
}

// thread is one conversation of the bridge's own, from its start to its end: it knows the callback on which it acts.
type thread struct{ followed func() }

type threadKey struct{}

// withThread marks a context as that of a conversation.
func withThread(ctx context.Context) context.Context {
	return context.WithValue(ctx, threadKey{}, &thread{})
}

// follow takes note of the callback on which the conversation acts from now on.
func follow(ctx context.Context, c callback) {
	if t, ok := ctx.Value(threadKey{}).(*thread); ok {
		t.followed = c.followed
	}
}

// followedUp tells that what follows from the last callback has been sent, or that nothing does.
func followedUp(ctx context.Context) {
	if t, ok := ctx.Value(threadKey{}).(*thread); ok && t.followed != nil {
		t.followed()
		t.followed = nil
	}
}

// awaitFollowUp waits until what follows from a callback has been sent; not at all for one that nobody awaited (nil).
func awaitFollowUp(ctx context.Context, followed <-chan struct{}, patience time.Duration) {
	if followed == nil {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-followed:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ackPatience is how long a callback may wait for its acknowledgement.
func (b *Bridge) ackPatience() time.Duration {
	if b.mistakes.has("ack-after-follow-up") {
		return sendPatience
	}
	return b.variant.AckAfter
}
