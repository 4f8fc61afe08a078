package scenario

import (
	"context"
	"encoding/json"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// Due returns the message of that endpoint that the hub could lawfully send now: where the subject can be made to begin,
// as the answer to what it asks (the note NoteSolicited is "true"), and otherwise unasked, about a conversation that it
// knows nothing of. It returns a *BlockedError where the subject does not get so far.
func (s *Stage) Due(ctx context.Context, endpoint string) (Draft, error) {
	mode, ok := s.declaredMode(endpoint)
	if !ok {
		return Draft{}, &notApplicableError{"subject.modes lists no mode in which " + endpoint + " is sent"}
	}
	return s.DueMode(ctx, endpoint, s.declaredPurpose(s.subjectRole()), mode)
}

// DueMode is Due for a purpose and a mode.
func (s *Stage) DueMode(ctx context.Context, endpoint, purpose, mode string) (Draft, error) {
	if h := s.net.cfg.Hooks.Start; h == nil || h.Manual != "" {
		return s.imagined(endpoint, purpose, mode)
	}
	s.Note(NoteSolicited, "true")
	asks := contract.MustEndpoint(endpoint).Answers
	switch endpoint {
	case contract.OnFetchModes, contract.OnInit:
		a := action{name: asks, purpose: purpose, mode: mode} // the actions are named after the messages
		s.Hold(asks)
		if _, err := s.begin(ctx, a); err != nil {
			return Draft{}, err
		}
	case contract.OnConfirm:
		if _, err := s.opened(ctx, s.flowAction(purpose, mode)); err != nil {
			return Draft{}, err
		}
	case contract.Notify:
		auth, err := s.opened(ctx, s.flowAction(purpose, contract.Direct))
		if err != nil {
			return Draft{}, err
		}
		out, err := s.Hub().Decision(auth.TransactionID, contract.Granted)
		return s.draft(out), harnessError(err)
	}
	asked, err := s.next(ctx, asks)
	if err != nil {
		return Draft{}, err
	}
	return s.reply(asked, "")
}

// opened makes the subject begin, answers its init itself, and holds back what answers its confirm. It returns what on-init said.
func (s *Stage) opened(ctx context.Context, a action) (*contract.InitAuth, error) {
	s.Hold(contract.Init)
	s.Hold(contract.Confirm)
	if _, err := s.begin(ctx, a); err != nil {
		return nil, err
	}
	asked, err := s.next(ctx, contract.Init)
	if err != nil {
		return nil, err
	}
	draft, err := s.reply(asked, "")
	if err != nil {
		return nil, err
	}
	if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
		return nil, err
	}
	auth, err := initAuth(draft.Body)
	if err != nil {
		return nil, err
	}
	return auth, s.give(ctx, auth.TransactionID, a.credential)
}

// initAuth reads what an on-init of ours says.
func initAuth(body []byte) (*contract.InitAuth, error) {
	var m contract.OnInitMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, harnessError(err)
	}
	if m.Auth == nil {
		return nil, blocked(contract.OnInit, "the consent manager refused the init of the subject: it asked for a patient, a purpose or a mode that is not its own")
	}
	return m.Auth, nil
}

// imagined is a message of the hub about a conversation that was never held.
func (s *Stage) imagined(endpoint, purpose, mode string) (Draft, error) {
	query := contract.Query{ID: s.Account.ID, Purpose: purpose, AuthMode: mode}
	ask := func(endpoint string, message any) (Draft, error) {
		raw, err := json.Marshal(message)
		if err != nil {
			return Draft{}, harnessError(err)
		}
		out, err := s.Hub().ReplyLoosely(endpoint, raw)
		return s.draft(out), harnessError(err)
	}
	if endpoint == contract.OnFetchModes {
		query.AuthMode = ""
		return ask(contract.FetchModes, contract.QueryMessage{RequestID: player.NewRequestID(), Query: query})
	}
	onInit, err := ask(contract.Init, contract.QueryMessage{RequestID: player.NewRequestID(), Query: query})
	if err != nil || endpoint == contract.OnInit {
		return onInit, err
	}
	auth, err := initAuth(onInit.Body)
	if err != nil {
		return Draft{}, err
	}
	if endpoint == contract.OnConfirm {
		return ask(contract.Confirm, contract.ConfirmMessage{RequestID: player.NewRequestID(), TransactionID: auth.TransactionID, Credential: credential(s.Account, mode)})
	}
	out, err := s.Hub().Decision(auth.TransactionID, contract.Granted)
	return s.draft(out), harnessError(err)
}
