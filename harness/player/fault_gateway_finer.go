package player

import "abdm.example/conformance/contract"

func init() {
	faultRegister(contract.Gateway, gatewayGuardFaults)
	faultRegister(contract.Gateway, gatewayTextFaults)
	faultRegister(contract.Gateway, gatewayFragileFaults)
}

// gatewayGuardFaults are faults of a gateway that guards nearly right: against the plain case, and not against one beside it.
func gatewayGuardFaults() []Fault {
	return []Fault{
		// Tokens and roles
		faultRow("alg-none-any-case", "GEN-022", "refuses the algorithm none in this spelling only"),
		faultRow("hs384-accepted", "GEN-022", "accepts a token signed with HS384"),
		faultRow("hs256-keyed:"+gwKeyText, "GEN-022", "accepts HS256 with the text of its public key, without the last line break, as the secret"),
		faultRow("hs256-keyed:"+gwKeyDER, "GEN-022", "accepts HS256 with the DER of its public key as the secret"),
		faultRow("hs256-keyed:"+gwKeyModulus, "GEN-022", "accepts HS256 with the n of its JWK as the secret"),
		faultRow("kid-less-accepted", "GEN-022", "verifies no signature where the token names no key"),
		faultRow("unsigned-accepted", "GEN-020", "accepts a token whose signature is empty"),
		faultRow("two-parts-accepted", "GEN-020", "accepts a token of header and claims alone"),
		faultRow("empty-token-accepted", "GEN-019", "accepts the scheme Bearer without a token"),
		faultRow("hiu-role-unchecked", "GW-015", "lets a HIU send what only a CM may send"),
		faultRow("requester-type-unchecked", "GW-017", "compares requester.id with the client and not requester.type"),

		// Correlation
		faultRow("modes-answer-anything", "GW-020", "accepts on-fetch-modes as the answer to an init"),
		faultRow("on-notify-from-any-bridge", "GW-018", "accepts the on-notify of a bridge that was not notified"),
		faultRow("on-notify-to-named-cm", "ONTF-006", "sends on-notify to the CM that X-CM-ID names, whoever notified"),
		faultRow("on-notify-error-unmapped", "ONTF-006", "leaves its own id in resp.requestId of an on-notify that holds an error"),
		faultRow("answer-closed-late", "GW-031", "closes a request 60 ms after it was answered, so that two answers at once both pass"),
		faultRow("bridge-by-id-only", "NTF-008", "finds a bridge by its id, whether X-HIP-ID or X-HIU-ID names it"),

		// Replay and clock
		faultRow("replay-soon-forgotten", "GW-009", "forgets a requestId after a second"),
		faultRow("replay-of-hiu-unchecked", "GW-009", "looks for replays of HIPs only"),
		faultRow("same-request-refused", "GW-001", "takes a request for a replay that is about the patient or the transaction of another one"),
		faultRow("window-by-time-of-day", "GW-011", "compares the time of day and not the day"),
		faultRow("offset-sign-ignored", "GW-013", "reads an offset west of Greenwich as one to the east"),
		faultRow("millis-required", "GW-013", "refuses timestamps that have not three digits after the second"),
		faultRow("time-unread", "GEN-010", "takes any text with a T for a timestamp"),
		faultRow("uuid-lenient", "GEN-008", "takes any text with four dashes for a UUID"),

		// Bodies
		faultRow("null-body-500", "GEN-006", "answers 500 to the body null"),
		faultRow("list-of-one-accepted", "GEN-006", "accepts a list of one message"),
		faultRow("not-utf8-accepted", "GEN-030", "replaces what is no UTF-8 and accepts it"),
		faultRow("large-body-dropped", "GEN-027", "acknowledges a body larger than 512 KiB and drops it"),
		faultRow("media-type-case-sensitive", "GEN-024", "takes application/json in this spelling only"),
		faultRow("charset-one-spelling", "GEN-004", "takes a charset with one space before it and in lower case only"),
		faultRow("non-ascii-refused", "GEN-026", "refuses a body with a character beyond ASCII"),
		faultRow("code-six-digits", "GEN-032", "refuses an authCode that is not six digits"),
		faultRow("transaction-uuid", "GEN-032", "refuses a transactionId that is no UUID"),
		faultRow("optional-asked-for", "GEN-032", "asks a patient for an address and a grant for validity"),

		// What it sends
		faultRow("query-added", "GW-035", "adds a query to the path"),
		faultRow("caller-token-in-url", "GW-006", "passes the caller's token on in the query"),
		faultRow("own-token-bearer-twice", "GEN-023", "writes the word Bearer twice"),
		faultRow("own-token-kept", "GW-006", "keeps a token of its own that ends after two seconds"),
		faultRow("err-callback-no-token", "GW-006", "sends error callbacks without Authorization"),
		faultRow("caller-token-packed", "GW-006", "passes the caller's Authorization on in base64"),
		faultRow("error-as-html", "GEN-018", "calls its errors text/html"),
		faultRow("timestamp-comma", "GEN-013", "writes a comma before the fraction of a second"),
		faultRow("err-callback-text", "GW-035", "sends error callbacks as text/plain"),
		faultRow("err-callback-caller-id", "GEN-012", "gives an error callback the requestId of the request that failed"),
		faultRow("error-tells-query", "GEN-031", "tells the query of its database in its errors"),
		faultRow("refused-retried", "GW-025", "asks the CM again what it refused"),
		faultRow("retry-same-id", "GEN-012", "tries again with the same requestId what a bridge refused with a 5xx"),
		faultRow("impatient", "GW-034 GW-029", "waits one second for a 202, and then sends again"),
	}
}

// gatewayTextFaults are faults in what a gateway makes of the texts, the lists and the small values that it passes on.
func gatewayTextFaults() []Fault {
	return []Fault{
		faultRow("texts-trimmed", "GW-004", "trims texts"),
		faultRow("texts-escaped", "GW-004", "writes & and < in texts as HTML"),
		faultRow("texts-cut", "GW-004", "cuts texts at 255 characters"),
		faultRow("texts-composed", "GEN-026", "composes letters and their accents (NFC)"),
		faultRow("joiners-lost", "GEN-026", "loses characters without a width"),
		faultRow("ids-lower-case", "GW-004", "writes the patient's address in lower case"),
		faultRow("lists-sorted", "GW-004", "sorts lists of texts"),
		faultRow("lists-first", "GW-004", "passes on the first of several identifiers only"),
		faultRow("meta-remembered", "GW-004", "adds a meta where on-init has none"),
		faultRow("empty-omitted", "GW-005", "leaves out members that are empty, false or 0"),
		faultRow("numbers-rounded", "GW-005", "rounds numbers to two digits"),
		faultRow("minus-lost", "GW-005", "loses the sign of numbers"),
	}
}

// gatewayFragileFaults are "fragile:<endpoint>": a parser of its own for one endpoint, which knows the canonical form only.
func gatewayFragileFaults() []Fault {
	var all []Fault
	for _, e := range contract.Endpoints {
		all = append(all, faultRow("fragile:"+e.Name, "GEN-015 GEN-024 GEN-033 GW-013 GW-021",
			"refuses "+e.Name+" in chunks, with white space, with bearer in lower case, with a header that it does not know or without milliseconds"))
	}
	return all
}
