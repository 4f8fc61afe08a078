package player

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// StaticToken is an access token that somebody issued by hand: it is used as it is and never renewed.
type StaticToken string

// Token returns the token; an empty one is an error.
func (t StaticToken) Token(context.Context) (string, error) {
	if t == "" {
		return "", errors.New("there is no access token: set token, or client-id and client-secret, of this identity")
	}
	return string(t), nil
}

// freshLogin logs in for every message.
type freshLogin struct{ login *Login }

// Token implements Tokens.
func (f freshLogin) Token(ctx context.Context) (string, error) {
	token, _, err := f.login.login(ctx)
	return token, err
}

// Forget has nothing to drop: the next message has another token anyway.
func (f freshLogin) Forget(string) {}

// Login gets access tokens from the gateway's POST /v0.5/sessions and keeps
// each until shortly before it expires. Concurrent callers share one login.
// Set the fields before the first use and do not copy it afterwards.
type Login struct {
	Gateway      string // base URL of the gateway; /v0.5/sessions hangs below it
	ClientID     string
	ClientSecret string
	Role         contract.Role    // whose identity this is; named in errors ("identities.hip")
	Client       *http.Client     // nil: http.DefaultClient
	Now          func() time.Time // nil: time.Now

	mu      sync.Mutex
	token   string
	renewAt time.Time
	flight  *loginFlight
}

// loginFlight is one login under way, and its result once done is closed.
type loginFlight struct {
	done  chan struct{}
	token string
	err   error
	// abandoned says that the caller who logged in gave up: its error is nobody else's.
	abandoned bool
}

// assumedLife is the life of a token that says nothing of its own, and renewMargin how long before the end we log in again.
const (
	assumedLife = 5 * time.Minute
	renewMargin = 30 * time.Second
)

// Token returns the cached token or logs in. It returns when ctx ends, at the latest.
func (l *Login) Token(ctx context.Context) (string, error) {
	for {
		l.mu.Lock()
		if l.token != "" && l.now().Before(l.renewAt) {
			defer l.mu.Unlock()
			return l.token, nil
		}
		flight, mine := l.flight, false
		if flight == nil {
			flight, mine = &loginFlight{done: make(chan struct{})}, true
			l.flight = flight
		}
		l.mu.Unlock()

		if mine {
			l.fly(ctx, flight)
			return flight.token, flight.err
		}
		select {
		case <-flight.done:
			if !flight.abandoned {
				return flight.token, flight.err
			}
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for the login of client %s at %s: %w", l.ClientID, l.url(), ctx.Err())
		}
	}
}

// Forget drops a token that the gateway refused, so that the next call logs in
// again. A token that has been replaced since is left alone.
func (l *Login) Forget(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token == token {
		l.token = ""
	}
}

func (l *Login) fly(ctx context.Context, flight *loginFlight) {
	token, renewAt, err := l.login(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	flight.token, flight.err, flight.abandoned = token, err, err != nil && ctx.Err() != nil
	if err == nil {
		l.token, l.renewAt = token, renewAt
	}
	l.flight = nil
	close(flight.done)
}

func (l *Login) login(ctx context.Context) (string, time.Time, error) {
	asked := l.now()
	body := encodeJSON(struct {
		ClientID     string `json:"clientId"`
		ClientSecret string `json:"clientSecret"`
		GrantType    string `json:"grantType"`
	}{l.ClientID, l.ClientSecret, "client_credentials"})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url(), bytes.NewReader(body))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("the gateway's URL cannot be used for a login of client %s: %w", l.ClientID, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := quietClient(l.Client).Do(req)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("login of client %s: %w", l.ClientID, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", time.Time{}, l.failed("its answer broke off: %v", err)
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden, resp.StatusCode == http.StatusBadRequest:
		return "", time.Time{}, l.failed("was answered %d: check %sclient-id and client-secret", resp.StatusCode, l.keys())
	case resp.StatusCode == http.StatusNotFound:
		return "", time.Time{}, l.failed("was answered 404: check that the gateway's base URL is the part before %s", contract.PathSessions)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return "", time.Time{}, l.failed("was answered %d; the contract says 200 with an accessToken", resp.StatusCode)
	}
	var session struct {
		AccessToken string      `json:"accessToken"`
		ExpiresIn   json.Number `json:"expiresIn"`
	}
	// The decoder's own error could quote the token: it stays unsaid.
	if json.Unmarshal(answer, &session) != nil {
		return "", time.Time{}, l.failed("was answered %d with a body that is not the contract's SessionResponse", resp.StatusCode)
	}
	token := session.AccessToken
	if token == "" || strings.ContainsAny(token, " \r\n\t") {
		return "", time.Time{}, l.failed("was answered %d without a usable accessToken", resp.StatusCode)
	}
	expiry, ok := jwtExpiry(token)
	if !ok {
		expiry = asked.Add(lifeOf(session.ExpiresIn))
	}
	life := expiry.Sub(asked)
	return token, expiry.Add(-min(renewMargin, life/10)), nil
}

// lifeOf reads expiresIn as seconds: the document says minutes, every deployed gateway means seconds.
func lifeOf(expiresIn json.Number) time.Duration {
	seconds, err := expiresIn.Float64()
	if err != nil || seconds <= 0 || seconds > 1e7 {
		return assumedLife
	}
	return time.Duration(seconds * float64(time.Second))
}

// jwtExpiry reads the exp claim of a token without judging its signature, which is the issuer's own.
func jwtExpiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Exp *float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Exp == nil || *claims.Exp <= 0 || *claims.Exp > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(*claims.Exp), 0), true
}

func (l *Login) failed(format string, args ...any) error {
	return fmt.Errorf("POST %s as client %s %s", l.url(), l.ClientID, fmt.Sprintf(format, args...))
}

func (l *Login) url() string { return strings.TrimRight(l.Gateway, "/") + contract.PathSessions }

// keys is where the configuration holds this client's credentials.
func (l *Login) keys() string {
	if l.Role == "" {
		return ""
	}
	return "identities." + string(l.Role) + "."
}

func (l *Login) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}
