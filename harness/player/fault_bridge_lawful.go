package player

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// lawfulFaults are about messages that keep the contract in an unusual way: the bridge refuses them, or crashes on them.
func lawfulFaults() []misreception {
	has := func(pointer string) func(*reception) bool { return func(m *reception) bool { return m.has(pointer) } }
	null := func(pointer string) func(*reception) bool { return func(m *reception) bool { return m.null(pointer) } }
	is := func(pointer, value string) func(*reception) bool {
		return func(m *reception) bool { return m.text(pointer) == value }
	}
	// lacks says that a payload is there and a part of it is not.
	lacks := func(pointer string) func(*reception) bool {
		return func(m *reception) bool { return m.value("/auth") != nil && m.value(pointer) == nil }
	}
	holds := func(text string) func(*reception) bool {
		return func(m *reception) bool { return bytes.Contains(m.body, []byte(text)) }
	}
	granted := func(when func(*reception) bool) func(*reception) bool {
		return func(m *reception) bool {
			return when(m) && (m.endpoint.Name == contract.OnConfirm || m.text("/auth/status") == contract.Granted)
		}
	}
	const (
		onFetchModes, onInit, onConfirm, notify = contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.Notify
		field                                   = "on-fetch-modes=OFM-016 on-init=OINIT-018 on-confirm=OCONF-015 notify=NTF-022"
		failure                                 = "on-fetch-modes=OFM-009 on-init=OINIT-005 GEN-032"
		grant                                   = "on-confirm=OCONF-008 notify=NTF-013"
	)
	var all []misreception
	// refused adds a row that refuses; both adds also one that crashes, at all of the endpoints.
	refused := func(what, requirements, summary string, when func(*reception) bool, endpoints ...string) {
		all = append(all, misreception{bridgeRow: bridgeRow{name: what + "-refused", requirements: requirements, summary: "refuses {} " + summary, endpoints: endpoints}, when: when, then: refuse})
	}
	both := func(what, requirements, summary string, when func(*reception) bool, endpoints ...string) {
		refused(what, requirements, summary, when, endpoints...)
		all = append(all, misreception{bridgeRow: bridgeRow{name: what + "-500", requirements: requirements, summary: "answers 500 to {} " + summary, endpoints: endpoints, together: true}, when: when, then: crash})
	}
	// How it is sent
	refused("charset", "GEN-004", "with a charset in its Content-Type", func(m *reception) bool { return strings.Contains(m.r.Header.Get("Content-Type"), ";") }, callbacks...)
	refused("chunked", "GEN-033", "whose body comes in chunks", func(m *reception) bool { return m.r.ContentLength < 0 }, onInit, notify)
	refused("extra-header", "GEN-015", "with a header that the document does not name", func(m *reception) bool { return m.r.Header.Get("X-Conformance-Note") != "" }, onInit)
	refused("pretty", "GEN-032", "whose JSON has white space", holds("\n"), onInit)
	refused("member-order", "GEN-032", "whose members are in another order", func(m *reception) bool {
		return !bytes.HasPrefix(bytes.TrimSpace(m.body), []byte(`{"requestId"`)) && m.has("/requestId")
	}, onInit)
	refused("upper-case-id", "GEN-029", "whose ids are in upper case", func(m *reception) bool {
		id := m.text("/requestId")
		return id != strings.ToLower(id)
	}, answers...)
	// Times
	refused("offset", "GEN-035", "whose timestamp has an offset", func(m *reception) bool { return strings.HasSuffix(m.text("/timestamp"), "+05:30") }, notify)
	refused("seconds", "GEN-035", "whose timestamp has no fraction", written("/timestamp", "2006-01-02T15:04:05Z"), onInit)
	refused("nanoseconds", "GEN-035", "whose timestamp has nine digits", written("/timestamp", "2006-01-02T15:04:05.000000000Z"), onInit)
	refused("past-45s", "GEN-035", "that is 45 s old", func(m *reception) bool {
		at, err := parseTime(m.text("/timestamp"))
		age := time.Since(at)
		return err == nil && age > 30*time.Second && age < 2*time.Minute
	}, callbacks...)
	both("zone-less", field, "whose timestamp has no zone", zoneLess("/timestamp"), callbacks...)
	both("zone-less-expiry", "OINIT-018", "whose expiry has no zone", zoneLess("/auth/meta/expiry"), onInit)
	// Members that the document does not name, or that are null
	both("extra-members", "GEN-015", "with members that the document does not name (BM43)", func(m *reception) bool { return unnamed(m, false) }, callbacks...)
	refused("extra-nested", "GEN-015", "with unknown members in its payload (BM43)", func(m *reception) bool { return unnamed(m, true) }, callbacks...)
	both("null-error", "GEN-016", "with error: null (BM42)", null("/error"), answers...)
	both("null-auth", "GEN-016", "with auth: null beside an error", null("/auth"), answers...)
	both("null-hint", "OINIT-018 GEN-016", "with meta.hint: null", null("/auth/meta/hint"), onInit)
	both("null-patient", "on-confirm=OCONF-015 notify=NTF-022 GEN-016", "with patient: null (BM57)", null("/auth/patient"), onConfirm, notify)
	refused("null-token", "GEN-016", "with accessToken: null", null("/auth/accessToken"), onConfirm, notify)
	refused("null-validity", "GEN-016", "with validity: null", null("/auth/validity"), onConfirm, notify)
	both("null-address-line", "OCONF-015 GEN-016", "with address.line: null (BM57)", null("/auth/patient/address/line"), onConfirm)
	// Members that may be missing, and what may stand in others
	both("no-meta", "OINIT-008", "without meta (BM40)", lacks("/auth/meta"), onInit)
	refused("top-level-transaction", "NTF-012", "with a transactionId at the top", has("/transactionId"), notify)
	both("no-top-level-transaction", "NTF-012 NTF-010", "without a transactionId at the top (BM41)", func(m *reception) bool { return m.value("/auth") != nil && !m.has("/transactionId") }, notify)
	both("no-patient", grant, "without a patient (BM37)", granted(lacks("/auth/patient")), onConfirm, notify)
	both("no-token", grant, "without an access token (BM38)", granted(lacks("/auth/accessToken")), onConfirm, notify)
	both("no-validity", grant, "without validity (BM39)", granted(lacks("/auth/validity")), onConfirm, notify)
	refused("empty-auth", "", "with an empty auth", emptyAuth, onConfirm)
	all = append(all, misreception{bridgeRow: bridgeRow{name: "empty-auth-500", requirements: "OCONF-012", summary: "answers 500 to on-confirm with an empty auth"}, when: emptyAuth, then: crash})
	both("no-month-of-birth", "OCONF-008", "whose patient has no monthOfBirth (BM44)", func(m *reception) bool {
		return m.value("/auth/patient") != nil && !m.has("/auth/patient/monthOfBirth")
	}, onConfirm)
	refused("month-of-birth", "on-confirm=OCONF-015 notify=NTF-022", "whose patient has a monthOfBirth", has("/auth/patient/monthOfBirth"), onConfirm, notify)
	both("health-number", "on-confirm=OCONF-015 notify=NTF-022", "with an identifier of type HEALTH_NUMBER (BM58)", holds(`"HEALTH_NUMBER"`), onConfirm, notify)
	refused("opaque-token", "GEN-032 hip=OCONF-010", "whose access token is no JWT", func(m *reception) bool {
		token := m.text("/auth/accessToken")
		return token != "" && strings.Count(token, ".") != 2
	}, onConfirm)
	both("non-uuid-transaction", "GEN-032 CONF-001", "whose transactionId is no UUID", func(m *reception) bool {
		id := m.text("/auth/transactionId")
		return id != "" && !isUUID(id)
	}, onInit)
	refused("non-ascii", "GEN-026", "with characters beyond ASCII", func(m *reception) bool {
		return bytes.ContainsFunc(m.body, func(r rune) bool { return r > unicode.MaxASCII }) && m.value("/auth") != nil
	}, onInit, onConfirm, notify)
	// What it says
	both("error", failure, "with an error", func(m *reception) bool { return m.value("/error") != nil && m.value("/auth") == nil }, answers...)
	both("denied", "NTF-010", "of DENIED", is("/auth/status", contract.Denied), notify)
	refused("direct-mode", "on-init=OINIT-005 OFM-009", "that names DIRECT", holds(`"DIRECT"`), onFetchModes, onInit)
	refused("demographics-mode", "OINIT-005 SEQ-003", "of mode DEMOGRAPHICS", is("/auth/mode", contract.Demographics), onInit)
	refused("aadhaar-mode", "OINIT-005 SEQ-002", "of mode AADHAAR_OTP", is("/auth/mode", contract.AadhaarOTP), onInit)
	for i, row := range all { // a HIU asks for KYC only: no grant that it is sent lacks a patient or has a token
		if strings.HasPrefix(row.name, "no-patient-") || strings.HasPrefix(row.name, "opaque-token-") {
			all[i].role = contract.HIP
		}
	}
	return all
}

// emptyAuth says of a message whether its auth is there and says nothing.
func emptyAuth(m *reception) bool {
	auth, there := m.value("/auth").(map[string]any)
	return there && len(auth) == 0
}

// written says of a message whether the time at a pointer is written in that layout.
func written(pointer, layout string) func(*reception) bool {
	return func(m *reception) bool {
		text := m.text(pointer)
		at, err := time.Parse(layout, text)
		return err == nil && at.Format(layout) == text
	}
}

// zoneLess says of a message whether the time at a pointer has no zone.
func zoneLess(pointer string) func(*reception) bool {
	return func(m *reception) bool {
		_, err := time.Parse("2006-01-02T15:04:05", m.text(pointer))
		return err == nil
	}
}

// unnamed says whether a message has a member that its schema does not name: at the top, or nested below it.
func unnamed(m *reception, nested bool) bool {
	known := map[string]bool{"/transactionId": m.endpoint.Name == contract.Notify, "/auth/patient/monthOfBirth": true, "/auth/patient/dayOfBirth": true}
	for _, member := range schemas.Members(m.endpoint.Schema) {
		known[member.Pointer] = true
	}
	var look func(value any, pointer string) bool
	look = func(value any, pointer string) bool {
		object, _ := value.(map[string]any)
		for name, inner := range object {
			at := pointer + "/" + gwEscape(name)
			if !known[at] && nested == (pointer != "") || known[at] && nested && look(inner, at) {
				return true
			}
		}
		return false
	}
	return look(m.members(), "")
}

// isUUID says whether a text is a UUID in its usual form.
func isUUID(text string) bool {
	return len(text) == 36 && uuid.Validate(text) == nil
}

// orderFaults are about messages that come when none is awaited, or in another order.
func orderFaults() []misreception {
	row := func(name, requirements, summary string, when func(*reception) bool, then func(*reception), endpoints ...string) misreception {
		return misreception{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: endpoints}, when: when, then: then}
	}
	hiu := func(name, requirements, summary string, when func(*reception) bool, then func(*reception), endpoints ...string) misreception {
		one := row(name, requirements, summary, when, then, endpoints...)
		one.role = contract.HIU // a HIP has it as one of a family
		return one
	}
	const (
		unknown   = "on-fetch-modes=OFM-011 on-init=OINIT-013 on-confirm=OCONF-013 notify=NTF-015"
		duplicate = "on-init=OINIT-014 on-confirm=OCONF-014 notify=NTF-016"
	)
	mode := func(value string) func(*reception) bool {
		return func(m *reception) bool { return m.text("/auth/mode") == value }
	}
	status := func(value string) func(*reception) bool {
		return func(m *reception) bool { return m.text("/auth/status") == value }
	}
	foreign := func(m *reception) bool {
		return m.value("/error") != nil && m.r.Header.Get(m.bridge.role.Header()) != m.bridge.id
	}
	return []misreception{
		row("unknown-500", unknown, "answers 500 to {} that it knows nothing of (BM47)", (*reception).unknown, crash, callbacks...),
		row("repeated-500", duplicate, "answers 500 to {} that comes again", (*reception).repeated, crash, onceEach...),
		hiu("repeated-500:on-confirm", "OCONF-014", "answers 500 to an on-confirm that comes again", (*reception).repeated, crash, contract.OnConfirm),
		row("early-callback-500", "SEQ-008", "answers 500 to a callback that comes before the 202 (BM52)", func(m *reception) bool {
			return m.endpoint.Answers != "" && m.bridge.mistakes.early(m.text("/resp/requestId"))
		}, crash),
		row("early-notify-500", "NTF-018", "answers 500 to a notify that comes before its on-init", (*reception).unknown, crash, contract.Notify),
		row("mediated-notify-500", "hip=NTF-017", "answers 500 to a notify for a transaction that is not DIRECT", func(m *reception) bool {
			t := m.bridge.transaction(m.text("/auth/transactionId"))
			return t != nil && t.mode != contract.Direct
		}, crash, contract.Notify),
		row("late-callback-500", "SEQ-007", "gives up after 1 s and answers 500 to a callback that comes later", (*reception).repeated, crash),
		row("gateway-error-500", "OINIT-017", "answers 500 to an error that the gateway itself tells, without timestamp or for a foreign id", func(m *reception) bool {
			return m.value("/error") != nil && (!m.has("/timestamp") || foreign(m))
		}, crash, answers...),
		row("modes-empty-500", "OFM-012", "answers 500 to on-fetch-modes without any mode", func(m *reception) bool {
			modes, there := m.value("/auth/modes").([]any)
			return there && len(modes) == 0
		}, crash, contract.OnFetchModes),
		row("modes-unknown-500", "OFM-012", "answers 500 to on-fetch-modes with a mode that it does not know", offends("/auth/modes/0", "enum"), crash, contract.OnFetchModes),
		row("unknown-mode-500", "OINIT-013", "answers 500 to on-init with a mode that it does not know", offends("/auth/mode", "enum"), crash, contract.OnInit),
		row("null-error-as-failure", "GEN-016", "takes error: null in {} for an error (BM42)", func(m *reception) bool { return m.null("/error") && m.value("/auth") != nil }, func(m *reception) {
			m.change(func(o map[string]any) {
				delete(o, "auth")
				o["error"] = map[string]any{"code": json.Number("1000"), "message": "there is an error"}
			})
		}, answers...),
		row("early-callback-lost", "SEQ-008", "forgets a callback that comes before the 202 (BM52)", func(m *reception) bool {
			return m.endpoint.Answers != "" && m.bridge.mistakes.early(m.text("/resp/requestId"))
		}, (*reception).swallow),
		row("denied-unanswered", "ONTF-005 ONTF-001", "answers no notify of DENIED (BM30)", status(contract.Denied), (*reception).swallow, contract.Notify),
		row("granted-unanswered", "ONTF-001", "answers no notify of GRANTED", status(contract.Granted), (*reception).swallow, contract.Notify),
		row("repeated-unanswered", "NTF-016", "answers no notify that comes again", (*reception).repeated, (*reception).swallow, contract.Notify),
		row("unknown-unanswered", "ONTF-001", "acknowledges a notify for a transaction that it does not know and answers nothing", (*reception).unknown, (*reception).swallow, contract.Notify),
		row("mobile-otp-ignored", "SEQ-001", "does nothing on an on-init of mode MOBILE_OTP", mode(contract.MobileOTP), (*reception).swallow, contract.OnInit),
		row("aadhaar-otp-ignored", "SEQ-002", "does nothing on an on-init of mode AADHAAR_OTP", mode(contract.AadhaarOTP), (*reception).swallow, contract.OnInit),
		row("demographics-ignored", "SEQ-003", "does nothing on an on-init of mode DEMOGRAPHICS", mode(contract.Demographics), (*reception).swallow, contract.OnInit),
		row("direct-ignored", "SEQ-004 NTF-013", "does nothing on an on-init of mode DIRECT", mode(contract.Direct), (*reception).swallow, contract.OnInit),
		row("uuid-case-sensitive", "GEN-029", "compares resp.requestId letter by letter", func(m *reception) bool {
			id := m.text("/resp/requestId")
			return id != strings.ToLower(id)
		}, (*reception).swallow, answers...),
	}
}

// onceEach are the endpoints at which a second message with the same meaning can be told.
var onceEach = slices.Clone(callbacks[1:])
