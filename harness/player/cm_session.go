package player

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"abdm.example/conformance/contract"
)

// sessionState is where an authentication session stands.
type sessionState int

const (
	awaitConfirm sessionState = iota
	awaitUser
	granted
	denied
	locked
)

// keptSessions is how many sessions are remembered before long expired ones are forgotten.
const keptSessions = 4096

// session is one authentication, named by its transactionId. Whoever asked with init owns it.
type session struct {
	id      string
	owner   contract.Requester
	purpose string
	account Account
	mode    string
	begun   time.Time
	expiry  time.Time
	state   sessionState
	wrong   int // credentials that did not match
	// acknowledged says that an on-notify with an acknowledgement answered the session's notify.
	acknowledged bool
	link         *linkGrant // nil: no access token was granted
}

// Errors of the CM. The contract fixes no codes; these are the field's (CM 1xxx).
var (
	errBadPurpose  = contract.Error{Code: 1400, Message: "Purpose is not applicable for the requester."}
	errBadMode     = contract.Error{Code: 1400, Message: "Authentication mode is not available for the patient."}
	errWrongOTP    = contract.Error{Code: 1405, Message: "Invalid OTP."}
	errExpired     = contract.Error{Code: 1406, Message: "Authentication session has expired."}
	errAttempts    = contract.Error{Code: 1408, Message: "Invalid attempts exceeded."}
	errPatient     = contract.Error{Code: 1414, Message: "Patient id is invalid."}
	errTransaction = contract.Error{Code: 1427, Message: "Transaction id is invalid."}
	errInvalid     = contract.Error{Code: 1441, Message: "Invalid auth confirm request."}
)

// admit judges a query: HIUs may ask for KYC only, and the patient must be known. The state is locked.
func (c *CM) admit(q contract.Query) (Account, *contract.Error) {
	account, known := c.accounts[q.ID]
	switch {
	case roleOf(q.Requester) == contract.HIU && q.Purpose != contract.KYC:
		return Account{}, &errBadPurpose
	case !known:
		return Account{}, &errPatient
	}
	return account, nil
}

func (c *CM) onFetchModes(in contract.QueryMessage) func() Outgoing {
	c.state.Lock()
	defer c.state.Unlock()
	var auth *contract.ModesAuth
	account, failure := c.admit(in.Query)
	if failure == nil {
		auth = &contract.ModesAuth{Purpose: in.Query.Purpose, Modes: slices.Clone(account.Modes)}
	}
	return func() Outgoing {
		id, now := c.stamp()
		return c.to(contract.OnFetchModes, in.Query.Requester, contract.OnFetchModesMessage{
			RequestID: id, Timestamp: now, Auth: auth, Error: failure, Resp: contract.Reference{RequestID: in.RequestID}})
	}
}

func (c *CM) onInit(in contract.QueryMessage) func() Outgoing {
	c.state.Lock()
	defer c.state.Unlock()
	var auth *contract.InitAuth
	account, failure := c.admit(in.Query)
	if failure == nil {
		if mode := account.pick(in.Query.AuthMode); mode == "" {
			failure = &errBadMode
		} else {
			s := c.open(account, in.Query, mode)
			auth = &contract.InitAuth{TransactionID: s.id, Mode: mode,
				Meta: &contract.AuthMeta{Hint: account.hint(mode), Expiry: Timestamp(s.expiry)}}
		}
	}
	return func() Outgoing {
		id, now := c.stamp()
		return c.to(contract.OnInit, in.Query.Requester, contract.OnInitMessage{
			RequestID: id, Timestamp: now, Auth: auth, Error: failure, Resp: contract.Reference{RequestID: in.RequestID}})
	}
}

// open begins a session. The state is locked.
func (c *CM) open(account Account, q contract.Query, mode string) *session {
	if len(c.sessions) >= keptSessions {
		c.forgetExpired()
	}
	now := c.now()
	s := &session{id: NewRequestID(), owner: q.Requester, purpose: q.Purpose, account: account, mode: mode,
		begun: now, expiry: now.Add(c.life)}
	if mode == contract.Direct {
		s.state = awaitUser
	}
	c.sessions[s.id] = s
	c.opened(s.view(now))
	return s
}

// forgetExpired drops sessions that expired a whole life ago.
func (c *CM) forgetExpired() {
	limit := c.now().Add(-c.life)
	for id, s := range c.sessions {
		if s.expiry.Before(limit) {
			delete(c.sessions, id)
		}
	}
	for id, s := range c.notifies {
		if c.sessions[s.id] == nil {
			delete(c.notifies, id)
		}
	}
	for token, s := range c.granted {
		if c.sessions[s.id] == nil {
			delete(c.granted, token)
		}
	}
}

// unknown refuses a confirm whose transaction is nobody's: there is no requester to whom a callback could go.
func (c *CM) unknown(body []byte) *refusal {
	var in contract.ConfirmMessage
	_ = json.Unmarshal(body, &in) // it was judged against the schema
	c.state.Lock()
	defer c.state.Unlock()
	if c.sessions[in.TransactionID] == nil {
		return noTransaction()
	}
	return nil
}

func noTransaction() *refusal {
	return &refusal{status: http.StatusBadRequest, code: errTransaction.Code, message: errTransaction.Message}
}

func (c *CM) onConfirm(in contract.ConfirmMessage) (func() Outgoing, *refusal) {
	c.state.Lock()
	defer c.state.Unlock()
	s := c.sessions[in.TransactionID]
	if s == nil {
		return nil, noTransaction()
	}
	auth, failure, err := c.confirm(s, in.Credential)
	if err != nil {
		return nil, &refusal{status: http.StatusInternalServerError, message: err.Error()}
	}
	return func() Outgoing {
		id, now := c.stamp()
		return c.to(contract.OnConfirm, s.owner, contract.OnConfirmMessage{
			RequestID: id, Timestamp: now, Auth: auth, Error: failure, Resp: contract.Reference{RequestID: in.RequestID}})
	}, nil
}

// confirm is the session machine's one step on a credential. The state is locked.
func (c *CM) confirm(s *session, given contract.Credential) (*contract.GrantAuth, *contract.Error, error) {
	switch {
	case s.state == locked:
		return nil, &errAttempts, nil
	case s.state != awaitConfirm: // DIRECT is the patient's to decide; a grant is given once
		return nil, &errInvalid, nil
	case !c.now().Before(s.expiry):
		return nil, &errExpired, nil
	}
	byCode, byDetails := given.AuthCode != "", given.Demographic != nil
	if byCode == byDetails || byDetails != (s.mode == contract.Demographics) {
		return nil, &errInvalid, nil
	}
	if byCode && subtle.ConstantTimeCompare([]byte(given.AuthCode), []byte(s.account.OTP)) != 1 {
		return nil, c.miss(s, &errWrongOTP), nil
	}
	if byDetails && !s.account.matches(*given.Demographic) {
		return nil, c.miss(s, &errInvalid), nil
	}
	auth, err := c.grant(s)
	if err != nil {
		return nil, nil, err
	}
	s.state = granted
	return auth, nil, nil
}

// miss counts a wrong credential and locks the session after the last one that it bears.
func (c *CM) miss(s *session, failure *contract.Error) *contract.Error {
	if s.wrong++; s.wrong >= c.attempts {
		s.state = locked
	}
	return failure
}
