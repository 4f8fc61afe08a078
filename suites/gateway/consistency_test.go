package gateway_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites/gateway"
	"abdm.example/conformance/suites/internal/specstest"
)

func TestRequirementsChecksAndScenariosFitTogether(t *testing.T) {
	specstest.Consistent(t, contract.Gateway, gateway.Specs)
}
