package suites

import (
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// Relation is what a message of a conversation has to do with an earlier one.
type Relation struct {
	// Answers is the request whose requestId the message names in resp.requestId; nil where it answers none of the conversation.
	Answers *journal.Exchange
	// PassesOn is the message of ours that a gateway passed on with this one; nil where it passes on none.
	PassesOn *journal.Exchange
}

// Relations are those of every message of a flow that has one, by the id of its exchange.
func (f *Flow) Relations() map[string]Relation {
	all := map[string]Relation{}
	passed := map[*journal.Exchange]bool{}
	for _, x := range f.Exchanges {
		r := Relation{Answers: f.asked(x), PassesOn: f.origin(x, passed)}
		if r.PassesOn != nil {
			passed[r.PassesOn] = true
		}
		if r != (Relation{}) {
			all[x.ID] = r
		}
	}
	return all
}

// asked is the latest request that x answers and that went the other way, rather one of the same player.
func (f *Flow) asked(x *journal.Exchange) *journal.Exchange {
	id := Text(x, pointerAnswered)
	if id == "" {
		return nil
	}
	var found *journal.Exchange
	for _, y := range f.Exchanges {
		if y.Direction != x.Direction && y.Times.RequestFirst <= x.Times.RequestFirst && SameID(id, Text(y, "/requestId")) &&
			(found == nil || y.Player == x.Player || found.Player != x.Player) {
			found = y
		}
	}
	return found
}

// origin is the message of ours that the received x passes on: of the same kind, sent before, with the same payload where
// there is one, and rather one that was not passed on yet.
func (f *Flow) origin(x *journal.Exchange, passed map[*journal.Exchange]bool) *journal.Exchange {
	e, ok := contract.EndpointNamed(x.Endpoint)
	if !ok || x.Direction != journal.Received || IsError(x) {
		return nil
	}
	payload := Member(x, "/"+e.Payload)
	var found *journal.Exchange
	weight := 0
	for _, y := range f.Exchanges {
		if y.Direction != journal.Sent || y.Endpoint != x.Endpoint || y.Times.RequestFirst > x.Times.RequestFirst {
			continue
		}
		w := 1
		if equalJSON(payload, Member(y, "/"+e.Payload)) {
			w += 2
		}
		if !passed[y] {
			w++
		}
		if w > weight {
			found, weight = y, w
		}
	}
	return found
}

// down are the flows in which the party that must answer is down, so that the subject itself has to tell it.
var down = scenario.Compile("cm-down/...|bridge-down/*/notify/*")

// Within is how long an answer may take in a flow of a run, counted from the end of the 202 to its request.
func Within(run journal.Run, flow string) time.Duration {
	if down.Selects(flow) {
		return scenario.DownDeadline
	}
	return run.Timing.Callback
}

// FlowsOf sorts the exchanges of evidence into the flows of its scenarios, in the order of their names, also of those that
// were planned and never played. Orphans are received messages that belong to none.
func FlowsOf(ev *journal.Evidence) (flows []*Flow, orphans []*journal.Exchange) {
	b := newBench(ev, "")
	return b.flows, b.orphans
}
