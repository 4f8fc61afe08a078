//go:build pact

package hiugateway_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/consumer"
)

func TestWhatAHIUCountsOnAtTheGateway(t *testing.T) {
	consumer.Check(t, pacts.Pair{Consumer: contract.HIU, Provider: contract.Gateway})
}
