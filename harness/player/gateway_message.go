package player

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
)

// gwMaxBody is the largest body that is read, in bytes.
const gwMaxBody = 4 << 20

// Headers that the field uses beside those of the document.
const (
	gwHeaderCorrelation = "CORRELATION-ID"
	gwHeaderOrigin      = "X-ORIGIN-ID"
)

// gwMessage is one message on its way through the gateway.
type gwMessage struct {
	endpoint    contract.Endpoint
	http        *http.Request
	writer      http.ResponseWriter
	correlation string // CORRELATION-ID of the conversation

	caller    gwCaller
	doc       *gwDocument
	callee    Registration   // whom the routing header names
	also      []Registration // further parties that get it: faults only
	requestID string         // as the caller sent it
	nonce     gwNonce
	outgoing  string     // requestId of the second hop
	made      *gwPending // a request: what waits for its answer
	answered  *gwPending // an answer: the request that it answers

	early      chan gwOutcome // of the variant that waits for its callee before it acknowledges
	waitedFor  chan struct{}  // closed when that wait has ended without an outcome
	failed     bool           // it tells of a delivery that failed
	overlooked bool           // a fault let a bad body pass: its sender is told of no failure
}

// gwCaller is who sent a message.
type gwCaller struct {
	client        string
	roles         []contract.Role
	parties       gwDirectory // that the client owns
	authorization string      // the header as it was sent
	anyone        bool        // a fault let the message pass: nothing is known of its sender
}

// gwRefusal is the answer to a message that is not accepted.
type gwRefusal struct {
	status  int
	message string
	swallow bool // a fault: answer 202 all the same, and do nothing
}

func gwRefuse(status int, format string, args ...any) *gwRefusal {
	return &gwRefusal{status: status, message: fmt.Sprintf(format, args...)}
}

// gwSwallow acknowledges a message and forgets it: faults only.
var gwSwallow = &gwRefusal{status: http.StatusAccepted, swallow: true}

// serveMessage is the whole way of a message: check, acknowledge, deliver.
func (g *Gateway) serveMessage(w http.ResponseWriter, m *gwMessage) {
	for _, check := range g.checks(m) {
		if refusal := check(m); refusal != nil {
			if refusal.swallow {
				g.acknowledge(w)
				return
			}
			g.refuse(w, refusal)
			return
		}
	}
	g.acceptAndDeliver(w, m)
}

// acknowledge answers 202 with an empty body and sends it off, so that nothing that follows can overtake it for a reason of ours.
func (g *Gateway) acknowledge(w http.ResponseWriter) {
	status, body := http.StatusAccepted, ""
	if g.faults.Has("ack-200") {
		status = http.StatusOK
	}
	if g.faults.Has("ack-body") {
		body = `{"status":"ACCEPTED"}`
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	io.WriteString(w, body)
	// A writer that cannot flush sends the answer when the handler returns, which is soon enough.
	_ = http.NewResponseController(w).Flush()
}

// gwErrorCode is the error code for a status: the 2xxx family is the gateway's.
func gwErrorCode(status int) int { return 2000 + status }

// refuse answers with an ErrorResponse.
func (g *Gateway) refuse(w http.ResponseWriter, refusal *gwRefusal) {
	status, message := refusal.status, refusal.message
	switch {
	case status == http.StatusUnauthorized && g.faults.Has("401-as-500"),
		status == http.StatusBadRequest && g.faults.Has("400-as-500"):
		status = http.StatusInternalServerError
	case status == http.StatusBadRequest && g.faults.Has("400-as-422"):
		status = http.StatusUnprocessableEntity
	}
	if g.refuseInField(w, status) {
		return
	}
	if g.faults.Has("error-leaks") {
		message = g.leak(message)
	}
	if g.faults.Has("error-tells-query") {
		message += " (SELECT id FROM parties WHERE client = $1)"
	}
	problem := contract.Error{Code: gwErrorCode(status), Message: message}
	if g.faults.Has("error-body-empty") {
		w.WriteHeader(status)
		return
	}
	if g.faults.Has("error-body-text") {
		http.Error(w, message, status)
		return
	}
	if g.faults.Has("error-body-flat") {
		gwWriteJSON(w, status, problem)
		return
	}
	if g.faults.Has("error-code-string") {
		gwWriteJSON(w, status, map[string]any{"error": map[string]string{"code": fmt.Sprint(problem.Code), "message": message}})
		return
	}
	if g.faults.Has("error-as-html") {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write(encodeJSON(contract.ErrorResponse{Error: problem}))
		return
	}
	gwWriteJSON(w, status, contract.ErrorResponse{Error: problem})
}

// leak is what the fault error-leaks adds to a message: a stack trace and an address of the inside.
func (g *Gateway) leak(message string) string {
	return message + "\nupstream http://10.12.0.7:8080/internal\n" + string(debug.Stack())
}

// checkContentType accepts JSON only. The document also lists XML, which no party of the network speaks.
func (g *Gateway) checkContentType(m *gwMessage) *gwRefusal {
	kind, parameters, err := mime.ParseMediaType(m.http.Header.Get("Content-Type"))
	switch {
	case g.faults.Has("charset-refused") && len(parameters) > 0,
		g.faults.Has("media-type-case-sensitive") && !strings.HasPrefix(m.http.Header.Get("Content-Type"), "application/json"),
		g.faults.Has("charset-one-spelling") && len(parameters) > 0 && m.http.Header.Get("Content-Type") != "application/json; charset=utf-8":
		return gwRefuse(http.StatusUnsupportedMediaType, "Content-Type must be application/json and nothing else")
	case g.faults.Has("xml-as-500") && strings.HasSuffix(kind, "xml"):
		return gwRefuse(http.StatusInternalServerError, "the body could not be read")
	case g.faults.Has("content-type-unchecked"):
		return nil
	case err != nil || kind != "application/json":
		return gwRefuse(http.StatusUnsupportedMediaType, "Content-Type must be application/json")
	case parameters["charset"] != "" && !strings.EqualFold(parameters["charset"], "utf-8"):
		return gwRefuse(http.StatusUnsupportedMediaType, "JSON must be in UTF-8")
	}
	return nil
}

// readBody reads and parses the body.
func (g *Gateway) readBody(m *gwMessage) *gwRefusal {
	if m.http.ContentLength < 0 && g.faults.Has("chunks-refused") {
		return gwRefuse(http.StatusLengthRequired, "Content-Length is missing")
	}
	text, err := io.ReadAll(http.MaxBytesReader(m.writer, m.http.Body, gwMaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return gwRefuse(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", gwMaxBody)
	case err != nil:
		return gwRefuse(http.StatusBadRequest, "the body did not come whole")
	case len(text) > 512<<10 && g.faults.Has("large-body-500"):
		return gwRefuse(http.StatusInternalServerError, "the body could not be handled")
	}
	if g.faults.Any() {
		var refusal *gwRefusal
		if text, refusal = g.bodySlip(text); refusal != nil {
			return refusal
		}
	}
	m.doc, err = gwParse(text)
	if err == nil {
		return nil
	}
	switch empty := strings.TrimSpace(string(text)) == ""; {
	case empty && g.faults.Has("accept-empty"):
		return gwSwallow
	case !empty && !json.Valid(text) && g.faults.Has("accept-malformed"):
		return gwSwallow
	case !empty && json.Valid(text) && g.faults.Has("accept-non-object"):
		return gwSwallow
	case g.faults.Has("malformed-as-500"):
		return gwRefuse(http.StatusInternalServerError, "the body could not be read")
	}
	return gwRefuse(http.StatusBadRequest, "%s", err)
}

// gwCorrelationID is the caller's CORRELATION-ID where it is one short line of visible ASCII, else a fresh one.
func gwCorrelationID(sent string) string {
	visible := func(c rune) bool { return c > ' ' && c < 0x7f }
	if sent == "" || len(sent) > 128 || strings.ContainsFunc(sent, func(c rune) bool { return !visible(c) }) {
		return uuid.NewString()
	}
	return sent
}
