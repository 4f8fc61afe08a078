package reports

import (
	"cmp"
	"slices"
	"strings"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// lanesInOrder are the parties from left to right: the bridges ask through the gateway what the CM answers.
var lanesInOrder = []contract.Role{contract.HIP, contract.HIU, contract.Gateway, contract.CM, config.OtherCM}

// nobody is the lane of messages that went to a path where no player of ours is.
const nobody contract.Role = ""

// arrange gives every party of the messages its lane, and says on which lane the player of a message is. The subject has one
// of its own at the place of its role, also where a player of ours has the same role.
func (t *timeline) arrange(ix *index, shown []*journal.Exchange, subject journal.Subject) func(*journal.Exchange) int {
	type party struct {
		role    contract.Role
		subject bool
	}
	parties := []party{{subject.Role, true}}
	for _, x := range shown {
		if p := (party{x.Player, false}); !slices.Contains(parties, p) && len(parties) <= maxLanes {
			parties = append(parties, p)
		}
	}
	rank := func(p party) int {
		if i := slices.Index(lanesInOrder, p.role); i >= 0 {
			return i
		}
		if p.role == nobody && !p.subject {
			return len(lanesInOrder) + 1
		}
		return len(lanesInOrder)
	}
	slices.SortStableFunc(parties, func(a, b party) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(string(a.role), string(b.role)))
	})
	for _, p := range parties {
		t.Lanes = append(t.Lanes, lane{Title: ix.partyName(p.role), Subject: p.subject})
	}
	return func(x *journal.Exchange) int {
		if i := slices.Index(parties, party{x.Player, false}); i >= 0 {
			return i
		}
		return slices.IndexFunc(parties, func(p party) bool { return !p.subject }) // there was no room for a lane of its own
	}
}

// partyName is a party as lanes and tables name it.
func (ix *index) partyName(role contract.Role) string {
	switch role {
	case contract.HIP, contract.HIU, contract.CM, contract.Gateway, config.OtherCM:
		return ix.m.T("party." + string(role))
	case nobody:
		return ix.m.T("party.nobody")
	}
	return line(string(role), 20)
}

// laneName is a lane in a sentence or a table: the subject is named as such.
func (ix *index) laneName(l lane) string {
	if l.Subject {
		return ix.m.T("timeline.party-subject", "Party", l.Title)
	}
	return l.Title
}
