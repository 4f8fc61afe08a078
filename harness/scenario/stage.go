package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// Stage is what a play function plays on: our players, one patient of its own, and the waiting.
type Stage struct {
	scenario Scenario
	net      *Network
	// Account is the patient of this scenario alone, known to our CM; where a CM is the subject or inside it the configured one, which all share.
	Account player.Account

	mu      sync.Mutex
	notes   map[string]string
	held    map[string]bool
	answers map[string]player.ScriptedAnswer // by role and endpoint
	taken   map[string]bool                  // exchanges that an Await has returned; a bridge's scenario writes it under mu

	// Towards a bridge only:
	answersOnce map[string]player.ScriptedAnswer // to the first message at an endpoint
	overtakes   map[string]*overtaken            // by the endpoint of what they answer
	aliases     map[string]string                // transaction ids that we gave the subject, to those of our consent manager
	terminal    *terminal                        // while a person is asked
	begun       bool                             // a first message has been sent or waits for its turn
	quietFrom   time.Duration
	turn        bool // combined topology: this scenario has the one patient
}

// newStage makes the stage of a scenario, with a patient that our CM knows and whose id is the scenario's own.
func (n *Network) newStage(sc Scenario) *Stage {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count++
	s := &Stage{
		scenario: sc, net: n, notes: maps.Clone(sc.Notes),
		Account: account(fmt.Sprintf("p%s%04d@%s", n.run, n.count, n.cfg.Identities.CM.ID)),
		held:    map[string]bool{}, answers: map[string]player.ScriptedAnswer{}, taken: map[string]bool{},
		answersOnce: map[string]player.ScriptedAnswer{}, overtakes: map[string]*overtaken{}, aliases: map[string]string{},
	}
	if n.hub != nil {
		s.Account.OTP = plainCode
	}
	n.stages[sc.Name] = s
	if n.combined() || n.cmSubject() { // the configured patient is everybody's: its id attributes nothing
		s.Account = patient(n.cfg.Patient)
		return s
	}
	n.redactor.Public(s.Account.ID)
	n.journal.Bind(sc.Name, s.Account.ID)
	n.cm.AddAccount(s.Account)
	if n.otherCM != nil {
		n.otherCM.AddAccount(s.Account)
	}
	return s
}

// UnknownPatient returns a patient id that no CM knows: one of this scenario's own, or, in combined topology, the configured one.
func (s *Stage) UnknownPatient() string {
	if s.combined() {
		return s.net.cfg.Patient.Unknown
	}
	id := "nobody-" + s.Account.ID
	s.net.redactor.Public(id)
	s.net.journal.Bind(s.scenario.Name, id)
	return id
}

// Bridge returns our HIP or HIU.
func (s *Stage) Bridge(role contract.Role) *player.Bridge { return s.net.bridges[role] }

// CM returns our consent manager.
func (s *Stage) CM() *player.CM { return s.net.cm }

// ID is the id of one of our parties in the subject's network.
func (s *Stage) ID(role contract.Role) string { return s.net.cfg.Identities.Of(role).ID }

// Timing is the patience of the run.
func (s *Stage) Timing() config.Timing { return s.net.cfg.Timing }

// Query is the canonical query about this scenario's patient by a bridge of ours.
func (s *Stage) Query(bridge contract.Role, purpose, mode string) contract.Query {
	return contract.Query{ID: s.Account.ID, Purpose: purpose, AuthMode: mode,
		Requester: contract.Requester{Type: bridge.RequesterType(), ID: s.ID(bridge)}}
}

// Note keeps a value for the judgement. Never a secret.
func (s *Stage) Note(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notes == nil {
		s.notes = map[string]string{}
	}
	s.notes[key] = value
}

// Hold makes our player acknowledge messages at that endpoint without answering them: the scenario sends the answer.
func (s *Stage) Hold(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[endpoint] = true
}

func (s *Stage) holds(endpoint string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[endpoint]
}

// Answer makes our player answer requests at that endpoint in this way instead of 202.
func (s *Stage) Answer(role contract.Role, endpoint string, a player.ScriptedAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[string(role)+" "+endpoint] = a
}

// answerAgain lets our player answer at that endpoint as it always does.
func (s *Stage) answerAgain(role contract.Role, endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.answers, string(role)+" "+endpoint)
}

func (s *Stage) scripted(role contract.Role, endpoint string) *player.ScriptedAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.answers[string(role)+" "+endpoint]; ok {
		return &a
	}
	return nil
}

// Send sends a message as one of our parties, when a slot and the rate allow it. Step names it in the journal. Where no
// response came the Answer is empty and the journal says why: that is the subject's doing or the network's, for the
// judgement to tell; the error is only ever the end of the context.
func (s *Stage) Send(ctx context.Context, step string, from player.Sender, out player.Outgoing) (player.Answer, error) {
	leave, err := s.slot(ctx)
	if err != nil {
		return player.Answer{}, err
	}
	defer leave()
	if err := s.net.limiter.Wait(ctx); err != nil {
		return player.Answer{}, err
	}
	if s.hasTurn() && s.net.turns.hopeless("answer") {
		s.leave()
	}
	restamp(&out, time.Now())
	answer, err := from.Send(journal.WithScenario(ctx, s.scenario.Name, step), out)
	s.net.turns.came("answer", answer.Status != 0)
	if errors.Is(err, errLogin) && ctx.Err() == nil {
		return player.Answer{}, blocked("sessions", "%s was not sent: %s", out.Endpoint, s.net.redactor.Text(err.Error()))
	}
	return answer, ctx.Err()
}

// restamp gives a message that had to wait for its slot the time of its sending, so that no clock window takes our rate
// for an old message. A timestamp that a scenario has made wrong stays.
func restamp(out *player.Outgoing, now time.Time) {
	old, there := fixtures.Value(out.Body, "/timestamp")
	if !there {
		return
	}
	stamp := out.Stamp
	if stamp == nil {
		var text string
		if json.Unmarshal(old, &text) != nil {
			return
		}
		if at, err := time.Parse(time.RFC3339, text); err != nil || player.Timestamp(at) != text {
			return
		}
		stamp = player.Timestamp
	}
	text, err := json.Marshal(stamp(now))
	if err != nil {
		return
	}
	if body, err := fixtures.Edit(out.Body, "/timestamp", text); err == nil {
		out.Body = body
	}
}

// slot waits for a slot, and for the first message of a conversation also until few others begin: a conversation that
// has begun must not be late because hundreds of others wait for their turn.
func (s *Stage) slot(ctx context.Context) (leave func(), err error) {
	s.mu.Lock()
	begins := !s.begun
	s.begun = true
	s.mu.Unlock()
	var held []chan struct{}
	leave = func() {
		for _, slots := range held {
			<-slots
		}
	}
	for _, slots := range []chan struct{}{s.net.begins, s.net.slots} {
		if slots == s.net.begins && !begins {
			continue
		}
		select {
		case slots <- struct{}{}:
			held = append(held, slots)
		case <-ctx.Done():
			leave()
			return nil, ctx.Err()
		}
	}
	return leave, nil
}

// Request sends a valid message and returns a *BlockedError where it is not acknowledged with a 2xx.
func (s *Stage) Request(ctx context.Context, from player.Sender, out player.Outgoing) error {
	answer, err := s.Send(ctx, out.Endpoint, from, out)
	if err != nil {
		return err
	}
	switch {
	case answer.Status == 0:
		return blocked(out.Endpoint, "the subject gave no response to %s", out.Endpoint)
	case answer.Status < 200 || answer.Status > 299:
		return blocked(out.Endpoint, "the subject answered a valid %s with %d", out.Endpoint, answer.Status)
	}
	return nil
}

// Await waits until our player of that role has received a message of this scenario at the endpoint that no earlier
// Await returned. It gives up after the callback deadline of the run with a *BlockedError.
func (s *Stage) Await(ctx context.Context, role contract.Role, endpoint string) (*journal.Observed, error) {
	return s.AwaitFor(ctx, s.net.cfg.Timing.Callback, role, endpoint)
}

// AwaitFor is Await with a deadline of its own.
func (s *Stage) AwaitFor(ctx context.Context, deadline time.Duration, role contract.Role, endpoint string) (*journal.Observed, error) {
	if s.hasTurn() && s.net.turns.hopeless(endpoint) {
		s.leave()
	}
	waiting, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	seen, err := s.net.journal.WaitIn(waiting, s.scenario.Name, func(o *journal.Observed) bool {
		if o.Exchange.Player != role || o.Exchange.Endpoint != endpoint || s.taken[o.Exchange.ID] {
			return false
		}
		return true
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.net.turns.came(endpoint, false)
		return nil, blocked(endpoint, "no %s of this scenario reached our %s within %s", endpoint, role, deadline)
	}
	s.net.turns.came(endpoint, true)
	s.taken[seen.Exchange.ID] = true
	return seen, nil
}

// Quiet waits for the quiet window: whatever comes in it is for the judgement to see.
func (s *Stage) Quiet(ctx context.Context) error {
	s.leave()
	s.hangUp()
	s.quietFrom = s.net.journal.Now()
	return s.pause(ctx, s.net.cfg.Timing.Quiet)
}

// pause lets time pass where the passing of time is what is played, never to wait for an event.
func (s *Stage) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// routing returns the header that addresses a message to one of our parties.
func (s *Stage) routing(to contract.Role) http.Header {
	h := http.Header{}
	h.Set(to.Header(), s.ID(to))
	return h
}
