// Package journal is the evidence of a run: every HTTP exchange that a player
// sent or received, redacted at capture, attributed to its scenario, stamped
// on the wall and the monotonic clock, and written to one append-only file as
// it happens. The judgement reads nothing else.
package journal

import (
	"encoding/json"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// Direction says who opened the connection.
type Direction string

// Sent: by one of our players to the subject. Received: by one of our players from the subject.
const (
	Sent     Direction = "sent"
	Received Direction = "received"
)

// Exchange is one HTTP request and its response. Everything in it is redacted.
type Exchange struct {
	// ID is "e" and a number in the order in which exchanges began.
	ID string `json:"id"`
	// Scenario is the scenario to which the exchange belongs; "" where it could not be attributed (an orphan).
	Scenario string `json:"scenario,omitempty"`
	// AttributedBy is the id that attributed a received exchange: the JSON pointer of the member that was recognised.
	AttributedBy string `json:"attributed_by,omitempty"`
	// Conflicts are other scenarios whose ids the same received message also holds, as "pointer scenario": a sign of cross-talk.
	Conflicts []string `json:"conflicts,omitempty"`
	// Step is the scenario's own name for what it sent; "" for what was received or sent by a player of itself.
	Step string `json:"step,omitempty"`
	// Direction says whether we sent or received the request.
	Direction Direction `json:"direction"`
	// Player is the role of ours that sent or received it.
	Player contract.Role `json:"player"`
	// Endpoint is the name of the endpoint ("on-init"), "" for any other path (sessions, an unknown path).
	Endpoint string `json:"endpoint,omitempty"`
	// Request is what went to the server.
	Request Request `json:"request"`
	// Response is what came back; nil where none came.
	Response *Response `json:"response,omitempty"`
	// Failure says why there is no whole response; nil where there is one.
	Failure *Failure `json:"failure,omitempty"`
	// Again is how often the same request was sent again, on another connection, since the one that had been kept was closed
	// before a byte of a response had come.
	Again int `json:"again,omitempty"`
	// Started is the wall time of the first byte of the request, UTC.
	Started time.Time `json:"started"`
	// Times are stamps on the monotonic clock of the run.
	Times Times `json:"times"`
	// Facts are what redaction would destroy, computed at capture.
	Facts Facts `json:"facts"`
}

// Request is the request half of an exchange.
type Request struct {
	Method string              `json:"method"`
	URL    string              `json:"url"` // sent: the full URL; received: path and query below our public URL
	Proto  string              `json:"proto,omitempty"`
	Header map[string][]string `json:"header,omitempty"` // canonical names
	Body   Body                `json:"body"`
}

// Response is the response half of an exchange.
type Response struct {
	Status int                 `json:"status"`
	Header map[string][]string `json:"header,omitempty"`
	Body   Body                `json:"body"`
}

// Body is a redacted body: JSON where it could be read as JSON, else text.
type Body struct {
	Size      int             `json:"size"`                // bytes on the wire after transfer decoding
	JSON      json.RawMessage `json:"json,omitempty"`      // redacted, member order and number spelling kept
	Text      string          `json:"text,omitempty"`      // redacted, where it is not JSON
	Truncated bool            `json:"truncated,omitempty"` // longer than MaxBody: only the beginning is kept
}

// Failure is a transport failure.
type Failure struct {
	// Kind is one of refused, dns, tls, timeout, reset, eof, protocol, cancelled, other.
	Kind string `json:"kind"`
	// Text is the redacted error.
	Text string `json:"text"`
	// RequestWritten says whether the whole request had been written before it failed.
	RequestWritten bool `json:"request_written"`
	// Cut says that a connection stood and that the other side ended it before the whole request had been written.
	Cut bool `json:"cut,omitempty"`
}

// Times are nanoseconds on the monotonic clock since the run began; 0 where the event did not happen.
type Times struct {
	RequestFirst  time.Duration `json:"request_first"`            // we began to send, or our handler was entered
	RequestLast   time.Duration `json:"request_last,omitempty"`   // the last byte of the request was written or read
	ResponseFirst time.Duration `json:"response_first,omitempty"` // the first byte of the response came, or was written
	ResponseLast  time.Duration `json:"response_last,omitempty"`  // the last byte of the response came, or was written
}

// Facts are judged at capture on the unredacted bytes.
type Facts struct {
	// JSON says how the request body reads: "" no body, "ok", or one sentence on the first offence against RFC 8259 and our strict rules.
	JSON string `json:"json,omitempty"`
	// Violations are the request body's offences against the schema of its endpoint.
	Violations []schemas.Violation `json:"violations,omitempty"`
	// ResponseJSON is the same as JSON for the response body.
	ResponseJSON string `json:"response_json,omitempty"`
	// ErrorViolations are a 4xx or 5xx response body's offences against ErrorResponse.
	ErrorViolations []schemas.Violation `json:"error_violations,omitempty"`
	// Authorization describes the request's Authorization header.
	Authorization Authorization `json:"authorization"`
	// ForeignTokens are places of a received message, other than its Authorization header, that hold an access token which
	// the subject issued to one of our identities, as "X-Forwarded-Authorization: hip", "URL: hiu" or "body: cm".
	ForeignTokens []string `json:"foreign_tokens,omitempty"`
	// Leaks are kinds of internals that the response or an error member tells: "stack trace", "file name", "network address", "database query", "secret".
	Leaks []string `json:"leaks,omitempty"`
}

// Authorization are facts on an Authorization header that redaction hides.
type Authorization struct {
	Present bool   `json:"present,omitempty"`
	Scheme  string `json:"scheme,omitempty"` // as sent, for example "Bearer"
	// Owner is the identity to which the subject issued this token, where it is one of ours: hip, hiu or cm.
	Owner contract.Role `json:"owner,omitempty"`
	// JWT says that the token is a readable JWT; Algorithm and Expired are read from it, its signature is not checked.
	JWT       bool   `json:"jwt,omitempty"`
	Algorithm string `json:"alg,omitempty"`
	Expired   bool   `json:"expired,omitempty"`
	// Flaw says in words why the header holds no one token (RFC 6750, 2.1); "" where it does.
	Flaw string `json:"flaw,omitempty"`
}
