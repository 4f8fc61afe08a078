package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// samePatient are "same-patient/<endpoint>/<bridge>": two requests about one patient, the second before the first is answered.
func samePatient() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init} {
		for _, bridge := range contract.Bridges {
			all = append(all, Scenario{
				Name: "same-patient/" + endpoint + "/" + string(bridge), Title: "Two " + endpoint + " about one patient overlap", Needs: Needs{Topology: config.Routed},
				Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(bridge)},
				Play: func(ctx context.Context, s *Stage) error {
					s.Hold(endpoint)
					for range 2 {
						draft, err := s.Reach(ctx, endpoint, bridge)
						if err != nil {
							return err
						}
						if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
							return err
						}
					}
					if err := s.answerHeld(ctx, endpoint); err != nil {
						return err
					}
					for range 2 {
						if _, err := s.Await(ctx, bridge, contract.MustEndpoint(endpoint).Callback); err != nil {
							return err
						}
					}
					return s.Quiet(ctx)
				},
			})
		}
	}
	return all
}
