package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// acknowledgedUnasked is "combined/on-notify/unknown/hip": an on-notify that answers no notify.
func acknowledgedUnasked() Scenario {
	return Scenario{
		Name: combinedPrefix + "on-notify/unknown/hip", Title: "The HIP sends an on-notify that answers no notify", Needs: Needs{Topology: config.Combined},
		Notes: map[string]string{NoteEndpoint: contract.OnNotify, NoteBridge: string(contract.HIP), NoteKind: "unknown"},
		Play: func(ctx context.Context, s *Stage) error {
			d := s.strayAnswer(contract.HIP)
			if _, err := s.Send(ctx, StepProbe, d.From, d.Outgoing); err != nil {
				return err
			}
			return s.Quiet(ctx)
		},
	}
}

// acknowledgedByError is "combined/on-notify/error/hip": the HIP answers a notify with an error.
func acknowledgedByError() Scenario {
	return Scenario{
		Name: combinedPrefix + "on-notify/error/hip", Title: "The HIP answers a notify with an error", Needs: Needs{Topology: config.Combined, Mode: contract.Direct},
		Notes: map[string]string{NoteEndpoint: contract.OnNotify, NoteBridge: string(contract.HIP), NoteKind: "error", NoteMode: contract.Direct},
		Play: func(ctx context.Context, s *Stage) error {
			if s.net.cfg.Hooks.Decide == nil {
				return errNoDecide
			}
			hip := s.Bridge(contract.HIP)
			auth, err := s.Initiate(ctx, contract.HIP, s.declaredPurpose(contract.HIP), contract.Direct)
			if err != nil {
				return err
			}
			hip.Hold(auth.TransactionID)
			if err := s.decide(ctx, auth.TransactionID, contract.Granted); err != nil {
				return err
			}
			notify, err := s.Await(ctx, contract.HIP, contract.Notify)
			if err != nil {
				return err
			}
			d := Draft{From: hip, Outgoing: hip.OnNotify(notify.Body)}
			if err := d.edit(edit{"/acknowledgement", ""}, edit{"/error", `{"code":3404,"message":"We have no such session."}`}); err != nil {
				return err
			}
			if _, err := s.Send(ctx, StepProbe, d.From, d.Outgoing); err != nil {
				return err
			}
			return s.Quiet(ctx)
		},
	}
}
