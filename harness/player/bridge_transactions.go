package player

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// earlyNotify is how long a notify may overtake the on-init of its transaction, and keptTransactions how many
// transactions are remembered before expired ones are forgotten.
const (
	earlyNotify      = time.Second
	keptTransactions = 4096
)

// question is a request of the bridge's own flow that awaits its callback.
type question struct {
	callback string // the endpoint that answers it
	answer   chan callback
}

// callback is what came for a question; failure is its error, nil for an answer that holds what was asked for.
type callback struct {
	body     []byte
	failure  *contract.Error
	followed func() // to be called when what follows from it has been sent, or nothing does
}

// transaction is an authentication that a consent manager opened with on-init.
type transaction struct {
	mode    string
	expiry  time.Time // zero: none was told
	decided chan struct{}
	// decision is the first terminal notify; nil until decided is closed.
	decision *contract.NotifyAuth
}

// ask enters a question in the pending table; withdraw it when its answer is no longer awaited.
func (b *Bridge) ask(requestID, callbackName string) *question {
	q := &question{callback: callbackName, answer: make(chan callback, 1)}
	b.mistakes.sends(requestID)
	b.table.Lock()
	defer b.table.Unlock()
	b.pending[uuidKey(requestID)] = q
	return q
}

func (b *Bridge) withdraw(requestID string) {
	b.table.Lock()
	defer b.table.Unlock()
	delete(b.pending, uuidKey(requestID))
}

// uuidKey makes UUIDs that differ in case only equal (RFC 9562).
func uuidKey(id string) string { return strings.ToLower(id) }

// answerHead is what all callbacks have in common.
type answerHead struct {
	Auth  *contract.InitAuth  `json:"auth"` // of on-init
	Error *contract.Error     `json:"error"`
	Resp  *contract.Reference `json:"resp"`
}

// take takes in a callback that keeps the contract: an on-init opens its
// transaction, and the question that it answers, if one is pending, is answered
// once, by the function returned, which tells when what follows from it was sent. What answers no question has no further effect.
func (b *Bridge) take(in received) (wake func() (followed <-chan struct{})) {
	var head answerHead
	if in.endpoint.Name == contract.OnInit {
		_ = json.Unmarshal(in.clean, &head) // it was judged against the schema
	} else {
		head = looseHead(in.clean)
	}
	b.table.Lock()
	defer b.table.Unlock()
	if head.Auth != nil {
		b.open(head.Auth)
	}
	return b.settle(in.endpoint.Name, head, in.clean)
}

// suspect looks at a message that was refused: a gateway's error callback may
// lack a timestamp or name nobody, and still ends the flow that it answers.
func (b *Bridge) suspect(endpoint contract.Endpoint, body []byte) {
	head := looseHead(body)
	if endpoint.Answers == "" || head.Error == nil {
		return
	}
	b.table.Lock()
	defer b.table.Unlock()
	b.settle(endpoint.Name, head, body)()
}

// looseHead reads resp and error only.
func looseHead(body []byte) answerHead {
	var head struct {
		Error *contract.Error     `json:"error"`
		Resp  *contract.Reference `json:"resp"`
	}
	_ = json.Unmarshal(body, &head) // what cannot be read is not there
	return answerHead{Error: head.Error, Resp: head.Resp}
}

// settle finds the pending question and returns what answers it. The table is locked.
func (b *Bridge) settle(endpoint string, head answerHead, body []byte) func() <-chan struct{} {
	nothing := func() <-chan struct{} { return nil }
	if head.Resp == nil {
		return nothing
	}
	key := b.questionKey(endpoint, uuidKey(head.Resp.RequestID))
	q := b.pending[key]
	if q == nil || q.callback != endpoint {
		return nothing
	}
	delete(b.pending, key)
	return func() <-chan struct{} {
		followed := make(chan struct{})
		q.answer <- callback{body: body, failure: head.Error, followed: sync.OnceFunc(func() { close(followed) })}
		return followed
	}
}

// open makes a transaction known; a duplicate on-init changes nothing. The table is locked.
func (b *Bridge) open(auth *contract.InitAuth) {
	if b.known[auth.TransactionID] != nil {
		return
	}
	if len(b.known) >= keptTransactions {
		b.forgetExpired()
	}
	t := &transaction{mode: auth.Mode, decided: make(chan struct{})}
	if auth.Meta != nil {
		t.expiry, _ = parseTime(auth.Meta.Expiry) // unreadable: none
	}
	b.known[auth.TransactionID] = t
	close(b.learned)
	b.learned = make(chan struct{})
}

func (b *Bridge) forgetExpired() {
	now := b.now()
	for id, t := range b.known {
		if !t.expiry.IsZero() && now.After(t.expiry) {
			delete(b.known, id)
			delete(b.held, id)
		}
	}
}

func (b *Bridge) transaction(id string) *transaction {
	b.table.Lock()
	defer b.table.Unlock()
	return b.known[id]
}

// expected says whether notifies for the transaction are held, and, where the
// transaction is not known but an init is pending, what to wait on for it.
func (b *Bridge) expected(id string) (held bool, early <-chan struct{}) {
	b.table.Lock()
	defer b.table.Unlock()
	if b.known[id] == nil && b.awaitsInit() {
		early = b.learned
	}
	return b.held[id], early
}

func (b *Bridge) awaitsInit() bool {
	for _, q := range b.pending {
		if q.callback == contract.OnInit {
			return true
		}
	}
	return false
}

// await waits until the transaction is known, for a short while: a notify may overtake its on-init.
func (b *Bridge) await(ctx context.Context, learned <-chan struct{}, id string) {
	ctx, cancel := context.WithTimeout(ctx, b.early)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return
		case <-learned:
		}
		b.table.Lock()
		known := b.known[id] != nil
		learned = b.learned
		b.table.Unlock()
		if known {
			return
		}
	}
}

// decide takes in what a notify says; the first terminal status wins. It returns why the bridge does not honour it.
func (b *Bridge) decide(auth *contract.NotifyAuth) *contract.Error {
	b.table.Lock()
	defer b.table.Unlock()
	no := func(status int, message string) *contract.Error {
		return &contract.Error{Code: codeBase[b.role] + status, Message: message}
	}
	t := b.known[auth.TransactionID]
	if b.misdecides(t, auth) {
		return nil
	}
	switch {
	case t == nil:
		return no(404, "the transaction is not known")
	case t.mode != contract.Direct:
		return no(409, "the transaction is not one of mode DIRECT")
	case t.decision != nil && t.decision.Status != auth.Status:
		return no(409, "the transaction was decided otherwise before")
	case t.decision != nil && b.variant.RepeatedNotify:
		return no(409, "the transaction was decided before")
	case t.decision != nil:
		return nil
	case auth.Status == contract.Granted && !t.expiry.IsZero() && !b.now().Before(t.expiry):
		return no(410, "the transaction had expired")
	}
	t.decision = auth
	close(t.decided)
	return nil
}
