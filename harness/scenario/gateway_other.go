package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// otherCM are "other-cm/route/<endpoint>", a request to the second CM about a patient whose address ends with the first
// one's id, and "other-cm/callback/<endpoint>", an answer by the CM that was not asked.
func otherCM() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init} {
		all = append(all, Scenario{
			Name: "other-cm/route/" + endpoint, Title: "The HIP sends " + endpoint + " to the second CM", Needs: Needs{Topology: config.Routed, OtherCM: true},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				draft.Header.Set(contract.HeaderCM, s.ID(config.OtherCM))
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.Await(ctx, contract.HIP, contract.MustEndpoint(endpoint).Callback); err != nil && ctx.Err() != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} {
		sc := probe("other-cm/callback/"+endpoint, "The second CM answers with "+endpoint+" what the first one was asked", contract.MustEndpoint(endpoint), nil,
			func(_ context.Context, s *Stage, d *Draft) error {
				d.From = s.net.otherCM
				return nil
			})
		sc.Needs.OtherCM = true
		all = append(all, sc)
	}
	return all
}

// late are "late/<endpoint>": the CM answers after the subject's correlation time has passed.
func late() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit} {
		all = append(all, Scenario{
			Name: "late/" + endpoint, Title: "The CM sends " + endpoint + " after the subject's correlation time", Needs: Needs{Topology: config.Routed, Correlation: true},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				ttl := s.net.cfg.Subject.Correlation
				if err := s.pause(ctx, ttl+ttl/5); err != nil {
					return err
				}
				if err := renew(&draft); err != nil {
					return err
				}
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	return all
}
