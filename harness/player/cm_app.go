package player

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// PathDecide is where a CMApp and a Combined take the patient's decision on a DIRECT session: a POST of {transactionId,
// status}, as hooks.decide sends it.
const PathDecide = "/decide"

// CMApp is a consent manager as its operator runs it: the reference subject of role cm. It verifies the gateway's tokens
// and takes the decisions of its patients (PathDecide). It is an http.Handler; Close it when done.
type CMApp struct {
	*CM
	faults  Faults
	trusted func(*http.Request) error
}

// NewCMApp makes a CMApp that knows some patients. It speaks to the gateway only once there is something to say. CMID,
// Variant, FreshLogin and OpenID are options of a bridge.
func NewCMApp(o AppOptions, patients ...Account) *CMApp {
	var tokens Tokens = &Login{Gateway: o.Gateway, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Role: contract.CM, Client: o.Client}
	if o.Token != "" {
		tokens = StaticToken(o.Token)
	}
	keys := &keySet{gateway: o.Gateway, client: quietClient(o.Client), static: o.GatewayToken}
	app := &CMApp{faults: o.Faults, trusted: keys.authorize}
	app.CM = NewCM(CMOptions{ID: o.ID, Gateway: o.Gateway, Tokens: tokens, Client: o.Client, Authorize: app.authorized, Log: o.Log, Opened: o.Opened})
	for _, p := range patients {
		app.AddAccount(p)
	}
	return app
}

// ConfiguredAccount is the patient of a configuration, with what it does not tell made up.
func ConfiguredAccount(c *config.Config) Account {
	p := c.Patient
	return Account{ID: p.ID, Name: p.Demographic.Name, Gender: p.Demographic.Gender, DateOfBirth: p.Demographic.DateOfBirth,
		Mobile: "+910000000017", OTP: p.OTP, Modes: c.Subject.Modes}
}

// ServeHTTP serves the consent manager, and decisions at PathDecide.
func (a *CMApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == PathDecide {
		a.serveDecision(w, r)
		return
	}
	if w, r, done := a.mistake(w, r); !done {
		a.CM.ServeHTTP(w, r)
	}
}

// serveDecision is the decide hook of a consent manager.
func (c *CM) serveDecision(w http.ResponseWriter, r *http.Request) {
	var d struct{ TransactionID, Status string }
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxMessage)).Decode(&d); err != nil {
		http.Error(w, "the decision is no JSON object with transactionId and status", http.StatusBadRequest)
		return
	}
	answer, err := c.Decide(r.Context(), d.TransactionID, d.Status)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	case answer.Status != http.StatusAccepted:
		http.Error(w, fmt.Sprintf("the gateway answered notify with %d", answer.Status), http.StatusBadGateway)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
