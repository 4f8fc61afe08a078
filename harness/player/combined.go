package player

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// Combined is a gateway with a consent manager inside: the reference subject of topology combined. Its one account is
// the patient of the configuration. It is an http.Handler; Close it when done.
type Combined struct {
	*Gateway
	cm     *CM
	server *http.Server
	served chan error
}

// PathDecide is where a Combined takes the patient's decision on a DIRECT session: a POST of {transactionId, status}, as hooks.decide sends it.
const PathDecide = "/decide"

// insideID is the login of the CM inside where the configuration gives it none.
const insideID = "cm-inside"

// NewCombined makes a gateway with a CM inside, for the network that a configuration describes. The CM is served on a
// loopback listener of its own, and reaches the gateway there too. What the options say of parties is replaced.
func NewCombined(c *config.Config, o GatewayOptions) (*Combined, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no free port on loopback for the consent manager inside: %w", err)
	}
	base := "http://" + l.Addr().String()
	o.Parties = nil
	var login Registration
	for _, p := range Registrations(c) {
		if p.Role == contract.CM && p.ID == c.Identities.CM.ID {
			p.URL = base + "/cm"
			if p.ClientID == "" || p.ClientSecret == "" {
				p.ClientID, p.ClientSecret = insideID, NewRequestID()
			}
			login = p
		}
		o.Parties = append(o.Parties, p)
	}
	inside := newInsideFaults(o.Faults, c)
	if inside != nil {
		client := gwClient()
		if o.Client != nil {
			client = o.Client
		}
		o.Client = inside.client(client)
	}
	gateway, err := NewGateway(o)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	hub := base + "/hub"
	combined := &Combined{Gateway: gateway, served: make(chan error, 1), cm: NewCM(CMOptions{ID: c.Identities.CM.ID, Gateway: hub, Log: o.Log,
		Tokens: &Login{Gateway: hub, ClientID: login.ClientID, ClientSecret: login.ClientSecret, Role: contract.CM}})}
	combined.cm.AddAccount(insideAccount(c))
	served := http.Handler(combined.cm)
	if inside != nil {
		served = inside.before(combined.cm)
	}
	mux := http.NewServeMux()
	mux.Handle("/cm/", http.StripPrefix("/cm", served))
	mux.Handle("/hub/", http.StripPrefix("/hub", gateway))
	combined.server = &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { combined.served <- combined.server.Serve(l) }()
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
	errs := []error{c.cm.Close(ctx), c.Gateway.Close(ctx), c.server.Close()}
	if err := <-c.served; !errors.Is(err, http.ErrServerClosed) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
