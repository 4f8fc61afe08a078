package player

import (
	"context"
	"encoding/base64"
	"net/http"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// header are the headers of the second hop.
func (g *Gateway) header(ctx context.Context, m *gwMessage, to Registration) (http.Header, error) {
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	if m.failed && g.faults.Has("err-callback-text") {
		header.Set("Content-Type", "text/plain")
	}
	if !g.faults.Has("no-correlation-id") {
		header[gwHeaderCorrelation] = []string{m.correlation}
	}
	if g.faults.Has("caller-token-beside") {
		header.Set("X-Forwarded-Authorization", m.caller.authorization)
	}
	if g.faults.Has("caller-token-packed") {
		header.Set("X-Context", base64.StdEncoding.EncodeToString([]byte(m.caller.authorization)))
	}
	switch {
	case m.failed && g.faults.Has("err-callback-no-token"):
	case g.faults.Has("forward-caller-token"):
		header.Set(contract.HeaderAuthorization, m.caller.authorization)
	case g.faults.Has("forward-no-token"):
	default:
		token, err := g.own.token(g.issuer, g.ownTokenLife())
		if err != nil {
			return nil, err
		}
		header.Set(contract.HeaderAuthorization, "Bearer "+token)
		if g.faults.Has("own-token-bearer-twice") {
			header.Set(contract.HeaderAuthorization, "Bearer Bearer "+token)
		}
		if g.faults.Has("own-token-no-scheme") {
			header.Set(contract.HeaderAuthorization, token)
		}
	}
	if to.Role == contract.CM {
		if m.caller.client != "" && !g.faults.Has("no-origin-id") {
			header.Set(gwHeaderOrigin, "bridge_"+m.caller.client)
		}
		return header, nil
	}
	if g.faults.Has("shared-header") {
		to = g.shared.get(ctx, to)
	}
	id := to.ID
	switch {
	case g.faults.Has("header-client-id"):
		id = to.ClientID
	case g.faults.Has("header-missing"):
		return header, nil
	}
	if g.faults.Has("both-headers") || g.faults.Has("header-always-hip") {
		header.Set(contract.HeaderHIP, id)
	}
	if !g.faults.Has("header-always-hip") {
		header.Set(to.Role.Header(), id)
	}
	if g.faults.Has("both-headers") {
		header.Set(contract.HeaderHIU, id)
	}
	return header, nil
}

// gwOwnToken keeps the gateway's own token and renews it in time.
type gwOwnToken struct {
	mu    sync.Mutex
	text  string
	renew time.Time
}

// ownTokenLife is how long the gateway's own token is good: as long as any, save under a fault.
func (g *Gateway) ownTokenLife() time.Duration {
	switch {
	case g.faults.Has("own-token-expired"):
		return -time.Hour
	case g.faults.Has("own-token-kept"):
		return 2 * time.Second
	}
	return g.issuer.Life()
}

// token is the token in use, which a new one replaces at half of the issuer's time.
func (t *gwOwnToken) token(issuer *Issuer, life time.Duration) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text != "" && time.Now().Before(t.renew) {
		return t.text, nil
	}
	claims := issuer.Claims("abdm-gateway", contract.Gateway)
	claims.Expiry = time.Now().Add(life).Unix()
	text, err := issuer.Sign(claims)
	if err != nil {
		return "", err
	}
	t.text, t.renew = text, time.Now().Add(issuer.Life()/2)
	return text, nil
}
