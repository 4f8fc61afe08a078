package player

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"abdm.example/conformance/contract"
)

// GatewayVariant are lawful ways in which a gateway may differ from the reference. Each is one that the document leaves open.
type GatewayVariant struct {
	// UnknownParty is the status for a routing header that names nobody: 400 (default) or 404.
	UnknownParty int
	// Replay is the status for a requestId that was used before: 409 (default), 400 or 429, or 202 for a gateway that
	// takes the message for the one that it has and does nothing.
	Replay int
	// Stranger is the status for a message whose sender is another party than it should be: 400 (default) or 403.
	Stranger int
	// NoRequest is the status for an answer to no request that waits for it: 400 (default), 404 or 410.
	NoRequest int
	// LeaveBodies lets the CM validate the payload of a request: its refusal becomes an error callback.
	LeaveBodies bool
	// Patience is how long it waits for its callee before it acknowledges; where it cannot
	// be reached or fails within that time, the message is answered 500.
	Patience time.Duration
	// Retries is how often a callback that a bridge did not take is sent again.
	Retries int
}

// gwRetryPause is the time between two tries of a callback.
const gwRetryPause = 100 * time.Millisecond

// check refuses a status that the document does not permit.
func (v GatewayVariant) check() error {
	if !slices.Contains([]int{0, http.StatusBadRequest, http.StatusNotFound}, v.UnknownParty) {
		return fmt.Errorf("the status for an unknown party is %d; it can be 400 or 404", v.UnknownParty)
	}
	if !slices.Contains([]int{0, http.StatusAccepted, http.StatusBadRequest, http.StatusConflict, http.StatusTooManyRequests}, v.Replay) {
		return fmt.Errorf("the status for a replay is %d; it can be 202, 400, 409 or 429", v.Replay)
	}
	if !slices.Contains([]int{0, http.StatusBadRequest, http.StatusForbidden}, v.Stranger) {
		return fmt.Errorf("the status for a message of a stranger is %d; it can be 400 or 403", v.Stranger)
	}
	if !slices.Contains([]int{0, http.StatusBadRequest, http.StatusNotFound, http.StatusGone}, v.NoRequest) {
		return fmt.Errorf("the status for an answer to no request is %d; it can be 400, 404 or 410", v.NoRequest)
	}
	return nil
}

// leaves says whether an offence is left to the CM: any in the payload of a request to it. The envelope is always judged.
func (v GatewayVariant) leaves(e contract.Endpoint, pointer string) bool {
	return v.LeaveBodies && e.Answers == "" && e.DeliveredTo(contract.CM) && pointer != "/requestId" && pointer != "/timestamp"
}

// acceptWithPatience answers 500 where the delivery fails at once, and 202 where it has not failed so far.
func (g *Gateway) acceptWithPatience(w http.ResponseWriter, m *gwMessage, work func()) {
	if m.made == nil {
		g.acknowledge(w)
		go work()
		return
	}
	m.early, m.waitedFor = make(chan gwOutcome), make(chan struct{})
	go work()
	patience := time.NewTimer(g.options.Variant.Patience)
	defer patience.Stop()
	select {
	case outcome := <-m.early:
		if outcome.failed() {
			g.refuse(w, gwRefuse(http.StatusInternalServerError, "the addressed party cannot be reached or did not take the message"))
			return
		}
	case <-patience.C:
		close(m.waitedFor)
	}
	g.acknowledge(w)
}

// failed says whether the callee could not be reached or broke, so that "500: Downstream system(s) is down" is the word for it.
func (o gwOutcome) failed() bool {
	return o.kind == gwRefused || o.kind == gwTimeout || o.kind == gw5xx
}

// toldAtOnce gives the outcome of a delivery to the handler that waits for it, and says whether the sender learns it from
// the response, so that no error callback is due.
func (g *Gateway) toldAtOnce(m *gwMessage, outcome gwOutcome) bool {
	if m.early == nil {
		return false
	}
	select {
	case m.early <- outcome:
		if outcome.failed() {
			g.store.move(m.made, gwOpen, gwSettled)
		}
		return outcome.failed()
	case <-m.waitedFor:
		return false
	}
}
