//go:build pact

package gatewaycm_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/consumer"
)

func TestWhatTheGatewayCountsOnAtACM(t *testing.T) {
	consumer.Check(t, pacts.Pair{Consumer: contract.Gateway, Provider: contract.CM})
}
