package scenario

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"

	"abdm.example/conformance/contract"
)

// Further kinds of tokens (NoteKind of token scenarios), sent to a gateway.
const (
	TokenEmpty      = "empty"
	TokenTwoParts   = "two-parts"
	TokenUnsigned   = "no-signature"
	TokenNoKid      = "no-kid"
	TokenNoneCase   = "alg-none-case"
	TokenHS256Text  = "hs256-pem-text" // the PEM without its last line break
	TokenHS256DER   = "hs256-der"
	TokenHS256N     = "hs256-modulus"
	TokenHS384      = "hs384-public-key"
	TokenOtherRoles = "hiu-role"
)

// forgeries are "token/<kind>/<endpoint>" for forgeries that a verifier takes or refuses at all endpoints alike.
func forgeries() []Scenario {
	var all []Scenario
	add := func(kind, title string, value func(context.Context, *Stage, *Draft) (string, error)) {
		for _, endpoint := range bothWays {
			all = append(all, tokenProbe(kind, title, contract.MustEndpoint(endpoint), value))
		}
	}
	add(TokenEmpty, "the scheme Bearer and no token", func(context.Context, *Stage, *Draft) (string, error) { return "Bearer", nil })
	add(TokenTwoParts, "its own token without its signature and the dot before it", forged(func(t *jwtParts) (string, error) { return t.signingInput(nil), nil }))
	add(TokenUnsigned, "its own token with an empty signature", forged(func(t *jwtParts) (string, error) { return t.signingInput(nil) + ".", nil }))
	add(TokenNoKid, "a token signed by a key that nobody published, without a kid", forged(func(t *jwtParts) (string, error) {
		bare := *t
		bare.header = map[string]any{"alg": t.header["alg"], "typ": "JWT"}
		return bare.strangersToken("", false)
	}))
	add(TokenNoneCase, "a token with alg nOnE", forged(func(t *jwtParts) (string, error) { return t.signingInput(map[string]any{"alg": "nOnE"}) + ".", nil }))
	add(TokenHS256Text, "a token signed by HS256 with the gateway's public key, without the last line break of its PEM, as the secret",
		keyed(func(t *jwtParts, key *rsa.PublicKey) (string, error) {
			text, err := publicPEM(key)
			return t.signedWithSecret("HS256", sha256.New, bytes.TrimSpace(text)), err
		}))
	add(TokenHS256DER, "a token signed by HS256 with the DER of the gateway's public key as the secret", keyed(func(t *jwtParts, key *rsa.PublicKey) (string, error) {
		der, err := x509.MarshalPKIXPublicKey(key)
		return t.signedWithSecret("HS256", sha256.New, der), err
	}))
	add(TokenHS256N, "a token signed by HS256 with the n of the gateway's JWK as the secret", keyed(func(t *jwtParts, key *rsa.PublicKey) (string, error) {
		return t.signedWithSecret("HS256", sha256.New, []byte(base64.RawURLEncoding.EncodeToString(key.N.Bytes()))), nil
	}))
	add(TokenHS384, "a token signed by HS384 with the gateway's public key as the secret", keyed(func(t *jwtParts, key *rsa.PublicKey) (string, error) {
		text, err := publicPEM(key)
		return t.signedWithSecret("HS384", sha512.New384, text), err
	}))
	return append(all, hiuRole()...)
}

// keyed is forged for what needs the public key of the gateway.
func keyed(forge func(*jwtParts, *rsa.PublicKey) (string, error)) func(context.Context, *Stage, *Draft) (string, error) {
	return func(ctx context.Context, s *Stage, d *Draft) (string, error) {
		key, err := s.net.publicKey(ctx)
		if err != nil {
			return "", &notApplicableError{"the subject publishes no RSA key at " + contract.PathCerts}
		}
		return forged(func(t *jwtParts) (string, error) { return forge(t, key) })(ctx, s, d)
	}
}

// hiuRole are "token/hiu-role/<endpoint>": the token of the HIU at the endpoints of the CM, where token/wrong-role has that of the HIP.
func hiuRole() []Scenario {
	var all []Scenario
	for _, e := range contract.Endpoints {
		if !e.SentBy(contract.CM) {
			continue
		}
		all = append(all, tokenProbe(TokenOtherRoles, "the token of a HIU", e, func(ctx context.Context, s *Stage, _ *Draft) (string, error) {
			own, theirs := s.net.cfg.Identities.CM, s.net.cfg.Identities.HIU
			if own.ClientID == theirs.ClientID && own.Token == theirs.Token {
				return "", &notApplicableError{"identities.cm and identities.hiu are one client, which then has both roles"}
			}
			token, err := s.token(ctx, contract.HIU)
			return "Bearer " + token, err
		}))
	}
	return all
}
