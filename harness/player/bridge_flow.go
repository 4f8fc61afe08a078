package player

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"abdm.example/conformance/contract"
)

// AuthenticateRequest is whom a bridge shall authenticate, for what, and with what.
type AuthenticateRequest struct {
	PatientID string
	Purpose   string
	// Mode is the mode to ask for; "" for the first offered one for which a credential is there.
	Mode        string
	AuthCode    string                // for MOBILE_OTP and AADHAAR_OTP
	Demographic *contract.Demographic // for DEMOGRAPHICS
}

// Outcome is how an authentication ended. It holds an access token and patient data: never print it.
type Outcome struct {
	Status        string // GRANTED or DENIED
	TransactionID string
	Mode          string
	AccessToken   string
	Patient       *contract.Patient
	Validity      *contract.Validity
}

// Refusal is the error of a message that was refused: at once by the gateway, or by an error in the callback.
type Refusal struct {
	Endpoint string // what was refused, for example "init"
	Status   int    // the gateway's status; 0 where the callback refused
	Code     int    // error.code of the callback
	Message  string // error.message of the callback: foreign text that may hold patient data, so Error leaves it out
}

// Error says what was refused and by whom.
func (r *Refusal) Error() string {
	if r.Status != 0 {
		return fmt.Sprintf("the gateway answered %s with %d; the contract says 202 (Request accepted)", r.Endpoint, r.Status)
	}
	return fmt.Sprintf("%s was refused with error code %d in its callback", r.Endpoint, r.Code)
}

// Authenticate holds a whole conversation: fetch-modes, init, and then confirm
// or, in mode DIRECT, the wait for notify. It follows the mode that on-init
// names. It returns an error where the conversation does not come to a
// decision: a *Refusal where somebody refused, else a sentence. It returns when ctx ends, at the latest.
func (b *Bridge) Authenticate(ctx context.Context, a AuthenticateRequest) (Outcome, error) {
	b.mistakes.told(a)
	mode, err := b.modeFor(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	auth, err := b.Open(ctx, a.PatientID, a.Purpose, mode)
	if b.mistakes != nil {
		auth, err = b.misunderstand(ctx, a, mode, auth, err)
	}
	if err != nil {
		return Outcome{}, err
	}
	return b.Finish(ctx, auth, a.AuthCode, a.Demographic)
}

// modeFor is the mode to ask for, among those that the consent manager offers; "" leaves the choice to it.
func (b *Bridge) modeFor(ctx context.Context, a AuthenticateRequest) (string, error) {
	if b.variant.NoFetchModes {
		return a.Mode, nil
	}
	offered, err := b.AskModes(ctx, a.PatientID, a.Purpose)
	if b.mistakes != nil {
		offered, err = b.misoffered(a, offered, err)
	}
	if err != nil {
		return "", err
	}
	mode, err := a.choose(offered)
	if err == nil && b.variant.NoAuthMode && mode == firstMediated(offered) {
		mode = "" // the consent manager chooses the same
	}
	return mode, err
}

// choose picks the mode among those that the consent manager offers.
func (a AuthenticateRequest) choose(offered []string) (string, error) {
	if a.Mode != "" {
		if !slices.Contains(offered, a.Mode) {
			return "", fmt.Errorf("the consent manager does not offer mode %s for this patient and purpose: choose one of those that on-fetch-modes lists", a.Mode)
		}
		return a.Mode, nil
	}
	for _, mode := range offered {
		if _, err := credentialFor(mode, a.AuthCode, a.Demographic); err == nil {
			return mode, nil
		}
	}
	return "", errors.New("the consent manager offers no mode for which a credential is at hand")
}

// AskModes sends fetch-modes and returns what on-fetch-modes offers.
func (b *Bridge) AskModes(ctx context.Context, patientID, purpose string) ([]string, error) {
	var answer contract.OnFetchModesMessage
	err := b.converse(ctx, contract.FetchModes, &answer, func() Outgoing {
		return b.FetchModes(contract.Query{ID: patientID, Purpose: purpose})
	}, purpose)
	if err != nil {
		return nil, err
	}
	return answer.Auth.Modes, nil
}

// Open sends init and returns what on-init says. An empty mode leaves the choice to the consent manager.
func (b *Bridge) Open(ctx context.Context, patientID, purpose, mode string) (contract.InitAuth, error) {
	var answer contract.OnInitMessage
	err := b.converse(ctx, contract.Init, &answer, func() Outgoing {
		return b.Init(contract.Query{ID: patientID, Purpose: purpose, AuthMode: mode})
	}, purpose)
	if err != nil {
		return contract.InitAuth{}, err
	}
	return *answer.Auth, nil
}

// Finish brings an opened transaction to its end as its mode asks: it sends
// confirm with the one credential that fits, or waits for notify.
func (b *Bridge) Finish(ctx context.Context, auth contract.InitAuth, authCode string, d *contract.Demographic) (Outcome, error) {
	if auth.Mode == contract.Direct {
		b.misconfirm(ctx, auth, authCode)
		return b.awaitDecision(ctx, auth)
	}
	credential, err := credentialFor(auth.Mode, authCode, d)
	if b.mistakes.has("confirm-without-code") && err != nil {
		credential, err = contract.Credential{AuthCode: guessedCode}, nil
	}
	if err != nil && b.desk != nil {
		b.log.Info("waiting for what the patient enters", "mode", auth.Mode, "transactionId", auth.TransactionID)
		var entered EnterRequest
		if entered, err = b.desk.await(ctx, auth.TransactionID); err == nil {
			credential, err = credentialFor(auth.Mode, entered.AuthCode, entered.Demographic)
		}
	}
	if err != nil {
		return Outcome{}, err
	}
	if expiry, ok := b.expiryOf(auth); ok && !b.now().Before(expiry) {
		return Outcome{}, fmt.Errorf("the authentication session expired at %s: begin again with init", Timestamp(expiry))
	}
	var answer contract.OnConfirmMessage
	confirm := func() error {
		return b.converse(ctx, contract.Confirm, &answer, func() Outgoing { return b.Confirm(auth.TransactionID, credential) }, "")
	}
	err = confirm()
	if b.mistakes != nil {
		err = b.insist(ctx, contract.Confirm, err, confirm)
		answer.Auth, err = b.misgranted(auth, answer.Auth, err)
	}
	if err != nil {
		return Outcome{}, err
	}
	grant := answer.Auth
	if grant.AccessToken == "" && grant.Patient == nil {
		return Outcome{}, errors.New("on-confirm holds neither an access token nor a patient: nothing was granted")
	}
	return Outcome{Status: contract.Granted, TransactionID: auth.TransactionID, Mode: auth.Mode,
		AccessToken: grant.AccessToken, Patient: grant.Patient, Validity: grant.Validity}, nil
}

// credentialFor is the one credential that a mode asks for (users/auth/confirm, description).
func credentialFor(mode, authCode string, d *contract.Demographic) (contract.Credential, error) {
	switch {
	case mode == contract.Demographics && d == nil:
		return contract.Credential{}, errors.New("mode DEMOGRAPHICS needs demographic details")
	case mode == contract.Demographics:
		return contract.Credential{Demographic: d}, nil
	case mode == contract.Direct:
		return contract.Credential{}, nil
	case authCode == "":
		return contract.Credential{}, fmt.Errorf("mode %s needs the code that the patient received", mode)
	}
	return contract.Credential{AuthCode: authCode}, nil
}

func (b *Bridge) awaitDecision(ctx context.Context, auth contract.InitAuth) (Outcome, error) {
	followedUp(ctx)
	t := b.transaction(auth.TransactionID)
	if t == nil {
		return Outcome{}, fmt.Errorf("transaction %s is not known to the bridge: no on-init opened it", auth.TransactionID)
	}
	var expired <-chan time.Time
	if !t.expiry.IsZero() {
		timer := time.NewTimer(t.expiry.Sub(b.now()))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-t.decided:
	case <-expired:
		return Outcome{}, fmt.Errorf("no notify came for transaction %s before it expired at %s", auth.TransactionID, Timestamp(t.expiry))
	case <-ctx.Done():
		return Outcome{}, fmt.Errorf("no notify came for transaction %s: %w", auth.TransactionID, ctx.Err())
	}
	outcome := Outcome{Status: b.mistakes.status(t.decision), TransactionID: auth.TransactionID, Mode: auth.Mode}
	if outcome.Status == contract.Granted {
		outcome.AccessToken, outcome.Patient, outcome.Validity = t.decision.AccessToken, t.decision.Patient, t.decision.Validity
	}
	return outcome, nil
}

func (b *Bridge) expiryOf(auth contract.InitAuth) (time.Time, bool) {
	if auth.Meta == nil {
		return time.Time{}, false
	}
	expiry, err := parseTime(auth.Meta.Expiry)
	if b.mistakes != nil {
		expiry = b.misread(auth.Meta.Expiry, expiry)
	}
	return expiry, err == nil
}

// converse sends what build makes and reads the callback that answers it into answer.
// A HIU may ask for purpose KYC only; "" asks for none.
func (b *Bridge) converse(ctx context.Context, endpoint string, answer any, build func() Outgoing, purpose string) error {
	if b.role == contract.HIU && purpose != "" && purpose != contract.KYC {
		return fmt.Errorf("purpose %s is not for a HIU, which may ask for KYC only: nothing was sent", purpose)
	}
	reply := contract.MustEndpoint(endpoint).Callback
	var asked string
	var q *question
	sent, err := b.deliver(ctx, func() Outgoing {
		out := build()
		b.withdraw(asked)
		asked = requestIDOf(out)
		q = b.ask(asked, reply)
		return out
	})
	followedUp(ctx)
	b.premature(ctx, endpoint, asked)
	ctx, cancel := b.giveUp(ctx)
	defer cancel()
	defer func() { b.withdraw(asked) }()
	if err != nil {
		return err
	}
	if sent.Status < 200 || sent.Status > 299 {
		return &Refusal{Endpoint: endpoint, Status: sent.Status}
	}
	select {
	case c := <-q.answer:
		follow(ctx, c)
		pauseFor(ctx, b.variant.Pause)
		if c.failure != nil {
			return &Refusal{Endpoint: endpoint, Code: c.failure.Code, Message: c.failure.Message}
		}
		if json.Unmarshal(c.body, answer) != nil {
			return fmt.Errorf("%s could not be read as its schema says", reply)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the gateway accepted %s %s, but no %s with this resp.requestId came: %w", endpoint, asked, reply, ctx.Err())
	}
}

// requestIDOf is the requestId of a message that we composed.
func requestIDOf(out Outgoing) string {
	var head contract.Reference
	_ = json.Unmarshal(out.Body, &head)
	return head.RequestID
}
