package player

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
)

// Timestamp writes a time as the contract asks (TimestampSchema): UTC, with
// milliseconds and Z, for example "2026-01-31T09:05:06.007Z".
func Timestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// NewRequestID makes a requestId: a random UUID (version 4), "a nonce, unique for each HTTP request".
func NewRequestID() string { return uuid.NewString() }

// Compose makes a message for an endpoint, addressed to the party of that role
// and id. The message becomes compact JSON in the order of its members; it must
// be one of the contract's message types, or anything else that marshals.
func Compose(endpoint string, to contract.Role, id string, message any) Outgoing {
	header := http.Header{}
	header.Set(to.Header(), id)
	return Outgoing{Endpoint: endpoint, Header: header, Body: encodeJSON(message)}
}

// encodeJSON writes compact JSON without HTML escapes. Values that cannot be
// marshalled (a channel, a cycle) are a mistake in our own code and give no bytes.
func encodeJSON(message any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(message); err != nil {
		return nil
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// roleOf is the bridge role that a requester names; "" for a type that the contract does not know.
func roleOf(r contract.Requester) contract.Role {
	for _, role := range contract.Bridges {
		if role.RequesterType() == r.Type {
			return role
		}
	}
	return ""
}
