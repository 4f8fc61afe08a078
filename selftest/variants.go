package selftest

import (
	"net/http"
	"time"

	"abdm.example/conformance/harness/player"
)

// variant is a conforming subject that does something in another lawful way than the reference.
type variant struct {
	name, summary string
	// fault is a fault that is switched on; "" for none, as in every variant of the table.
	fault string
	// options changes what the gateway itself does.
	options func(*player.GatewayOptions)
	// sends changes every request that the gateway sends.
	sends func(http.RoundTripper) http.RoundTripper
	// serves changes what the gateway answers.
	serves func(http.Handler) http.Handler
	// server changes how the gateway's server treats connections.
	server func(*http.Server)
	// tokens makes access tokens of another kind; nil for the reference's JWTs.
	tokens func(*tokenExchange) error
	// network lies between the gateway and the players, in both directions; nil for loopback as it is.
	network *network
	// slow says that it mostly waits.
	slow bool
}

// gatewayVariants are the lawful variants of a gateway.
var gatewayVariants = []variant{
	{name: "reference", summary: "the reference as it is"},

	// What the document leaves open
	{name: "pass-through", summary: "keeps the caller's requestId on the second hop", options: func(o *player.GatewayOptions) { o.PassThrough = true }},
	{name: "wrong-role-403", summary: "answers 403 to a good token of a wrong role", options: func(o *player.GatewayOptions) { o.WrongRole = http.StatusForbidden }},
	{name: "unknown-cm-404", summary: "answers 404 to a routing header that names nobody", options: func(o *player.GatewayOptions) { o.Variant.UnknownParty = http.StatusNotFound }},
	{name: "replay-400", summary: "answers 400 to a replay", options: func(o *player.GatewayOptions) { o.Variant.Replay = http.StatusBadRequest }},
	{name: "replay-429", summary: "answers 429 to a replay", options: func(o *player.GatewayOptions) { o.Variant.Replay = http.StatusTooManyRequests }},
	{name: "replay-202", summary: "answers 202 to a replay and forwards nothing", options: func(o *player.GatewayOptions) { o.Variant.Replay = http.StatusAccepted }},
	{name: "stranger-403", summary: "answers 403 to who may not send this message", options: func(o *player.GatewayOptions) { o.Variant.Stranger = http.StatusForbidden }},
	{name: "no-request-404", summary: "answers 404 to an answer to no request", options: func(o *player.GatewayOptions) { o.Variant.NoRequest = http.StatusNotFound }},
	{name: "no-request-410", summary: "answers 410 to an answer to no request", options: func(o *player.GatewayOptions) { o.Variant.NoRequest = http.StatusGone }},
	{name: "down-500", summary: "answers 500 where the delivery fails within 700 ms", options: func(o *player.GatewayOptions) { o.Variant.Patience = 700 * time.Millisecond }},
	{name: "bodies-left-to-cm", summary: "lets the CM validate bodies; its refusal becomes an error callback", options: func(o *player.GatewayOptions) { o.Variant.LeaveBodies = true }},
	{name: "retries", summary: "sends a callback that failed twice again", options: func(o *player.GatewayOptions) { o.Variant.Retries = 2 }},
	{name: "retries-five", summary: "sends a callback that failed five times again", options: func(o *player.GatewayOptions) { o.Variant.Retries = 5 }},

	// Tokens
	{name: "opaque-tokens", summary: "issues opaque tokens and publishes no keys", tokens: opaque},
	{name: "hs512-tokens", summary: "issues tokens signed with HS512 and publishes no keys", tokens: signedHS512},

	// How it writes what it sends
	{name: "upper-case-ids", summary: "writes UUIDs in upper case", sends: bodies(envelopeIDs(upper))},
	{name: "own-timestamp", summary: "stamps each hop itself", sends: bodies(stamped("2006-01-02T15:04:05.000Z", time.UTC))},
	{name: "timestamp-offset", summary: "stamps each hop with the offset +05:30", sends: bodies(stamped("2006-01-02T15:04:05.000Z07:00", india))},
	{name: "timestamp-seconds", summary: "stamps each hop in whole seconds", sends: bodies(stamped("2006-01-02T15:04:05Z", time.UTC))},
	{name: "timestamp-nanoseconds", summary: "stamps each hop with nine digits", sends: bodies(stamped("2006-01-02T15:04:05.000000000Z", time.UTC))},
	{name: "pretty-json", summary: "writes JSON over many lines", sends: bodies(pretty)},
	{name: "members-reversed", summary: "writes members in reverse order", sends: bodies(reversed)},
	{name: "ascii-json", summary: "writes every character beyond ASCII as an escape", sends: bodies(escaped)},
	{name: "decimal-integers", summary: "writes the year of birth with a decimal point", sends: bodies(decimal)},
	{name: "extra-members", summary: "adds members of its own to error callbacks", sends: bodies(annotated)},
	{name: "charset", summary: "sends Content-Type with a charset", sends: headers(func(h http.Header) { h.Set("Content-Type", "application/json; charset=UTF-8") })},
	{name: "extra-headers", summary: "sends headers that the document does not name", sends: headers(func(h http.Header) {
		h.Set("X-Request-Id", "lawful")
		h.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	})},
	{name: "lower-case-headers", summary: "sends header names in lower case", sends: headers(lowerCase)},

	// How it speaks HTTP
	{name: "chunked-requests", summary: "sends bodies in chunks", sends: chunkedRequests},
	{name: "chunked-responses", summary: "answers in chunks", serves: chunkedResponses},
	{name: "content-type-on-202", summary: "names a Content-Type with the empty 202", serves: answers(func(h http.Header, status int) {
		if status == http.StatusAccepted {
			h.Set("Content-Type", "application/json")
		}
	})},
	{name: "http2", summary: "speaks HTTP/2 to the players", sends: overHTTP2},
	{name: "closes-kept-connections", summary: "closes a connection that is kept as soon as nothing is under way on it", server: func(s *http.Server) { s.IdleTimeout = time.Millisecond }},
	{name: "refuses-large-unread", summary: "answers 413 to a large body and hangs up before it has read it", serves: refusingLarge},
	{name: "early-hints", summary: "sends an informational response before the 202", serves: hinting},
	{name: "connection-close", summary: "closes the connection after every exchange", sends: closing, serves: answers(func(h http.Header, _ int) { h.Set("Connection", "close") })},

	// How fast it is
	{name: "slow-ack", summary: "takes 700 ms to acknowledge", serves: slowly(700 * time.Millisecond), slow: true},
	{name: "slow-callback", summary: "takes 2 s to deliver a callback", sends: late(2 * time.Second), slow: true},
	{name: "slow-network", summary: "lies behind a network of 50 ms each way", network: &network{latency: 50 * time.Millisecond}},
	{name: "jittery-network", summary: "lies behind a network of 5 to 120 ms", network: &network{latency: 5 * time.Millisecond, jitter: 115 * time.Millisecond}},
	{name: "fragmenting-network", summary: "lies behind a network that delivers 7 bytes at a time", network: &network{latency: 2 * time.Millisecond, fragment: 7}},
}

// india is the zone in which much of the network runs.
var india = time.FixedZone("", 19800)
