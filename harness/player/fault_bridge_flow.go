package player

import "abdm.example/conformance/contract"

// misconduct is a fault in how a bridge goes on, where the code of the conversation asks for it by its name.
type misconduct struct{ bridgeRow }

// misconducts are the faults in the decisions of a bridge.
func misconducts() []misconduct {
	var all []misconduct
	row := func(name, requirements, summary string) {
		all = append(all, misconduct{bridgeRow{name: name, requirements: requirements, summary: summary}})
	}
	hip := func(name, requirements, summary string) {
		all = append(all, misconduct{bridgeRow{name: name, requirements: requirements, summary: summary, role: contract.HIP}})
	}
	// fetch-modes and init
	row("init-after-error", "OFM-014", "sends init after an error from on-fetch-modes")
	row("mode-not-offered", "OFM-013", "asks for a mode that on-fetch-modes does not list (BM55)")
	row("resp-unchecked", "OFM-011 OINIT-013 GEN-028", "takes a callback for the answer to any open question of its kind")
	row("latest-transaction", "SEQ-006", "keeps only the latest transaction of a patient (BM07)")
	row("singleton-session", "GEN-028 SEQ-006", "keeps only the latest session (BM08)")
	row("silence-locks-patient", "SEQ-007 SEQ-006", "begins nothing for a patient while an earlier conversation is unanswered")
	// confirm
	row("confirm-on-direct", "OINIT-010", "sends confirm in mode DIRECT too (BM01)")
	row("confirm-after-error", "OINIT-011", "sends confirm after an error from on-init (BM02)")
	row("confirm-after-error-anew", "OINIT-011", "sends confirm for a transaction that it makes up, after an error from on-init")
	row("requested-mode-kept", "OINIT-012", "goes on in the mode that it asked for, whatever on-init says (BM03)")
	row("confirm-before-on-init", "SEQ-005", "sends confirm as soon as init is acknowledged (BM04)")
	row("confirm-before-on-init-anew", "SEQ-005", "sends confirm for a transaction that it makes up, as soon as init is acknowledged")
	row("confirm-without-code", "OINIT-009", "sends confirm with a code of its own before the patient has entered one")
	row("confirm-for-unknown", "OINIT-013", "sends confirm after an on-init that answers nothing of its own (BM48)")
	row("confirm-again", "OINIT-014", "sends confirm once more when on-init comes again")
	row("expiry-ignored", "CONF-007", "sends confirm after the session has expired")
	row("expiry-as-indian", "OINIT-018", "reads an expiry without a zone as Indian time (BM59)")
	row("expiry-behind", "CONF-007 OINIT-018", "reads an expiry without a zone as a time 5 h 30 min later than UTC (BM59)")
	// What is done with the outcome
	hip("link-after-error", "OCONF-011", "links after an on-confirm with an error, with a token that it has from before (BM32)")
	hip("link-for-unknown", "OCONF-013", "links after an on-confirm that answers nothing of its own")
	hip("link-again", "OCONF-014", "links once more when on-confirm comes again (BM34)")
	hip("link-with-nothing", "OCONF-012 OCONF-010", "links after an on-confirm that grants nothing, with null for the token")
	hip("refused-confirm-as-success", "SEQ-011", "takes a confirm that is answered 400 for granted (BM56)")
	hip("expired-token-used", "OCONF-016", "links with an access token past its validity (BM36)")
	hip("stale-token", "OCONF-010 GEN-028", "links with an access token of an earlier conversation (BM60)")
	hip("first-token-kept", "GEN-028", "links in every session of a patient with the access token of the first")
	hip("denied-as-granted", "NTF-014", "takes DENIED for GRANTED (BM31)")
	hip("granted-again", "NTF-016", "links once more when GRANTED comes again")
	row("granted-after-denied", "hip=NTF-016", "honours GRANTED after DENIED (BM35)")
	row("mediated-granted", "hip=NTF-017", "honours a notify for a transaction that is not DIRECT")
	row("unknown-granted", "NTF-015", "honours a notify for a transaction that it does not know")
	row("expired-granted", "hip=NTF-019", "honours GRANTED after the session has expired")
	// What it does when the gateway does not take a message
	row("ack-after-follow-up", "GEN-025", "acknowledges a callback only when the gateway has answered what follows from it (BM51)")
	row("retry-same-id", "SEQ-009", "sends a message that was not taken again with the same requestId and timestamp (BM20)")
	row("retry-same-time", "SEQ-009", "sends a message that was not taken again with the same timestamp (BM20)")
	row("renewed-same-id", "SEQ-010 GEN-012", "sends a message that was answered 401 again with the same requestId")
	row("hot-loop-500", "SEQ-009", "sends a message that was answered 5xx or not at all again and again, without a pause")
	row("hot-loop-400", "SEQ-010", "sends a message that was answered 400 again and again, without a pause")
	row("hot-loop-401", "SEQ-010", "sends a message that was answered 401 again and again, with the same token (BM53)")
	row("hot-loop-429", "SEQ-010", "sends a message that was answered 429 again and again, without a pause (BM53)")
	row("error-loop:init", "SEQ-010", "sends init again and again while on-init tells an error")
	row("error-loop:confirm", "SEQ-010", "sends confirm again and again while on-confirm tells an error")
	row("token-never-renewed", "SEQ-010 GEN-023", "never logs in again: a message that was answered 401 is sent again with the same token (BM54)")
	row("gives-up-on-401", "SEQ-010", "gives up where a message is answered 401")
	return all
}
