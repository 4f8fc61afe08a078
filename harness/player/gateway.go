package player

import (
	"context"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// Registration is one party as the gateway knows it.
type Registration struct {
	// Role is hip, hiu or cm.
	Role contract.Role
	// ID is the value of the routing header that names the party.
	ID string
	// ClientID and ClientSecret are its login. One client may own several registrations.
	ClientID, ClientSecret string
	// URL is the party's base URL; /v0.5/users/auth/... is below it.
	URL string
}

// GatewayOptions say how a Gateway behaves. Only Parties is needed.
type GatewayOptions struct {
	// Parties are the bridges and consent managers of the network.
	Parties []Registration
	// Prefix is a path below which everything is served a second time, for example "/gateway".
	Prefix string
	// PublicURL is how parties reach the gateway, with the prefix if there is one;
	// by default it is read from each request. It is only told in openid-configuration.
	PublicURL string
	// Faults are what it does wrong; the zero value is a conforming gateway.
	Faults Faults
	// Client delivers messages; default a client of its own that follows no redirect.
	Client *http.Client
	// Timeout is how long a party may take to acknowledge a delivery; default 5 s.
	Timeout time.Duration
	// Correlation is how long an answer to a request is waited for; default 10 min.
	Correlation time.Duration
	// TokenLife is how long an access token is good; default 600 s.
	TokenLife time.Duration
	// Key signs tokens; default SharedKey.
	Key *rsa.PrivateKey
	// PassThrough keeps the caller's requestId on the second hop instead of a fresh one: a lawful variant.
	PassThrough bool
	// WrongRole is the status for a good token of a wrong role: 401 (default) or 403, which the field answers.
	WrongRole int
	// Variant says in which lawful ways it differs from the reference; the zero value is the reference.
	Variant GatewayVariant
	// Dialect is "" for the contract as written, or DialectField for what the deployed gateway makes of it.
	Dialect string
	// Log gets one line for each delivery that failed; default none. No token, body or patient is ever logged.
	Log *slog.Logger
}

// Gateway is the hub of the network: it serves the eight endpoints and the
// login plumbing, checks every message, acknowledges it and delivers it to
// the party that its routing header names. It is an http.Handler.
type Gateway struct {
	options GatewayOptions
	parties gwDirectory
	issuer  *Issuer
	faults  Faults
	client  *http.Client
	store   *gwStore
	flights *flights
	log     *slog.Logger
	own     gwOwnToken
	shared  gwSharedHeader // of the fault shared-header only

	ownsSessions bool // the CM is inside: a session is the gateway's own, and who may confirm it is known
}

// NewGateway makes a gateway. It fails where parties contradict each other or no key can be made.
func NewGateway(o GatewayOptions) (*Gateway, error) {
	parties, err := newGwDirectory(o.Parties)
	if err != nil {
		return nil, err
	}
	if o.Faults.Any() && o.Faults.role != contract.Gateway {
		return nil, fmt.Errorf("a gateway cannot commit the faults of a %s: %s", o.Faults.role, o.Faults)
	}
	if o.WrongRole != 0 && o.WrongRole != http.StatusUnauthorized && o.WrongRole != http.StatusForbidden {
		return nil, fmt.Errorf("the status for a wrong role is %d; it can be 401 or 403", o.WrongRole)
	}
	if err := o.Variant.check(); err != nil {
		return nil, err
	}
	if o.Dialect != "" && !slices.Contains(Dialects, o.Dialect) {
		return nil, fmt.Errorf("there is no dialect %q of a gateway; it can be left out, or be one of: %s", o.Dialect, strings.Join(Dialects, ", "))
	}
	if o.Dialect == DialectField {
		gwDefault(&o.WrongRole, http.StatusForbidden)
	}
	issuer, err := NewIssuer(IssuerOptions{Key: o.Key, Life: o.TokenLife})
	if err != nil {
		return nil, err
	}
	o.Prefix = strings.TrimRight(o.Prefix, "/")
	gwDefault(&o.Timeout, 5*time.Second)
	gwDefault(&o.Correlation, 10*time.Minute)
	gwDefault(&o.WrongRole, http.StatusUnauthorized)
	if o.Faults.Has("short-correlation") {
		o.Correlation = gwShortCorrelation
	}
	if o.Faults.Has("impatient") {
		o.Timeout = time.Second
	}
	if o.Client == nil {
		o.Client = gwClient()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	store := newGwStore()
	if o.Faults.Has("replay-soon-forgotten") {
		store.window = time.Second
	}
	return &Gateway{
		options: o, parties: parties, issuer: issuer, faults: o.Faults, client: o.Client,
		store: store, flights: &flights{}, log: o.Log,
	}, nil
}

func gwDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// gwClient delivers without following redirects: a party that redirects has not taken the message.
func gwClient() *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Issuer is what signs the gateway's tokens.
func (g *Gateway) Issuer() *Issuer { return g.issuer }

// Close refuses new messages and waits until every accepted one has been
// delivered or given up. When ctx ends first, it abandons what is under way and returns the error of ctx.
func (g *Gateway) Close(ctx context.Context) error {
	_, err := g.flights.close(ctx)
	g.client.CloseIdleConnections()
	return err
}

// ServeHTTP serves the whole interface below "" and below the prefix.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	correlation := gwCorrelationID(r.Header.Get(gwHeaderCorrelation))
	if !g.faults.Has("no-correlation-id") {
		w.Header().Set(gwHeaderCorrelation, correlation)
	}
	path := g.below(r.URL.Path)
	switch path {
	case contract.PathSessions:
		g.serve(w, r, http.MethodPost, g.serveSession)
		return
	case contract.PathCerts:
		g.serve(w, r, http.MethodGet, g.serveCerts)
		return
	case contract.PathOpenID:
		g.serve(w, r, http.MethodGet, g.serveOpenID)
		return
	}
	endpoint, ok := contract.EndpointAt(path)
	if !ok || endpoint.Name == contract.OnNotify && g.faults.Has("on-notify-unserved") {
		g.refuse(w, gwRefuse(http.StatusNotFound, "there is no such operation; the path of an operation is %s/users/auth/<operation>", contract.BasePath))
		return
	}
	g.serve(w, r, http.MethodPost, func(w http.ResponseWriter, r *http.Request) {
		g.serveMessage(w, &gwMessage{endpoint: endpoint, http: r, writer: w, correlation: correlation})
	})
}

// below is a path without the prefix.
func (g *Gateway) below(path string) string {
	if p := g.options.Prefix; p != "" && strings.HasPrefix(path, p+"/") {
		return strings.TrimPrefix(path, p)
	}
	return path
}

// serve refuses any method but one.
func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, method string, handle http.HandlerFunc) {
	allowed := r.Method == method || method == http.MethodGet && r.Method == http.MethodHead
	if g.faults.Has("any-method") {
		allowed = true
	}
	if !allowed {
		w.Header().Set("Allow", method)
		g.refuse(w, gwRefuse(http.StatusMethodNotAllowed, "this operation takes %s only", method))
		return
	}
	handle(w, r)
}
