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

// purposesOf are the purposes for which a bridge asks: a HIU for KYC only.
func purposesOf(role contract.Role) []string {
	if role == contract.HIU {
		return []string{contract.KYC}
	}
	return slices.Clone(contract.Purposes)
}
