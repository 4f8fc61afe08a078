package player

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// HubOptions say which bridge a Hub serves, and how.
type HubOptions struct {
	// Bridge is the one bridge of the network; its client id and secret are its login, and every login is good where they are "".
	Bridge Registration
	// CMID is the id of the consent manager behind the gateway, in X-CM-ID and after the @ of its patients' addresses.
	CMID string
	// Key signs the hub's tokens; nil: SharedKey.
	Key *rsa.PrivateKey
	// Token authorizes the hub towards the bridge instead of a token that its own issuer signs.
	Token string
	// Client sends to the bridge; nil: http.DefaultClient.
	Client *http.Client
	// Answer may replace or delay what the hub answers, as BridgeOptions.Answer; add-contexts is the endpoint AddContexts.
	Answer func(endpoint string, r *http.Request, body []byte) *ScriptedAnswer
	// Hold says of a message that the hub shall accept it and leave it at that: the scenario sends what answers it. nil holds nothing.
	Hold func(endpoint string, r *http.Request, body []byte) bool
	// Courtesy is how long after its own 202 the hub sends what answers a message, so that it does not overtake the 202; 0 for at once.
	Courtesy time.Duration
	// Issued is told every access token that a login or the hub itself was given; nil for nothing.
	Issued func(token string, owner contract.Role)
	Log    *slog.Logger
}

// AddContexts names the operation links/link/add-contexts among the endpoints that a Hub answers. It is no operation of users/auth.
const AddContexts = "add-contexts"

// Hub is the network as one bridge sees it: the gateway, with a consent manager behind it. It serves the login plumbing,
// the four messages of a bridge, and add-contexts, and sends callbacks and notifications as its CM says.
//
// It judges nothing that the judgement judges: whatever it can read it accepts, so that one mistake of the bridge does
// not hide what comes after it. It is safe for any number of conversations at once.
type Hub struct {
	*CM
	front
	opened time.Time
	looked atomic.Pointer[string] // the token that was looked at last: a bridge comes with one token for minutes
	hold   func(endpoint string, r *http.Request, body []byte) bool
	wait   time.Duration // before an answer
}

// NewHub makes a hub. The error says why there is no key to sign tokens with.
func NewHub(o HubOptions) (*Hub, error) {
	gate, err := newFront(o.Bridge, o.Key, o.Issued)
	if err != nil {
		return nil, err
	}
	h := &Hub{front: gate, opened: time.Now(), hold: o.Hold, wait: o.Courtesy}
	h.CM = NewCM(CMOptions{ID: o.CMID, Gateway: o.Bridge.URL, Tokens: gate.tokensOr(o.Token), Client: o.Client, Answer: o.Answer, Log: o.Log})
	return h, nil
}

// Tokens are those with which the hub authorizes its messages to the bridge.
func (h *Hub) Tokens() Tokens { return h.tokens }

// ServeHTTP serves the hub below its base URL.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case h.front.serve(w, r, h.refuse):
	case path == contract.PathAddContexts:
		h.serveMessage(w, r, AddContexts)
	default:
		if e, ok := contract.EndpointAt(path); ok && e.DeliveredTo(contract.CM) {
			h.serveMessage(w, r, e.Name)
			return
		}
		h.refuse(w, &refusal{status: http.StatusNotFound, message: "The gateway serves a bridge at /v0.5/sessions, /v0.5/certs, /v0.5/users/auth/{fetch-modes,init,confirm,on-notify} and /v0.5/links/link/add-contexts, below this base URL."})
	}
}

// serveMessage accepts a message of the bridge and has it answered, unless the scenario does either.
func (h *Hub) serveMessage(w http.ResponseWriter, r *http.Request, endpoint string) {
	if r.Method != http.MethodPost {
		h.refuse(w, &refusal{status: http.StatusMethodNotAllowed, message: endpoint + " is a POST"})
		return
	}
	body, no := readMessage(w, r)
	if no != nil {
		h.refuse(w, no)
		return
	}
	h.recognise(r)
	if h.answer != nil && h.answer(endpoint, r, body).play(w, r) {
		return
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		h.refuse(w, &refusal{status: http.StatusBadRequest, message: "the body is no JSON object"})
		return
	}
	accept(w)
	if h.hold != nil && h.hold(endpoint, r, body) {
		return
	}
	switch endpoint {
	case contract.OnNotify:
		h.acknowledged(body)
	case AddContexts:
		h.later(r.Context(), func(ctx context.Context) { h.deliverLogged(ctx, func() Outgoing { return h.contextsAdded(body) }) })
	default:
		out, err := h.ReplyLoosely(endpoint, body)
		if err != nil {
			h.log.Info("a message of the bridge has no answer", "endpoint", endpoint, "because", err)
			return
		}
		h.later(r.Context(), func(ctx context.Context) {
			timer := time.NewTimer(h.wait)
			defer timer.Stop()
			select {
			case <-timer.C:
				h.deliverLogged(ctx, func() Outgoing { return out })
			case <-ctx.Done():
			}
		})
	}
}

// ReplyLoosely is Reply to a message that may break the contract: what is wrong about it and does not matter for the
// answer is put right first, and resp.requestId repeats the requestId as it came. It returns an error where the message
// does not say what it asks for.
func (h *Hub) ReplyLoosely(endpoint string, body []byte) (Outgoing, error) {
	var in struct {
		RequestID     json.RawMessage
		TransactionID string
		Query         contract.Query
		Credential    contract.Credential
	}
	_ = json.Unmarshal(body, &in) // members of a wrong type are as if they were missing
	if d := in.Credential.Demographic; d != nil {
		d.Identifier = nil // the bridge may have it from its own records: whoever makes it act need not have told one
	}
	id, now := h.stamp()
	requester := contract.Requester{Type: h.known.Role.RequesterType(), ID: h.known.ID}
	var message any
	switch endpoint {
	case contract.Confirm:
		message = contract.ConfirmMessage{RequestID: id, Timestamp: now, TransactionID: in.TransactionID, Credential: in.Credential}
	default:
		in.Query.Requester = requester
		message = contract.QueryMessage{RequestID: id, Timestamp: now, Query: in.Query}
	}
	out, err := h.Reply(endpoint, encodeJSON(message))
	if err != nil || len(in.RequestID) == 0 {
		return out, err
	}
	out.Body, err = fixtures.Edit(out.Body, "/resp/requestId", in.RequestID)
	return out, err
}

// contextsAdded is the callback links/link/on-add-contexts, which answers an add-contexts.
func (h *Hub) contextsAdded(request []byte) Outgoing {
	var asked contract.Reference
	_ = json.Unmarshal(request, &asked)
	id, now := h.stamp()
	out := Compose(contract.PathOnAddContexts, h.known.Role, h.known.ID, struct {
		RequestID       string                   `json:"requestId"`
		Timestamp       string                   `json:"timestamp"`
		Acknowledgement contract.Acknowledgement `json:"acknowledgement"`
		Resp            contract.Reference       `json:"resp"`
	}{id, now, contract.Acknowledgement{Status: "SUCCESS"}, asked})
	return out
}
