package player

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
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
	bridge Registration
	issuer *Issuer
	opened time.Time
	hold   func(endpoint string, r *http.Request, body []byte) bool
	issued func(string, contract.Role)
	wait   time.Duration // before an answer
}

// NewHub makes a hub. The error says why there is no key to sign tokens with.
func NewHub(o HubOptions) (*Hub, error) {
	issuer, err := NewIssuer(IssuerOptions{Key: o.Key})
	if err != nil {
		return nil, err
	}
	h := &Hub{bridge: o.Bridge, issuer: issuer, opened: time.Now(), hold: o.Hold, issued: o.Issued, wait: o.Courtesy}
	if h.issued == nil {
		h.issued = func(string, contract.Role) {}
	}
	var tokens Tokens = &ownTokens{issuer: issuer, issued: h.issued}
	if o.Token != "" {
		tokens = StaticToken(o.Token)
	}
	h.CM = NewCM(CMOptions{ID: o.CMID, Gateway: o.Bridge.URL, Tokens: tokens, Client: o.Client, Answer: o.Answer, Log: o.Log})
	return h, nil
}

// Issuer is what signs the hub's tokens.
func (h *Hub) Issuer() *Issuer { return h.issuer }

// Tokens are those with which the hub authorizes its messages to the bridge.
func (h *Hub) Tokens() Tokens { return h.tokens }

// ownTokens are a gateway's tokens for its own messages.
type ownTokens struct {
	issuer *Issuer
	issued func(string, contract.Role)
	mu     sync.Mutex
	token  string
	until  time.Time
}

// Token implements Tokens.
func (t *ownTokens) Token(context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.token != "" && now.Before(t.until) {
		return t.token, nil
	}
	token, err := t.issuer.Issue(string(contract.Gateway), contract.Gateway)
	if err != nil {
		return "", err
	}
	t.token, t.until = token, now.Add(t.issuer.Life()/2)
	t.issued(token, contract.Gateway)
	return token, nil
}

// ServeHTTP serves the hub below its base URL.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; path {
	case contract.PathSessions:
		h.serveSession(w, r)
	case contract.PathCerts:
		gwWriteJSON(w, http.StatusOK, h.issuer.KeySet())
	case contract.PathOpenID:
		gwWriteJSON(w, http.StatusOK, openIDConfiguration(h.issuer, baseOf(r)))
	case contract.PathAddContexts:
		h.serveMessage(w, r, AddContexts)
	default:
		if e, ok := contract.EndpointAt(path); ok && e.DeliveredTo(contract.CM) {
			h.serveMessage(w, r, e.Name)
			return
		}
		h.refuse(w, &refusal{status: http.StatusNotFound, message: "The gateway serves a bridge at /v0.5/sessions, /v0.5/certs, /v0.5/users/auth/{fetch-modes,init,confirm,on-notify} and /v0.5/links/link/add-contexts, below this base URL."})
	}
}

// baseOf is the base URL at which a request found us: what stands before /v0.5.
func baseOf(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	path, _, _ := strings.Cut(r.RequestURI, contract.BasePath+"/")
	if strings.Contains(path, "://") { // an absolute request target
		return path
	}
	return scheme + r.Host + path
}

// serveSession is POST /v0.5/sessions.
func (h *Hub) serveSession(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		h.refuse(w, &refusal{status: http.StatusMethodNotAllowed, message: "a login is a POST"})
		return
	}
	body, no := readMessage(w, r)
	if no != nil {
		h.refuse(w, no)
		return
	}
	var login struct{ ClientID, ClientSecret string }
	if json.Unmarshal(body, &login) != nil || login.ClientID == "" || login.ClientSecret == "" {
		h.refuse(w, &refusal{status: http.StatusBadRequest, message: "clientId and clientSecret must be strings that are not empty"})
		return
	}
	if known := h.bridge.ClientID != ""; known && !(gwDirectory{h.bridge}).login(login.ClientID, login.ClientSecret) {
		h.refuse(w, &refusal{status: http.StatusUnauthorized, message: "there is no such client, or its secret is another"})
		return
	}
	access, err := h.issuer.Issue(login.ClientID, h.bridge.Role)
	if err != nil {
		h.refuse(w, &refusal{status: http.StatusInternalServerError, message: "no token could be made"})
		return
	}
	h.issued(access, h.bridge.Role)
	refresh, err := h.issuer.IssueRefresh(login.ClientID)
	if err != nil {
		h.refuse(w, &refusal{status: http.StatusInternalServerError, message: "no token could be made"})
		return
	}
	gwWriteJSON(w, http.StatusOK, gwSession{
		AccessToken: access, ExpiresIn: int(h.issuer.Life().Seconds()),
		RefreshToken: refresh, RefreshExpiresIn: int(h.issuer.RefreshLife().Seconds()), TokenType: "bearer",
	})
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
	id, now := h.stamp()
	requester := contract.Requester{Type: h.bridge.Role.RequesterType(), ID: h.bridge.ID}
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
	out := Compose(contract.PathOnAddContexts, h.bridge.Role, h.bridge.ID, struct {
		RequestID       string                   `json:"requestId"`
		Timestamp       string                   `json:"timestamp"`
		Acknowledgement contract.Acknowledgement `json:"acknowledgement"`
		Resp            contract.Reference       `json:"resp"`
	}{id, now, contract.Acknowledgement{Status: "SUCCESS"}, asked})
	return out
}
