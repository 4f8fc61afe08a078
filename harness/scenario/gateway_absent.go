package scenario

import (
	"context"
	"strings"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// refused are "cm-down/refused/<endpoint>/<bridge>": the CM cannot be connected to. Our CM and our bridges are behind one
// address, which cannot refuse the one and take the other's error callback: the subject must know a CM that is not there.
func refused() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init} { // no session of that CM could be confirmed
		for _, bridge := range contract.Bridges {
			all = append(all, Scenario{
				Name: "cm-down/refused/" + endpoint + "/" + string(bridge), Title: "The " + strings.ToUpper(string(bridge)) + " sends " + endpoint + " to a CM that cannot be connected to",
				Needs: Needs{Topology: config.Routed, AbsentCM: true},
				Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(bridge), NoteKind: "refused", NoteOutcome: OutcomeError},
				Play: func(ctx context.Context, s *Stage) error {
					draft, err := s.Reach(ctx, endpoint, bridge)
					if err != nil {
						return err
					}
					draft.Header.Set(contract.HeaderCM, s.net.cfg.Identities.AbsentCM)
					answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
					if err != nil {
						return err
					}
					if accepted(answer) {
						if _, err := s.AwaitFor(ctx, max(DownDeadline, s.Timing().Callback), bridge, contract.MustEndpoint(endpoint).Callback); err != nil && ctx.Err() != nil {
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
