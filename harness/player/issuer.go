package player

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"abdm.example/conformance/contract"
)

// Audience is the audience of every access token of the network (seen in the deployed gateway's tokens).
const Audience = "account"

// issuerRefresh is the audience of refresh tokens, so that none is good for anything but a new session.
const issuerRefresh = "refresh"

// SharedKey is one 2048-bit RSA key for the whole process, made when it is
// first asked for: hundreds of gateways need not make a key each.
var SharedKey = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	return rsa.GenerateKey(rand.Reader, 2048)
})

// IssuerOptions say how an Issuer makes tokens. The zero value is usable.
type IssuerOptions struct {
	// Name is the claim iss; default "abdm-gateway".
	Name string
	// Key signs; default SharedKey. It must have at least 2048 bits.
	Key *rsa.PrivateKey
	// Life is how long an access token is good; default 600 s, as in the field. Refresh tokens live three times as long.
	Life time.Duration
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Issuer makes and verifies access tokens as the gateway of the network does:
// RS256 JWTs with the claims that deployed parties look at. It is safe for
// concurrent use.
type Issuer struct {
	name     string
	kid      string
	life     time.Duration
	now      func() time.Time
	public   *rsa.PublicKey
	signer   jose.Signer
	verified issuerCache
}

// Claims are the claims of an access token.
type Claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	IssuedAt int64  `json:"iat"` // seconds since 1970
	Expiry   int64  `json:"exp"` // seconds since 1970
	ID       string `json:"jti"`
	Type     string `json:"typ"` // Bearer or Refresh
	Scope    string `json:"scope"`
	ClientID string `json:"clientId"`
	Realm    Realm  `json:"realm_access"`
}

// Realm holds the roles of a token: hip, hiu, cm or gateway.
type Realm struct {
	Roles []string `json:"roles"`
}

// HasRole says whether the token is that of a party with this role.
func (c Claims) HasRole(r contract.Role) bool { return slices.Contains(c.Realm.Roles, string(r)) }

// ExpiresAt is when the token ends.
func (c Claims) ExpiresAt() time.Time { return time.Unix(c.Expiry, 0) }

// NewIssuer makes an Issuer. It fails where there is no key to sign with.
func NewIssuer(o IssuerOptions) (*Issuer, error) {
	if o.Key == nil {
		key, err := SharedKey()
		if err != nil {
			return nil, fmt.Errorf("no RSA key could be made to sign tokens with: %w", err)
		}
		o.Key = key
	}
	if o.Key.N.BitLen() < 2048 {
		return nil, fmt.Errorf("the key that signs tokens has %d bits; use one of 2048 bits or more", o.Key.N.BitLen())
	}
	if o.Name == "" {
		o.Name = "abdm-gateway"
	}
	if o.Life <= 0 {
		o.Life = 600 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	kid, err := issuerKeyID(&o.Key.PublicKey)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: o.Key, KeyID: kid}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("the key that signs tokens cannot be used for RS256: %w", err)
	}
	return &Issuer{name: o.Name, kid: kid, life: o.Life, now: o.Now, public: &o.Key.PublicKey, signer: signer}, nil
}

// issuerKeyID is the RFC 7638 thumbprint of a key.
func issuerKeyID(public *rsa.PublicKey) (string, error) {
	key := jose.JSONWebKey{Key: public}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("the key that signs tokens has no thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// Name is the claim iss of its tokens.
func (i *Issuer) Name() string { return i.name }

// Life is how long an access token is good.
func (i *Issuer) Life() time.Duration { return i.life }

// RefreshLife is how long a refresh token is good.
func (i *Issuer) RefreshLife() time.Duration { return 3 * i.life }

// Public is the key by which its tokens are verified.
func (i *Issuer) Public() *rsa.PublicKey { return i.public }

// KeySet is what GET /v0.5/certs answers (schema Certs).
func (i *Issuer) KeySet() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: i.public, KeyID: i.kid, Algorithm: string(jose.RS256), Use: "sig"},
	}}
}

// Issue makes an access token of a client that holds these roles.
func (i *Issuer) Issue(clientID string, roles ...contract.Role) (string, error) {
	return i.Sign(i.Claims(clientID, roles...))
}

// Claims are the claims that Issue signs, for callers that change some of them first.
func (i *Issuer) Claims(clientID string, roles ...contract.Role) Claims {
	now := i.now()
	names := make([]string, 0, len(roles))
	for _, r := range roles {
		if !slices.Contains(names, string(r)) {
			names = append(names, string(r))
		}
	}
	return Claims{
		Issuer: i.name, Subject: clientID, Audience: Audience, ID: uuid.NewString(), Type: "Bearer",
		IssuedAt: now.Unix(), Expiry: now.Add(i.life).Unix(),
		Scope: "openid", ClientID: clientID, Realm: Realm{Roles: names},
	}
}

// IssueRefresh makes a refresh token of a client. Verify refuses it; VerifyRefresh accepts it.
func (i *Issuer) IssueRefresh(clientID string) (string, error) {
	c := i.Claims(clientID)
	c.Audience, c.Type = issuerRefresh, "Refresh"
	c.Expiry = i.now().Add(i.RefreshLife()).Unix()
	return i.Sign(c)
}

// Sign makes a token of exactly these claims.
func (i *Issuer) Sign(c Claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("the claims of a token could not be written as JSON: %w", err)
	}
	signed, err := i.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("a token could not be signed: %w", err)
	}
	return signed.CompactSerialize()
}
