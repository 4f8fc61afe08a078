package player

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// Session is an authentication session as a developer sees it. It holds a patient's id and OTP: for synthetic patients only.
type Session struct {
	TransactionID string             `json:"transactionId"`
	PatientID     string             `json:"patientId"`
	Requester     contract.Requester `json:"requester"`
	Purpose       string             `json:"purpose"`
	Mode          string             `json:"mode"`
	// State is awaits-confirm, awaits-decision (of mode DIRECT), granted, denied, locked (too many wrong credentials) or expired.
	State string `json:"state"`
	OTP   string `json:"otp,omitempty"` // in the OTP modes: what the patient received
	// WrongAttempts are the credentials that did not match.
	WrongAttempts int    `json:"wrongAttempts"`
	Begun         string `json:"begun"`
	Expiry        string `json:"expiry"`
	// Acknowledged says that an on-notify has acknowledged the decision.
	Acknowledged bool `json:"acknowledged,omitempty"`
	// Link is what is left of the access token for linking; nil where none was granted.
	Link *LinkLeft `json:"link,omitempty"`
}

// LinkLeft is what is left of an access token for linking.
type LinkLeft struct {
	Expiry string `json:"expiry"`
	Uses   int    `json:"uses"`
}

// States of a Session.
const (
	AwaitsConfirm  = "awaits-confirm"
	AwaitsDecision = "awaits-decision"
	SessionExpired = "expired"
)

// view is the session as of now. The state is locked.
func (s *session) view(now time.Time) Session {
	v := Session{TransactionID: s.id, PatientID: s.account.ID, Requester: s.owner, Purpose: s.purpose, Mode: s.mode,
		State:         [...]string{awaitConfirm: AwaitsConfirm, awaitUser: AwaitsDecision, granted: "granted", denied: "denied", locked: "locked"}[s.state],
		WrongAttempts: s.wrong, Begun: Timestamp(s.begun), Expiry: Timestamp(s.expiry), Acknowledged: s.acknowledged}
	if s.open() && !now.Before(s.expiry) {
		v.State = SessionExpired
	}
	if s.mode == contract.MobileOTP || s.mode == contract.AadhaarOTP {
		v.OTP = s.account.OTP
	}
	if s.link != nil {
		v.Link = &LinkLeft{Expiry: Timestamp(s.link.expiry), Uses: s.link.left}
	}
	return v
}

// open says whether the session can still be granted.
func (s *session) open() bool { return s.state == awaitConfirm || s.state == awaitUser }

// Sessions are the sessions that the CM remembers, in the order in which they began.
func (c *CM) Sessions() []Session {
	c.state.Lock()
	defer c.state.Unlock()
	now := c.now()
	all := slices.SortedFunc(maps.Values(c.sessions), func(a, b *session) int {
		return cmp.Or(a.begun.Compare(b.begun), strings.Compare(a.id, b.id))
	})
	views := make([]Session, 0, len(all))
	for _, s := range all {
		views = append(views, s.view(now))
	}
	return views
}

// Session is the session of a transaction, and false where there is none.
func (c *CM) Session(transactionID string) (Session, bool) {
	c.state.Lock()
	defer c.state.Unlock()
	s := c.sessions[transactionID]
	if s == nil {
		return Session{}, false
	}
	return s.view(c.now()), true
}

// Expire ends a session before its time, or, where it was granted, its access token. It returns an error where there is
// nothing that could expire.
func (c *CM) Expire(transactionID string) error {
	c.state.Lock()
	defer c.state.Unlock()
	s, now := c.sessions[transactionID], c.now()
	switch {
	case s == nil:
		return fmt.Errorf("transaction %s cannot expire: it names no session of this consent manager", transactionID)
	case s.open():
		s.expiry = now
	case s.state == granted && s.link != nil:
		s.link.expiry = now
	default:
		return fmt.Errorf("transaction %s cannot expire: the session is over and left no access token", transactionID)
	}
	return nil
}

// Accounts are the patients that the CM knows, by id.
func (c *CM) Accounts() []Account {
	c.state.Lock()
	defer c.state.Unlock()
	return slices.SortedFunc(maps.Values(c.accounts), func(a, b Account) int { return strings.Compare(a.ID, b.ID) })
}

// RemoveAccount forgets a patient, and says whether it was known. Sessions that have begun go on.
func (c *CM) RemoveAccount(id string) bool {
	c.state.Lock()
	defer c.state.Unlock()
	_, known := c.accounts[id]
	delete(c.accounts, id)
	return known
}

// accountOf is the patient of a transaction; of one that is unknown, the first patient, if there is one.
func (c *CM) accountOf(transactionID string) Account {
	c.state.Lock()
	s := c.sessions[transactionID]
	c.state.Unlock()
	if s != nil {
		return s.account
	}
	if all := c.Accounts(); len(all) > 0 {
		return all[0]
	}
	return Account{}
}

// refusalOf makes the callback that answers a request with an error of the caller's choice, and leaves every session as it is.
// An unknown transaction has no asker and so no answer.
func (c *CM) refusalOf(endpoint string, request []byte, failure contract.Error) (build func() Outgoing, ok bool) {
	var in struct {
		RequestID     string
		TransactionID string
		Query         contract.Query
	}
	_ = json.Unmarshal(request, &in) // it was judged against the schema
	to := in.Query.Requester
	if endpoint == contract.Confirm {
		asked, known := c.Session(in.TransactionID)
		if !known {
			return nil, false
		}
		to = asked.Requester
	}
	callback := contract.MustEndpoint(endpoint).Callback
	return func() Outgoing {
		id, now := c.stamp()
		return c.to(callback, to, struct {
			RequestID string             `json:"requestId"`
			Timestamp string             `json:"timestamp"`
			Error     contract.Error     `json:"error"`
			Resp      contract.Reference `json:"resp"`
		}{id, now, failure, contract.Reference{RequestID: in.RequestID}})
	}, true
}
