// Package bridge holds the checks of a HIP or HIU subject: Ginkgo specs over
// the evidence, one file for each part of the contract.
package bridge

import (
	"slices"

	"github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
)

// Specs registers every check of a bridge subject of that role.
func Specs(role contract.Role) suites.Specs {
	s := specs{role: role}
	return func() {
		s.acknowledgement()
		s.authorization()
		s.bodies()
		s.variants()
		s.relaxations()
		s.fieldShapes()
		s.unknown()
		s.addressing()
		s.acknowledging()
		s.robustness()
		s.emissions()
		s.queries()
		s.confirms()
		s.grants()
		s.decisions()
		s.sequences()
		s.crowds()
	}
}

// specs registers the checks of one role.
type specs struct{ role contract.Role }

// It registers a check, where its requirement binds the role.
func (s specs) It(text, requirement, flows string, judge func(c *suites.C)) {
	q, known := suites.Requirements().Lookup(requirement)
	if known && !slices.Contains(q.Roles, s.role) {
		return
	}
	ginkgo.It(text, suites.Check(requirement, flows, judge)...)
}
