package player

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// PathStart is where an App takes the start hook: a POST of a StartRequest.
const PathStart = "/start"

// flowPatience is how long an App goes on with a flow: a patient may take a while to decide.
const flowPatience = 5 * time.Minute

// AppOptions say who an App or a CMApp is and where its gateway is.
type AppOptions struct {
	Role         contract.Role // HIP or HIU; that of a CMApp is CM
	ID           string        // its id in X-HIP-ID, X-HIU-ID or X-CM-ID
	CMID         string        // the consent manager of its patients
	Gateway      string        // base URL of the gateway
	ClientID     string        // its login at the gateway
	ClientSecret string
	// Token is used towards the gateway instead of a login, and GatewayToken is the one that it takes from the gateway
	// instead of a signed one; "" for neither.
	Token, GatewayToken string
	// Variant is how an App differs lawfully from the reference; the zero value is the reference.
	Variant BridgeVariant
	// FreshLogin logs in for every message. OpenID finds the gateway's keys by its openid-configuration.
	FreshLogin, OpenID bool
	// Faults are what it does wrong; the zero value is a conforming bridge.
	Faults Faults
	// Opened is told of every session that begins at a CMApp, as CMOptions.Opened is.
	Opened func(Session)
	Client *http.Client // nil: http.DefaultClient; redirects are never followed
	Log    *slog.Logger // nil: silence
}

// AppOptionsOf are the options of the reference for the network that a configuration describes.
func AppOptionsOf(c *config.Config) AppOptions {
	id := c.Identities.Of(c.Subject.Role)
	return AppOptions{Role: c.Subject.Role, ID: id.ID, CMID: c.Identities.CM.ID, Gateway: c.Harness.PublicURL,
		ClientID: id.ClientID, ClientSecret: id.ClientSecret, Token: id.Token, GatewayToken: c.Identities.Gateway.Token}
}

// App is a bridge as a facility runs it: the reference subject of the roles hip and hiu. It verifies the gateway's
// tokens, begins conversations when it is told to (PathStart), and, as a HIP, links a care context with the access
// token that it was given. It is an http.Handler; Close it when done.
type App struct {
	*Bridge
	ended context.Context // done when Close is called: nobody awaits the end of a conversation any more
	end   context.CancelFunc
}

// NewApp makes an App. It speaks to the gateway only once there is something to say.
func NewApp(o AppOptions) *App {
	login := &Login{Gateway: o.Gateway, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Role: o.Role, Client: o.Client}
	var tokens Tokens = login
	switch {
	case o.Token != "":
		tokens = StaticToken(o.Token)
	case o.FreshLogin:
		tokens = freshLogin{login}
	}
	keys := &keySet{gateway: o.Gateway, client: quietClient(o.Client), static: o.GatewayToken, discover: o.OpenID}
	app := &App{Bridge: NewBridge(BridgeOptions{Role: o.Role, ID: o.ID, CMID: o.CMID, Gateway: o.Gateway, Tokens: tokens,
		Client: o.Client, Authorize: keys.authorize, Variant: o.Variant, Faults: o.Faults, Log: o.Log})}
	app.desk = &desk{}
	app.ended, app.end = context.WithCancel(context.Background())
	return app
}

// Close ends the App: conversations that it began end where they stand, and what it is sending is waited for as Bridge.Close says.
func (a *App) Close(ctx context.Context) error {
	a.end()
	return a.Bridge.Close(ctx)
}

// Actions of a start hook.
const (
	ActionFetchModes = "fetch-modes" // ask for the modes, no more
	ActionInit       = "init"        // open a session, no more
	ActionFlow       = "flow"        // from fetch-modes through init to confirm, and what is done with the grant
)

// StartRequest is what a start hook tells a bridge to do (design 4.3).
type StartRequest struct {
	Action      string                `json:"action"`
	PatientID   string                `json:"patientId"`
	Purpose     string                `json:"purpose"`
	Mode        string                `json:"mode"` // "" leaves the choice to the consent manager
	AuthCode    string                `json:"authCode"`
	Demographic *contract.Demographic `json:"demographic"`
}

// ServeHTTP serves the bridge, the start hook, the enter hook, and the callback of add-contexts.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == PathStart && r.Method == http.MethodPost:
		a.start(w, r)
	case r.URL.Path == PathEnter && r.Method == http.MethodPost:
		a.enter(w, r)
	case r.URL.Path == contract.PathOnAddContexts && r.Method == http.MethodPost:
		accept(w)
	default:
		a.Bridge.ServeHTTP(w, r)
	}
}

// start begins what the hook asks for and does not wait for its end.
func (a *App) start(w http.ResponseWriter, r *http.Request) {
	var s StartRequest
	if err := json.NewDecoder(io.LimitReader(r.Body, maxMessage)).Decode(&s); err != nil {
		http.Error(w, "the start hook takes a JSON object with action, patientId, purpose, mode, authCode and demographic", http.StatusBadRequest)
		return
	}
	var act func(context.Context) error
	switch s.Action {
	case ActionFetchModes:
		act = func(ctx context.Context) error {
			_, err := a.AskModes(ctx, s.PatientID, s.Purpose)
			return err
		}
	case ActionInit:
		act = func(ctx context.Context) error {
			_, err := a.Open(ctx, s.PatientID, s.Purpose, s.Mode)
			return err
		}
	case ActionFlow:
		act = func(ctx context.Context) error {
			return a.undisturbed(s.PatientID, func() error { return a.flow(ctx, s) })
		}
	default:
		http.Error(w, "action is fetch-modes, init or flow", http.StatusBadRequest)
		return
	}
	accept(w)
	a.within(r.Context(), flowPatience, func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(a.ended, cancel)()
		ctx = withThread(ctx)
		defer followedUp(ctx)
		if err := act(ctx); err != nil {
			a.log.Warn("a conversation came to no grant", "action", s.Action, "because", err)
		}
	})
}

// flow authenticates, and links with the access token where there is one.
func (a *App) flow(ctx context.Context, s StartRequest) error {
	outcome, err := a.Authenticate(ctx, AuthenticateRequest{PatientID: s.PatientID, Purpose: s.Purpose, Mode: s.Mode, AuthCode: s.AuthCode, Demographic: s.Demographic})
	if err != nil {
		return err
	}
	a.log.Info("an authentication came to its decision", "status", outcome.Status, "mode", outcome.Mode)
	if a.mistakes != nil {
		outcome = a.misspend(outcome)
	}
	if a.role != contract.HIP || outcome.Status != contract.Granted || outcome.AccessToken == "" || a.variant.NeverLinks {
		return nil
	}
	if v := outcome.Validity; v != nil {
		if expiry, err := parseTime(v.Expiry); err == nil && !a.now().Before(expiry) {
			return fmt.Errorf("the access token expired at %s: nothing is linked with it", Timestamp(expiry))
		}
	}
	answer, err := a.deliver(ctx, func() Outgoing { return a.AddContexts(outcome.AccessToken) })
	if err == nil && (answer.Status < 200 || answer.Status > 299) {
		err = &Refusal{Endpoint: AddContexts, Status: answer.Status}
	}
	return err
}

// careContext is one record of a patient, in the words of links/link/add-contexts.
type careContext struct {
	ReferenceNumber string `json:"referenceNumber"`
	Display         string `json:"display"`
}

// AddContexts composes a links/link/add-contexts for one care context, authorized by the patient's access token.
func (b *Bridge) AddContexts(accessToken string) Outgoing {
	type patient struct {
		careContext
		CareContexts []careContext `json:"careContexts"`
	}
	type link struct {
		AccessToken string  `json:"accessToken"`
		Patient     patient `json:"patient"`
	}
	id, now := b.stamp()
	out := Compose(contract.PathAddContexts, contract.CM, b.cm, struct {
		RequestID string `json:"requestId"`
		Timestamp string `json:"timestamp"`
		Link      link   `json:"link"`
	}{id, now, link{accessToken, patient{careContext{"patient-" + id[:8], "Patient of the reference"},
		[]careContext{{"visit-" + id[:8], "Visit of " + strings.Split(now, "T")[0]}}}}})
	return b.composed(AddContexts, out)
}
