package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// UndeclaredFlows selects the conversations with what the subject does not declare. No check looks at them: a capability
// that works although it is not declared is told, and is no fault.
const UndeclaredFlows = "undeclared/..."

// undeclared are "undeclared/mode/<mode>" and "undeclared/purpose/<purpose>" of a gateway, for whatever it does not
// declare. Behind a gateway our own CM gives every mode. A bridge is not asked for what it does not declare: its hook may
// refuse, and would then seem not to work at all. Nor is a CM inside a gateway, which would trouble a patient that is not ours.
func undeclared() []Scenario {
	var all []Scenario
	for _, mode := range contract.Modes {
		f := flow{bridge: contract.HIP, mode: mode, outcome: OutcomeGranted}
		all = append(all, f.undeclared("undeclared/mode/"+kebab(mode), mode))
	}
	for _, purpose := range contract.Purposes {
		f := flow{bridge: contract.HIP, purpose: purpose, outcome: OutcomeGranted}
		all = append(all, f.undeclared("undeclared/purpose/"+kebab(purpose), purpose))
	}
	return all
}

// undeclared is the flow with one word that the subject must not have declared, and another, chosen when it is played, that it has.
func (f flow) undeclared(name, word string) Scenario {
	s := f.named(name)
	s.Title = "The HIP authenticates a patient by " + word + ", which the subject does not declare"
	s.Needs = Needs{Topology: config.Routed, Undeclared: word}
	s.Play = func(ctx context.Context, s *Stage) error {
		f := f
		if f.purpose == "" {
			f.purpose = s.declaredPurpose(f.bridge)
		}
		if f.mode == "" {
			f.mode, _ = s.declaredMode(contract.Init) // a configuration declares one at least
		}
		return f.play(ctx, s)
	}
	return s
}
