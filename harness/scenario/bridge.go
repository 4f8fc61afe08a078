package scenario

import (
	"context"
	"slices"

	"abdm.example/conformance/contract"
)

// bridgeScenarios are played against a HIP or a HIU.
func bridgeScenarios(role contract.Role) []Scenario {
	all := append(bridgeFlows(role), bridgeTwists(role)...)
	for _, e := range contract.Served(role) {
		all = append(all, towardsBridge(role, acceptances(e))...)
		all = append(all, towardsBridge(role, tokens(e))...)
		all = append(all, towardsBridge(role, bodies(e))...)
	}
	for _, l := range lawfuls() {
		all = append(all, towardsBridge(role, l.scenarios())...)
	}
	return all
}

// towardsBridge keeps those probes of a gateway that a bridge receives too, and lets them be sent to a bridge.
func towardsBridge(role contract.Role, probes []Scenario) []Scenario {
	var all []Scenario
	for _, s := range probes {
		e, ok := contract.EndpointNamed(s.Notes[NoteEndpoint])
		if !ok || !e.DeliveredTo(role) || s.Notes[NoteKind] == TokenWrongRole {
			continue
		}
		s.Needs.Topology = ""
		delete(s.Notes, NoteBridge)
		all = append(all, s)
	}
	return all
}

// acceptances are "accept/<endpoint>": a message as it should be.
func acceptances(e contract.Endpoint) []Scenario {
	return []Scenario{probe("accept/"+e.Name, "A valid "+e.Name, e, nil, func(context.Context, *Stage, *Draft) error { return nil })}
}

// purposesOf are the purposes for which a bridge asks: a HIU for KYC only.
func purposesOf(role contract.Role) []string {
	if role == contract.HIU {
		return []string{contract.KYC}
	}
	return slices.Clone(contract.Purposes)
}
