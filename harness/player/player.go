// Package player holds the parties of the network that are ours: a gateway, a
// bridge (HIP or HIU) and a consent manager. Each is complete and conforming
// and can be told to commit named faults. The same player tests its
// counterpart, serves as bundled reference subject, as a developer's sandbox
// and, faulty, as a mutant that proves that the suite sees.
package player

import (
	"context"
	"net/http"
	"time"
)

// Outgoing is a message that a bridge or CM sends to the gateway.
type Outgoing struct {
	// Endpoint is the name of the endpoint, for example "on-init".
	Endpoint string
	// Header are the routing headers and any others. Content-Type is application/json unless it is set here.
	Header http.Header
	// Body are the bytes to send.
	Body []byte
	// Method is POST where it is empty.
	Method string
	// Chunked sends the body in chunks, without its length.
	Chunked bool
	// Stamp writes the timestamp of a message that may have to wait before it is sent; nil leaves it to the sender.
	Stamp func(now time.Time) string
	// Authorization replaces the header value "Bearer <own token>"; a pointer to "" sends no such header.
	Authorization *string
}

// Answer is the synchronous response to an Outgoing.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most 1 MiB of it
}

// Tokens gives the access token with which a party authorizes its requests.
type Tokens interface {
	// Token returns a valid access token, logging in where that is needed.
	Token(ctx context.Context) (string, error)
}

// Sender sends messages to the gateway as one party.
type Sender interface {
	// Send posts the message and reads the answer. It returns an error only where no HTTP response came.
	Send(ctx context.Context, out Outgoing) (Answer, error)
}
