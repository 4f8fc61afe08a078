package player

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"abdm.example/conformance/contract"
)

// SandboxOptions say what network a Sandbox is. Only Bridges is needed.
type SandboxOptions struct {
	// Bridges are the HIPs and HIUs of the network: the systems of the developer.
	Bridges []Registration
	// CMID is the id of the consent manager inside; default "sbx".
	CMID string
	// Patients are those whom the consent manager knows; default SandboxPatients.
	Patients []Account
	// Prefix is a path below which the gateway is served a second time; default "/gateway".
	Prefix string
	// PublicURL is how bridges reach the gateway; by default it is read from each request.
	PublicURL string
	// Faults are what the gateway does wrong from the start.
	Faults Faults
	// Dialect is that of the gateway, as GatewayOptions.Dialect.
	Dialect string
	// ControlToken authorizes whatever asks the control API, from anywhere; where it is "", the API answers loopback only.
	ControlToken string
	// Tell is told in one line each what happens, one line at a time. OTPs of patients are in it: for a developer's
	// terminal. nil for nothing.
	Tell func(line string)
	// Log gets what went wrong inside; nil for nothing. No token, body or patient is ever logged.
	Log *slog.Logger
}

// PathControl is where a Sandbox serves its control API.
const PathControl = "/control"

// sandboxLife is how long an authentication session lasts: two hours, as in the deployed network.
const sandboxLife = 2 * time.Hour

// Sandbox is the network of a developer who has a HIP or HIU: a gateway with a consent manager inside that knows
// synthetic patients, whose faults and behaviours can be changed while it runs. It serves the interface of the gateway,
// links/link/add-contexts, and the control API at PathControl. It is an http.Handler; Close it when done.
type Sandbox struct {
	options  SandboxOptions
	gateway  GatewayOptions // of every gateway that it plays
	first    *Gateway       // owns what they share: tokens, memory, work under way
	cm       *CM
	inside   *inside
	present  atomic.Pointer[sandboxGateway]
	network  http.RoundTripper // to the bridges
	control  http.Handler
	orders   orders
	kept     exchanges
	flights  flights // callbacks that are sent later
	switches sync.Mutex
	telling  sync.Mutex
	early    earlyCallbacks
}

// sandboxGateway is the gateway as it is played at present, and how it reaches the consent manager inside.
type sandboxGateway struct {
	*Gateway
	cm http.Handler
}

// NewSandbox makes a sandbox. It fails where bridges contradict each other, or there is no free port on loopback.
func NewSandbox(o SandboxOptions) (*Sandbox, error) {
	gwDefault(&o.CMID, "sbx")
	gwDefault(&o.Prefix, "/gateway")
	if o.Patients == nil {
		o.Patients = SandboxPatients(o.CMID)
	}
	if len(o.Bridges) == 0 {
		return nil, errors.New("a sandbox needs a bridge: the HIP or HIU that is developed against it")
	}
	in, err := listenInside()
	if err != nil {
		return nil, err
	}
	s := &Sandbox{options: o, inside: in, network: gwClient().Transport}
	login := Registration{Role: contract.CM, ID: o.CMID, ClientID: insideID, ClientSecret: rand.Text(), URL: in.cm()}
	s.gateway = GatewayOptions{Parties: append(slices.Clone(o.Bridges), login), Prefix: o.Prefix, PublicURL: o.PublicURL, Dialect: o.Dialect, Client: gwClient()}
	s.gateway.Client.Transport = roundTrip(s.roundTrip)
	s.cm = NewCM(CMOptions{ID: o.CMID, Gateway: in.hub(), Log: o.Log, SessionLife: sandboxLife, Hold: s.refuses, Opened: s.tellSession,
		Tokens: &Login{Gateway: in.hub(), ClientID: login.ClientID, ClientSecret: login.ClientSecret, Role: contract.CM}})
	for _, p := range o.Patients {
		s.cm.AddAccount(p)
	}
	if s.first, err = NewGateway(s.gateway); err == nil {
		err = s.commit(o.Faults)
	}
	if err != nil {
		return nil, errors.Join(err, in.close())
	}
	s.control = newSandboxControl(s)
	in.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.present.Load().cm.ServeHTTP(w, r) }),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.present.Load().ServeHTTP(w, r) }))
	return s, nil
}

// commit makes the gateway commit these faults, and no others, with every message that comes from now on.
func (s *Sandbox) commit(faults Faults) error {
	o, cm := s.gateway, http.Handler(s.cm)
	o.Faults = faults
	if inside := newInsideFaults(faults, s.cm.accountOf); inside != nil {
		o.Client, cm = inside.client(o.Client), inside.before(s.cm)
	}
	next, err := NewGateway(o)
	if err != nil {
		return err
	}
	next.issuer, next.store, next.flights = s.first.issuer, s.first.store, s.first.flights
	s.present.Store(&sandboxGateway{Gateway: next, cm: cm})
	return nil
}

// switchFaults switches some faults on and others off, and returns what is committed then.
func (s *Sandbox) switchFaults(on, off []string) (Faults, error) {
	s.switches.Lock()
	defer s.switches.Unlock()
	gone, err := ParseFaults(contract.Gateway, off...)
	if err != nil {
		return Faults{}, err
	}
	kept := slices.DeleteFunc(s.present.Load().faults.Names(), func(name string) bool { return slices.Contains(gone.Names(), name) })
	next, err := ParseFaults(contract.Gateway, append(kept, on...)...)
	if err != nil {
		return Faults{}, err
	}
	return next, s.commit(next)
}

// ServeHTTP serves the gateway and the control API.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == PathControl || strings.HasPrefix(r.URL.Path, PathControl+"/") {
		s.control.ServeHTTP(w, r)
		return
	}
	s.serveBridge(w, r)
}

// Close ends the sandbox, waiting for what is under way until ctx ends. Callbacks that are held back are not sent any more.
func (s *Sandbox) Close(ctx context.Context) error {
	now, cancel := context.WithCancel(ctx)
	cancel()
	_, _ = s.flights.close(now)
	return errors.Join(s.cm.Close(ctx), s.first.Close(ctx), s.inside.close())
}

// tell says what happens.
func (s *Sandbox) tell(format string, args ...any) {
	if s.options.Tell == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.options.Tell(fmt.Sprintf(format, args...))
}

// tellSession tells how the patient of a new session hears of it.
func (s *Sandbox) tellSession(n Session) {
	who := fmt.Sprintf("%s, %s for %s %s", n.PatientID, n.Purpose, strings.ToLower(n.Requester.Type), n.Requester.ID)
	switch {
	case n.OTP != "":
		s.tell("OTP %s for %s, transaction %s", n.OTP, who, n.TransactionID)
	case n.Mode == contract.Direct:
		s.tell("DIRECT, %s: to be approved or denied, transaction %s", who, n.TransactionID)
	default:
		s.tell("%s, %s: transaction %s", n.Mode, who, n.TransactionID)
	}
}

// refuses is the Hold of the consent manager: it takes the requests that the sandbox was told to refuse.
func (s *Sandbox) refuses(endpoint string, r *http.Request, body []byte) bool {
	b, ok := s.orders.take(doError, contract.MustEndpoint(endpoint).Callback)
	if !ok {
		return false
	}
	build, ok := s.cm.refusalOf(endpoint, body, contract.Error{Code: b.Code, Message: b.Message})
	if ok {
		s.cm.later(r.Context(), func(ctx context.Context) { s.cm.deliverLogged(ctx, build) })
	}
	return true
}
