package player

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"abdm.example/conformance/contract"
)

// recognise makes known a token that the bridge was given in an earlier run and that it rightly still uses: run after
// run, the suite is one gateway to it.
func (h *Hub) recognise(r *http.Request) {
	_, token, _ := strings.Cut(r.Header.Get(contract.HeaderAuthorization), " ")
	if last := h.looked.Swap(&token); h.known.ClientID == "" || last != nil && *last == token {
		return
	}
	if h.ofEarlierRun(token) {
		h.issued(token, h.known.Role)
	}
}

// ofEarlierRun says whether this gateway gave a token to the bridge before it was opened. Where each run signs with a key
// of its own, only the token itself can tell.
func (h *Hub) ofEarlierRun(token string) bool {
	if len(token) > issuerMaxToken {
		return false
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(signed.Signatures) != 1 {
		return false
	}
	if signed.Signatures[0].Protected.KeyID == h.issuer.kid {
		if _, err := signed.Verify(h.issuer.public); err != nil {
			return false
		}
	}
	var c Claims
	if json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &c) != nil {
		return false
	}
	return c.Issuer == h.issuer.name && c.Audience == Audience && c.ClientID == h.known.ClientID && time.Unix(c.IssuedAt, 0).Before(h.opened)
}
