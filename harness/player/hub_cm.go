package player

import (
	"context"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"

	"abdm.example/conformance/contract"
)

// CMHubOptions say which consent manager a CMHub serves, and which bridges are behind it.
type CMHubOptions struct {
	// CM is the one consent manager of the network; its client id and secret are its login, and every login is good where they are "".
	CM Registration
	// HIP and HIU are the ids of the bridges.
	HIP, HIU string
	// Key signs the hub's tokens; nil: SharedKey.
	Key *rsa.PrivateKey
	// Token authorizes the hub towards the consent manager instead of a token that its own issuer signs.
	Token string
	// Client sends to the consent manager; nil: http.DefaultClient.
	Client *http.Client
	// Issued is told every access token that a login or the hub itself was given; nil for nothing.
	Issued func(token string, owner contract.Role)
	Log    *slog.Logger
}

// CMHub is the network as one consent manager sees it: the gateway, with a HIP and a HIU behind it. It serves the login
// plumbing and the four messages of a consent manager, each of which the bridge that its routing header names takes in.
// What a bridge of it sends goes to the consent manager as from the gateway, with the gateway's token. It is safe for any
// number of conversations at once; Close it when done.
type CMHub struct {
	front
	bridges map[contract.Role]*Bridge
	tokens  Tokens
	own     *party // the gateway, as which it refuses
}

// NewCMHub makes a hub. The error says why there is no key to sign tokens with.
func NewCMHub(o CMHubOptions) (*CMHub, error) {
	gate, err := newFront(o.CM, o.Key, o.Issued)
	if err != nil {
		return nil, err
	}
	h := &CMHub{front: gate, bridges: map[contract.Role]*Bridge{}, tokens: gate.tokensOr(o.Token), own: &party{role: contract.Gateway}}
	for role, id := range map[contract.Role]string{contract.HIP: o.HIP, contract.HIU: o.HIU} {
		h.bridges[role] = NewBridge(BridgeOptions{Role: role, ID: id, CMID: o.CM.ID, Gateway: o.CM.URL, Tokens: h.tokens, Client: o.Client, Log: o.Log})
	}
	return h, nil
}

// Bridge is the HIP or the HIU behind the hub. It sends to the consent manager.
func (h *CMHub) Bridge(role contract.Role) *Bridge { return h.bridges[role] }

// Tokens are those with which the hub authorizes its messages to the consent manager.
func (h *CMHub) Tokens() Tokens { return h.tokens }

// Close ends the bridges, as Bridge.Close says.
func (h *CMHub) Close(ctx context.Context) error {
	var errs []error
	for _, b := range h.bridges {
		errs = append(errs, b.Close(ctx))
	}
	return errors.Join(errs...)
}

// ServeHTTP serves the hub below its base URL.
func (h *CMHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.front.serve(w, r, h.own.refuse) {
		return
	}
	if e, ok := contract.EndpointAt(r.URL.Path); !ok || !e.SentBy(contract.CM) {
		h.own.refuse(w, &refusal{status: http.StatusNotFound, message: "The gateway serves a consent manager at /v0.5/sessions, /v0.5/certs and /v0.5/users/auth/{on-fetch-modes,on-init,on-confirm,notify}, below this base URL."})
		return
	}
	for role, bridge := range h.bridges {
		if r.Header.Get(role.Header()) != "" { // the bridge refuses a second header beside its own
			bridge.ServeHTTP(w, r)
			return
		}
	}
	h.own.refuse(w, &refusal{status: http.StatusBadRequest, message: "X-HIP-ID or X-HIU-ID must name the bridge that the message is for"})
}
