//go:build pact

package hipgateway_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/consumer"
)

func TestWhatAHIPCountsOnAtTheGateway(t *testing.T) {
	consumer.Check(t, pacts.Pair{Consumer: contract.HIP, Provider: contract.Gateway})
}
