package scenario

import (
	"testing"

	"github.com/go-jose/go-jose/v4"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// A forged token must be wrong in the one way that its name says, and else like the token that it is made from.
func TestForgedTokensAreWrongInOneWay(t *testing.T) {
	issuer, err := player.NewIssuer(player.IssuerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := issuer.Issue("gateway", contract.Gateway)
	if err != nil {
		t.Fatal(err)
	}
	parts, ok := parseJWT(own)
	if !ok {
		t.Fatal("the issuer's token is no JWT")
	}
	published := issuer.KeySet().Keys[0].KeyID
	for name, row := range map[string]struct {
		forge    func(*jwtParts) (string, error)
		kid      string
		embedded bool
	}{
		TokenUnknownKey: {(*jwtParts).signedByStranger, published, false},
		TokenUnknownKid: {(*jwtParts).ofStranger, strangerID, false},
		TokenOwnKey:     {(*jwtParts).withOwnKey, strangerID, true},
	} {
		token, err := row.forge(parts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Errorf("%s is no token: %v", name, err)
			continue
		}
		header := signed.Signatures[0].Protected
		if header.KeyID != row.kid || (header.JSONWebKey != nil) != row.embedded {
			t.Errorf("%s has kid %q and a key in its header: %t", name, header.KeyID, header.JSONWebKey != nil)
		}
		if row.embedded {
			if _, err := signed.Verify(header.JSONWebKey); err != nil {
				t.Errorf("%s is not signed by the key in its header: %v", name, err)
			}
		}
		if _, err := issuer.Verify(token); err == nil {
			t.Errorf("%s is a good token", name)
		}
		if forged, _ := parseJWT(token); forged.claims["sub"] != parts.claims["sub"] || forged.claims["clientId"] != parts.claims["clientId"] {
			t.Errorf("%s has other claims: %v", name, forged.claims)
		}
	}
}
