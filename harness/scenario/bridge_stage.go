package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// Hub is the gateway, with a consent manager behind it, towards a bridge subject.
func (s *Stage) Hub() *player.Hub { return s.net.hub }

// next waits for a message of the subject at one of those endpoints that our gateway has accepted and that no earlier call
// returned. It gives up after the callback deadline of the run with a *BlockedError.
func (s *Stage) next(ctx context.Context, endpoints ...string) (*journal.Observed, error) {
	return s.seen(ctx, s.patience(), acceptedHere, endpoints...)
}

// soon is next with a deadline of its own.
func (s *Stage) soon(ctx context.Context, deadline time.Duration, endpoints ...string) (*journal.Observed, error) {
	return s.seen(ctx, deadline, acceptedHere, endpoints...)
}

// met is next for a message whatever our gateway has answered.
func (s *Stage) met(ctx context.Context, endpoint string) (*journal.Observed, error) {
	return s.seen(ctx, s.patience(), func(*journal.Observed) bool { return true }, endpoint)
}

func (s *Stage) seen(ctx context.Context, deadline time.Duration, match func(*journal.Observed) bool, endpoints ...string) (*journal.Observed, error) {
	waiting, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	o, err := s.net.journal.WaitIn(waiting, s.scenario.Name, func(o *journal.Observed) bool {
		return o.Exchange.Player == contract.Gateway && slices.Contains(endpoints, o.Exchange.Endpoint) && !s.taken[o.Exchange.ID] && match(o)
	})
	switch {
	case err == nil:
		s.mu.Lock()
		s.taken[o.Exchange.ID] = true
		s.mu.Unlock()
		return o, s.pause(ctx, max(0, o.Exchange.Times.ResponseLast+courtesy-s.net.journal.Now()))
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	names := strings.Join(endpoints, " or ")
	for _, o := range s.net.journal.ReceivedIn(s.scenario.Name) {
		if slices.Contains(endpoints, o.Exchange.Endpoint) && !s.taken[o.Exchange.ID] && o.Exchange.Response != nil {
			return nil, blocked(endpoints[0], "the %s of the subject (%s) was answered %d by our gateway, and no other came within %s", o.Exchange.Endpoint, o.Exchange.ID, o.Exchange.Response.Status, deadline)
		}
	}
	return nil, blocked(endpoints[0], "no %s of this scenario reached our gateway within %s", names, deadline)
}

// startAfresh leaves unanswered what the subject has sent so far: another conversation begins, which it does not belong to.
func (s *Stage) startAfresh() {
	all := s.net.journal.ReceivedIn(s.scenario.Name)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range all {
		s.taken[o.Exchange.ID] = true
	}
}

// courtesy is how long after its own 202 our side sends what answers a message, so that it does not overtake the 202:
// what a subject makes of a callback that does is a scenario of its own.
const courtesy = 50 * time.Millisecond

// acceptedHere says whether our gateway has accepted a message of the subject.
func acceptedHere(o *journal.Observed) bool {
	r := o.Exchange.Response
	return r != nil && r.Status >= 200 && r.Status < 300
}

// reply composes what answers a message of the subject. Of a query it takes what cannot be read from what the hook was
// told, so that one mistake of the subject does not hide what comes after it; given is the mode that on-init names, "" for
// the one asked for.
func (s *Stage) reply(asked *journal.Observed, given string) (Draft, error) {
	endpoint := asked.Exchange.Endpoint
	out, err := s.Hub().ReplyLoosely(endpoint, s.readable(endpoint, asked.Body, given))
	if err != nil {
		return Draft{}, blocked(contract.MustEndpoint(endpoint).Callback, "the %s of the subject (%s) cannot be answered: %s", endpoint, asked.Exchange.ID, s.net.redactor.Text(err.Error()))
	}
	return s.draft(out), nil
}

// readable is a message of the subject with what the hook was told in place of what is no word of the contract, and with
// the transaction as our consent manager knows it.
func (s *Stage) readable(endpoint string, body []byte, given string) []byte {
	set := func(pointer, value string) {
		raw, _ := json.Marshal(value) // a text always marshals
		if edited, err := fixtures.Edit(body, pointer, raw); err == nil {
			body = edited
		}
	}
	if endpoint == contract.Confirm {
		var m contract.ConfirmMessage
		_ = json.Unmarshal(body, &m)
		if own, ok := s.aliases[m.TransactionID]; ok {
			set("/transactionId", own)
		}
		return body
	}
	var m contract.QueryMessage
	_ = json.Unmarshal(body, &m)
	if !slices.Contains(contract.Purposes, m.Query.Purpose) {
		set("/query/purpose", s.noted(NotePurpose))
	} else {
		s.Note(NotePurpose, m.Query.Purpose)
	}
	switch asked := s.noted(NoteMode); {
	case given != "":
		set("/query/authMode", given)
	case !slices.Contains(contract.Modes, m.Query.AuthMode) && asked != "" && endpoint == contract.Init:
		set("/query/authMode", asked)
	}
	return body
}

// noted is a note of this scenario.
func (s *Stage) noted(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notes[key]
}

// draft is a message of the hub to the subject.
func (s *Stage) draft(out player.Outgoing) Draft {
	return Draft{Outgoing: out, From: s.Hub(), Sender: contract.Gateway, Receiver: s.subjectRole()}
}

// give makes the scenario's patient enter a credential where hooks.enter does that, and does nothing where hooks.start has told it.
func (s *Stage) give(ctx context.Context, transactionID string, c contract.Credential) error {
	return s.giveAs(ctx, s.Account.ID, transactionID, c)
}

// giveAs is give for any patient.
func (s *Stage) giveAs(ctx context.Context, patient, transactionID string, c contract.Credential) error {
	h := s.net.cfg.Hooks.Enter
	if h == nil || c == (contract.Credential{}) {
		return nil
	}
	told := Parameters{"transactionId": transactionID, "patientId": patient, "authCode": "", "demographic": nil}
	tell(told, c)
	if h.Manual != "" {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		_, err := s.ask(ctx, "hooks.enter", h.Manual, told, "the confirm of this patient", s.confirmed(watching))
		return s.notEntered(ctx, err, "")
	}
	said, err := CallHook(ctx, "hooks.enter", *h, told)
	return s.notEntered(ctx, err, said)
}

// notEntered says why the patient's credential did not reach the subject: nobody's failure.
func (s *Stage) notEntered(ctx context.Context, err error, said string) error {
	var lacking *notApplicableError
	switch {
	case err == nil || errors.As(err, &lacking):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case said != "":
		err = fmt.Errorf("%w; it said: %s", err, said)
	}
	return blocked("hooks.enter", "%s", s.net.redactor.Text(err.Error()))
}

// confirmed gives the first confirm of this scenario. It stops watching when ctx ends.
func (s *Stage) confirmed(ctx context.Context) <-chan *journal.Observed {
	first := make(chan *journal.Observed, 1)
	go func() {
		o, err := s.net.journal.WaitIn(ctx, s.scenario.Name, func(o *journal.Observed) bool {
			return o.Exchange.Player == contract.Gateway && o.Exchange.Endpoint == contract.Confirm
		})
		if err == nil {
			first <- o
		}
	}()
	return first
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
