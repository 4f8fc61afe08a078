package scenario

import (
	"slices"

	"abdm.example/conformance/contract"
)

// bridgeScenarios are played against a HIP or a HIU.
func bridgeScenarios(role contract.Role) []Scenario {
	all := append(bridgeFlows(role), bridgeTwists(role)...)
	return append(all, bridgeWire(role)...)
}

// Controls are the patterns of scenarios with which checks compare others: they are played also where a filter leaves out
// the checks that judge them.
func Controls(role contract.Role) []string {
	if !slices.Contains(contract.Bridges, role) {
		return nil
	}
	return []string{"accept/*", "control/*", "flow/..."}
}

// purposesOf are the purposes for which a bridge asks: a HIU for KYC only.
func purposesOf(role contract.Role) []string {
	if role == contract.HIU {
		return []string{contract.KYC}
	}
	return slices.Clone(contract.Purposes)
}
