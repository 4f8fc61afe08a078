package scenario

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// combined says whether a CM is inside the subject: then the suite plays the HIP and the HIU only, and all scenarios
// share the patient of the configuration.
func (n *Network) combined() bool { return n.cfg.Subject.Topology == config.Combined }

func (s *Stage) combined() bool { return s.net.combined() }

// patient is the account of the configured patient, as far as the configuration tells it.
func patient(p config.Patient) player.Account {
	return player.Account{ID: p.ID, Name: p.Demographic.Name, Gender: p.Demographic.Gender, DateOfBirth: p.Demographic.DateOfBirth, OTP: p.OTP}
}

// topologyOf is the topology that a probe of an endpoint needs: what a bridge sends needs no CM of ours, save where only
// a CM of ours could see what became of it.
func topologyOf(endpoint, name string) config.Topology {
	family, rest, _ := strings.Cut(name, "/")
	switch {
	case endpoint == contract.OnNotify && slices.Contains([]string{"token", "method", "body", "address"}, family):
		return ""
	case contract.MustEndpoint(endpoint).Callback == "" || endpoint == contract.Notify:
		return config.Routed
	case family == "lawful" && slices.ContainsFunc(unfitting, func(kind string) bool { return strings.HasPrefix(rest, kind+"/") }):
		return config.Routed
	}
	return ""
}

// unfitting are the kinds of lawful messages that a gateway must pass on, and that a CM inside it may refuse at once: their
// code, their demographics or their patient is wrong.
var unfitting = []string{"devanagari", "punctuation", "auth-code", "id-case", "no-identifier"}

// refusals are the families of probes whose message must be refused, so that the CM never sees it.
var refusals = []string{"token", "address", "body", "invalid", "method", "clock", "content", "requester", "id", "time", "bytes"}

// mustBeRefused says whether the one message that this scenario probes with must be refused.
func (s *Stage) mustBeRefused() bool {
	family, _, _ := strings.Cut(s.scenario.Name, "/")
	return slices.Contains(refusals, family)
}

// turns gives the one patient of a combined subject to one scenario after the other: a CM may end an older session of a
// patient when a new one begins, and may limit how many OTPs it sends.
type turns struct {
	free  chan struct{} // holds a token while nobody has the patient
	spare *spare        // a session that no credential has reached, for probes that must be refused; of whoever has the patient

	mu     sync.Mutex
	missed map[string]int // how often in a row what was waited for did not come, by endpoint
}

// spare is a session that was opened and not used.
type spare struct {
	mode          string
	transactionID string
	opened        time.Time
}

// spareLife is how long an unused session is used for further probes; the field's sessions last hours, a CM's least is unknown.
const spareLife = 45 * time.Second

// mostMissed is how often in a row a message may be missed before scenarios wait for it at the same time, and no longer
// one after the other with the patient to themselves: the subject does not send it, and there is nothing left to disturb.
const mostMissed = 3

// came remembers whether what was waited for came.
func (t *turns) came(endpoint string, well bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.missed[endpoint]++; well {
		t.missed[endpoint] = 0
	}
}

// hopeless says that it will hardly come.
func (t *turns) hopeless(endpoint string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.missed[endpoint] >= mostMissed
}

// spoil drops the unused session: a CM may end it when a new one begins. The scenario has the patient.
func (t *turns) spoil(s *Stage) {
	if s.hasTurn() {
		t.spare = nil
	}
}

func newTurns() *turns {
	t := &turns{free: make(chan struct{}, 1), missed: map[string]int{}}
	t.free <- struct{}{}
	return t
}

// enter waits until this scenario has the patient; it does nothing in routed topology, where each has its own.
func (s *Stage) enter(ctx context.Context) error {
	if !s.combined() || s.hasTurn() {
		return nil
	}
	select {
	case <-s.net.turns.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn = true
	return nil
}

// leave lets the next scenario have the patient.
func (s *Stage) leave() {
	s.mu.Lock()
	had := s.turn
	s.turn = false
	s.mu.Unlock()
	if had {
		s.net.turns.free <- struct{}{}
	}
}

// hasTurn says whether this scenario has the patient.
func (s *Stage) hasTurn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn
}

// session is a transaction of the patient in that mode: a fresh one, or, for a message that must be refused anyway, one
// that an earlier probe has left unused. The scenario has the patient until it leaves.
func (s *Stage) session(ctx context.Context, bridge contract.Role, purpose, mode string) (string, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	t := s.net.turns
	if s.hasTurn() && s.mustBeRefused() && t.spare != nil && t.spare.mode == mode && time.Since(t.spare.opened) < spareLife {
		return t.spare.transactionID, nil
	}
	auth, err := s.Initiate(ctx, bridge, purpose, mode)
	if err != nil {
		return "", err
	}
	if s.hasTurn() && s.mustBeRefused() {
		t.spare = &spare{mode: mode, transactionID: auth.TransactionID, opened: time.Now()}
	}
	return auth.TransactionID, nil
}

// sent settles the turn after a probe: what must be refused needs the patient no longer, and a session that a credential
// may have reached is no spare any more.
func (s *Stage) sent(answer player.Answer) {
	if !s.hasTurn() || !s.mustBeRefused() {
		return
	}
	if answer.Status < 400 {
		s.net.turns.spare = nil
	}
	s.leave()
}

// combinedMode orders modes for a probe of a combined subject: those that send no OTP first, unless the probe is about the OTP.
func (s *Stage) combinedMode(endpoint string) []string {
	if s.scenario.Notes[NotePointer] == "/credential/authCode" {
		return []string{contract.MobileOTP, contract.AadhaarOTP}
	}
	modes := []string{contract.Demographics, contract.MobileOTP, contract.AadhaarOTP}
	if endpoint == contract.Init {
		modes = append(modes, contract.Direct)
	}
	return modes
}

// strayAnswer is an on-notify that answers no notify: enough for what must be refused before anybody looks for one.
func (s *Stage) strayAnswer(bridge contract.Role) Draft {
	return Draft{From: s.Bridge(bridge), Sender: bridge, Receiver: contract.CM, Outgoing: player.Compose(contract.OnNotify, contract.CM, s.ID(contract.CM),
		contract.OnNotifyMessage{RequestID: player.NewRequestID(), Timestamp: player.Timestamp(time.Now()),
			Acknowledgement: &contract.Acknowledgement{Status: "OK"}, Resp: contract.Reference{RequestID: player.NewRequestID()}})}
}

// awaitAfter waits for what shows that a request was taken in: its arrival at our CM, or, where the CM is inside the
// subject, its callback.
func (s *Stage) awaitAfter(ctx context.Context, d Draft) (*journal.Observed, error) {
	e := contract.MustEndpoint(d.Endpoint)
	if s.combined() && e.Callback != "" {
		return s.Await(ctx, d.Sender, e.Callback)
	}
	return s.Await(ctx, d.Receiver, d.Endpoint)
}
