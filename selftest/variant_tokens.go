package selftest

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// tokenExchange stands before a gateway and gives out tokens of another kind for the gateway's own.
type tokenExchange struct {
	// mint makes the token that is given out for one of the gateway's own.
	mint func(own string) (string, error)

	mu    sync.Mutex
	out   map[string]string // by the gateway's own token
	owned map[string]string // the gateway's own, by the token given out
}

// opaque gives out tokens that mean nothing.
func opaque(t *tokenExchange) error {
	t.mint = func(string) (string, error) { return rand.Text() + rand.Text(), nil }
	return nil
}

// signedHS512 gives out tokens with the same claims, signed with a secret of the gateway alone.
func signedHS512(t *tokenExchange) error {
	secret := make([]byte, 64)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS512, Key: secret}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return err
	}
	t.mint = func(own string) (string, error) {
		parts := strings.Split(own, ".")
		if len(parts) != 3 {
			return "", fmt.Errorf("a token of the reference has %d parts and not 3", len(parts))
		}
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			return "", err
		}
		signed, err := signer.Sign(claims)
		if err != nil {
			return "", err
		}
		return signed.CompactSerialize()
	}
	return nil
}

// open makes the exchange one of the kind that prepare sets up, and changes the expired tokens of a configuration too.
func (t *tokenExchange) open(prepare func(*tokenExchange) error, c *config.Config) error {
	t.out, t.owned = map[string]string{}, map[string]string{}
	if err := prepare(t); err != nil {
		return err
	}
	for _, id := range []*config.Identity{&c.Identities.HIP, &c.Identities.HIU, &c.Identities.CM} {
		expired, err := t.give(id.ExpiredToken)
		if err != nil {
			return err
		}
		id.ExpiredToken = expired
	}
	return nil
}

// give is the token that is given out for one of the gateway's own, always the same.
func (t *tokenExchange) give(own string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token, ok := t.out[own]; ok {
		return token, nil
	}
	token, err := t.mint(own)
	if err == nil {
		t.out[own], t.owned[token] = token, own
	}
	return token, err
}

// take is the gateway's own token for one that was given out. Any other is refused as it is: none of them is the gateway's own.
func (t *tokenExchange) take(token string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own, ok := t.owned[token]; ok {
		return own
	}
	return "unknown-" + token
}

// serves exchanges the tokens of what the gateway serves; it publishes no keys.
func (t *tokenExchange) serves(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, contract.PathCerts):
			http.NotFound(w, r)
			return
		case strings.HasSuffix(r.URL.Path, contract.PathSessions):
			t.serveSession(w, r, next)
			return
		}
		scheme, token, there := strings.Cut(r.Header.Get(contract.HeaderAuthorization), " ")
		if there {
			r = r.Clone(r.Context())
			r.Header.Set(contract.HeaderAuthorization, scheme+" "+t.take(token))
		}
		next.ServeHTTP(w, r)
	})
}

func (t *tokenExchange) serveSession(w http.ResponseWriter, r *http.Request, next http.Handler) {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	body := answer.Body.Bytes()
	var session map[string]any
	if own, ok := "", json.Unmarshal(body, &session) == nil; ok {
		if own, ok = session["accessToken"].(string); ok {
			token, err := t.give(own)
			if err != nil {
				http.Error(w, "no token", http.StatusInternalServerError)
				return
			}
			body = bytes.ReplaceAll(body, []byte(own), []byte(token))
		}
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body) // a client that is gone needs no token
}

// sends exchanges the gateway's own token in what it sends.
func (t *tokenExchange) sends(next http.RoundTripper) http.RoundTripper {
	return sending(func(r *http.Request) (*http.Response, error) {
		_, own, _ := strings.Cut(r.Header.Get(contract.HeaderAuthorization), " ")
		token, err := t.give(own)
		if err != nil {
			return nil, fmt.Errorf("no token of another kind: %w", err)
		}
		r = r.Clone(r.Context())
		r.Header.Set(contract.HeaderAuthorization, "Bearer "+token)
		return next.RoundTrip(r)
	})
}
