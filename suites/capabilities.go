package suites

import (
	"slices"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// Kinds of capabilities.
const (
	CapabilityMode     = "mode"
	CapabilityPurpose  = "purpose"
	CapabilityTopology = "topology"
)

// States of capabilities.
const (
	CapabilityWorking    = "working"    // declared, and a conversation with it came to its end
	CapabilityMissing    = "missing"    // declared, and no conversation with it came to its end
	CapabilityUnseen     = "unseen"     // declared, and no conversation with it was held
	CapabilityUndeclared = "undeclared" // not declared, and yet the subject offered or used it
	CapabilityAbsent     = "absent"     // neither declared nor seen
)

// Capability is one thing that a subject may be able to do, as it was declared and as it was seen.
type Capability struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Declared bool   `json:"declared"`
	State    string `json:"state"`
	// Exchange is the first that shows it: the grant at the end of a conversation, or where the subject names it; "" for none.
	Exchange string `json:"exchange"`
	Scenario string `json:"scenario"`
}

// capabilities are all modes and purposes of the contract and, of a gateway, the topologies.
func (b *benchState) capabilities() []Capability {
	s := b.evidence.Run.Subject
	seen := b.shown()
	var all []Capability
	add := func(kind string, known []string, declared func(string) bool) {
		for _, name := range known {
			c := Capability{Kind: kind, Name: name, Declared: declared(name)}
			key := [2]string{kind, name}
			x, working := seen.working[key]
			offer, offered := seen.offered[key]
			switch {
			case c.Declared && working:
				c.State = CapabilityWorking
			case c.Declared && seen.tried[key]:
				c.State = CapabilityMissing
			case c.Declared:
				c.State = CapabilityUnseen
			case working || offered:
				c.State = CapabilityUndeclared
			default:
				c.State = CapabilityAbsent
			}
			if !working {
				x = offer
			}
			if x != nil {
				c.Exchange, c.Scenario = x.ID, x.Scenario
			}
			all = append(all, c)
		}
	}
	add(CapabilityMode, contract.Modes, func(name string) bool { return slices.Contains(s.Modes, name) })
	add(CapabilityPurpose, contract.Purposes, func(name string) bool { return slices.Contains(s.Purposes, name) })
	if s.Role == contract.Gateway {
		add(CapabilityTopology, []string{string(config.Routed), string(config.Combined)}, func(name string) bool { return string(s.Topology) == name })
	}
	return all
}

// shown is what the evidence shows of capabilities, by kind and name.
type shown struct {
	tried            map[[2]string]bool
	working, offered map[[2]string]*journal.Exchange // the first exchange that shows it
}

// first keeps the first exchange that shows a capability; what has no name is none.
func first(in map[[2]string]*journal.Exchange, kind, name string, x *journal.Exchange) {
	if key := [2]string{kind, name}; name != "" && in[key] == nil {
		in[key] = x
	}
}

// conversations are the flows that are played to their end with a mode and a purpose of their own.
const conversations = "fetch-modes/...|flow/...|combined/..."

func (b *benchState) shown() *shown {
	s := &shown{tried: map[[2]string]bool{}, working: map[[2]string]*journal.Exchange{}, offered: map[[2]string]*journal.Exchange{}}
	for _, f := range b.selected(conversations + "|" + scenario.UndeclaredFlows) {
		if f.Scenario.Status != journal.Played && f.Scenario.Status != journal.Blocked {
			continue
		}
		named := map[string]string{CapabilityMode: f.Note(scenario.NoteMode), CapabilityPurpose: f.Note(scenario.NotePurpose)}
		grant := grantIn(f)
		for kind, name := range named {
			if f.Note(scenario.NoteOutcome) == scenario.OutcomeGranted && f.Note(scenario.NoteMode) != "" {
				s.tried[[2]string{kind, name}] = true
			}
			if grant != nil {
				first(s.working, kind, name, grant)
			}
		}
	}
	b.topology(s)
	b.offers(s)
	return s
}

// grantIn is the message by which the subject shows that a conversation came to a grant; nil for none. A gateway delivers the
// grant to the bridge. A bridge goes through to the grant of ours: it sends confirm, or answers the notify.
func grantIn(f *Flow) *journal.Exchange {
	for _, x := range f.Exchanges {
		granted := x.Endpoint == contract.OnConfirm && !absent(x, "/auth") || x.Endpoint == contract.Notify && Text(x, "/auth/status") == contract.Granted
		switch {
		case !granted || !absent(x, "/error"):
		case x.Direction == journal.Received && slices.Contains(contract.Bridges, x.Player):
			return x
		case x.Direction == journal.Sent && x.Player == contract.Gateway && Accepted(x):
			own := contract.Confirm
			if x.Endpoint == contract.Notify {
				own = contract.OnNotify
			}
			if did := f.Received(own); len(did) > 0 {
				return did[0]
			}
		}
	}
	return nil
}

// topology notes where the consent manager of a gateway was seen to be: behind it, where requests come to ours; or inside,
// where requests are answered and none ever came to ours.
func (b *benchState) topology(s *shown) {
	if b.evidence.Run.Subject.Role != contract.Gateway {
		return
	}
	var routed, answered *journal.Exchange
	tried := false
	for _, f := range b.selected(conversations) {
		for _, x := range f.Exchanges {
			switch {
			case x.Direction == journal.Sent:
				tried = true
			case x.Player == contract.CM && routed == nil && (x.Endpoint == contract.FetchModes || x.Endpoint == contract.Init || x.Endpoint == contract.Confirm):
				routed = x
			case x.Endpoint == contract.OnFetchModes && !absent(x, "/auth") && answered == nil:
				answered = x
			}
		}
	}
	s.tried[[2]string{CapabilityTopology, string(b.evidence.Run.Subject.Topology)}] = tried
	switch {
	case routed != nil:
		first(s.working, CapabilityTopology, string(config.Routed), routed)
	case answered != nil:
		first(s.working, CapabilityTopology, string(config.Combined), answered)
	}
}

// offers keeps each mode and purpose that the subject names by itself: a bridge in what it asks, a consent manager inside a
// gateway in what it answers. What a gateway passes on is not its own.
func (b *benchState) offers(s *shown) {
	subject := b.evidence.Run.Subject
	inside := subject.Topology == config.Combined
	for _, x := range b.evidence.Exchanges {
		if x.Direction != journal.Received {
			continue
		}
		switch {
		case subject.Role != contract.Gateway:
			if x.Endpoint == contract.FetchModes || x.Endpoint == contract.Init {
				first(s.offered, CapabilityMode, Text(x, "/query/authMode"), x)
				first(s.offered, CapabilityPurpose, Text(x, "/query/purpose"), x)
			}
		case inside && x.Endpoint == contract.OnFetchModes:
			for _, mode := range Texts(x, "/auth/modes") {
				first(s.offered, CapabilityMode, mode, x)
			}
		case inside && x.Endpoint == contract.OnInit:
			first(s.offered, CapabilityMode, Text(x, "/auth/mode"), x)
		}
	}
}
