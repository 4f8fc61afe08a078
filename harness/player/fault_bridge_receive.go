package player

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// misreceptions are the faults in how a bridge takes messages in.
func misreceptions() []misreception {
	return slices.Concat(ackFaults(), methodFaults(), tokenFaults(), addressFaults(), refusalFaults(), bodyFaults(), memberFaults(),
		meaningFaults(), lawfulFaults(), orderFaults())
}

// lateAck is longer than a gateway waits for an acknowledgement (AUTH-GEN-025).
const lateAck = 6 * time.Second

// ackFaults are about the answer to a valid message.
func ackFaults() []misreception {
	return []misreception{
		{bridgeRow: bridgeRow{name: "ack-200", requirements: "GEN-001", summary: "acknowledges {} with 200 instead of 202", endpoints: callbacks, whole: true},
			then: acknowledgedAs(http.StatusOK, "")},
		{bridgeRow: bridgeRow{name: "ack-204", requirements: "GEN-001", summary: "acknowledges {} with 204 instead of 202"},
			then: acknowledgedAs(http.StatusNoContent, "")},
		{bridgeRow: bridgeRow{name: "ack-body", requirements: "GEN-002", summary: "sends a JSON body with the 202 to {}", endpoints: callbacks},
			then: acknowledgedAs(http.StatusAccepted, `{"status":"ACCEPTED"}`)},
		{bridgeRow: bridgeRow{name: "ack-500", requirements: "GEN-001", summary: "takes {} in and answers 500", endpoints: callbacks},
			then: acknowledgedAs(http.StatusInternalServerError, "")},
		{bridgeRow: bridgeRow{name: "ack-dropped", requirements: "GEN-001", summary: "drops the connection of {} without an answer", endpoints: callbacks},
			then: func(*reception) { panic(http.ErrAbortHandler) }},
		{bridgeRow: bridgeRow{name: "ack-redirect", requirements: "GEN-001", summary: "answers {} with a redirect"},
			then: func(m *reception) {
				m.w.Header().Set("Location", m.r.URL.Path+"/")
				m.w.WriteHeader(http.StatusTemporaryRedirect)
				m.done = true
			}},
		{bridgeRow: bridgeRow{name: "ack-late", requirements: "GEN-025", summary: "takes 6 s to acknowledge {}", endpoints: callbacks},
			then: func(m *reception) { m.pause(lateAck) }},
		{bridgeRow: bridgeRow{name: "ack-never", requirements: "GEN-001 GEN-025", summary: "leaves {} without an answer and the connection open"},
			then: func(m *reception) { m.pause(time.Hour) }},
		{bridgeRow: bridgeRow{name: "unserved", requirements: "GEN-001", summary: "has no {}: it answers 404", endpoints: callbacks},
			then: func(m *reception) { m.answer(http.StatusNotFound) }},
	}
}

// methodFaults are about other methods than POST.
func methodFaults() []misreception {
	other := func(m *reception) bool { return m.r.Method != http.MethodPost }
	return []misreception{
		{bridgeRow: bridgeRow{name: "any-method", requirements: "GEN-003", summary: "takes {} by any method, not POST only", endpoints: callbacks},
			when: other, then: func(m *reception) { m.r.Method = http.MethodPost }},
		{bridgeRow: bridgeRow{name: "method-200", requirements: "GEN-003", summary: "answers 200 to other methods than POST"},
			when: other, then: func(m *reception) { m.w.WriteHeader(http.StatusOK); m.done = true }},
	}
}

// tokenFaults are about messages whose token is not good, and whose good token is written otherwise.
func tokenFaults() []misreception {
	// signature is the third part of a token.
	signature := func(m *reception) string {
		_, rest, _ := strings.Cut(bearerOf(m.r.Header), ".")
		_, third, _ := strings.Cut(rest, ".")
		return third
	}
	const wholeSignature = 342 // of 2048 bits in base64url
	// embedded says whether the token brings a key in its header.
	embedded := func(m *reception) bool {
		head, _, _ := strings.Cut(bearerOf(m.r.Header), ".")
		text, err := base64.RawURLEncoding.DecodeString(head)
		return err == nil && bytes.Contains(text, []byte(`"jwk"`))
	}
	forged := func(m *reception) bool {
		return !embedded(m) && m.algorithm() == "RS256" && m.failed(ErrTokenSignature)
	}
	stranger := func(name, requirements, summary string, when func(*reception) bool) misreception {
		return misreception{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: callbacks}, stranger: true,
			when: when, then: (*reception).trust}
	}
	unchecked := stranger("auth-unchecked", "GEN-019 GEN-020 GEN-021 GEN-022", "checks no token on {} (BM49)", nil)
	unchecked.whole = true
	return []misreception{
		unchecked,
		stranger("missing-token-accepted", "GEN-019", "accepts {} without Authorization (BM49)", func(m *reception) bool { return m.failed(errNoBearer) }),
		stranger("garbage-token-accepted", "GEN-020", "accepts {} with a token that is no JWT (BM49)", func(m *reception) bool { return m.failed(ErrTokenMalformed) && m.algorithm() == "" }),
		stranger("truncated-token-accepted", "GEN-020", "looks at the beginning of the signature only, on {}", func(m *reception) bool {
			return m.algorithm() == "RS256" && len(signature(m)) < wholeSignature
		}),
		stranger("signature-unchecked", "GEN-022 GEN-020", "takes any signature by RS256 for a good one, on {} (BM49)", forged),
		stranger("unknown-kid-accepted", "GEN-022", "checks no signature where it does not know the token's kid, on {} (BM49)", func(m *reception) bool { return m.failed(ErrTokenKey) && !embedded(m) }),
		stranger("embedded-key-accepted", "GEN-022", "trusts the key in the token's own header, on {} (BM49)", embedded),
		stranger("expired-token-accepted", "GEN-021", "accepts {} with a token past its exp (BM49)", func(m *reception) bool { return m.failed(ErrTokenExpired) }),
		stranger("alg-none-accepted", "GEN-022", "accepts {} with an unsigned token (BM49)", func(m *reception) bool { return strings.EqualFold(m.algorithm(), "none") }),
		stranger("hs256-accepted", "GEN-022", "accepts {} with a token signed with HS256 and the public key (BM49)", func(m *reception) bool { return m.algorithm() == "HS256" }),
		{bridgeRow: bridgeRow{name: "stranger-dropped", requirements: "GEN-019 GEN-020", summary: "acknowledges {} with a bad token and forgets it"},
			stranger: true, then: (*reception).swallow},
		{bridgeRow: bridgeRow{name: "stranger-hung-up", requirements: "GEN-019 GEN-020", summary: "drops the connection of {} with a bad token"},
			stranger: true, then: func(*reception) { panic(http.ErrAbortHandler) }},
		{bridgeRow: bridgeRow{name: "stranger-acted-on", requirements: "GEN-019 GEN-020 GEN-021 GEN-022", summary: "answers 401 to {} with a bad token and takes it in all the same (BM49)", endpoints: callbacks},
			stranger: true, then: func(m *reception) { m.trust(); acknowledgedAs(http.StatusUnauthorized, "")(m) }},
		{bridgeRow: bridgeRow{name: "scheme-case-sensitive", requirements: "GEN-024", summary: "takes the scheme Bearer in this spelling only"},
			when: func(m *reception) bool {
				return !strings.HasPrefix(m.r.Header.Get(contract.HeaderAuthorization), "Bearer ")
			},
			then: func(m *reception) { m.answer(http.StatusUnauthorized) }},
	}
}

// errNoBearer says that a request brings no access token.
var errNoBearer = errors.New("there is no Bearer token")

// bearerOf is the token of the Authorization header.
func bearerOf(h http.Header) string {
	_, token, _ := strings.Cut(h.Get(contract.HeaderAuthorization), " ")
	return token
}

// addressFaults are about messages that are for somebody else. A bridge that takes them for its own sees the header as it should be.
func addressFaults() []misreception {
	own := func(m *reception) string { return m.bridge.role.Header() }
	other := func(m *reception) string {
		for _, role := range contract.Bridges {
			if role != m.bridge.role {
				return role.Header()
			}
		}
		return ""
	}
	mine := func(m *reception) {
		m.r.Header.Del(other(m))
		m.r.Header.Set(own(m), m.bridge.id)
	}
	ids := func(m *reception, header string) []string { return m.r.Header.Values(header) }
	both := func(m *reception) bool { return len(ids(m, own(m))) > 0 && len(ids(m, other(m))) > 0 }
	const unaddressed = "on-fetch-modes=OFM-017 on-init=OINIT-016 on-confirm=OCONF-020 notify=NTF-023"
	return []misreception{
		{bridgeRow: bridgeRow{name: "addressee-unchecked", requirements: unaddressed, summary: "takes {} for another party for its own (BM50)", endpoints: callbacks},
			when: func(m *reception) bool { return len(ids(m, own(m))) == 1 }, then: mine},
		{bridgeRow: bridgeRow{name: "no-addressee-accepted", requirements: unaddressed, summary: "takes {} that names nobody for its own", endpoints: callbacks},
			when: func(m *reception) bool { return len(ids(m, own(m)))+len(ids(m, other(m))) == 0 }, then: mine},
		{bridgeRow: bridgeRow{name: "addressee-kind-unchecked", requirements: unaddressed, summary: "takes {} for a bridge of the other kind for its own", endpoints: callbacks},
			when: func(m *reception) bool { return len(ids(m, own(m))) == 0 && len(ids(m, other(m))) > 0 }, then: mine},
		{bridgeRow: bridgeRow{name: "foreign-500", requirements: unaddressed, summary: "answers 500 to {} that does not name it as its addressee", endpoints: callbacks, together: true},
			when: func(m *reception) bool { return m.r.Header.Get(own(m)) != m.bridge.id }, then: crash},
		{bridgeRow: bridgeRow{name: "both-addressees-accepted", summary: "takes {} that names a HIP and a HIU for its own"}, when: both, then: mine},
		{bridgeRow: bridgeRow{name: "both-addressees-500", requirements: unaddressed, summary: "answers 500 to {} that names a HIP and a HIU", endpoints: callbacks}, when: both, then: crash},
	}
}
