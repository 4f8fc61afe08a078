package player

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"abdm.example/conformance/contract"
)

// keySet judges the tokens of a gateway by the keys that it publishes at /v0.5/certs.
type keySet struct {
	gateway string
	client  *http.Client
	static  string // the one token that is good, where the gateway signs none
	// discover finds the keys by the gateway's openid-configuration, instead of at PathCerts.
	discover bool

	// good is the last token whose signature was good: a gateway comes with one token for minutes, which does not wait for
	// keys that another token asks for.
	good atomic.Pointer[goodToken]

	mu      sync.Mutex
	keys    jose.JSONWebKeySet
	missed  string // the key id that was asked for last and is not among the keys
	fetched time.Time
}

// goodToken is a token whose signature was good, and what it says.
type goodToken struct {
	token  string
	claims Claims
}

// Deadlines of reading keys: how long it may take, and how long an unknown key id is not asked for again.
const (
	keysDeadline = 10 * time.Second
	keysAge      = 2 * time.Second
)

// authorize judges the Authorization header of a request: a Bearer token that the gateway signed with RS256, that has
// not expired and is meant for the network.
func (k *keySet) authorize(r *http.Request) error {
	scheme, token, _ := strings.Cut(r.Header.Get(contract.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return errNoBearer
	}
	if k.static != "" {
		if subtle.ConstantTimeCompare([]byte(k.static), []byte(token)) != 1 {
			return ErrTokenClaims
		}
		return nil
	}
	if len(token) > issuerMaxToken {
		return ErrTokenMalformed
	}
	claims, err := k.verify(r.Context(), token)
	if err != nil {
		return err
	}
	if claims.Audience != Audience {
		return ErrTokenClaims
	}
	if !time.Now().Before(claims.ExpiresAt()) {
		return ErrTokenExpired
	}
	return nil
}

// verify is what a token says, where its signature is good.
func (k *keySet) verify(ctx context.Context, token string) (Claims, error) {
	if good := k.good.Load(); good != nil && good.token == token {
		return good.claims, nil
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(signed.Signatures) != 1 {
		return Claims{}, ErrTokenMalformed
	}
	key, err := k.key(ctx, signed.Signatures[0].Protected.KeyID)
	if err != nil {
		return Claims{}, err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return Claims{}, ErrTokenSignature
	}
	var claims Claims
	if json.Unmarshal(payload, &claims) != nil {
		return Claims{}, ErrTokenClaims
	}
	k.good.Store(&goodToken{token, claims})
	return claims, nil
}

// key is the published key of that id. Keys are read when an id is asked for that is not among those known.
func (k *keySet) key(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if found := k.keys.Key(id); len(found) > 0 {
		return &found[0], nil
	}
	if id == k.missed && time.Since(k.fetched) < keysAge {
		return nil, ErrTokenKey
	}
	if err := k.fetch(ctx); err != nil {
		return nil, err
	}
	if found := k.keys.Key(id); len(found) > 0 {
		return &found[0], nil
	}
	k.missed = id
	return nil, ErrTokenKey
}

func (k *keySet) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysDeadline)
	defer cancel()
	keys := strings.TrimRight(k.gateway, "/") + contract.PathCerts
	if k.discover {
		var known struct {
			Keys string `json:"jwks_uri"`
		}
		if err := k.read(ctx, strings.TrimRight(k.gateway, "/")+contract.PathOpenID, &known); err != nil {
			return err
		}
		keys = known.Keys
	}
	var set jose.JSONWebKeySet
	if err := k.read(ctx, keys, &set); err != nil {
		return err
	}
	set.Keys = slices.DeleteFunc(set.Keys, func(key jose.JSONWebKey) bool { return !key.IsPublic() || !key.Valid() })
	k.keys, k.fetched = set, time.Now()
	return nil
}

// read reads a JSON document of the gateway.
func (k *keySet) read(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("the keys of the gateway cannot be asked for: %w", err)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return fmt.Errorf("the keys of the gateway cannot be read: %w", err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the gateway answered %d where its keys are to be found, without the JSON document that is due there", resp.StatusCode)
	}
	return nil
}
