package scenario

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// Kinds of tokens (NoteKind of token scenarios).
const (
	TokenMissing    = "missing"
	TokenGarbage    = "garbage"
	TokenTruncated  = "truncated"
	TokenExpired    = "expired"
	TokenTampered   = "tampered"
	TokenUnknownKey = "unknown-key" // under the kid of a published key
	TokenUnknownKid = "unknown-kid"
	TokenOwnKey     = "own-key"
	TokenNone       = "alg-none"
	TokenHS256      = "hs256-public-key"
	TokenWrongRole  = "wrong-role"
)

// tokens are "token/<kind>/<endpoint>": an otherwise valid message without a right token.
func tokens(e contract.Endpoint) []Scenario {
	kinds := []struct {
		name, title string
		value       func(ctx context.Context, s *Stage, d *Draft) (string, error)
	}{
		{TokenMissing, "no token", func(context.Context, *Stage, *Draft) (string, error) { return "", nil }},
		{TokenGarbage, "a token that nobody issued", func(context.Context, *Stage, *Draft) (string, error) {
			return "Bearer not-a-token-that-anyone-issued", nil
		}},
		{TokenTruncated, "its own token without the last characters", func(ctx context.Context, s *Stage, d *Draft) (string, error) {
			own, err := s.token(ctx, d.Sender)
			if err != nil || len(own) < 16 {
				return "", err
			}
			return "Bearer " + own[:len(own)-8], nil
		}},
		{TokenExpired, "a token of its own that has expired", func(ctx context.Context, s *Stage, d *Draft) (string, error) {
			if s.net.hub != nil {
				token, err := s.net.expiredToken()
				return "Bearer " + token, err
			}
			expired := s.net.cfg.Identities.Of(d.Sender).ExpiredToken
			if expired == "" {
				return "", &notApplicableError{"identities." + string(d.Sender) + ".expired-token is not set: give an access token that the subject issued to this identity and that has expired"}
			}
			return "Bearer " + expired, nil
		}},
		{TokenTampered, "its own token with other claims and the old signature", forged(func(t *jwtParts) (string, error) { return t.tampered(), nil })},
		{TokenUnknownKey, "a token signed by a key that nobody published", forged((*jwtParts).signedByStranger)},
		{TokenUnknownKid, "a token signed by a key that nobody published, under a kid that nobody published", forged((*jwtParts).ofStranger)},
		{TokenOwnKey, "a token signed by the key that stands in its own header", forged((*jwtParts).withOwnKey)},
		{TokenNone, "a token with alg none", forged(func(t *jwtParts) (string, error) { return t.unsigned(), nil })},
		{TokenHS256, "a token signed by HS256 with the gateway's public key as the secret", keyed((*jwtParts).signedWithPublicKey)},
		{TokenWrongRole, "the token of a party of another role", func(ctx context.Context, s *Stage, d *Draft) (string, error) {
			other := contract.CM
			if d.Sender == contract.CM {
				other = contract.HIP
			}
			own, theirs := s.net.cfg.Identities.Of(d.Sender), s.net.cfg.Identities.Of(other)
			if own.ClientID == theirs.ClientID && own.Token == theirs.Token {
				return "", &notApplicableError{fmt.Sprintf("identities.%s and identities.%s are one client, which then has both roles", d.Sender, other)}
			}
			token, err := s.token(ctx, other)
			return "Bearer " + token, err
		}},
	}
	var all []Scenario
	for _, k := range kinds {
		all = append(all, tokenProbe(k.name, k.title, e, k.value))
	}
	return all
}

// tokenProbe is "token/<kind>/<endpoint>": a valid message with that Authorization.
func tokenProbe(kind, title string, e contract.Endpoint, value func(ctx context.Context, s *Stage, d *Draft) (string, error)) Scenario {
	return probe("token/"+kind+"/"+e.Name, "A valid "+e.Name+" with "+title, e,
		map[string]string{NoteKind: kind}, func(ctx context.Context, s *Stage, d *Draft) error {
			value, err := value(ctx, s, d)
			if err != nil {
				return err
			}
			if token, isToken := strings.CutPrefix(value, "Bearer "); isToken {
				s.net.redactor.Know("token", token)
			}
			d.Authorization = &value
			return nil
		})
}

// token is the access token of one of our parties.
func (s *Stage) token(ctx context.Context, role contract.Role) (string, error) {
	token, err := s.net.tokens[role].Token(ctx)
	if err != nil {
		return "", blocked("sessions", "no access token for our %s: %s", role, s.net.redactor.Text(err.Error()))
	}
	return token, nil
}

// authorize gives a draft the token of a party of ours under another spelling of the scheme.
func (s *Stage) authorize(ctx context.Context, d *Draft, role contract.Role, scheme string) error {
	token, err := s.token(ctx, role)
	if err != nil {
		return err
	}
	value := scheme + token
	d.Authorization = &value
	return nil
}

// forged makes a token from the sender's own, where that is a JWT.
func forged(forge func(*jwtParts) (string, error)) func(context.Context, *Stage, *Draft) (string, error) {
	return func(ctx context.Context, s *Stage, d *Draft) (string, error) {
		own, err := s.token(ctx, d.Sender)
		if err != nil {
			return "", err
		}
		parts, ok := parseJWT(own)
		if !ok {
			return "", &notApplicableError{"the subject's access tokens are opaque: there is no signature to forge"}
		}
		token, err := forge(parts)
		return "Bearer " + token, harnessError(err)
	}
}

// jwtParts are the header and the claims of a JWT, and its signature as it is written.
type jwtParts struct {
	header, claims map[string]any
	signature      string
}

// parseJWT takes a JWT apart; false where it is none.
func parseJWT(token string) (*jwtParts, bool) {
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return nil, false
	}
	p := &jwtParts{signature: segments[2]}
	for i, into := range []*map[string]any{&p.header, &p.claims} {
		raw, err := base64.RawURLEncoding.DecodeString(segments[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil, false
		}
	}
	return p, true
}

// signingInput is header and claims as a JWT writes them, with some header members replaced and a fresh life.
func (p *jwtParts) signingInput(header map[string]any) string {
	h, c := map[string]any{}, map[string]any{}
	for k, v := range p.header {
		h[k] = v
	}
	for k, v := range header {
		h[k] = v
	}
	for k, v := range p.claims {
		c[k] = v
	}
	now := time.Now()
	c["iat"], c["exp"] = now.Unix(), now.Add(10*time.Minute).Unix()
	return segment(h) + "." + segment(c)
}

func segment(v any) string {
	raw, _ := json.Marshal(v) // maps of what JSON gave marshal
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (p *jwtParts) unsigned() string { return p.signingInput(map[string]any{"alg": "none"}) + "." }

func (p *jwtParts) tampered() string {
	changed := *p
	changed.claims = map[string]any{}
	for k, v := range p.claims {
		changed.claims[k] = v
	}
	changed.claims["jti"] = player.NewRequestID()
	return changed.signingInput(nil) + "." + p.signature
}
