package player

import (
	"strings"

	"abdm.example/conformance/contract"
)

func init() {
	faultRegister(contract.Gateway, gatewayFaults)
	faultRegister(contract.Gateway, gatewayEndpointFaults)
	faultRegister(contract.Gateway, gatewayMemberFaults)
	faultRegister(contract.Gateway, gatewayUnforbidden)
}

// faultRow writes one row of a table: requirements are ids without "AUTH-", separated by spaces.
func faultRow(name, requirements, summary string) Fault {
	f := Fault{Name: name, Summary: summary}
	for _, id := range strings.Fields(requirements) {
		f.Requirements = append(f.Requirements, "AUTH-"+id)
	}
	return f
}

// gatewayFaults are the faults of a gateway that are about no endpoint or
// member. A GM number names the mutant of the domain report, section 6.
func gatewayFaults() []Fault {
	return []Fault{
		// Acknowledgement
		faultRow("ack-200", "GEN-001", "acknowledges with 200 instead of 202 (GM33)"),
		faultRow("ack-body", "GEN-002", "sends a JSON body with the 202 (GM34)"),
		faultRow("ack-late", "GW-022 GEN-025", "acknowledges only after the callee has (GM32)"),
		faultRow("on-notify-unserved", "GEN-001 ONTF-006", "answers 404 to on-notify"),
		faultRow("any-method", "GEN-003", "serves any method, not POST only"),

		// Tokens and roles
		faultRow("auth-unchecked", "GEN-019 GEN-020 GEN-021 GEN-022", "checks no token on any endpoint"),
		faultRow("missing-token-accepted", "GEN-019", "accepts a message without Authorization"),
		faultRow("garbage-token-accepted", "GEN-020", "accepts a token that is no JWT"),
		faultRow("expired-token-accepted", "GEN-021", "accepts a token past its exp (GM27)"),
		faultRow("alg-none-accepted", "GEN-022", "accepts an unsigned token (GM28)"),
		faultRow("hs256-accepted", "GEN-022", "accepts a token signed with HS256"),
		faultRow("unknown-key-accepted", "GEN-022", "accepts a token signed with a foreign key"),
		faultRow("scheme-case-sensitive", "GEN-024", "takes the scheme Bearer in this spelling only"),
		faultRow("requester-unchecked", "GW-017", "lets a client name a requester that is not its own"),

		// Bodies
		faultRow("accept-malformed", "GEN-006", "acknowledges malformed JSON and drops it"),
		faultRow("accept-empty", "GEN-006", "acknowledges an empty body and drops it"),
		faultRow("accept-non-object", "GEN-006", "acknowledges a body that is JSON but no acceptable object and drops it"),
		faultRow("malformed-as-500", "GEN-006 GEN-011", "answers 500 to malformed JSON"),
		faultRow("invalid-swallowed", "FM-005 INIT-006 CONF-008", "acknowledges a body that offends its schema and drops it"),
		faultRow("bad-uuid-500", "GEN-008 GEN-011", "answers 500 to a requestId that is no UUID (GM24)"),
		faultRow("wrong-type-500", "GEN-011", "answers 500 to a member of the wrong JSON type"),
		faultRow("xml-as-500", "GEN-027", "answers 500 to XML"),
		faultRow("charset-refused", "GEN-004", "refuses application/json with a charset"),
		faultRow("large-body-500", "GEN-027", "answers 500 to a body larger than 512 KiB"),
		faultRow("unknown-members-refused", "GEN-015", "refuses members that the schema does not name"),
		faultRow("null-refused", "GEN-016", "refuses an explicit null for an optional member"),
		faultRow("chunks-refused", "GEN-033", "answers 411 to a body whose length is not told beforehand"),
		faultRow("order-required", "GW-021", "refuses a body that does not begin with requestId"),
		faultRow("mode-required", "INIT-009", "refuses an init without authMode"),
		faultRow("modeless-dropped", "INIT-009", "acknowledges an init without authMode and drops it"),
		faultRow("upper-case-dropped", "GEN-029", "acknowledges a request whose requestId is in upper case and drops it"),
		faultRow("null-error-dropped", "GEN-016", "takes error:null for an error and drops the message (GM47)"),

		// Error responses
		faultRow("401-as-500", "GEN-019 GEN-020", "answers 500 where it should answer 401 (GM29)"),
		faultRow("400-as-500", "GEN-006 GEN-007 GEN-011", "answers 500 where it should answer 400"),
		faultRow("error-body-flat", "GEN-018", "puts code and message outside error"),
		faultRow("error-body-text", "GEN-018", "sends errors as plain text"),
		faultRow("error-body-empty", "GEN-018", "sends errors without a body"),
		faultRow("error-code-string", "GEN-018", "writes error.code as a string"),
		faultRow("error-leaks", "GEN-031", "tells a stack trace and an inner address in its errors"),

		// Correlation
		faultRow("request-not-rewritten", "GW-002", "forwards the caller's requestId but rewrites resp.requestId of callbacks (GM01)"),
		faultRow("resp-not-mapped", "GW-002 ONTF-006", "leaves its own id in resp.requestId of answers (GM02, GM55)"),
		faultRow("request-id-reused", "GW-003 GEN-012", "uses one requestId for all hops of a conversation (GM03)"),
		faultRow("id-not-uuid", "GEN-012", "sends requestIds that are no UUIDs"),
		faultRow("correlation-by-caller-id", "GW-032", "keys its memory by the caller's requestId without the client (GM04)"),
		faultRow("correlation-after-forward", "GEN-001 SEQ-001", "remembers a request only 100 ms after it was forwarded (GM05)"),
		faultRow("callback-consumed-early", "GW-029", "forgets a request before its answer was delivered, so that a repeated answer is lost (GM06)"),
		faultRow("short-correlation", "GW-034", "forgets a request after 2 s (GM52)"),
		faultRow("expired-correlation-accepted", "GW-030", "delivers answers to requests that have run out"),
		faultRow("deliver-unchecked", "OFM-008 GW-019", "delivers answers by their header without looking at resp.requestId (GM48)"),
		faultRow("header-unchecked", "GW-019 ONTF-006", "delivers an answer to whom its header names, whoever asked (GM48)"),
		faultRow("callback-from-any-cm", "GW-018", "accepts an answer from a party that was not asked (GM49)"),
		faultRow("callback-kind-unchecked", "GW-020", "accepts on-confirm as the answer to an init"),
		faultRow("duplicate-callback-delivered", "GW-031", "delivers every answer to a request, not one"),
		faultRow("unknown-answer-500", "OFM-008 ONTF-008", "answers 500 to an answer to a request that it does not know"),
		faultRow("error-answer-refused", "GEN-032 ONTF-008", "refuses an answer that holds an error in place of its payload"),
		faultRow("uuid-case-sensitive", "GEN-029", "compares resp.requestId letter by letter"),
		faultRow("notify-as-callback", "GEN-001 SEQ-004", "asks a notify for resp.requestId (GM54)"),

		// Replay and clock
		faultRow("no-replay-check", "GW-009 GW-010", "accepts a requestId again (GM16)"),
		faultRow("replay-case-sensitive", "GW-009", "accepts a requestId again in other letter case (GM17)"),
		faultRow("replay-per-endpoint", "GW-009", "accepts a requestId again on another endpoint (GM17)"),
		faultRow("replay-recorded-late", "GW-010", "remembers a requestId only after the message was forwarded, so that two at once both pass"),
		faultRow("replay-forwarded", "GW-009", "refuses a replay but forwards it (GM18)"),
		faultRow("no-window", "GW-011", "accepts any timestamp (GM19)"),
		faultRow("window-inverted", "GW-012", "accepts the last nine minutes and the next one (GM20)"),
		faultRow("local-time-zone", "GW-012 GW-013 GEN-001 GEN-029 GEN-033 GW-021 INIT-009", "reads every timestamp as Indian time (GM21)"),
		faultRow("offset-ignored", "GW-013", "reads the time of a timestamp and not its offset (GM22)"),
		faultRow("offset-refused", "GW-013", "refuses timestamps that do not end in Z"),

		// Routing
		faultRow("cm-from-patient-id", "GW-001", "takes the CM from the suffix of query.id (GM12)"),
		faultRow("unknown-cm-default", "FM-009 INIT-010 CONF-024", "sends what names an unknown CM to its first CM (GM13)"),
		faultRow("unknown-cm-dropped", "FM-009 INIT-010 CONF-024", "acknowledges what names an unknown CM and drops it (GM15)"),
		faultRow("unknown-bridge-dropped", "NTF-008", "acknowledges what names an unknown HIP or HIU and drops it"),
		faultRow("missing-cm-dropped", "FM-008 INIT-010", "acknowledges what names no CM and drops it (GM14)"),
		faultRow("swap-paths", "GW-002", "delivers on-init at on-confirm's path and the reverse (GM07)"),
		faultRow("url-double-slash", "GW-001 GW-002", "writes two slashes between base URL and path (GM08)"),
		faultRow("url-trailing-slash", "GW-001 GW-002", "writes a slash at the end of the path (GM08)"),
		faultRow("url-lost-version", "GW-001 GW-002", "loses /v0.5 from the path (GM08)"),
		faultRow("url-request-path", "GW-002", "delivers answers at the path of the request (GM08)"),
		faultRow("broadcast", "GEN-028 GW-002 NTF-007", "delivers what is for one bridge to all bridges"),

		// Headers of the second hop
		faultRow("both-headers", "GW-007", "sends X-HIP-ID and X-HIU-ID to a bridge (GM09)"),
		faultRow("header-always-hip", "GW-007 GW-028", "sends X-HIP-ID to an HIU (GM10)"),
		faultRow("header-client-id", "GW-007 GW-028", "sends the client id in the routing header (GM11)"),
		faultRow("header-missing", "GW-007", "sends no routing header to a bridge"),
		faultRow("shared-header", "GEN-028 GW-007", "keeps the routing header in memory that all deliveries share (GM50)"),
		faultRow("forward-caller-token", "GW-006", "forwards the caller's Authorization (GM30)"),
		faultRow("caller-token-beside", "GW-006", "forwards the caller's Authorization under another name"),
		faultRow("forward-no-token", "GW-006", "delivers without Authorization (GM31)"),
		faultRow("own-token-expired", "GW-006", "delivers with a token of its own that ended an hour ago"),
		faultRow("own-token-no-scheme", "GEN-023", "delivers with its token but without the scheme Bearer"),

		// Errors told to the requester
		faultRow("errors-swallowed", "GW-023 GW-024 GW-025 GW-026 NTF-009", "tells the requester of no failed delivery"),
		faultRow("err-callback-missing:refused", "GW-023", "tells nothing where the callee refuses the connection (GM35)"),
		faultRow("err-callback-missing:timeout", "GW-024", "tells nothing where the callee does not answer in time (GM36)"),
		faultRow("err-callback-missing:4xx", "GW-025", "tells nothing where the callee answers 4xx (GM37)"),
		faultRow("err-callback-missing:5xx", "GW-025 GW-026", "tells nothing where the callee answers 5xx (GM38)"),
		faultRow("err-callback-empty-message", "GW-025", "sends error callbacks with an empty message"),
		faultRow("err-callback-no-resp", "GW-023 GW-027", "sends error callbacks without resp (GM39)"),
		faultRow("err-callback-own-id", "GW-027", "sends error callbacks with its own id in resp.requestId"),
		faultRow("missing-timestamp", "GW-027", "sends error callbacks without timestamp (GM40)"),
		faultRow("timestamp-zone-less", "GEN-013 GW-033", "writes the timestamps of callbacks without a zone"),
		faultRow("err-callback-zoneless", "GEN-013 GW-027", "sends error callbacks with a timestamp without a zone"),
		faultRow("err-callback-local-time", "GEN-014", "sends error callbacks with Indian time and a Z"),
		faultRow("err-callback-with-auth", "GW-027", "sends error callbacks with an auth beside the error"),
		faultRow("err-callback-wrong-path", "GW-023", "sends the error callback of a confirm to on-init (GM41)"),
		faultRow("err-callback-twice", "GW-023", "sends error callbacks twice (GM42)"),
		faultRow("err-callback-then-real", "GW-024", "delivers the real answer after an error callback (GM43)"),
		faultRow("err-callback-client-id", "GW-028", "addresses error callbacks to bridge_<client id> (GM11)"),
		faultRow("hiu-by-substring", "GW-021 GW-028", "knows an HIU by a stretch of text in the body only (GM51)"),
		faultRow("callback-retried", "GW-029", "goes on delivering an answer, also after a 2xx (GM53)"),

		// Fidelity
		faultRow("unknown-members-stripped", "GW-005", "strips members that the schema does not name (GM44)"),
		faultRow("nulls-added", "GEN-017", "writes error: null beside the payload of an answer"),
		faultRow("numbers-as-strings", "GW-004 GW-005", "writes numbers as strings (GM45)"),
		faultRow("non-ascii-mangled", "GEN-026", "replaces every character beyond ASCII (GM46)"),
	}
}

// gatewayUnforbidden are ways to behave that no requirement forbids: the suite must let them pass.
func gatewayUnforbidden() []Fault {
	return []Fault{
		faultRow("err-callback-no-millis", "", "sends error callbacks with a timestamp without milliseconds"),
		faultRow("err-callback-no-message", "", "does not carry the CM's own message"),
		faultRow("400-as-422", "", "answers 422 where it should answer 400"),
		faultRow("any-secret", "", "gives a token for any client secret"),
		faultRow("content-type-unchecked", "", "reads any Content-Type as JSON"),
		faultRow("no-correlation-id", "", "neither echoes nor propagates CORRELATION-ID"),
		faultRow("no-origin-id", "", "sends no X-ORIGIN-ID to the CM"),
		faultRow("members-reordered", "", "writes members sorted by their names"),
		faultRow("unknown-party-500", "", "answers 500 to a routing header that names no party"),
	}
}
