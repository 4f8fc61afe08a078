package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// playersOfCM makes the hub around a consent manager: the gateway, with a HIP and a HIU behind it.
func (n *Network) playersOfCM(log *slog.Logger) (http.Handler, error) {
	own, gateway := n.cfg.Identities.CM, n.cfg.Identities.Gateway
	key, err := n.knowSubject(own, gateway)
	if err != nil {
		return nil, err
	}
	hub, err := player.NewCMHub(player.CMHubOptions{
		Key: key, CM: player.Registration{Role: contract.CM, ID: own.ID, ClientID: own.ClientID, ClientSecret: own.ClientSecret, URL: n.cfg.Subject.URL},
		HIP: n.cfg.Identities.HIP.ID, HIU: n.cfg.Identities.HIU.ID, Token: gateway.Token, Client: n.connect(contract.Gateway),
		Issued: n.redactor.KnowToken, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errHarness, err)
	}
	for _, role := range contract.Bridges {
		n.bridges[role] = hub.Bridge(role)
	}
	n.tokens[contract.Gateway] = hub.Tokens()
	return n.gatewayOf(hub), nil
}

// cmSubject says whether the subject is a consent manager.
func (n *Network) cmSubject() bool { return n.cfg.Subject.Role == contract.CM }

// dueAtCM is Reach towards a consent manager: what our gateway sends it, about the patient of the configuration.
func (s *Stage) dueAtCM(ctx context.Context, endpoint string, bridge contract.Role) (Draft, error) {
	mode, ok := s.declaredMode(endpoint)
	if !ok {
		return Draft{}, &notApplicableError{"subject.modes lists no mode in which " + endpoint + " is sent"}
	}
	b, purpose := s.Bridge(bridge), s.declaredPurpose(bridge)
	draft := Draft{From: b, Sender: contract.Gateway, Receiver: contract.CM}
	switch endpoint {
	case contract.FetchModes:
		draft.Outgoing = b.FetchModes(s.Query(bridge, purpose, ""))
	case contract.Init:
		draft.Outgoing = b.Init(s.Query(bridge, purpose, mode))
	case contract.Confirm:
		transaction, err := s.openedAtCM(ctx, bridge, purpose, mode)
		if err != nil {
			return Draft{}, err
		}
		draft.Outgoing = b.Confirm(transaction, credential(s.Account, mode))
	case contract.OnNotify:
		notify, err := s.decidedAtCM(ctx, bridge, purpose)
		if err != nil {
			return Draft{}, err
		}
		draft.Outgoing = b.OnNotify(notify)
	default:
		return Draft{}, fmt.Errorf("%w: a gateway sends no %s to a consent manager", errHarness, endpoint)
	}
	return draft, nil
}

// openedAtCM opens a session at the consent manager and returns its transaction.
func (s *Stage) openedAtCM(ctx context.Context, bridge contract.Role, purpose, mode string) (string, error) {
	b := s.Bridge(bridge)
	if err := s.Request(ctx, b, b.Init(s.Query(bridge, purpose, mode))); err != nil {
		return "", err
	}
	answer, err := s.next(ctx, contract.OnInit)
	if err != nil {
		return "", err
	}
	var m contract.OnInitMessage
	if err := json.Unmarshal(answer.Body, &m); err != nil || m.Auth == nil || m.Auth.TransactionID == "" {
		return "", blocked(contract.OnInit, "the subject answered init for the patient of the configuration with an on-init (%s) that holds no auth.transactionId: see that patient.id and subject.modes are right", answer.Exchange.ID)
	}
	return m.Auth.TransactionID, nil
}

// decidedAtCM brings a session of mode DIRECT to its decision and returns the notify that tells it, which stays unanswered.
func (s *Stage) decidedAtCM(ctx context.Context, bridge contract.Role, purpose string) ([]byte, error) {
	transaction, err := s.openedAtCM(ctx, bridge, purpose, contract.Direct)
	if err != nil {
		return nil, err
	}
	s.Bridge(bridge).Hold(transaction)
	var hook *HookError
	switch err := s.decide(ctx, transaction, contract.Granted); {
	case errors.As(err, &hook):
		return nil, blocked(contract.Notify, "%s", hook)
	case err != nil:
		return nil, err
	}
	notify, err := s.next(ctx, contract.Notify)
	if err != nil {
		return nil, err
	}
	return notify.Body, nil
}
