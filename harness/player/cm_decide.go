package player

import (
	"context"
	"encoding/json"
	"fmt"

	"abdm.example/conformance/contract"
)

// Decide is the patient's decision on a DIRECT transaction, GRANTED or DENIED:
// the CM sends notify to the requester and returns the gateway's answer. The
// errors are those of Decision, and of Send.
func (c *CM) Decide(ctx context.Context, transactionID, status string) (Answer, error) {
	build, err := c.decision(transactionID, status)
	if err != nil {
		return Answer{}, err
	}
	return c.deliver(ctx, build)
}

// Decision takes the decision in and composes its notify without sending it.
// It returns an error where the status is neither GRANTED nor DENIED, or the
// transaction is unknown, not DIRECT, expired or decided already.
func (c *CM) Decision(transactionID, status string) (Outgoing, error) {
	build, err := c.decision(transactionID, status)
	if err != nil {
		return Outgoing{}, err
	}
	return build(), nil
}

func (c *CM) decision(transactionID, status string) (func() Outgoing, error) {
	if status != contract.Granted && status != contract.Denied {
		return nil, fmt.Errorf("%q is no decision: say GRANTED or DENIED", status)
	}
	c.state.Lock()
	defer c.state.Unlock()
	s := c.sessions[transactionID]
	switch {
	case s == nil:
		return nil, fmt.Errorf("transaction %s cannot be decided: it names no session of this consent manager", transactionID)
	case s.mode != contract.Direct:
		return nil, fmt.Errorf("transaction %s is of mode %s: the patient decides on mode DIRECT only", transactionID, s.mode)
	case s.state != awaitUser:
		return nil, fmt.Errorf("transaction %s is decided already: one decision ends it", transactionID)
	case !c.now().Before(s.expiry):
		return nil, fmt.Errorf("transaction %s expired at %s: no decision can be notified any more", transactionID, Timestamp(s.expiry))
	}
	auth := &contract.NotifyAuth{TransactionID: s.id, Status: status}
	next := denied
	if status == contract.Granted {
		grant, err := c.grant(s)
		if err != nil {
			return nil, err
		}
		auth.AccessToken, auth.Validity, auth.Patient = grant.AccessToken, grant.Validity, grant.Patient
		next = granted
	}
	s.state = next
	return func() Outgoing {
		id, now := c.stamp()
		c.state.Lock()
		c.notifies[uuidKey(id)] = s
		c.state.Unlock()
		return c.to(contract.Notify, s.owner, contract.NotifyMessage{RequestID: id, Timestamp: now, Auth: auth})
	}, nil
}

// Acknowledged says whether an on-notify has acknowledged the decision on that transaction.
func (c *CM) Acknowledged(transactionID string) bool {
	c.state.Lock()
	defer c.state.Unlock()
	s := c.sessions[transactionID]
	return s != nil && s.acknowledged
}

// acknowledged takes in an on-notify; one that answers no notify of ours, or brings an error, changes nothing.
func (c *CM) acknowledged(body []byte) {
	var in contract.OnNotifyMessage
	_ = json.Unmarshal(body, &in) // it was judged against the schema
	c.state.Lock()
	defer c.state.Unlock()
	if s := c.notifies[uuidKey(in.Resp.RequestID)]; s != nil && in.Acknowledgement != nil {
		s.acknowledged = true
	}
}
