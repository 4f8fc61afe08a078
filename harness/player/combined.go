package player

import (
	"context"
	"errors"
	"net/http"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// Combined is a gateway with a consent manager inside: the reference subject of topology combined. Its one account is
// the patient of the configuration. It is an http.Handler; Close it when done.
type Combined struct {
	*Gateway
	cm     *CM
	inside *inside
}

// insideID is the login of the CM inside where the configuration gives it none.
const insideID = "cm-inside"

// NewCombined makes a gateway with a CM inside, for the network that a configuration describes. The CM is served on a
// loopback listener of its own, and reaches the gateway there too. What the options say of parties is replaced.
func NewCombined(c *config.Config, o GatewayOptions) (*Combined, error) {
	in, err := listenInside()
	if err != nil {
		return nil, err
	}
	o.Parties = nil
	var login Registration
	for _, p := range Registrations(c) {
		if p.Role == contract.CM && p.ID == c.Identities.CM.ID {
			p.URL = in.cm()
			if p.ClientID == "" || p.ClientSecret == "" {
				p.ClientID, p.ClientSecret = insideID, NewRequestID()
			}
			login = p
		}
		o.Parties = append(o.Parties, p)
	}
	account := ConfiguredAccount(c)
	faults := newInsideFaults(o.Faults, func(string) Account { return account })
	if faults != nil {
		client := gwClient()
		if o.Client != nil {
			client = o.Client
		}
		o.Client = faults.client(client)
	}
	gateway, err := NewGateway(o)
	if err != nil {
		return nil, errors.Join(err, in.close())
	}
	gateway.ownsSessions = true
	combined := &Combined{Gateway: gateway, inside: in, cm: NewCM(CMOptions{ID: c.Identities.CM.ID, Gateway: in.hub(), Log: o.Log,
		Tokens: &Login{Gateway: in.hub(), ClientID: login.ClientID, ClientSecret: login.ClientSecret, Role: contract.CM}})}
	combined.cm.AddAccount(account)
	served := http.Handler(combined.cm)
	if faults != nil {
		served = faults.before(combined.cm)
	}
	in.serve(served, gateway)
	return combined, nil
}

// ServeHTTP serves the gateway, and decisions at PathDecide.
func (c *Combined) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == PathDecide {
		c.cm.serveDecision(w, r)
		return
	}
	c.Gateway.ServeHTTP(w, r)
}

// Close ends the CM inside and the gateway, waiting for what is under way until ctx ends.
func (c *Combined) Close(ctx context.Context) error {
	return errors.Join(c.cm.Close(ctx), c.Gateway.Close(ctx), c.inside.close())
}
