package scenario

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// hubPrefix is a path below which the hub is served a second time: some bridges write it before every path of the gateway.
const hubPrefix = "/gateway"

// playersOfBridge makes the hub around a bridge subject.
func (n *Network) playersOfBridge(log *slog.Logger) (http.Handler, error) {
	role := n.cfg.Subject.Role
	own, gateway := n.cfg.Identities.Of(role), n.cfg.Identities.Gateway
	key, err := n.knowSubject(own, gateway)
	if err != nil {
		return nil, err
	}
	hub, err := player.NewHub(player.HubOptions{
		Key:    key,
		Bridge: player.Registration{Role: role, ID: own.ID, ClientID: own.ClientID, ClientSecret: own.ClientSecret, URL: n.cfg.Subject.URL},
		CMID:   n.cfg.Identities.CM.ID, Token: gateway.Token, Client: n.connect(contract.Gateway),
		Answer: n.answer(contract.Gateway), Hold: n.hold, Courtesy: courtesy, Issued: n.redactor.KnowToken, Log: log,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errHarness, err)
	}
	n.hub, n.cm = hub, hub.CM
	n.tokens[contract.Gateway] = hub.Tokens()
	return n.gatewayOf(hub), nil
}

// knowSubject tells the redactor the secrets between a bridge or a consent manager and us, and returns the key with which we sign.
func (n *Network) knowSubject(own, gateway config.Identity) (*rsa.PrivateKey, error) {
	n.redactor.Know("secret", own.ClientSecret)
	if own.Token != "" {
		n.redactor.KnowToken(own.Token, n.cfg.Subject.Role)
	}
	if gateway.Token != "" {
		n.redactor.KnowToken(gateway.Token, contract.Gateway)
	}
	key, err := n.cfg.Harness.Key()
	if err != nil {
		return nil, fmt.Errorf("harness.signing-key: %w", err)
	}
	return key, nil
}

// gatewayOf serves a hub as the gateway of the subject, below the public URL and below hubPrefix.
func (n *Network) gatewayOf(hub http.Handler) http.Handler {
	served := n.journal.Handler(contract.Gateway, hub)
	prefixed := http.StripPrefix(hubPrefix, served)
	nobody := n.journal.Handler("", http.HandlerFunc(n.nobodyOfBridge))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == pathPreflight:
			w.WriteHeader(http.StatusNoContent)
		case strings.HasPrefix(path, contract.BasePath+"/"):
			served.ServeHTTP(w, r)
		case strings.HasPrefix(path, hubPrefix+contract.BasePath+"/"):
			prefixed.ServeHTTP(w, r)
		default:
			nobody.ServeHTTP(w, r)
		}
	})
}

func (n *Network) nobodyOfBridge(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(contract.ErrorResponse{Error: contract.Error{Code: 1000,
		Message: "Nothing is served at this path. The gateway is served below /v0.5 and /gateway/v0.5 of the public URL of the conformance suite."}})
}

// expiredToken is an access token of the hub that ended an hour ago.
func (n *Network) expiredToken() (string, error) {
	claims := n.hub.Issuer().Claims(string(contract.Gateway), contract.Gateway)
	claims.IssuedAt -= int64((2 * time.Hour).Seconds())
	claims.Expiry = claims.IssuedAt + int64(time.Hour.Seconds())
	token, err := n.hub.Issuer().Sign(claims)
	if err != nil {
		return "", harnessError(err)
	}
	n.redactor.KnowToken(token, contract.Gateway)
	return token, nil
}

// subjectRole is the role of the bridge under test.
func (s *Stage) subjectRole() contract.Role { return s.net.cfg.Subject.Role }

// linked says whether a received exchange is a links/link/add-contexts.
func linked(o *journal.Observed) bool {
	path, _, _ := strings.Cut(o.Exchange.Request.URL, "?")
	return strings.HasSuffix(path, contract.PathAddContexts)
}
