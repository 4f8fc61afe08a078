package player

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"abdm.example/conformance/contract"
)

// PathEnter is where an App takes the enter hook: a POST of an EnterRequest.
const PathEnter = "/enter"

// EnterRequest is what an enter hook tells a bridge that the patient has entered for an open transaction.
type EnterRequest struct {
	TransactionID string                `json:"transactionId"`
	PatientID     string                `json:"patientId"`
	AuthCode      string                `json:"authCode"`
	Demographic   *contract.Demographic `json:"demographic"`
}

// desk is where what patients enter waits for the conversation that it belongs to, and the conversation for it. The zero value is ready.
type desk struct {
	mu      sync.Mutex
	entered map[string]chan EnterRequest // by transaction
}

// at is the place of a transaction.
func (d *desk) at(transactionID string) chan EnterRequest {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entered == nil {
		d.entered = map[string]chan EnterRequest{}
	}
	if d.entered[transactionID] == nil {
		d.entered[transactionID] = make(chan EnterRequest, 1)
	}
	return d.entered[transactionID]
}

// await waits for what the patient enters for a transaction. The error is the end of the context.
func (d *desk) await(ctx context.Context, transactionID string) (EnterRequest, error) {
	select {
	case e := <-d.at(transactionID):
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.entered, transactionID)
		return e, nil
	case <-ctx.Done():
		return EnterRequest{}, fmt.Errorf("the patient entered nothing for transaction %s: %w", transactionID, ctx.Err())
	}
}

// enter takes what a patient enters: once for each transaction that an on-init has opened.
func (a *App) enter(w http.ResponseWriter, r *http.Request) {
	var e EnterRequest
	if json.NewDecoder(io.LimitReader(r.Body, maxMessage)).Decode(&e) != nil {
		http.Error(w, "the enter hook takes a JSON object with transactionId, patientId, authCode and demographic", http.StatusBadRequest)
		return
	}
	if a.transaction(e.TransactionID) == nil {
		http.Error(w, "no on-init has opened this transaction", http.StatusNotFound)
		return
	}
	select {
	case a.desk.at(e.TransactionID) <- e:
		accept(w)
	default:
		http.Error(w, "something has been entered for this transaction already", http.StatusConflict)
	}
}
