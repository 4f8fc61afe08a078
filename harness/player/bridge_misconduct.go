package player

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"abdm.example/conformance/contract"
)

const (
	// guessedCode is what a fault enters as the code where the patient has given none.
	guessedCode = "000000"
	// typing is how long a patient takes to enter a code, where a fault mixes up conversations meanwhile.
	typing = 300 * time.Millisecond
	// impatience is how long the fault late-callback-500 waits for a callback.
	impatience = time.Second
	// hotLoop is how often a fault sends a message that was not taken, and hotPause the time between.
	hotLoop  = 25
	hotPause = 5 * time.Millisecond
	// sameRetry is the pause after which a fault repeats a message: long enough that a timestamp must have changed.
	sameRetry = 750 * time.Millisecond
)

// refusedBy tells how a message was refused: by its callback, or at once with that status.
func refusedBy(err error) (callback bool, status int) {
	var no *Refusal
	if !errors.As(err, &no) {
		return false, 0
	}
	return no.Status == 0, no.Status
}

// misoffered commits the faults in what a bridge makes of on-fetch-modes.
func (b *Bridge) misoffered(a AuthenticateRequest, offered []string, err error) ([]string, error) {
	refused, _ := refusedBy(err)
	switch {
	case refused && b.mistakes.has("init-after-error"), err == nil && b.mistakes.has("mode-not-offered"):
		if a.Mode != "" {
			return []string{a.Mode}, nil
		}
		return contract.Modes, nil
	}
	return offered, err
}

// misunderstand commits the faults in what a bridge makes of on-init.
func (b *Bridge) misunderstand(ctx context.Context, a AuthenticateRequest, mode string, auth contract.InitAuth, err error) (contract.InitAuth, error) {
	err = b.insist(ctx, contract.Init, err, func() error {
		auth, err = b.Open(ctx, a.PatientID, a.Purpose, mode)
		return err
	})
	if err != nil {
		switch refused, _ := refusedBy(err); {
		case refused && b.mistakes.has("confirm-after-error"):
			b.guess(ctx, b.mistakes.recall("init of "+a.PatientID), a.AuthCode)
		case refused && b.mistakes.has("confirm-after-error-anew"):
			b.guess(ctx, NewRequestID(), a.AuthCode)
		}
		return auth, err
	}
	switch {
	case b.mistakes.has("requested-mode-kept") && mode != "":
		auth.Mode = mode
	case b.mistakes.has("latest-transaction"):
		pauseFor(ctx, typing)
		auth.TransactionID = b.mistakes.recall("latest transaction of " + a.PatientID)
	case b.mistakes.has("singleton-session"):
		pauseFor(ctx, typing)
		auth.TransactionID = b.mistakes.recall("latest transaction")
	}
	return auth, nil
}

// insist asks again and again where the callback tells an error.
func (b *Bridge) insist(ctx context.Context, endpoint string, err error, ask func() error) error {
	for n := 1; n < hotLoop && b.mistakes.has("error-loop", endpoint); n++ {
		if refused, _ := refusedBy(err); !refused || !pauseFor(ctx, hotPause) {
			break
		}
		err = ask()
	}
	return err
}

// guess sends confirm where none is due.
func (b *Bridge) guess(ctx context.Context, transactionID, code string) {
	if code == "" {
		code = guessedCode
	}
	b.deliverLogged(ctx, func() Outgoing { return b.Confirm(transactionID, contract.Credential{AuthCode: code}) })
}

// misconfirm sends confirm in mode DIRECT.
func (b *Bridge) misconfirm(ctx context.Context, auth contract.InitAuth, code string) {
	if b.mistakes.has("confirm-on-direct") {
		b.guess(ctx, auth.TransactionID, code)
	}
}

// premature sends confirm while on-init is awaited.
func (b *Bridge) premature(ctx context.Context, endpoint, requestID string) {
	if b.mistakes == nil {
		return
	}
	b.mistakes.landed(requestID)
	switch {
	case endpoint == contract.Init && b.mistakes.has("confirm-before-on-init"):
		b.guess(ctx, requestID, "")
	case endpoint == contract.Init && b.mistakes.has("confirm-before-on-init-anew"):
		b.guess(ctx, NewRequestID(), b.mistakes.recall("code of "+b.mistakes.recall("patient of "+requestID)))
	}
}

// giveUp bounds the wait for a callback.
func (b *Bridge) giveUp(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.mistakes.has("late-callback-500") {
		return context.WithTimeout(ctx, impatience)
	}
	return ctx, func() {}
}

// misread reads an expiry otherwise than it is meant.
func (b *Bridge) misread(text string, expiry time.Time) time.Time {
	const offset = 5*time.Hour + 30*time.Minute
	_, zoned := time.Parse(time.RFC3339, text)
	switch {
	case b.mistakes.has("expiry-ignored"):
		return b.now().Add(time.Hour)
	case b.mistakes.has("expiry-as-indian") && zoned != nil:
		return expiry.Add(-offset)
	case b.mistakes.has("expiry-behind") && zoned != nil:
		return expiry.Add(offset)
	}
	return expiry
}

// misgranted commits the faults in what a bridge makes of on-confirm, or of a confirm that was not taken.
func (b *Bridge) misgranted(auth contract.InitAuth, grant *contract.GrantAuth, err error) (*contract.GrantAuth, error) {
	refused, status := refusedBy(err)
	switch {
	case refused && b.mistakes.has("link-after-error"), status == http.StatusBadRequest && b.mistakes.has("refused-confirm-as-success"):
		return &contract.GrantAuth{AccessToken: b.mistakes.earlierToken(auth.TransactionID, "")}, nil
	case err == nil && grant.AccessToken == "" && grant.Patient == nil && b.mistakes.has("link-with-nothing"):
		return &contract.GrantAuth{AccessToken: "null"}, nil
	}
	return grant, err
}

// misspend gives an outcome another access token than the one that was granted, or one where none was.
func (a *App) misspend(outcome Outcome) Outcome {
	switch {
	case a.mistakes.has("expired-token-used"):
		outcome.Validity = nil
	case a.mistakes.has("stale-token") && outcome.AccessToken != "",
		a.mistakes.has("denied-as-granted") && outcome.Status == contract.Granted && outcome.AccessToken == "" && outcome.Patient == nil:
		outcome.AccessToken = a.mistakes.earlierToken(outcome.TransactionID, outcome.AccessToken)
	case a.mistakes.has("first-token-kept") && outcome.AccessToken != "":
		outcome.AccessToken = a.mistakes.earlierToken(outcome.TransactionID, "")
	}
	return outcome
}

// status is the decision of a patient as the bridge understands it.
func (m *mistakes) status(decision *contract.NotifyAuth) string {
	if m.has("denied-as-granted") {
		return contract.Granted
	}
	return decision.Status
}

// misdecides says whether a fault honours a notify that is not to be honoured, and links with what it grants. The table is locked.
func (b *Bridge) misdecides(t *transaction, auth *contract.NotifyAuth) bool {
	if b.mistakes == nil || auth.Status != contract.Granted {
		return false
	}
	switch {
	case t == nil && b.mistakes.has("unknown-granted"),
		t != nil && t.mode != contract.Direct && b.mistakes.has("mediated-granted"),
		t != nil && t.decision != nil && t.decision.Status == contract.Denied && b.mistakes.has("granted-after-denied"),
		t != nil && t.decision != nil && t.decision.Status == contract.Granted && b.mistakes.has("granted-again"),
		t != nil && t.decision == nil && !t.expiry.IsZero() && !b.now().Before(t.expiry) && b.mistakes.has("expired-granted"):
	default:
		return false
	}
	b.link(context.Background(), auth.AccessToken)
	return true
}

// link links with a token of which no conversation makes use.
func (b *Bridge) link(ctx context.Context, token string) {
	if b.role != contract.HIP || token == "" {
		return
	}
	b.later(ctx, func(ctx context.Context) { b.deliverLogged(ctx, func() Outgoing { return b.AddContexts(token) }) })
}

// overreact commits the faults in what a bridge does on a callback that answers no open question of its own.
func (b *Bridge) overreact(ctx context.Context, in received) {
	if b.mistakes == nil || b.awaits(in) {
		return
	}
	var head struct {
		Auth struct{ TransactionID, AccessToken string }
		Resp contract.Reference
	}
	_ = json.Unmarshal(in.clean, &head) // it was judged against its schema
	known := b.mistakes.asked(head.Resp.RequestID)
	b.later(ctx, func(ctx context.Context) {
		switch name := in.endpoint.Name; {
		case name == contract.OnInit && !known && b.mistakes.has("confirm-for-unknown") && head.Auth.TransactionID != "":
			b.guess(ctx, head.Auth.TransactionID, "")
		case name == contract.OnInit && known && b.mistakes.has("confirm-again") && head.Auth.TransactionID != "":
			b.guess(ctx, head.Auth.TransactionID, b.mistakes.recall("code for "+head.Auth.TransactionID))
		case name == contract.OnConfirm && !known && b.mistakes.has("link-for-unknown"), name == contract.OnConfirm && known && b.mistakes.has("link-again"):
			b.link(ctx, head.Auth.AccessToken)
		}
	})
}

// questionKey is the key of the question that a callback answers. The table is locked.
func (b *Bridge) questionKey(endpoint, key string) string {
	if !b.mistakes.has("resp-unchecked") {
		return key
	}
	for other, q := range b.pending { // in no order
		if q.callback == endpoint {
			return other
		}
	}
	return key
}

// persists says whether a fault sends a message once more, and whether it decides that at all.
func (m *mistakes) persists(ctx context.Context, a attempt) (again, decided bool) {
	status := a.answer.Status
	failed := a.err != nil || status >= 500
	switch {
	case failed && m.has("hot-loop-500"), status == 400 && m.has("hot-loop-400"), status == 401 && m.has("hot-loop-401"), status == 429 && m.has("hot-loop-429"):
		return a.number < hotLoop && pauseFor(ctx, hotPause), true
	case failed && (m.has("retry-same-id") || m.has("retry-same-time")):
		return a.number < 3 && pauseFor(ctx, sameRetry), true
	case status == 401 && m.has("token-never-renewed"):
		return a.number < 2, true
	case status == 401 && m.has("gives-up-on-401"):
		return false, true
	}
	return false, false
}

// rebuilt makes the message of a further attempt like that of the first, as far as a fault repeats it.
func (b *Bridge) rebuilt(build func() Outgoing) func() Outgoing {
	whole := b.mistakes.has("retry-same-id") || b.mistakes.has("renewed-same-id")
	if !whole && !b.mistakes.has("retry-same-time") {
		return build
	}
	var first *Outgoing
	return func() Outgoing {
		if first != nil && whole {
			return *first
		}
		out := build()
		if first == nil {
			first = &out
			return out
		}
		s := &sending{b, out.Endpoint, &out}
		s.set("/timestamp", (&sending{out: first}).value("/timestamp"))
		return out
	}
}

// undisturbed holds a conversation. A fault holds no second one with the same patient meanwhile.
func (a *App) undisturbed(patient string, flow func() error) error {
	if !a.mistakes.has("silence-locks-patient") {
		return flow()
	}
	leave, free := a.mistakes.occupy(patient)
	if !free {
		return errors.New("there is a conversation with the patient already")
	}
	defer leave()
	return flow()
}
