package scenario

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/internal/memo"
)

// stranger is a key that no subject has ever published; one for the process, since making it is slow.
var stranger = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// strangerID is the id of that key: one that no subject has ever published either.
const strangerID = "conformance-unknown-key"

// signedByStranger is the token with the same claims and kid, signed RS256 by an unknown key.
func (p *jwtParts) signedByStranger() (string, error) {
	kid, _ := p.header["kid"].(string)
	return p.strangersToken(kid, false)
}

// ofStranger is the token with the same claims, signed RS256 by an unknown key, under a kid that nobody has published.
func (p *jwtParts) ofStranger() (string, error) { return p.strangersToken(strangerID, false) }

// withOwnKey is the token with the same claims, signed RS256 by an unknown key that stands in its own header (jwk, RFC 7515, 4.1.3).
func (p *jwtParts) withOwnKey() (string, error) { return p.strangersToken(strangerID, true) }

// strangersForgery is what a token of a stranger is made of, and no more: RS256 signs the same always in the same way.
type strangersForgery struct {
	claims, kid string
	embed       bool
}

// strangersTokens remembers the latest of them, which many scenarios send, since signing is slow.
var strangersTokens = memo.New[strangersForgery, string](256)

// strangersToken is the token signed RS256 by an unknown key, with that kid ("" for none) and, where embed says so, the key in its header.
func (p *jwtParts) strangersToken(kid string, embed bool) (string, error) {
	_, claims, _ := strings.Cut(p.signingInput(nil), ".")
	wanted := strangersForgery{claims, kid, embed}
	if token, known := strangersTokens.Recall(wanted); known {
		return token, nil
	}
	token, err := wanted.sign()
	if err == nil {
		strangersTokens.Keep(wanted, token)
	}
	return token, err
}

func (f strangersForgery) sign() (string, error) {
	key, err := stranger()
	if err != nil {
		return "", err
	}
	payload, err := base64.RawURLEncoding.DecodeString(f.claims)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if f.kid != "" {
		options = options.WithHeader("kid", f.kid)
	}
	if f.embed {
		options = options.WithHeader("jwk", jose.JSONWebKey{Key: key.Public(), KeyID: f.kid, Algorithm: string(jose.RS256), Use: "sig"})
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// signedWithPublicKey is the token signed by HS256 with the PEM of a public key as the secret: the classic confusion of algorithms.
func (p *jwtParts) signedWithPublicKey(key *rsa.PublicKey) (string, error) {
	secret, err := publicPEM(key)
	return p.signedWithSecret("HS256", sha256.New, secret), err
}

// signedWithSecret is the token signed by an HMAC with that secret, under the algorithm's name.
func (p *jwtParts) signedWithSecret(algorithm string, digest func() hash.Hash, secret []byte) string {
	mac := hmac.New(digest, secret)
	input := p.signingInput(map[string]any{"alg": algorithm})
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// publicPEM is a public key as PEM.
func publicPEM(key *rsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}

// publicKey is the first RSA key that the gateway publishes: the subject, whose key is read once, or our hub.
func (n *Network) publicKey(ctx context.Context) (*rsa.PublicKey, error) {
	if n.hub != nil {
		return n.hub.Issuer().Public(), nil
	}
	n.certs.Do(func() { n.key, n.keyErr = n.readPublicKey(ctx) })
	return n.key, n.keyErr
}

func (n *Network) readPublicKey(ctx context.Context) (*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(journal.WithScenario(ctx, loginScenario, "certs"), n.cfg.Timing.Ack)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(n.cfg.Subject.URL, "/")+contract.PathCerts, nil)
	if err != nil {
		return nil, err
	}
	resp, err := n.client[contract.CM].Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, err
	}
	for _, k := range set.Keys {
		if key, ok := k.Key.(*rsa.PublicKey); ok {
			return key, nil
		}
	}
	return nil, fmt.Errorf("no RSA key among %d", len(set.Keys))
}
