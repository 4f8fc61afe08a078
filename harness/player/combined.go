package player

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// PathDecide is where a Combined takes the patient's decision on a DIRECT session: a POST of {transactionId, status}, as hooks.decide sends it.
const PathDecide = "/decide"

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
	account := insideAccount(c)
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

// insideAccount is the patient of the configuration, with what it does not tell made up.
func insideAccount(c *config.Config) Account {
	p := c.Patient
	return Account{ID: p.ID, Name: p.Demographic.Name, Gender: p.Demographic.Gender, DateOfBirth: p.Demographic.DateOfBirth,
		Mobile: "+910000000017", OTP: p.OTP, Modes: c.Subject.Modes}
}

// ServeHTTP serves the gateway, and decisions at PathDecide.
func (c *Combined) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != PathDecide {
		c.Gateway.ServeHTTP(w, r)
		return
	}
	var d struct{ TransactionID, Status string }
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxMessage)).Decode(&d); err != nil {
		http.Error(w, "the decision is no JSON object with transactionId and status", http.StatusBadRequest)
		return
	}
	answer, err := c.cm.Decide(r.Context(), d.TransactionID, d.Status)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	case answer.Status != http.StatusAccepted:
		http.Error(w, fmt.Sprintf("the gateway answered notify with %d", answer.Status), http.StatusBadGateway)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// Close ends the CM inside and the gateway, waiting for what is under way until ctx ends.
func (c *Combined) Close(ctx context.Context) error {
	return errors.Join(c.cm.Close(ctx), c.Gateway.Close(ctx), c.inside.close())
}
