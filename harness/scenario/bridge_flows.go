package scenario

import (
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// bridgeFlows are the conversations of a bridge in which every message of ours is canonical:
// "flow/<mode>/<purpose>/<outcome>" and "flow/fetch-modes/<purpose>".
func bridgeFlows(role contract.Role) []Scenario {
	var all []Scenario
	for _, purpose := range purposesOf(role) {
		all = append(all, bridgeFlow("flow/fetch-modes/"+kebab(purpose), "The subject asks for the modes of a patient for "+purpose+", and no more", OutcomeGranted, false,
			talk{action: player.ActionFetchModes, purpose: purpose, last: contract.OnFetchModes}))
		for _, mode := range contract.Modes {
			outcomes := []string{OutcomeGranted}
			if mode == contract.Direct {
				outcomes = append(outcomes, OutcomeDenied)
			}
			for _, outcome := range outcomes {
				name := strings.Join([]string{"flow", kebab(mode), kebab(purpose), outcome}, "/")
				all = append(all, bridgeFlow(name, "The subject authenticates a patient by "+mode+" for "+purpose+"; the end is: "+outcome, outcome, true,
					talk{purpose: purpose, mode: mode, denied: outcome == OutcomeDenied}))
			}
		}
	}
	return all
}

// bridgeFlow is one canonical conversation. byHand says that a person may be asked to begin it.
func bridgeFlow(name, title, outcome string, byHand bool, t talk) Scenario {
	return Scenario{
		Name: name, Title: title, Play: t.play,
		Needs: Needs{Start: true, ByHand: byHand, Mode: t.mode, Purpose: t.purpose},
		Notes: map[string]string{NoteMode: t.mode, NoteGiven: t.mode, NotePurpose: t.purpose, NoteOutcome: outcome},
	}
}
