package player

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
)

// authenticate finds out who sent a message (401 "Unauthorized request").
func (g *Gateway) authenticate(m *gwMessage) *gwRefusal {
	values := m.http.Header.Values(contract.HeaderAuthorization)
	if len(values) > 0 {
		m.caller.authorization = values[0]
	}
	scheme, token, _ := strings.Cut(m.caller.authorization, " ")
	token = strings.TrimSpace(token)
	claims, err := g.issuer.Verify(token)
	switch {
	case len(values) != 1 || token == "":
		err = errGwNoToken
	case g.faults.Has("scheme-case-sensitive") && scheme != "Bearer":
		err = errGwScheme
	case !strings.EqualFold(scheme, "Bearer"):
		err = errGwScheme
	}
	if err != nil {
		if !g.overlooks(m.endpoint, token, len(values) > 0, err) {
			m.writer.Header().Set("WWW-Authenticate", "Bearer")
			return gwRefuse(http.StatusUnauthorized, "%s", err)
		}
		claims, _ = issuerUnverified(token)
		if len(g.parties.ofClient(claims.ClientID)) == 0 {
			m.caller.anyone = true
			return nil
		}
	}
	m.caller.client = claims.ClientID
	m.caller.parties = g.parties.ofClient(claims.ClientID)
	for _, role := range contract.Roles {
		if claims.HasRole(role) {
			m.caller.roles = append(m.caller.roles, role)
		}
	}
	return nil
}

var (
	errGwNoToken = errors.New("the header Authorization must be there once, with an access token from /v0.5/sessions")
	errGwScheme  = errors.New("the header Authorization must have the scheme Bearer")
)

// overlooks says whether a fault lets a message pass whose token is not good.
func (g *Gateway) overlooks(e contract.Endpoint, token string, present bool, err error) bool {
	algorithm := gwAlgorithm(token)
	switch {
	case g.faults.Has("auth-unchecked"), g.faults.Has("auth-unchecked", e.Name), present && g.overlooksForgery(token, algorithm, err):
		return true
	case errors.Is(err, errGwNoToken):
		return g.faults.Has("missing-token-accepted")
	case errors.Is(err, errGwScheme):
		return false
	case errors.Is(err, ErrTokenExpired):
		return g.faults.Has("expired-token-accepted")
	case strings.EqualFold(algorithm, "none"):
		return g.faults.Has("alg-none-accepted")
	case strings.HasPrefix(algorithm, "HS"):
		return g.faults.Has("hs256-accepted")
	case errors.Is(err, ErrTokenKey), errors.Is(err, ErrTokenSignature):
		return g.faults.Has("unknown-key-accepted")
	case errors.Is(err, ErrTokenMalformed):
		return g.faults.Has("garbage-token-accepted")
	}
	return false
}

// gwAlgorithm is the algorithm that a token says it is signed with.
func gwAlgorithm(token string) string {
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	var header struct {
		Algorithm string `json:"alg"`
	}
	if err != nil || json.Unmarshal(text, &header) != nil {
		return ""
	}
	return header.Algorithm
}

// authorize checks that the caller's role sends this message: the tags of the
// document name who faces each operation; a wrong role is an "Unauthorized request".
func (g *Gateway) authorize(m *gwMessage) *gwRefusal {
	if m.caller.anyone || slices.ContainsFunc(m.caller.roles, m.endpoint.SentBy) {
		return nil
	}
	if g.faults.Has("role-unchecked", m.endpoint.Name) || g.faults.Has("hiu-role-unchecked") && len(m.caller.parties.inRoles([]contract.Role{contract.HIU})) > 0 {
		m.caller.anyone = true
		return nil
	}
	return gwRefuse(g.options.WrongRole, "the access token is not that of a party that sends %s", m.endpoint.Name)
}

// checkRequester checks that query.requester is the caller itself.
func (g *Gateway) checkRequester(m *gwMessage) *gwRefusal {
	if m.endpoint.Payload != "query" || m.caller.anyone || m.overlooked || g.faults.Has("requester-unchecked") || !m.doc.has("/query/requester") {
		return nil
	}
	sameID := slices.ContainsFunc(m.caller.parties, func(p Registration) bool { return p.ID == m.doc.string("/query/requester/id") })
	if g.faults.Has("requester-type-unchecked") && sameID {
		return nil
	}
	if !m.caller.parties.has(g.requesterOf(m)) {
		return gwRefuse(cmp.Or(g.options.Variant.Stranger, http.StatusBadRequest), "/query/requester is not a party of the client that sent the message")
	}
	return nil
}

// requesterOf is the party that query.requester names; a party of no id where there is none.
func (g *Gateway) requesterOf(m *gwMessage) Registration {
	kind, id := m.doc.string("/query/requester/type"), m.doc.string("/query/requester/id")
	for _, role := range contract.Bridges {
		if role.RequesterType() == kind {
			if p, ok := g.parties.party(role, id); ok {
				return p
			}
		}
	}
	return Registration{}
}
