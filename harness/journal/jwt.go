package journal

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"abdm.example/conformance/internal/memo"
)

// tokenFacts are what a token tells of itself; its signature is not checked.
type tokenFacts struct {
	jwt       bool
	algorithm string
	expiry    *float64 // seconds since 1970, nil where it tells none
}

// tokensKnown remembers the latest tokens, since a party sends the same one with every message.
var tokensKnown = memo.New[string, tokenFacts](1024)

// readJWT reads the algorithm and the expiry of a token that is a JWT.
func readJWT(token string) tokenFacts {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return tokenFacts{}
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Expiry *float64 `json:"exp"`
	}
	if !readPart(parts[0], &head) || !readPart(parts[1], &claims) {
		return tokenFacts{}
	}
	facts := tokenFacts{jwt: true, expiry: claims.Expiry}
	const longest = 16 // of the registered algorithm names, with some room
	if len(head.Algorithm) <= longest {
		facts.algorithm = head.Algorithm
	}
	return facts
}

func readPart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	return err == nil && json.Unmarshal(raw, into) == nil
}
