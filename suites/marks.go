package suites

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/harness/journal"
)

// MarkKind names what is wrong with the place or the time of a message in its conversation.
type MarkKind string

// Kinds of marks. That a callback is early is lawful, and therefore no mark but a fact (ScenarioResult.Early).
const (
	MarkLate          MarkKind = "late"           // it came after its deadline
	MarkMissing       MarkKind = "missing"        // what it should have brought about never came
	MarkDuplicate     MarkKind = "duplicate"      // it came although the same had come before
	MarkMisrouted     MarkKind = "misrouted"      // it reached another party instead of the right one
	MarkBroadcast     MarkKind = "broadcast"      // it reached another party beside the right one
	MarkSwapped       MarkKind = "swapped"        // it reached an endpoint that is not its own
	MarkMiscorrelated MarkKind = "mis-correlated" // its resp.requestId does not name what it answers
	MarkMixed         MarkKind = "mixed"          // it holds ids of another conversation
	MarkNearMiss      MarkKind = "near-miss"      // it belongs to no conversation, and resembles what was missing in this one
)

// MarkKinds lists every kind, in the order in which reports explain them.
var MarkKinds = []MarkKind{MarkLate, MarkMissing, MarkDuplicate, MarkMisrouted, MarkBroadcast, MarkSwapped, MarkMiscorrelated, MarkMixed, MarkNearMiss}

// Mark is what a finding says about the course of a conversation, for whoever draws it.
type Mark struct {
	Kind     MarkKind `json:"kind"`
	Exchange string   `json:"exchange"` // the message that is marked
	// Of is the message that it has to do with: the first of its copies, or the one that brought it about; "" where none is known.
	Of string `json:"of,omitempty"`
	// WithinMS is the deadline in milliseconds after the end of the response to Of (late) or to Exchange (missing).
	WithinMS int64 `json:"within_ms,omitempty"`
}

// mostMarked is how many messages one finding marks at the most: a subject that repeats itself a thousand times has said it by then.
const mostMarked = 20

// Marks marks some messages as being of a kind.
func Marks(kind MarkKind, of *journal.Exchange, all ...*journal.Exchange) []Mark {
	var marks []Mark
	for _, x := range all[:min(len(all), mostMarked)] {
		m := Mark{Kind: kind, Exchange: x.ID}
		if of != nil {
			m.Of = of.ID
		}
		marks = append(marks, m)
	}
	return marks
}

// Copies marks all but the first of some messages as duplicates of it.
func Copies(all []*journal.Exchange) []Mark {
	if len(all) < 2 {
		return nil
	}
	return Marks(MarkDuplicate, all[0], all[1:]...)
}

// Missing marks a message that did not bring about what it should have within that time.
func Missing(x *journal.Exchange, within time.Duration) Mark {
	return Mark{Kind: MarkMissing, Exchange: x.ID, WithinMS: within.Milliseconds()}
}

// Late marks a message that came later than within after the response to what brought it about.
func Late(x, of *journal.Exchange, within time.Duration) Mark {
	return Mark{Kind: MarkLate, Exchange: x.ID, Of: of.ID, WithinMS: within.Milliseconds()}
}

// marked are the marks of a finding: those that the check gives, or what the member that it is about tells.
func marked(f Finding, marks []Mark) []Mark {
	if len(marks) == 0 && f.Pointer == pointerAnswered && f.Exchange != "" {
		return []Mark{{Kind: MarkMiscorrelated, Exchange: f.Exchange}}
	}
	return marks
}

// pointerAnswered is the member by which an answer names its request.
const pointerAnswered = "/resp/requestId"

// inOrder sorts marks and leaves each once. Where a check says in which way a message went astray, no other check needs to
// say that it did.
func inOrder(marks []Mark) []Mark {
	precise := map[string]bool{}
	for _, m := range marks {
		if m.Kind == MarkBroadcast || m.Kind == MarkSwapped {
			precise[m.Exchange] = true
		}
	}
	marks = slices.DeleteFunc(marks, func(m Mark) bool { return m.Kind == MarkMisrouted && precise[m.Exchange] })
	slices.SortFunc(marks, func(a, b Mark) int {
		return cmp.Or(cmp.Compare(len(a.Exchange), len(b.Exchange)), strings.Compare(a.Exchange, b.Exchange), strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(a.Of, b.Of), cmp.Compare(b.WithinMS, a.WithinMS))
	})
	return slices.CompactFunc(marks, func(a, b Mark) bool {
		a.WithinMS, b.WithinMS = 0, 0
		return a == b
	})
}
