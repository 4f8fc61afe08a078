package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// noStart says which hook to configure.
const noStart = "hooks.start is not set: configure it (http, exec or manual) so that the subject begins a conversation when the suite asks; it is told action (fetch-modes, init or flow), patientId, purpose, mode, authCode and demographic"

// action is what the start hook makes the subject do about the scenario's patient.
type action struct {
	name          string // player.ActionFetchModes, ActionInit or ActionFlow
	purpose, mode string // mode "" leaves the choice to the consent manager
	// code is what the patient enters as the code, "" for nothing.
	code string
	// details gives the patient's demographic details.
	details bool
}

// begin calls the start hook. What goes wrong with it is nobody's failure: the error is a *BlockedError, or says that there is nobody at the terminal.
func (s *Stage) begin(ctx context.Context, a action) error {
	h := s.net.cfg.Hooks.Start
	if h == nil {
		return &notApplicableError{noStart}
	}
	s.Note(NotePurpose, a.purpose)
	s.Note(NoteMode, a.mode)
	told := Parameters{"action": a.name, "patientId": s.Account.ID, "purpose": a.purpose, "mode": a.mode, "authCode": a.code, "demographic": nil}
	if a.details {
		told["demographic"] = demographic(s.Account).Demographic
	}
	leave, err := s.slot(ctx)
	if err != nil {
		return err
	}
	defer leave()
	err = CallHook(ctx, "hooks.start", *h, told)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNoTerminal):
		return &notApplicableError{err.Error()}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return blocked("hooks.start", "%s", s.net.redactor.Text(err.Error()))
}

// flow is the action that goes through a whole conversation with the right credential.
func (s *Stage) flowAction(purpose, mode string) action {
	a := action{name: player.ActionFlow, purpose: purpose, mode: mode}
	switch mode {
	case contract.Demographics:
		a.details = true
	case contract.MobileOTP, contract.AadhaarOTP:
		a.code = s.Account.OTP
	}
	return a
}

// Hub is the gateway, with a consent manager behind it, towards a bridge subject.
func (s *Stage) Hub() *player.Hub { return s.net.hub }

// asked waits for a message of the subject at that endpoint.
func (s *Stage) asked(ctx context.Context, endpoint string) (*journal.Observed, error) {
	return s.Await(ctx, contract.Gateway, endpoint)
}

// reply composes what answers a message of the subject.
func (s *Stage) reply(endpoint string, asked *journal.Observed) (Draft, error) {
	out, err := s.Hub().ReplyLoosely(endpoint, asked.Body)
	if err != nil {
		return Draft{}, blocked(endpoint, "the %s of the subject (%s) cannot be answered: %s", endpoint, asked.Exchange.ID, s.net.redactor.Text(err.Error()))
	}
	return s.draft(out), nil
}

// draft is a message of the hub to the subject.
func (s *Stage) draft(out player.Outgoing) Draft {
	return Draft{Outgoing: out, From: s.Hub(), Sender: contract.Gateway, Receiver: s.subjectRole()}
}

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
		if err := s.begin(ctx, a); err != nil {
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
	asked, err := s.asked(ctx, asks)
	if err != nil {
		return Draft{}, err
	}
	return s.reply(asks, asked)
}

// opened makes the subject begin, answers its init itself, and holds back what answers its confirm. It returns what on-init said.
func (s *Stage) opened(ctx context.Context, a action) (*contract.InitAuth, error) {
	s.Hold(contract.Init)
	s.Hold(contract.Confirm)
	if err := s.begin(ctx, a); err != nil {
		return nil, err
	}
	asked, err := s.asked(ctx, contract.Init)
	if err != nil {
		return nil, err
	}
	draft, err := s.reply(contract.Init, asked)
	if err != nil {
		return nil, err
	}
	if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
		return nil, err
	}
	return initAuth(draft.Body)
}

// initAuth reads what an on-init of ours says.
func initAuth(body []byte) (*contract.InitAuth, error) {
	var m contract.OnInitMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, harnessError(err)
	}
	if m.Auth == nil {
		return nil, blocked(contract.OnInit, "the consent manager refused the init of the subject: it asked for a purpose or a mode that is not its own")
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

// awaitLink waits for the links/link/add-contexts of this scenario.
func (s *Stage) awaitLink(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, s.net.cfg.Timing.Callback)
	defer cancel()
	_, err := s.net.journal.WaitIn(waiting, s.scenario.Name, linked)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return blocked(player.AddContexts, "no add-contexts of this scenario reached our gateway within %s", s.net.cfg.Timing.Callback)
}

// links says whether the subject spends the token of a purpose: a HIP links care contexts.
func (s *Stage) links(purpose string) bool {
	return s.subjectRole() == contract.HIP && slices.Contains([]string{contract.Link, contract.KYCAndLink}, purpose)
}
