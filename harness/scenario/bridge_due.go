package scenario

import (
	"context"
	"encoding/json"
	"errors"

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
	draft, err := s.solicited(ctx, endpoint, purpose, mode)
	var unable *notApplicableError
	switch {
	case errors.As(err, &unable): // the hook says that the subject cannot be made to ask for it
		return s.imagined(endpoint, purpose, mode)
	case err != nil:
		return Draft{}, err
	}
	s.Note(NoteSolicited, "true")
	return draft, nil
}

// solicited makes the subject ask for the message of that endpoint, and returns it. The error is a *notApplicableError where
// the subject cannot be made to do so.
func (s *Stage) solicited(ctx context.Context, endpoint, purpose, mode string) (Draft, error) {
	var err error
	switch endpoint {
	case contract.OnFetchModes, contract.OnInit:
		err = s.questioned(ctx, contract.MustEndpoint(endpoint).Answers, purpose, mode)
	case contract.OnConfirm:
		_, err = s.opened(ctx, s.flowAction(purpose, mode))
	case contract.Notify:
		auth, err := s.opened(ctx, s.flowAction(purpose, contract.Direct))
		if err != nil {
			return Draft{}, err
		}
		out, err := s.Hub().Decision(auth.TransactionID, contract.Granted)
		return s.draft(out), harnessError(err)
	}
	if err != nil {
		return Draft{}, err
	}
	asked, err := s.next(ctx, contract.MustEndpoint(endpoint).Answers)
	if err != nil {
		return Draft{}, err
	}
	return s.reply(asked, "")
}

// questioned makes the subject send fetch-modes or init and holds back what answers it: in a whole flow, so that what it
// makes of the answer shows, or, where it does not go through one or begins it with another message, by the action of
// that name. NoteBegun says which.
func (s *Stage) questioned(ctx context.Context, asks, purpose, mode string) error {
	s.Hold(asks)
	if mode == "" {
		mode, _ = s.declaredMode(contract.OnInit)
	}
	var unable error
	for _, a := range []action{s.flowAction(purpose, mode), {name: asks, purpose: purpose, mode: mode}} { // the actions are named after the messages
		first, err := s.begin(ctx, a)
		var lacking *notApplicableError
		switch {
		case errors.As(err, &lacking):
			unable = err
		case err != nil:
			return err
		case asks == contract.Init || first.Exchange.Endpoint == asks:
			s.Note(NoteBegun, a.name)
			return nil
		default: // its conversation goes on by itself, and another begins
			s.mu.Lock()
			s.taken[first.Exchange.ID] = true
			s.mu.Unlock()
		}
	}
	if unable == nil {
		unable = blocked(asks, "the subject begins with init when it is asked for the modes only")
	}
	return unable
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
