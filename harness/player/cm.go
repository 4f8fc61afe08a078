package player

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// CMOptions say who a consent manager is and what it does of its own.
type CMOptions struct {
	ID      string       // its id in X-CM-ID: the suffix of its patients' addresses
	Gateway string       // base URL of the gateway
	Tokens  Tokens       // with which it authorizes its messages
	Client  *http.Client // nil: http.DefaultClient; redirects are never followed
	// Authorize judges the request's Authorization; nil accepts every request: the suite judges tokens itself.
	Authorize func(*http.Request) error
	// SessionLife is the time from init to meta.expiry; 0 is 10 minutes.
	SessionLife time.Duration
	// MaxAttempts is how many wrong credentials a session bears; 0 is 3. After them it is locked.
	MaxAttempts int
	Now         func() time.Time // nil: time.Now
	// Answer may replace or delay what the CM answers; nil, or a nil result, is the default behaviour. It is called
	// for every POST to a served endpoint, before anything is judged, from many goroutines.
	Answer func(endpoint string, r *http.Request, body []byte) *ScriptedAnswer
	// Hold says of a conforming fetch-modes, init or confirm that the CM shall accept it and leave it at that: its
	// sessions stay as they are, and the scenario makes the callback with Reply and sends it. nil holds nothing.
	Hold func(endpoint string, r *http.Request, body []byte) bool
	// Opened is told of every session that begins, while the CM stands still: it must not call it. nil for nothing.
	Opened func(Session)
	Log    *slog.Logger // nil: silence
}

// CM plays the consent manager: it serves fetch-modes, init, confirm and
// on-notify, and answers the first three with their callbacks, as its accounts
// and sessions say. It is safe for any number of conversations at once.
//
// A confirm does not say who sends it. The callback goes to the requester of
// the init, whoever confirms: a thief never receives the grant.
type CM struct {
	party
	hold     func(endpoint string, r *http.Request, body []byte) bool
	opened   func(Session)
	life     time.Duration
	attempts int
	key      []byte // signs access tokens; thrown away with the CM

	state    sync.Mutex // guards what follows
	accounts map[string]Account
	sessions map[string]*session // by transactionId
	notifies map[string]*session // by the requestId of the notify, in lower case
	granted  map[string]*session // by the access token that was granted
}

// NewCM makes a consent manager without accounts. Mount it where the gateway
// delivers to it, without the path in front of /v0.5 (http.StripPrefix), and Close it when done.
func NewCM(o CMOptions) *CM {
	c := &CM{
		party: party{role: contract.CM, id: o.ID, gateway: o.Gateway, tokens: o.Tokens, client: o.Client,
			authorize: o.Authorize, answer: o.Answer, now: o.Now, log: o.Log},
		hold:     o.Hold,
		opened:   o.Opened,
		life:     o.SessionLife,
		attempts: o.MaxAttempts,
		key:      make([]byte, 64),
		accounts: map[string]Account{},
		sessions: map[string]*session{},
		notifies: map[string]*session{},
		granted:  map[string]*session{},
	}
	if c.opened == nil {
		c.opened = func(Session) {}
	}
	if c.life <= 0 {
		c.life = 10 * time.Minute
	}
	if c.attempts <= 0 {
		c.attempts = 3
	}
	_, _ = rand.Read(c.key) // never fails: the runtime ends the program first
	c.ready()
	return c
}

// ServeHTTP serves the CM's four endpoints: 202 with an empty body for what
// keeps the contract, an ErrorResponse for anything else.
func (c *CM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in, ok := c.receive(w, r, c.addressed, nil)
	if !ok {
		return
	}
	if in.endpoint.Name == contract.OnNotify {
		c.acknowledged(in.clean)
		accept(w)
		return
	}
	if in.endpoint.Name == contract.Confirm {
		if no := c.unknown(in.clean); no != nil {
			c.refuse(w, no)
			return
		}
	}
	if c.hold != nil && c.hold(in.endpoint.Name, r, in.body) {
		accept(w)
		return
	}
	build, no := c.reply(in.endpoint.Name, in.clean)
	if no != nil {
		c.refuse(w, no)
		return
	}
	accept(w)
	c.later(r.Context(), func(ctx context.Context) { c.deliverLogged(ctx, build) })
}

// addressed judges the routing header. On the way from the gateway it is not
// required, and where it is there it must be the CM's own.
func (c *CM) addressed(h http.Header) *refusal {
	for _, id := range h.Values(contract.HeaderCM) {
		if id != c.id {
			return &refusal{status: http.StatusBadRequest, message: contract.HeaderCM + " names another consent manager"}
		}
	}
	return nil
}

// Reply composes the callback that answers a fetch-modes, init or confirm, and
// takes the request in as if it had been received: an init opens a session, a
// confirm uses it up. It returns an error where the request breaks the contract
// or names no transaction of this CM, for which a conforming CM answers 400.
func (c *CM) Reply(endpoint string, request []byte) (Outgoing, error) {
	e, ok := contract.EndpointNamed(endpoint)
	if !ok || !e.DeliveredTo(contract.CM) || e.Callback == "" {
		return Outgoing{}, fmt.Errorf("a consent manager answers fetch-modes, init and confirm with a callback, not %q", endpoint)
	}
	clean, no := judgeBody(e, request)
	if no != nil {
		return Outgoing{}, fmt.Errorf("%s has no callback, for it breaks the contract: %s", endpoint, no.message)
	}
	build, no := c.reply(endpoint, clean)
	if no != nil {
		return Outgoing{}, fmt.Errorf("%s has no callback: %s", endpoint, no.message)
	}
	return build(), nil
}

// reply takes a judged request in and returns what makes its callback.
func (c *CM) reply(endpoint string, body []byte) (func() Outgoing, *refusal) {
	if endpoint == contract.Confirm {
		var in contract.ConfirmMessage
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, unreadable(endpoint)
		}
		return c.onConfirm(in)
	}
	var in contract.QueryMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, unreadable(endpoint)
	}
	if endpoint == contract.FetchModes {
		return c.onFetchModes(in), nil
	}
	return c.onInit(in), nil
}

func unreadable(endpoint string) *refusal {
	return &refusal{status: http.StatusBadRequest, message: endpoint + " could not be read as its schema says"}
}

// to composes a message for a requester.
func (c *CM) to(endpoint string, r contract.Requester, message any) Outgoing {
	return Compose(endpoint, roleOf(r), r.ID, message)
}
