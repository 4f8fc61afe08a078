package player

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// BridgeOptions say who a bridge is and what it does of its own.
type BridgeOptions struct {
	Role    contract.Role // HIP or HIU
	ID      string        // its id in X-HIP-ID or X-HIU-ID and in requester.id
	CMID    string        // the consent manager that it asks, in X-CM-ID
	Gateway string        // base URL of the gateway
	Tokens  Tokens        // with which it authorizes its messages
	Client  *http.Client  // nil: http.DefaultClient; redirects are never followed
	// Authorize judges the request's Authorization; nil accepts every request: the suite judges tokens itself.
	Authorize func(*http.Request) error
	// Answer may replace or delay what the bridge answers; nil, or a nil result, is the default behaviour. It is called
	// for every POST to a served endpoint, before anything is judged, from many goroutines.
	Answer func(endpoint string, r *http.Request, body []byte) *ScriptedAnswer
	// Variant is how it differs lawfully from the reference; the zero value is the reference.
	Variant BridgeVariant
	// Faults are what it does wrong; the zero value is a conforming bridge.
	Faults Faults
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: silence
}

// Bridge plays a HIP or a HIU: it serves on-fetch-modes, on-init, on-confirm
// and notify, answers each notify with an on-notify, and sends its messages to
// the gateway. It is safe for any number of conversations at once.
//
// It knows the transactions of every on-init that it took in, whoever sent the
// init, so that it can judge a notify.
type Bridge struct {
	party
	cm       string
	variant  BridgeVariant
	faults   Faults
	mistakes *mistakes     // what its faults need; nil for none
	early    time.Duration // how long a notify may overtake its on-init
	desk     *desk         // where patients enter a credential that was not given before; nil for nowhere

	table   sync.Mutex // guards what follows
	pending map[string]*question
	known   map[string]*transaction
	held    map[string]bool
	learned chan struct{} // closed, and replaced, when a transaction becomes known
}

// NewBridge makes a bridge. Mount it where the gateway delivers to it, without
// the path in front of /v0.5 (http.StripPrefix), and Close it when done.
func NewBridge(o BridgeOptions) *Bridge {
	b := &Bridge{
		party: party{role: o.Role, id: o.ID, gateway: o.Gateway, tokens: o.Tokens, client: o.Client,
			authorize: o.Authorize, answer: o.Answer, now: o.Now, log: o.Log},
		cm:       o.CMID,
		variant:  o.Variant,
		faults:   o.Faults,
		mistakes: newMistakes(o.Faults, o.Role),
		early:    earlyNotify,
		pending:  map[string]*question{},
		known:    map[string]*transaction{},
		held:     map[string]bool{},
		learned:  make(chan struct{}),
	}
	b.ready()
	b.retry = b.persist
	if b.mistakes != nil {
		b.authorize, b.client, b.rebuild = forgiving(b.authorize), b.misconnect(b.client), b.rebuilt
	}
	return b
}

// ServeHTTP serves the bridge's four endpoints: 202 with an empty body for
// what keeps the contract, an ErrorResponse for anything else.
func (b *Bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w, r, done := b.misreceive(w, r)
	if done {
		return
	}
	in, ok := b.receive(w, r, b.addressed, b.suspect)
	if !ok {
		return
	}
	if no := b.variant.declines(b, in); no != nil {
		b.refuse(w, no)
		return
	}
	if in.endpoint.Name != contract.Notify {
		b.called(w, r, in)
		return
	}
	answer := b.notified(in.clean)
	accept(w)
	if answer != nil {
		b.later(r.Context(), answer)
	}
}

// called takes in a callback and acknowledges it before anything follows from it.
func (b *Bridge) called(w http.ResponseWriter, r *http.Request, in received) {
	b.overreact(r.Context(), in)
	wake := b.take(in)
	if patience := b.ackPatience(); patience > 0 {
		awaitFollowUp(r.Context(), wake(), patience)
		accept(w)
		return
	}
	accept(w)
	wake()
}

// addressed judges the routing header: exactly the bridge's own, with its id, and not the other kind's beside it.
func (b *Bridge) addressed(h http.Header) *refusal {
	for _, role := range contract.Bridges {
		values, own := h.Values(role.Header()), role == b.role
		switch {
		case own && len(values) != 1:
			return &refusal{status: http.StatusBadRequest, message: fmt.Sprintf("exactly one %s must name this party", role.Header())}
		case own && values[0] != b.id:
			return &refusal{status: http.StatusBadRequest, message: role.Header() + " names another party"}
		case !own && len(values) > 0:
			return &refusal{status: http.StatusBadRequest, message: "only one of X-HIP-ID and X-HIU-ID may be sent"}
		}
	}
	return nil
}

// FetchModes composes a fetch-modes with the query as it is; an empty requester becomes the bridge itself.
func (b *Bridge) FetchModes(q contract.Query) Outgoing { return b.query(contract.FetchModes, q) }

// Init composes an init with the query as it is; an empty requester becomes the bridge itself.
func (b *Bridge) Init(q contract.Query) Outgoing { return b.query(contract.Init, q) }

func (b *Bridge) query(endpoint string, q contract.Query) Outgoing {
	if q.Requester == (contract.Requester{}) {
		q.Requester = contract.Requester{Type: b.role.RequesterType(), ID: b.id}
	}
	id, now := b.stamp()
	return b.compose(endpoint, contract.QueryMessage{RequestID: id, Timestamp: now, Query: q})
}

// Confirm composes a confirm for the transaction, with the credential as it is.
func (b *Bridge) Confirm(transactionID string, c contract.Credential) Outgoing {
	if c.Demographic != nil && b.variant.NoIdentifier {
		details := *c.Demographic
		details.Identifier = nil
		c.Demographic = &details
	}
	id, now := b.stamp()
	return b.compose(contract.Confirm, contract.ConfirmMessage{RequestID: id, Timestamp: now, TransactionID: transactionID, Credential: c})
}

// compose makes a message to the bridge's consent manager.
func (b *Bridge) compose(endpoint string, message any) Outgoing {
	return b.composed(endpoint, Compose(endpoint, contract.CM, b.cm, message))
}

// OnNotify composes the bridge's answer to that notify, which it also takes in
// as if it had been received: an acknowledgement, also of DENIED and of a
// duplicate, or an error where the bridge does not know the transaction, it
// is not one of mode DIRECT, it has expired, or it was decided otherwise before.
func (b *Bridge) OnNotify(notify []byte) Outgoing {
	in := readNotify(notify)
	return b.acknowledge(in.RequestID, b.decide(in.Auth))
}

func (b *Bridge) acknowledge(notifyID string, failure *contract.Error) Outgoing {
	id, now := b.stamp()
	message := contract.OnNotifyMessage{RequestID: id, Timestamp: now, Error: failure, Resp: contract.Reference{RequestID: notifyID}}
	if failure == nil {
		message.Acknowledgement = &contract.Acknowledgement{Status: "OK"}
	}
	return b.compose(contract.OnNotify, message)
}

// Hold makes the bridge leave notifies for that transaction unanswered: they are accepted, and the scenario sends the on-notify itself.
func (b *Bridge) Hold(transactionID string) {
	b.table.Lock()
	defer b.table.Unlock()
	b.held[transactionID] = true
}

// notified takes in a notify and returns what answers it; nil where the scenario does.
func (b *Bridge) notified(body []byte) func(context.Context) {
	in := readNotify(body)
	held, early := b.expected(in.Auth.TransactionID)
	if early != nil {
		return func(ctx context.Context) {
			b.await(ctx, early, in.Auth.TransactionID)
			failure := b.decide(in.Auth)
			if !held {
				b.answerNotify(ctx, in.RequestID, failure)
			}
		}
	}
	failure := b.decide(in.Auth)
	if held {
		return nil
	}
	return func(ctx context.Context) { b.answerNotify(ctx, in.RequestID, failure) }
}

func (b *Bridge) answerNotify(ctx context.Context, notifyID string, failure *contract.Error) {
	pauseFor(ctx, b.variant.Pause)
	b.deliverLogged(ctx, func() Outgoing { return b.acknowledge(notifyID, failure) })
}

// readNotify reads a notify that was judged before; from any other body it takes what it can.
func readNotify(body []byte) contract.NotifyMessage {
	var in contract.NotifyMessage
	_ = json.Unmarshal(body, &in)
	if in.Auth == nil {
		in.Auth = &contract.NotifyAuth{}
	}
	return in
}

// stamp makes what every message begins with: a fresh requestId and the time.
func (p *party) stamp() (requestID, timestamp string) { return NewRequestID(), Timestamp(p.now()) }
