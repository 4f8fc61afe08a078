package player

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"abdm.example/conformance/contract"
)

func issuerNew(t testing.TB, o IssuerOptions) *Issuer {
	t.Helper()
	i, err := NewIssuer(o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func issuerToken(t testing.TB, token string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// issuerForge signs claims with any algorithm and key under the issuer's own key id.
func issuerForge(t testing.TB, kid string, algorithm jose.SignatureAlgorithm, key any, c Claims) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	return issuerToken(t, token, err)
}

// issuerUnsigned is a token of alg none.
func issuerUnsigned(t testing.TB, c Claims) string {
	t.Helper()
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b := base64.RawURLEncoding.EncodeToString
	return b([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + b(payload) + "."
}

func TestIssuerClaims(t *testing.T) {
	i := issuerNew(t, IssuerOptions{})
	token, err := i.Issue("client-1", contract.HIP, contract.HIU)
	issuerToken(t, token, err)
	parts := strings.Split(token, ".")
	var header, claims map[string]any
	for n, into := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[n])
		if err != nil || json.Unmarshal(text, into) != nil {
			t.Fatalf("part %d of the token is not JSON", n)
		}
	}
	if header["alg"] != "RS256" || header["typ"] != "JWT" || header["kid"] != i.KeySet().Keys[0].KeyID {
		t.Errorf("the header of the token is %v", header)
	}
	for _, name := range []string{"sub", "iat", "exp", "scope", "clientId", "aud", "realm_access", "iss", "jti"} {
		if claims[name] == nil || claims[name] == "" {
			t.Errorf("the token has no claim %s", name)
		}
	}
	if claims["aud"] != "account" || claims["clientId"] != "client-1" {
		t.Errorf("aud is %v and clientId %v", claims["aud"], claims["clientId"])
	}
	if life := claims["exp"].(float64) - claims["iat"].(float64); life != 600 {
		t.Errorf("the token lives %v s; want 600", life)
	}
}

func TestIssuerVerify(t *testing.T) {
	now := time.Now()
	i := issuerNew(t, IssuerOptions{Now: func() time.Time { return now }})
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := SharedKey()
	kid := i.KeySet().Keys[0].KeyID
	good := i.Claims("client-1", contract.CM)
	with := func(change func(*Claims)) Claims {
		c := good
		change(&c)
		return c
	}
	sign := func(c Claims) string { token, err := i.Sign(c); return issuerToken(t, token, err) }
	refresh, err := i.IssueRefresh("client-1")
	issuerToken(t, refresh, err)
	signed := sign(good)
	other := strings.Split(sign(with(func(c *Claims) { c.ClientID = "client-2" })), ".")
	public, err := json.Marshal(i.KeySet())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, token string
		want        error
	}{
		{"good", signed, nil},
		{"expired", sign(with(func(c *Claims) { c.Expiry = now.Unix() })), ErrTokenExpired},
		{"no expiry", sign(with(func(c *Claims) { c.Expiry = 0 })), ErrTokenExpired},
		{"other audience", sign(with(func(c *Claims) { c.Audience = "other" })), ErrTokenClaims},
		{"other issuer", sign(with(func(c *Claims) { c.Issuer = "other" })), ErrTokenClaims},
		{"refresh token", refresh, ErrTokenClaims},
		{"foreign key", issuerForge(t, "other", jose.RS256, foreign, good), ErrTokenKey},
		{"foreign key under our id", issuerForge(t, kid, jose.RS256, foreign, good), ErrTokenSignature},
		{"other algorithm", issuerForge(t, kid, jose.PS256, key, good), ErrTokenAlgorithm},
		{"public key as secret", issuerForge(t, kid, jose.HS256, public, good), ErrTokenAlgorithm},
		{"unsigned", issuerUnsigned(t, good), ErrTokenAlgorithm},
		{"changed", strings.Join([]string{other[0], other[1], strings.Split(signed, ".")[2]}, "."), ErrTokenSignature},
		{"garbage", "garbage", ErrTokenMalformed},
		{"empty", "", ErrTokenMalformed},
		{"dots", "..", ErrTokenAlgorithm},
		{"long", strings.Repeat("a", issuerMaxToken) + "..", ErrTokenMalformed},
	} {
		for range 2 { // the second time from memory
			if _, err := i.Verify(c.token); !errors.Is(err, c.want) {
				t.Errorf("%s: Verify says %v; want %v", c.name, err, c.want)
			}
		}
	}
	now = now.Add(601 * time.Second)
	if _, err := i.Verify(signed); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("a remembered token is still good after its end: %v", err)
	}
}

func TestIssuerRefusesShortKey(t *testing.T) {
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this build makes no short keys")
	}
	if _, err := NewIssuer(IssuerOptions{Key: short}); err == nil {
		t.Error("a key of 1024 bits was taken")
	}
}

func FuzzIssuerVerify(f *testing.F) {
	i := issuerNew(f, IssuerOptions{})
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := i.Verify(token); err == nil {
			t.Errorf("%q was taken for a good token", token)
		}
		issuerUnverified(token)
		gwAlgorithm(token)
	})
}

func BenchmarkIssuerVerify(b *testing.B) {
	i := issuerNew(b, IssuerOptions{})
	token, err := i.Issue("client-1", contract.CM)
	issuerToken(b, token, err)
	for b.Loop() {
		if _, err := i.Verify(token); err != nil {
			b.Fatal(err)
		}
	}
}
