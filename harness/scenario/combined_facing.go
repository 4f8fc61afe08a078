package scenario

import (
	"context"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// Where the CM is inside the subject, nobody outside may speak in its name. These scenarios are what a bridge could try.

// Kinds of messages in the name of the CM inside (NoteKind), beside TokenMissing and TokenGarbage.
const (
	ForgedUnasked = "bridge" // with the token of a bridge; nobody has asked for it
	ForgedAnswer  = "forged" // with the token of a bridge, about a request that another bridge has under way
)

// facing are "combined/cm-facing/<kind>/<endpoint>": the HIU sends what only the CM may send, addressed to the HIP.
func facing() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.Notify} {
		for _, k := range []struct {
			name, title string
			token       *string
		}{
			{TokenMissing, "without a token", new("")},
			{TokenGarbage, "with a token that nobody issued", new("Bearer not-a-token-that-anyone-issued")},
			{ForgedUnasked, "with its own token", nil},
		} {
			all = append(all, forgery(k.name, endpoint, "that nobody asked for, "+k.title, func(_ context.Context, s *Stage) (Draft, error) {
				d := s.forged(endpoint, player.NewRequestID(), player.NewRequestID())
				d.Authorization = k.token
				return d, nil
			}))
		}
	}
	return append(all,
		forgery(ForgedAnswer, contract.OnInit, "that answers an init of the HIP", forgedOnInit),
		forgery(ForgedAnswer, contract.OnConfirm, "that answers a confirm of the HIP", forgedOnConfirm),
		forgery(ForgedAnswer, contract.Notify, "about a session of the HIP that the patient has not decided", forgedNotify))
}

func forgery(kind, endpoint, title string, make func(context.Context, *Stage) (Draft, error)) Scenario {
	sc := Scenario{
		Name: combinedPrefix + "cm-facing/" + kind + "/" + endpoint, Title: "The HIU sends the HIP, in the name of the CM, an " + endpoint + " " + title,
		Needs: Needs{Topology: config.Combined},
		Notes: map[string]string{NoteEndpoint: endpoint, NoteKind: kind, NoteBridge: string(contract.HIP)},
		Play: func(ctx context.Context, s *Stage) error {
			d, err := make(ctx, s)
			if err != nil {
				return err
			}
			if _, err := s.Send(ctx, StepProbe, d.From, d.Outgoing); err != nil {
				return err
			}
			return s.Quiet(ctx)
		},
	}
	if kind == ForgedAnswer && endpoint == contract.Notify {
		sc.Needs.Mode = contract.Direct
	}
	return sc
}

// forged is a message of the CM, made by our HIU and addressed to our HIP, that answers a request and is about a transaction.
func (s *Stage) forged(endpoint, requestID, transaction string) Draft {
	s.net.journal.Bind(s.scenario.Name, requestID)
	id, now, resp := player.NewRequestID(), player.Timestamp(time.Now()), contract.Reference{RequestID: requestID}
	var message any
	switch endpoint {
	case contract.OnFetchModes:
		message = contract.OnFetchModesMessage{RequestID: id, Timestamp: now, Resp: resp, Auth: &contract.ModesAuth{Purpose: s.declaredPurpose(contract.HIP), Modes: []string{contract.MobileOTP}}}
	case contract.OnInit:
		message = contract.OnInitMessage{RequestID: id, Timestamp: now, Resp: resp, Auth: &contract.InitAuth{TransactionID: transaction, Mode: contract.MobileOTP}}
	case contract.OnConfirm:
		message = contract.OnConfirmMessage{RequestID: id, Timestamp: now, Resp: resp, Auth: &contract.GrantAuth{AccessToken: player.NewRequestID()}}
	case contract.Notify:
		message = contract.NotifyMessage{RequestID: id, Timestamp: now, Auth: &contract.NotifyAuth{TransactionID: transaction, Status: contract.Granted, AccessToken: player.NewRequestID()}}
	}
	return Draft{From: s.Bridge(contract.HIU), Sender: contract.HIU, Receiver: contract.HIP, Outgoing: player.Compose(endpoint, contract.HIP, s.ID(contract.HIP), message)}
}

// underWay sends a request as the HIP and returns its requestId. The true answer and the forged one may come in any order.
func (s *Stage) underWay(ctx context.Context, out player.Outgoing) (requestID string, err error) {
	return strings.Trim(string(member(out.Body, "requestId")), `"`), s.Request(ctx, s.Bridge(contract.HIP), out)
}

func forgedOnInit(ctx context.Context, s *Stage) (Draft, error) {
	mode, ok := s.declaredMode(contract.Init)
	if !ok {
		return Draft{}, &notApplicableError{"subject.modes lists no mode"}
	}
	if err := s.enter(ctx); err != nil {
		return Draft{}, err
	}
	s.net.turns.spoil(s)
	requestID, err := s.underWay(ctx, s.Bridge(contract.HIP).Init(s.Query(contract.HIP, s.declaredPurpose(contract.HIP), mode)))
	return s.forged(contract.OnInit, requestID, player.NewRequestID()), err
}

func forgedOnConfirm(ctx context.Context, s *Stage) (Draft, error) {
	mode, ok := s.declaredMode(contract.Confirm)
	if !ok {
		return Draft{}, &notApplicableError{"subject.modes lists no mode in which confirm is sent"}
	}
	auth, err := s.Initiate(ctx, contract.HIP, s.declaredPurpose(contract.HIP), mode)
	if err != nil {
		return Draft{}, err
	}
	requestID, err := s.underWay(ctx, s.Bridge(contract.HIP).Confirm(auth.TransactionID, credential(s.Account, mode)))
	return s.forged(contract.OnConfirm, requestID, auth.TransactionID), err
}

func forgedNotify(ctx context.Context, s *Stage) (Draft, error) {
	auth, err := s.Initiate(ctx, contract.HIP, s.declaredPurpose(contract.HIP), contract.Direct)
	if err != nil {
		return Draft{}, err
	}
	return s.forged(contract.Notify, player.NewRequestID(), auth.TransactionID), nil
}
