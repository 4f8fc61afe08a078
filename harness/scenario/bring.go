package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/journal"
)

// Cannot says why a state could not be brought about, in one sentence: a hook or a capability is missing, or the subject
// did not do what it takes. It is nobody's failure that could be judged.
type Cannot struct {
	Reason string
	// NotApplicable says that the subject has declared no such capability, so that the state never comes about there.
	NotApplicable bool
}

func (e *Cannot) Error() string { return e.Reason }

// Bring holds a conversation of its own, under that name, up to the point where the message of an endpoint is due at the
// subject, and returns what that message must say: id (the patient), requestId (that it answers), transactionId, authCode,
// as far as they apply. Nothing is sent to the subject after that. The error is a *Cannot, the end of the context, or says
// that our own side failed.
func (n *Network) Bring(ctx context.Context, name, endpoint string, bridge contract.Role) (map[string]any, error) {
	if inside := endpoint == contract.OnNotify || contract.MustEndpoint(endpoint).SentBy(contract.CM); inside && n.combined() {
		return nil, &Cannot{"subject.topology is combined: " + endpoint + " travels inside the subject, where it cannot be seen", true}
	}
	s := n.newStage(Scenario{Name: name})
	defer s.leave()
	_, declared := s.declaredMode(endpoint)
	draft, err := s.Reach(ctx, endpoint, bridge)
	var stopped *BlockedError
	var lacking *notApplicableError
	switch {
	case errors.As(err, &stopped):
		return nil, &Cannot{Reason: stopped.Reason}
	case errors.As(err, &lacking):
		return nil, &Cannot{lacking.reason, !declared}
	case err != nil:
		return nil, err
	}
	values := map[string]any{}
	for pointer, parameter := range map[string]string{
		"/query/id": "id", "/resp/requestId": "requestId", "/transactionId": "transactionId", "/auth/transactionId": "transactionId", "/credential/authCode": "authCode",
	} {
		var text string
		if raw, there := fixtures.Value(draft.Body, pointer); there && json.Unmarshal(raw, &text) == nil {
			values[parameter] = text
		}
	}
	return values, nil
}

// MayLogIn says whether the configuration has what a party of ours needs to log in at the subject; the gateway needs nothing.
func (n *Network) MayLogIn(role contract.Role) bool {
	id := n.cfg.Identities.Of(role)
	return n.tokens[role] != nil && (n.cfg.Subject.Role != contract.Gateway || id.ClientID != "" || id.Token != "")
}

// Token is the access token of a party of ours at the subject (MayLogIn); that of the gateway where the subject is none.
func (n *Network) Token(ctx context.Context, role contract.Role) (string, error) {
	return n.tokens[role].Token(ctx)
}

// Forward sends a request to the subject as a party of ours: to its base URL, recorded under that scenario and step.
func (n *Network) Forward(ctx context.Context, role contract.Role, scenario, step string, r *http.Request) (*http.Response, error) {
	return n.client[role].Do(r.WithContext(journal.WithScenario(ctx, scenario, step)))
}
