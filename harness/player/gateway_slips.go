package player

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/schemas"
)

// Forms of the public key that the family hs256-keyed takes for a secret.
const (
	gwKeyText    = "pem-text"
	gwKeyDER     = "der"
	gwKeyModulus = "modulus"
)

// overlooksForgery says whether a fault of the guards lets a message pass whose token is forged in one particular way.
func (g *Gateway) overlooksForgery(token, algorithm string, err error) bool {
	parts := strings.Split(token, ".")
	switch {
	case token == "":
		return g.faults.Has("empty-token-accepted")
	case algorithm == "":
		return false
	case len(parts) == 2:
		return g.faults.Has("two-parts-accepted")
	case len(parts) == 3 && parts[2] == "" && algorithm == "RS256":
		return g.faults.Has("unsigned-accepted")
	case strings.EqualFold(algorithm, "none") && algorithm != "none":
		return g.faults.Has("alg-none-any-case")
	case algorithm == "HS384":
		return g.faults.Has("hs384-accepted")
	case algorithm == "HS256":
		return slices.ContainsFunc([]string{gwKeyText, gwKeyDER, gwKeyModulus}, func(form string) bool {
			return g.faults.Has("hs256-keyed", form) && g.signedWithPublic(parts, form)
		})
	case errors.Is(err, ErrTokenKey) && !gwNamesKey(parts[0]):
		return g.faults.Has("kid-less-accepted")
	}
	return false
}

// signedWithPublic says whether a token is signed by HS256 with the gateway's public key, in one of its forms, as the secret.
func (g *Gateway) signedWithPublic(parts []string, form string) bool {
	der, err := x509.MarshalPKIXPublicKey(g.issuer.Public())
	if err != nil {
		return false
	}
	secret := map[string][]byte{
		gwKeyDER:     der,
		gwKeyText:    bytes.TrimSpace(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		gwKeyModulus: []byte(base64.RawURLEncoding.EncodeToString(g.issuer.Public().N.Bytes())),
	}[form]
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(parts[0] + "." + parts[1]))
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	return err == nil && hmac.Equal(mac.Sum(nil), signature)
}

// gwNamesKey says whether the header of a token has a kid.
func gwNamesKey(head string) bool {
	var header struct {
		Kid string `json:"kid"`
	}
	text, err := base64.RawURLEncoding.DecodeString(head)
	return err == nil && json.Unmarshal(text, &header) == nil && header.Kid != ""
}

// bodySlip commits the faults on a body that was read and not yet parsed: it returns the body that is parsed in its place.
func (g *Gateway) bodySlip(text []byte) ([]byte, *gwRefusal) {
	trimmed := bytes.TrimSpace(text)
	switch {
	case g.faults.Has("null-body-500") && string(trimmed) == "null":
		return nil, gwRefuse(http.StatusInternalServerError, "the body could not be handled")
	case g.faults.Has("large-body-dropped") && len(text) > 512<<10:
		return nil, gwSwallow
	case g.faults.Has("list-of-one-accepted") && bytes.HasPrefix(trimmed, []byte("[")):
		var list []json.RawMessage
		if json.Unmarshal(trimmed, &list) == nil && len(list) == 1 {
			return list[0], nil
		}
	case g.faults.Has("not-utf8-accepted"):
		return bytes.ToValidUTF8(text, []byte("\uFFFD")), nil
	}
	return text, nil
}

var gwSixDigits = regexp.MustCompile(`^[0-9]{6}$`)

// valueSlip commits the faults that ask of a valid body more than its schema does.
func (g *Gateway) valueSlip(m *gwMessage) *gwRefusal {
	transaction := cmp.Or(m.doc.string("/auth/transactionId"), m.doc.string("/transactionId"))
	switch {
	case g.faults.Has("non-ascii-refused") && bytes.ContainsFunc(m.doc.text, func(r rune) bool { return r > 0x7f }):
		return gwRefuse(http.StatusBadRequest, "the body is not ASCII")
	case g.faults.Has("code-six-digits") && m.doc.has("/credential/authCode") && !gwSixDigits.MatchString(m.doc.string("/credential/authCode")):
		return gwRefuse(http.StatusBadRequest, "/credential/authCode is not six digits")
	case g.faults.Has("transaction-uuid") && transaction != "" && !strings.Contains(transaction, "-"):
		return gwRefuse(http.StatusBadRequest, "transactionId is no UUID")
	case g.faults.Has("optional-asked-for") && (m.doc.has("/auth/patient") && !m.doc.has("/auth/patient/address") || m.doc.has("/auth/accessToken") && !m.doc.has("/auth/validity")):
		return gwRefuse(http.StatusBadRequest, "a member is missing")
	}
	return g.fragile(m)
}

// gwKnownHeaders are the headers that the fault fragile knows.
var gwKnownHeaders = regexp.MustCompile(`^(?i:Accept.*|Authorization|Connection|Content-.*|Correlation-Id|Host|User-Agent|X-(?:Cm|Hip|Hiu)-Id)$`)

var gwMillis = regexp.MustCompile(`\d\.\d{3}(?:[Zz]|[+-])`)

// fragile refuses at one endpoint what has not the canonical form.
func (g *Gateway) fragile(m *gwMessage) *gwRefusal {
	if !g.faults.Has("fragile", m.endpoint.Name) {
		return nil
	}
	odd := m.http.ContentLength < 0 || bytes.ContainsAny(m.doc.text, "\n\t") || !strings.HasPrefix(m.caller.authorization, "Bearer ") || !gwMillis.MatchString(m.doc.string("/timestamp"))
	for name := range m.http.Header {
		odd = odd || !gwKnownHeaders.MatchString(name)
	}
	if odd {
		return gwRefuse(http.StatusBadRequest, "the message could not be read")
	}
	return nil
}

// overlooksForm says whether a fault takes a text for a UUID or a time that is none.
func (g *Gateway) overlooksForm(m *gwMessage, v schemas.Violation) bool {
	text := m.doc.string(v.Pointer)
	switch {
	case v.Keyword != "format":
		return false
	case v.Pointer == "/timestamp":
		return g.faults.Has("time-unread") && strings.Contains(text, "T")
	case v.Pointer == "/requestId":
		return g.faults.Has("uuid-lenient") && strings.Count(text, "-") >= 4
	}
	return false
}

// misread is the instant that a fault reads from a timestamp.
func (g *Gateway) misread(text string, at time.Time) time.Time {
	switch {
	case g.faults.Has("window-by-time-of-day"):
		days := math.Round(time.Since(at).Hours() / 24)
		return at.Add(time.Duration(days) * 24 * time.Hour)
	case g.faults.Has("offset-sign-ignored"):
		if cut := len(text) - len("-08:00"); cut > 0 && text[cut] == '-' {
			if turned, err := time.Parse(time.RFC3339Nano, text[:cut]+"+"+text[cut+1:]); err == nil {
				return turned
			}
		}
	}
	return at
}
