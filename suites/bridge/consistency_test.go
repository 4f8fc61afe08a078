package bridge_test

import (
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites/bridge"
	"abdm.example/conformance/suites/internal/specstest"
)

func TestRequirementsChecksAndScenariosFitTogether(t *testing.T) {
	for _, role := range contract.Bridges {
		t.Run(string(role), func(t *testing.T) { specstest.Consistent(t, role, bridge.Specs(role)) })
	}
}
