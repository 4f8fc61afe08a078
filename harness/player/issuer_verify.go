package player

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// Reasons for which a token is refused. None of them tells anything of the token.
var (
	ErrTokenMalformed = errors.New("the access token is not a signed JWT")
	ErrTokenAlgorithm = errors.New("the access token is not signed with RS256")
	ErrTokenKey       = errors.New("the access token is signed with a key that this gateway does not publish")
	ErrTokenSignature = errors.New("the signature of the access token is wrong")
	ErrTokenExpired   = errors.New("the access token has expired")
	ErrTokenClaims    = errors.New("the access token was not issued by this gateway for this use")
)

// issuerCacheSize bounds the number of remembered tokens.
const issuerCacheSize = 4096

// issuerMaxToken bounds the size of a token in bytes.
const issuerMaxToken = 16 << 10

// Verify returns the claims of an access token that this issuer signed, that
// has not expired and is meant for the network. Its error is one of the
// ErrToken values.
func (i *Issuer) Verify(token string) (Claims, error) { return i.verify(token, Audience) }

// VerifyRefresh is Verify for refresh tokens.
func (i *Issuer) VerifyRefresh(token string) (Claims, error) { return i.verify(token, issuerRefresh) }

func (i *Issuer) verify(token, audience string) (Claims, error) {
	digest := sha256.Sum256([]byte(token))
	claims, known := i.verified.get(digest)
	if !known {
		var err error
		if claims, err = i.open(token); err != nil {
			return Claims{}, err
		}
		i.verified.put(digest, claims)
	}
	switch {
	case claims.Issuer != i.name || claims.Audience != audience:
		return Claims{}, ErrTokenClaims
	case !i.now().Before(claims.ExpiresAt()):
		return Claims{}, ErrTokenExpired
	}
	return claims, nil
}

// open checks algorithm, key and signature and reads the claims.
func (i *Issuer) open(token string) (Claims, error) {
	if len(token) > issuerMaxToken || strings.Count(token, ".") != 2 {
		return Claims{}, ErrTokenMalformed
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		var other *jose.ErrUnexpectedSignatureAlgorithm
		if errors.As(err, &other) {
			return Claims{}, ErrTokenAlgorithm
		}
		return Claims{}, ErrTokenMalformed
	}
	if len(signed.Signatures) != 1 || signed.Signatures[0].Protected.KeyID != i.kid {
		return Claims{}, ErrTokenKey
	}
	payload, err := signed.Verify(i.public)
	if err != nil {
		return Claims{}, ErrTokenSignature
	}
	var claims Claims
	if json.Unmarshal(payload, &claims) != nil {
		return Claims{}, ErrTokenMalformed
	}
	return claims, nil
}

// issuerCache remembers the claims of tokens whose signature was found good, so
// that a party that sends many messages is verified once. Expiry is checked at each use.
type issuerCache struct {
	mu     sync.RWMutex
	claims map[[sha256.Size]byte]Claims
}

func (c *issuerCache) get(digest [sha256.Size]byte) (Claims, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	claims, ok := c.claims[digest]
	return claims, ok
}

func (c *issuerCache) put(digest [sha256.Size]byte, claims Claims) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claims == nil || len(c.claims) >= issuerCacheSize {
		c.claims = make(map[[sha256.Size]byte]Claims)
	}
	c.claims[digest] = claims
}

// issuerUnverified reads the claims of a token without any verification: for the faults of the gateway only.
func issuerUnverified(token string) (Claims, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > issuerMaxToken {
		return Claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	var read struct {
		ClientID string `json:"clientId"`
		Realm    Realm  `json:"realm_access"`
	}
	if err != nil || json.Unmarshal(payload, &read) != nil {
		return Claims{}, false
	}
	return Claims{ClientID: read.ClientID, Realm: read.Realm}, true
}
