package player

import (
	"bytes"
	"context"
	"time"

	"abdm.example/conformance/contract"
)

// gwCodeDownstream is the error code of a message that could not be delivered ("Downstream down").
const gwCodeDownstream = 2500

// gwErrorCallback is any on-X message that carries an error only.
type gwErrorCallback struct {
	RequestID string              `json:"requestId"`
	Timestamp string              `json:"timestamp,omitempty"`
	Auth      *struct{}           `json:"auth,omitempty"` // of the fault err-callback-with-auth only
	Error     contract.Error      `json:"error"`
	Resp      *contract.Reference `json:"resp,omitempty"`
}

// tellRequester sends the requester an error in place of the answer that will
// not come. It says nothing where an answer has come all the same; and after
// it, no answer is accepted.
func (g *Gateway) tellRequester(ctx context.Context, m *gwMessage, failed gwOutcome) {
	if g.faults.Has("errors-swallowed") || g.faults.Has("err-callback-missing", failed.kind) {
		return
	}
	if g.faults.Has("err-callback-then-real") {
		if !g.store.isOpen(m.made) {
			return
		}
	} else if !g.store.move(m.made, gwOpen, gwSettled) {
		return
	}
	if len(m.made.requesters) == 0 {
		return
	}
	to := m.made.requesters[0]
	callback := contract.MustEndpoint(m.endpoint.Callback)
	message := &gwMessage{endpoint: callback, http: m.http, correlation: m.correlation, callee: to, failed: true,
		caller: gwCaller{authorization: m.caller.authorization}}
	if g.faults.Has("hiu-by-substring") && to.Role != contract.CM {
		to.Role = contract.HIP
		if bytes.Contains(bytes.ToLower(m.doc.text), []byte(`"requester":{"type":"hiu",`)) {
			to.Role = contract.HIU
		}
	}
	if g.faults.Has("err-callback-client-id") && to.Role != contract.CM {
		to.ID = "bridge_" + to.ClientID
	}
	if g.inField() {
		to = askerInField(m, to)
	}
	path := callback.Path
	if g.faults.Has("err-callback-wrong-path") && callback.Name == contract.OnConfirm {
		path = contract.MustEndpoint(contract.OnInit).Path
	}
	outcome := g.post(ctx, message, to, path, g.errorBody(m, failed))
	if g.faults.Has("err-callback-twice") {
		g.post(ctx, message, to, path, g.errorBody(m, failed))
	}
	if !outcome.taken() {
		g.log.Warn("the requester could not be told of a failed delivery", "path", path, "role", to.Role, "id", to.ID)
	}
}

// errorBody is the body of the error callback for a request.
func (g *Gateway) errorBody(m *gwMessage, failed gwOutcome) []byte {
	if g.inField() {
		return g.errorInField(m, failed)
	}
	message := failed.message
	if message == "" || g.faults.Has("err-callback-no-message") {
		message = map[string]string{
			gwRefused: "the addressed party cannot be reached; please try later",
			gwTimeout: "the addressed party did not answer in time; please try later",
			gw4xx:     "the addressed party did not take the message",
			gw5xx:     "the addressed party failed; please try later",
		}[failed.kind]
	}
	if g.faults.Has("error-leaks") {
		message = g.leak(message)
	}
	if g.faults.Has("err-callback-empty-message") {
		message = ""
	}
	body := gwErrorCallback{
		RequestID: NewRequestID(),
		Timestamp: Timestamp(time.Now()),
		Error:     contract.Error{Code: gwCodeDownstream, Message: message},
		Resp:      &contract.Reference{RequestID: m.requestID},
	}
	switch {
	case g.faults.Has("missing-timestamp"):
		body.Timestamp = ""
	case g.faults.Has("err-callback-zoneless"):
		body.Timestamp = time.Now().UTC().Format("2006-01-02T15:04:05.000000")
	case g.faults.Has("err-callback-local-time"):
		body.Timestamp = Timestamp(time.Now().Add(330 * time.Minute))
	case g.faults.Has("err-callback-no-millis"):
		body.Timestamp = time.Now().UTC().Format(time.RFC3339)
	}
	if g.faults.Has("err-callback-with-auth") {
		body.Auth = &struct{}{}
	}
	if g.faults.Has("err-callback-caller-id") {
		body.RequestID = m.requestID
	}
	if g.faults.Has("err-callback-no-resp") {
		body.Resp = nil
	}
	if g.faults.Has("err-callback-own-id") {
		body.Resp.RequestID = m.outgoing
	}
	return encodeJSON(body)
}
