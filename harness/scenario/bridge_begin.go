package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// noStart says which hook to configure.
const noStart = "hooks.start is not set: configure it (http, exec or manual) so that the subject begins a conversation when the suite asks; it is told action (fetch-modes, init or flow), patientId, purpose, mode, authCode and demographic"

// notByHand says why a person is not asked to begin this conversation.
const notByHand = "hooks.start is manual, and a person is asked only for one granted conversation in each mode, a denied one and one with a wrong code: configure http or exec to have this one played too"

// atStart is where a conversation is blocked that the subject did not begin.
const atStart = "hooks.start"

// action is what the start hook makes the subject do about a patient.
type action struct {
	name          string // player.ActionFetchModes, ActionInit or ActionFlow
	patient       string // "" for the scenario's own
	purpose, mode string // mode "" leaves the choice to the consent manager
	// credential is what the patient enters: nothing, a code, demographic details, or both where the mode is still open.
	credential contract.Credential
}

// parameters are what the hook is told. What the patient enters comes later where hooks.enter gives it.
func (a action) parameters(h config.Hooks) Parameters {
	told := Parameters{"action": a.name, "patientId": a.patient, "purpose": a.purpose, "mode": a.mode, "authCode": "", "demographic": nil}
	if h.Enter == nil {
		tell(told, a.credential)
	}
	return told
}

// tell adds what the patient enters.
func tell(told Parameters, c contract.Credential) {
	told["authCode"] = c.AuthCode
	if c.Demographic != nil {
		told["demographic"] = c.Demographic
	}
}

// noteCredential keeps what the patient enters, as the evidence shows it: redacted, so that equal values still look equal.
func (s *Stage) noteCredential(a action) {
	key := NoteCredential
	if a.patient != s.Account.ID {
		key += " " + a.patient
	}
	raw, err := json.Marshal(a.credential)
	if err == nil { // a struct of texts always marshals
		s.Note(key, string(s.net.redactor.JSON(raw)))
	}
}

// begin makes the subject begin a conversation and returns its first message. What goes wrong with the hook is nobody's
// failure: the error is a *BlockedError with what was sent and what came back, or says that nothing of the kind can be played.
func (s *Stage) begin(ctx context.Context, a action) (*journal.Observed, error) {
	h := s.net.cfg.Hooks
	if h.Start == nil {
		return nil, &notApplicableError{noStart}
	}
	if a.patient == "" {
		a.patient = s.Account.ID
	}
	s.Note(NotePurpose, a.purpose)
	s.Note(NoteMode, a.mode)
	s.noteCredential(a)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	first := s.firstAbout(watching, a.patient)
	if h.Start.Manual != "" {
		return s.beginByHand(ctx, a, first)
	}
	leave, err := s.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := s.net.limiter.Wait(ctx); err != nil {
		return nil, err
	}
	if err := s.net.beginnings.hopeless(a.name); err != nil {
		return nil, blocked(atStart, "%s", s.net.redactor.Text(err.Error()))
	}
	called := time.Now()
	o, err := s.beginByHook(ctx, *h.Start, a, first)
	switch {
	case err == nil:
		s.net.beginnings.began(a.name)
	case time.Since(called) >= s.net.cfg.Timing.Callback:
		s.net.beginnings.inVain(a.name, err)
	}
	return o, err
}

// beginByHook calls the hook, which may answer at once or when the conversation is over: the first message tells that it has begun.
func (s *Stage) beginByHook(ctx context.Context, h config.Hook, a action, first <-chan *journal.Observed) (*journal.Observed, error) {
	told := a.parameters(s.net.cfg.Hooks)
	type end struct {
		said string
		err  error
	}
	called := make(chan end, 1)
	go func() { // it ends by its own deadline, whatever becomes of the conversation
		said, err := CallHook(ctx, atStart, h, told)
		called <- end{said, err}
	}()
	var hook end
	select {
	case o := <-first:
		return o, nil
	case hook = <-called:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if hook.err != nil {
		return nil, s.notBegun(ctx, hook.err, told, hook.said)
	}
	s.Note(NoteStarted, "true")
	waiting, cancel := context.WithTimeout(ctx, s.net.cfg.Timing.Callback)
	defer cancel()
	select {
	case o := <-first:
		return o, nil
	case <-waiting.Done():
	}
	return nil, s.notBegun(ctx, fmt.Errorf("%s was called, and the subject sent no fetch-modes or init about this patient within %s", atStart, s.net.cfg.Timing.Callback), told, hook.said)
}

// notBegun says why a conversation did not begin, with what was sent and what came back.
func (s *Stage) notBegun(ctx context.Context, problem error, told Parameters, said string) error {
	var hook *HookError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(problem, &hook) && hook.Unable:
		return &notApplicableError{fmt.Sprintf("%s said that the subject cannot be made to do action %s", atStart, told.text("action"))}
	}
	raw, err := json.Marshal(told.told())
	if err != nil {
		return harnessError(err)
	}
	sentence := fmt.Sprintf("%s. It was told %s", problem, s.net.redactor.JSON(raw))
	if said != "" {
		sentence += "; it said: " + s.net.redactor.Text(said)
	}
	if other := s.strangers(); len(other) > 0 {
		sentence += ". What came meanwhile was about another patient: " + strings.Join(other, ", ")
	}
	return blocked(atStart, "%s", sentence)
}

// strangers are the first queries that came about patients of no scenario.
func (s *Stage) strangers() []string {
	var all []string
	for _, o := range s.net.journal.ReceivedIn("") {
		if begins(o) && len(all) < 3 {
			all = append(all, o.Exchange.Endpoint+" "+o.Exchange.ID)
		}
	}
	return all
}

// begins says whether a message can be the first of a conversation.
func begins(o *journal.Observed) bool {
	return o.Exchange.Player == contract.Gateway && slices.Contains([]string{contract.FetchModes, contract.Init}, o.Exchange.Endpoint)
}

// firstAbout gives the next query about a patient, accepted or not. It stops watching when ctx ends.
func (s *Stage) firstAbout(ctx context.Context, patient string) <-chan *journal.Observed {
	s.mu.Lock()
	seen := maps.Clone(s.taken)
	s.mu.Unlock()
	first := make(chan *journal.Observed, 1)
	go func() {
		o, err := s.net.journal.WaitIn(ctx, s.scenario.Name, func(o *journal.Observed) bool {
			var m contract.QueryMessage
			_ = json.Unmarshal(o.Body, &m) // what cannot be read names nobody
			return begins(o) && !seen[o.Exchange.ID] && strings.EqualFold(m.Query.ID, patient)
		})
		if err == nil {
			first <- o
		}
	}()
	return first
}

// flowAction is the action that goes through a whole conversation with the right credential.
func (s *Stage) flowAction(purpose, mode string) action {
	return action{name: player.ActionFlow, purpose: purpose, mode: mode, credential: credentialOf(s.Account, mode)}
}

// credentialOf is the right credential for a mode; nothing for one that needs none.
func credentialOf(a player.Account, mode string) contract.Credential {
	if mode == contract.Direct {
		return contract.Credential{}
	}
	return credential(a, mode)
}
