package player

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// front is what a gateway of ours has before its messages: the login of the one party that it knows, the keys of its
// tokens, and those with which it authorizes itself.
type front struct {
	known  Registration
	issuer *Issuer
	issued func(token string, owner contract.Role)
}

// newFront makes a front. Every login is good where the party has no client id. issued is told every access token; it may
// be nil. The error says why there is no key to sign with.
func newFront(known Registration, key *rsa.PrivateKey, issued func(string, contract.Role)) (front, error) {
	issuer, err := NewIssuer(IssuerOptions{Key: key})
	if issued == nil {
		issued = func(string, contract.Role) {}
	}
	return front{known, issuer, issued}, err
}

// Issuer is what signs the gateway's tokens.
func (f front) Issuer() *Issuer { return f.issuer }

// tokensOr are the tokens with which the gateway authorizes its messages: that one, or, for "", those of its own issuer.
func (f front) tokensOr(token string) Tokens {
	if token != "" {
		return StaticToken(token)
	}
	return &ownTokens{issuer: f.issuer, issued: f.issued}
}

// serve serves the login and the keys, and says whether the request was for either.
func (f front) serve(w http.ResponseWriter, r *http.Request, refuse func(http.ResponseWriter, *refusal)) bool {
	switch r.URL.Path {
	case contract.PathSessions:
		f.serveSession(w, r, refuse)
	case contract.PathCerts:
		gwWriteJSON(w, http.StatusOK, f.issuer.KeySet())
	case contract.PathOpenID:
		gwWriteJSON(w, http.StatusOK, openIDConfiguration(f.issuer, baseOf(r)))
	default:
		return false
	}
	return true
}

// serveSession is POST /v0.5/sessions.
func (f front) serveSession(w http.ResponseWriter, r *http.Request, refuse func(http.ResponseWriter, *refusal)) {
	if r.Method != http.MethodPost {
		refuse(w, &refusal{status: http.StatusMethodNotAllowed, message: "a login is a POST"})
		return
	}
	body, no := readMessage(w, r)
	if no != nil {
		refuse(w, no)
		return
	}
	var login struct{ ClientID, ClientSecret string }
	if json.Unmarshal(body, &login) != nil || login.ClientID == "" || login.ClientSecret == "" {
		refuse(w, &refusal{status: http.StatusBadRequest, message: "clientId and clientSecret must be strings that are not empty"})
		return
	}
	if f.known.ClientID != "" && !(gwDirectory{f.known}).login(login.ClientID, login.ClientSecret) {
		refuse(w, &refusal{status: http.StatusUnauthorized, message: "there is no such client, or its secret is another"})
		return
	}
	access, err := f.issuer.Issue(login.ClientID, f.known.Role)
	if err != nil {
		refuse(w, &refusal{status: http.StatusInternalServerError, message: "no token could be made"})
		return
	}
	f.issued(access, f.known.Role)
	refresh, err := f.issuer.IssueRefresh(login.ClientID)
	if err != nil {
		refuse(w, &refusal{status: http.StatusInternalServerError, message: "no token could be made"})
		return
	}
	gwWriteJSON(w, http.StatusOK, gwSession{
		AccessToken: access, ExpiresIn: int(f.issuer.Life().Seconds()),
		RefreshToken: refresh, RefreshExpiresIn: int(f.issuer.RefreshLife().Seconds()), TokenType: "bearer",
	})
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
