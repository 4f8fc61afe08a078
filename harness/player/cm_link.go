package player

import (
	"slices"
	"time"

	"abdm.example/conformance/contract"
)

// linkGrant is what is left of an access token for linking.
type linkGrant struct {
	expiry time.Time
	left   int // uses
}

// Errors of the answer to add-contexts: "invalid token" is the document's own example of one.
var (
	errLinkToken   = contract.Error{Code: 1400, Message: "Access token is not valid for linking."}
	errLinkExpired = contract.Error{Code: 1400, Message: "Access token has expired."}
	errLinkUsed    = contract.Error{Code: 1400, Message: "Access token has been used as often as its validity allows."}
)

// Link spends the access token that came with an add-contexts, once, on behalf of any of some HIPs. It returns to whom
// the token was granted, and nil where the care contexts are linked. A token that was not granted to one of them for
// linking, has expired or is used up is refused, and nothing is told of whose it is.
func (c *CM) Link(token string, hips []contract.Requester) (contract.Requester, *contract.Error) {
	c.state.Lock()
	defer c.state.Unlock()
	s := c.granted[token]
	switch {
	case s == nil || !slices.Contains(hips, s.owner):
		return contract.Requester{}, &errLinkToken
	case !c.now().Before(s.link.expiry):
		return s.owner, &errLinkExpired
	case s.link.left == 0:
		return s.owner, &errLinkUsed
	}
	s.link.left--
	return s.owner, nil
}
