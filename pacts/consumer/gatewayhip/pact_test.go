//go:build pact

package gatewayhip_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/consumer"
)

func TestWhatTheGatewayCountsOnAtAHIP(t *testing.T) {
	consumer.Check(t, pacts.Pair{Consumer: contract.Gateway, Provider: contract.HIP})
}
