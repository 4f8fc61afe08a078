//go:build pact

package cmgateway_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/consumer"
)

func TestWhatACMCountsOnAtTheGateway(t *testing.T) {
	consumer.Check(t, pacts.Pair{Consumer: contract.CM, Provider: contract.Gateway})
}
