package selftest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
)

// bridgeVariants are the lawful variants of a HIP or HIU.
var bridgeVariants = []bridgeVariant{
	{name: "reference", summary: "the reference itself"},

	// What the document leaves open
	{name: "unasked-400", summary: "answers 400 to a callback for which it did not ask", options: varies(player.BridgeVariant{Unasked: http.StatusBadRequest})},
	{name: "unasked-404", summary: "answers 404 to a callback for which it did not ask", options: varies(player.BridgeVariant{Unasked: http.StatusNotFound})},
	{name: "unasked-409", summary: "answers 409 to a callback for which it did not ask", options: varies(player.BridgeVariant{Unasked: http.StatusConflict})},
	{name: "unknown-notify-400", summary: "answers 400 to a notify for a transaction that it does not know", options: varies(player.BridgeVariant{UnknownNotify: true})},
	{name: "repeated-notify-error", summary: "answers a notify that comes again by an on-notify with an error", options: varies(player.BridgeVariant{RepeatedNotify: true})},
	{name: "no-fetch-modes", summary: "begins with init", options: varies(player.BridgeVariant{NoFetchModes: true})},
	{name: "no-auth-mode", summary: "leaves the mode to the consent manager", options: varies(player.BridgeVariant{NoAuthMode: true})},
	{name: "no-identifier", summary: "gives demographic details without an identifier", options: varies(player.BridgeVariant{NoIdentifier: true})},
	{name: "own-identifier", summary: "gives the identifier of its own records beside demographic details", sends: bodies(ownIdentifier)},
	{name: "never-links", summary: "links no care contexts by itself", roles: []contract.Role{contract.HIP}, options: varies(player.BridgeVariant{NeverLinks: true}), slow: true},
	{name: "enters-later", summary: "asks for what the patient enters when the session is open", enters: true},
	{name: "retries", summary: "sends a message that failed twice more, with new ids and growing pauses", options: varies(player.BridgeVariant{Retries: 2})},
	{name: "retries-once", summary: "sends a message that failed once more", options: varies(player.BridgeVariant{Retries: 1})},

	// How it logs in and finds the gateway
	{name: "fixed-token", summary: "has one fixed token, and cannot log in", configure: func(c *config.Config) {
		c.Identities.HIP.Token, c.Identities.HIU.Token = "fixed-token-of-the-hip", "fixed-token-of-the-hiu"
	}},
	{name: "login-per-message", summary: "logs in for every message", options: func(o *player.AppOptions) { o.FreshLogin = true }},
	{name: "openid", summary: "finds the gateway's keys by its openid-configuration, below /gateway", options: func(o *player.AppOptions) {
		o.OpenID = true
		o.Gateway += "/gateway"
	}},
	{name: "below-a-path", summary: "is served below a path of its own", path: "/facility/abdm"},

	// How it writes what it sends
	{name: "upper-case-ids", summary: "writes UUIDs in upper case", sends: bodies(envelopeIDs(upper))},
	{name: "timestamp-offset", summary: "stamps messages with the offset +05:30", sends: bodies(stamped("2006-01-02T15:04:05.000Z07:00", india))},
	{name: "timestamp-seconds", summary: "stamps messages in whole seconds", sends: bodies(stamped("2006-01-02T15:04:05Z", time.UTC))},
	{name: "timestamp-nanoseconds", summary: "stamps messages with nine digits", sends: bodies(stamped("2006-01-02T15:04:05.000000000Z", time.UTC))},
	{name: "pretty-json", summary: "writes JSON over many lines", sends: bodies(pretty)},
	{name: "members-reversed", summary: "writes members in reverse order", sends: bodies(reversed)},
	{name: "ascii-json", summary: "writes every character beyond ASCII as an escape", sends: bodies(escaped)},
	{name: "extra-members", summary: "adds members that the document does not name", sends: bodies(extended)},
	{name: "charset", summary: "sends Content-Type with a charset", sends: headers(func(h http.Header) { h.Set("Content-Type", "application/json; charset=UTF-8") })},
	{name: "extra-headers", summary: "sends headers that the document does not name", sends: headers(func(h http.Header) {
		h.Set("X-Request-Id", "lawful")
		h.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	})},
	{name: "lower-case-headers", summary: "sends header names in lower case", sends: headers(lowerCase)},
	{name: "lower-case-scheme", summary: "writes the scheme bearer in lower case", sends: headers(func(h http.Header) {
		h.Set(contract.HeaderAuthorization, strings.Replace(h.Get(contract.HeaderAuthorization), "Bearer ", "bearer ", 1))
	})},

	// How it speaks HTTP
	{name: "chunked-requests", summary: "sends bodies in chunks", sends: chunkedRequests},
	{name: "chunked-responses", summary: "answers in chunks", serves: chunkedResponses},
	{name: "content-type-on-202", summary: "names a Content-Type with the empty 202", serves: answers(func(h http.Header, status int) {
		if status == http.StatusAccepted {
			h.Set("Content-Type", "application/json")
		}
	})},
	{name: "extra-answer-headers", summary: "answers with headers that the document does not name", serves: answers(func(h http.Header, _ int) {
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
	})},
	{name: "http2", summary: "speaks HTTP/2 to the gateway", sends: overHTTP2},
	{name: "connection-close", summary: "closes the connection after every exchange", sends: closing, serves: answers(func(h http.Header, _ int) { h.Set("Connection", "close") })},

	// How fast it is
	{name: "synchronous", summary: "acknowledges a callback when the gateway has answered what follows from it, after 3 s at the latest",
		options: varies(player.BridgeVariant{AckAfter: 3 * time.Second})},
	{name: "slow-ack", summary: "takes 700 ms to acknowledge", serves: slowly(700 * time.Millisecond), slow: true},
	{name: "slow-to-act", summary: "acts 1 s after a callback", options: varies(player.BridgeVariant{Pause: time.Second}), slow: true},
	{name: "slow-network", summary: "lies behind a network of 50 ms each way", network: &network{latency: 50 * time.Millisecond}},
	{name: "jittery-network", summary: "lies behind a network of 5 to 120 ms", network: &network{latency: 5 * time.Millisecond, jitter: 115 * time.Millisecond}},
	{name: "fragmenting-network", summary: "lies behind a network that delivers 7 bytes at a time", network: &network{latency: 2 * time.Millisecond, fragment: 7}},
}

// varies makes the reference differ as a BridgeVariant says.
func varies(v player.BridgeVariant) func(*player.AppOptions) {
	return func(o *player.AppOptions) { o.Variant = v }
}

// extended adds a member that the document does not name to the message and to each object in it.
func extended(body []byte) ([]byte, error) {
	return edited(body, func(all []member) []member {
		for i, m := range all {
			if inner, err := extended(m.value); err == nil {
				all[i].value = inner
			}
		}
		return append(all, member{"xFacility", json.RawMessage(`{"ward":7,"note":null}`)})
	})
}

// ownIdentifier writes another number where a confirm has an identifier.
func ownIdentifier(body []byte) ([]byte, error) {
	const identifier = "/credential/demographic/identifier"
	if _, told := fixtures.Value(body, identifier); !told {
		return body, nil
	}
	return fixtures.Edit(body, identifier, json.RawMessage(`{"type":"MOBILE","value":"+910000000042"}`))
}
