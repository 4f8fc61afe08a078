package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// Draft is a message that could lawfully be sent now, not yet sent. A scenario makes one thing about it wrong and sends it.
type Draft struct {
	player.Outgoing
	// From is the party of ours that sends it.
	From player.Sender
	// Sender and Receiver are the roles on both sides of the subject.
	Sender, Receiver contract.Role
}

// Reach plays a conversation up to the point where the message of that endpoint is due between a bridge of ours and our
// CM, or the CM inside the subject, and returns that message; towards a bridge subject it is Due, and towards a
// consent manager what our gateway sends it. It returns a *BlockedError where the subject does not get so far.
func (s *Stage) Reach(ctx context.Context, endpoint string, bridge contract.Role) (Draft, error) {
	switch {
	case s.net.hub != nil:
		return s.Due(ctx, endpoint)
	case s.net.cmSubject():
		return s.dueAtCM(ctx, endpoint, bridge)
	}
	mode, ok := s.declaredMode(endpoint)
	if !ok {
		return Draft{}, &notApplicableError{"subject.modes lists no mode in which " + endpoint + " is sent"}
	}
	if bridge == contract.HIU && !slices.Contains(s.net.cfg.Subject.Purposes, contract.KYC) {
		return Draft{}, &notApplicableError{"subject.purposes does not list KYC, for which alone a HIU asks"}
	}
	return s.ReachMode(ctx, endpoint, bridge, s.declaredPurpose(bridge), mode)
}

// declaredPurpose is the declared purpose whose messages have the most members; a HIU asks for KYC only.
func (s *Stage) declaredPurpose(bridge contract.Role) string {
	return richest(s.net.cfg.Subject.Purposes, bridge)
}

func richest(purposes []string, bridge contract.Role) string {
	if bridge == contract.HIU && slices.Contains(purposes, contract.KYC) || len(purposes) == 0 {
		return contract.KYC
	}
	for _, p := range []string{contract.KYCAndLink, contract.KYC, contract.Link} {
		if slices.Contains(purposes, p) {
			return p
		}
	}
	return purposes[0]
}

// declaredMode is a declared mode in which the endpoint is sent, and false where there is none.
func (s *Stage) declaredMode(endpoint string) (string, bool) {
	wanted := []string{contract.MobileOTP, contract.AadhaarOTP, contract.Demographics, contract.Direct}
	switch endpoint {
	case contract.FetchModes, contract.OnFetchModes:
		return "", true
	case contract.Notify, contract.OnNotify:
		wanted = wanted[3:]
	case contract.Confirm, contract.OnConfirm:
		wanted = wanted[:3]
	}
	if asked := endpoint == contract.Init || endpoint == contract.Confirm; asked && s.combined() {
		wanted = s.combinedMode(endpoint)
	}
	for _, m := range wanted {
		if slices.Contains(s.net.cfg.Subject.Modes, m) {
			return m, true
		}
	}
	return "", false
}

// ReachMode is Reach for a purpose and a mode.
func (s *Stage) ReachMode(ctx context.Context, endpoint string, bridge contract.Role, purpose, mode string) (Draft, error) {
	asks := Draft{From: s.Bridge(bridge), Sender: bridge, Receiver: contract.CM}
	answers := Draft{From: s.CM(), Sender: contract.CM, Receiver: bridge}
	b := s.Bridge(bridge)
	if s.combined() && endpoint == contract.OnNotify {
		return s.strayAnswer(bridge), nil
	}
	var err error
	switch endpoint {
	case contract.FetchModes:
		asks.Outgoing = b.FetchModes(s.Query(bridge, purpose, ""))
		return asks, nil
	case contract.Init:
		if !s.mustBeRefused() {
			if err := s.enter(ctx); err != nil {
				return Draft{}, err
			}
			s.net.turns.spoil(s)
		}
		asks.Outgoing = b.Init(s.Query(bridge, purpose, mode))
		return asks, nil
	case contract.OnFetchModes, contract.OnInit, contract.OnConfirm:
		asked := contract.MustEndpoint(endpoint).Answers
		s.Hold(asked)
		request, err := s.ReachMode(ctx, asked, bridge, purpose, mode)
		if err != nil {
			return Draft{}, err
		}
		if err := s.Request(ctx, request.From, request.Outgoing); err != nil {
			return Draft{}, err
		}
		forwarded, err := s.Await(ctx, contract.CM, asked)
		if err != nil {
			return Draft{}, err
		}
		answers.Outgoing, err = s.CM().Reply(asked, forwarded.Body)
		return answers, harnessError(err)
	case contract.Confirm:
		transaction, err := s.session(ctx, bridge, purpose, mode)
		if err != nil {
			return Draft{}, err
		}
		asks.Outgoing = b.Confirm(transaction, credential(s.Account, mode))
		return asks, nil
	case contract.Notify:
		auth, err := s.Initiate(ctx, bridge, purpose, mode)
		if err != nil {
			return Draft{}, err
		}
		answers.Outgoing, err = s.CM().Decision(auth.TransactionID, contract.Granted)
		return answers, harnessError(err)
	case contract.OnNotify:
		notify, err := s.ReachMode(ctx, contract.Notify, bridge, purpose, mode)
		if err != nil {
			return Draft{}, err
		}
		b.Hold(transactionOf(notify.Body))
		if err := s.Request(ctx, notify.From, notify.Outgoing); err != nil {
			return Draft{}, err
		}
		delivered, err := s.Await(ctx, bridge, contract.Notify)
		if err != nil {
			return Draft{}, err
		}
		asks.Outgoing = b.OnNotify(delivered.Body)
		return asks, nil
	}
	err = fmt.Errorf("%w: no way to reach %q", errHarness, endpoint)
	return Draft{}, err
}

// Initiate sends init as the bridge and returns the payload of the on-init that the bridge receives.
func (s *Stage) Initiate(ctx context.Context, bridge contract.Role, purpose, mode string) (*contract.InitAuth, error) {
	s.Note(NoteBridge, string(bridge))
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	s.net.turns.spoil(s)
	if err := s.Request(ctx, s.Bridge(bridge), s.Bridge(bridge).Init(s.Query(bridge, purpose, mode))); err != nil {
		return nil, err
	}
	seen, err := s.Await(ctx, bridge, contract.OnInit)
	if err != nil {
		return nil, err
	}
	var m contract.OnInitMessage
	if !read(seen, &m) || m.Auth == nil || m.Auth.TransactionID == "" {
		return nil, blocked(contract.OnInit, "the on-init of this scenario (%s) holds no auth.transactionId", seen.Exchange.ID)
	}
	return m.Auth, nil
}

// read decodes a received body; false where it does not read.
func read(o *journal.Observed, into any) bool { return json.Unmarshal(o.Body, into) == nil }

func harnessError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errHarness, err)
}

// transactionOf is the transaction that a notify is about.
func transactionOf(notify []byte) string {
	var m contract.NotifyMessage
	if json.Unmarshal(notify, &m) != nil || m.Auth == nil {
		return ""
	}
	return m.Auth.TransactionID
}
