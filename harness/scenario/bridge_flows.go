package scenario

import (
	"context"
	"strings"

	"abdm.example/conformance/contract"
)

// bridgeFlow is a conversation that the subject begins and goes through to its end, as data.
type bridgeFlow struct{ mode, purpose, outcome string }

// bridgeFlows are "flow/<mode>/<purpose>/<outcome>".
func bridgeFlows(role contract.Role) []bridgeFlow {
	var all []bridgeFlow
	for _, mode := range contract.Modes {
		for _, purpose := range purposesOf(role) {
			all = append(all, bridgeFlow{mode, purpose, OutcomeGranted})
			if mode == contract.Direct {
				all = append(all, bridgeFlow{mode, purpose, OutcomeDenied})
			}
		}
	}
	return all
}

func (f bridgeFlow) scenario() Scenario {
	return Scenario{
		Name:  strings.Join([]string{"flow", kebab(f.mode), kebab(f.purpose), f.outcome}, "/"),
		Title: "The subject authenticates a patient by " + f.mode + " for " + f.purpose + "; the end is: " + f.outcome,
		Needs: Needs{Start: true, Mode: f.mode, Purpose: f.purpose},
		Notes: map[string]string{NoteMode: f.mode, NotePurpose: f.purpose, NoteOutcome: f.outcome},
		Play:  f.play,
	}
}

func (f bridgeFlow) play(ctx context.Context, s *Stage) error {
	auth, err := s.opened(ctx, s.flowAction(f.purpose, f.mode))
	if err != nil {
		return err
	}
	if f.mode == contract.Direct {
		err = f.decide(ctx, s, auth.TransactionID)
	} else {
		err = f.confirm(ctx, s)
	}
	if err != nil {
		return err
	}
	if f.outcome == OutcomeGranted && s.links(f.purpose) {
		if err := s.awaitLink(ctx); err != nil {
			return err
		}
	}
	return s.Quiet(ctx)
}

// confirm answers the subject's confirm.
func (f bridgeFlow) confirm(ctx context.Context, s *Stage) error {
	asked, err := s.asked(ctx, contract.Confirm)
	if err != nil {
		return err
	}
	draft, err := s.reply(contract.Confirm, asked)
	if err != nil {
		return err
	}
	return s.Request(ctx, draft.From, draft.Outgoing)
}

// decide notifies the subject of the patient's decision, and waits for its acknowledgement.
func (f bridgeFlow) decide(ctx context.Context, s *Stage, transactionID string) error {
	status := contract.Granted
	if f.outcome == OutcomeDenied {
		status = contract.Denied
	}
	notify, err := s.Hub().Decision(transactionID, status)
	if err != nil {
		return harnessError(err)
	}
	if err := s.Request(ctx, s.Hub(), notify); err != nil {
		return err
	}
	_, err = s.asked(ctx, contract.OnNotify)
	return err
}
