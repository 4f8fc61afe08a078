// Package gateway holds the checks of a gateway subject: Ginkgo specs over the
// evidence, one file for each part of the contract.
package gateway

// Specs registers every check of a gateway subject.
func Specs() {
	acknowledgement()
	envelope()
	authorization()
	addressing()
	bodies()
	lawful()
	guards()
	routing()
	deliveries()
	failures()
	sequences()
	combined()
}
