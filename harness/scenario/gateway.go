package scenario

import (
	"abdm.example/conformance/contract"
)

// gatewayScenarios are played against a gateway subject.
func gatewayScenarios() []Scenario {
	all := []Scenario{fetchModes(contract.HIP, contract.Link), fetchModes(contract.HIU, contract.KYC)}
	for _, f := range flows() {
		all = append(all, f.scenario())
	}
	for _, endpoint := range []string{contract.FetchModes, contract.Init} {
		all = append(all, unknownPatient(endpoint, contract.HIP), unknownPatient(endpoint, contract.HIU))
	}
	for _, e := range contract.Endpoints {
		all = append(all, tokens(e)...)
		all = append(all, headers(e)...)
		all = append(all, bodies(e, disputedByGateways)...)
	}
	for _, l := range lawfuls() {
		all = append(all, l.scenarios()...)
	}
	for _, u := range unlawfuls() {
		all = append(all, u.scenarios()...)
	}
	for _, family := range [][]Scenario{wrongKind(), replays(), duplicates(), sessions(), combinedScenarios(), cmDown(), refused(), bridgeDown(), recovers(), hurried(), lateAnswers(), slowCM(), slowBridge(), again(), forgeries(), otherCM(), late(), samePatient(), {sharedID(), otherBridge(), headerCaseHIU(), otherKind(), modesInstead()}, undeclared()} {
		all = append(all, family...)
	}
	return all
}
