package player

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// refusalFaults are about how a bridge refuses what is wrong.
func refusalFaults() []misreception {
	refusals := func(name, requirements, summary string, then func(*reception)) misreception {
		return misreception{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary}, then: then}
	}
	unauthorized := func(name, requirements, summary string, status int) misreception {
		row := refusals(name, requirements, summary, refusedAs(http.StatusUnauthorized, status))
		row.stranger = true
		return row
	}
	return []misreception{
		unauthorized("401-as-500", "GEN-019 GEN-020", "answers 500 where it should answer 401", http.StatusInternalServerError),
		unauthorized("401-as-403", "GEN-019 GEN-020", "answers 403 where it should answer 401", http.StatusForbidden),
		unauthorized("401-as-400", "GEN-019 GEN-020", "answers 400 where it should answer 401", http.StatusBadRequest),
		refusals("400-as-500", "GEN-006 GEN-007 GEN-011", "answers 500 where it should answer 400", refusedAs(http.StatusBadRequest, http.StatusInternalServerError)),
		refusals("400-as-200", "GEN-006", "answers 200 with the error where it should answer 400", refusedAs(http.StatusBadRequest, http.StatusOK)),
		refusals("400-as-422", "", "answers 422 where it should answer 400", refusedAs(http.StatusBadRequest, http.StatusUnprocessableEntity)),
		refusals("error-body-flat", "GEN-018", "puts code and message outside error", refusedWith(func(e contract.Error) []byte { return encodeJSON(e) })),
		refusals("error-body-text", "GEN-018", "sends errors as plain text", refusedWith(func(e contract.Error) []byte { return []byte(e.Message) })),
		refusals("error-body-empty", "GEN-018", "sends errors without a body", refusedWith(func(contract.Error) []byte { return nil })),
		refusals("error-code-string", "GEN-018", "writes error.code as a string", refusedWith(func(e contract.Error) []byte {
			return encodeJSON(map[string]any{"error": map[string]string{"code": fmt.Sprint(e.Code), "message": e.Message}})
		})),
		refusals("error-leaks", "GEN-031", "tells a stack trace and an inner address in its errors", refusedWith(func(e contract.Error) []byte {
			e.Message += "\nupstream http://10.12.0.7:8080/internal\n" + string(debug.Stack())
			return encodeJSON(contract.ErrorResponse{Error: e})
		})),
	}
}

// bodyFaults are about bodies that cannot be read, or do not say what they are for.
func bodyFaults() []misreception {
	malformed := func(m *reception) bool { return len(bytes.TrimSpace(m.body)) > 0 && !json.Valid(m.body) }
	empty := func(m *reception) bool { return len(bytes.TrimSpace(m.body)) == 0 }
	other := func(m *reception) bool {
		text := bytes.TrimSpace(m.body)
		return json.Valid(text) && text[0] != '{'
	}
	unreadable := func(m *reception) bool { return malformed(m) || empty(m) || other(m) }
	payload := func(m *reception) bool { return m.value("/"+m.endpoint.Payload) != nil }
	neither := func(m *reception) bool { return m.has("/requestId") && !payload(m) && m.value("/error") == nil }
	both := func(m *reception) bool { return payload(m) && m.value("/error") != nil }
	mistyped := func(m *reception) bool {
		return slices.ContainsFunc(m.offences(), func(v schemas.Violation) bool { return v.Keyword == "type" })
	}
	isXML := func(m *reception) bool { return strings.Contains(m.r.Header.Get("Content-Type"), "xml") }
	row := func(name, requirements, summary string, when func(*reception) bool, then func(*reception), endpoints ...string) misreception {
		return misreception{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: endpoints}, when: when, then: then}
	}
	const nothing = "on-fetch-modes=OFM-010 on-init=OINIT-006 on-confirm=OCONF-009 notify=NTF-011"
	return []misreception{
		row("accept-malformed", "GEN-006", "acknowledges {} with malformed JSON and forgets it", malformed, (*reception).swallow, callbacks...),
		row("accept-empty", "GEN-006", "acknowledges {} with an empty body and forgets it", empty, (*reception).swallow, callbacks...),
		row("accept-non-object", "GEN-006", "acknowledges {} with a body that is JSON but no object and forgets it", other, (*reception).swallow, callbacks...),
		row("malformed-500", "GEN-006 GEN-011", "answers 500 to {} with a body that is no JSON object", unreadable, crash, callbacks...),
		row("accept-neither", nothing, "acknowledges {} with neither payload nor error and forgets it (BM46)", neither, (*reception).swallow, callbacks...),
		row("neither-500", nothing, "answers 500 to {} with neither payload nor error (BM45)", neither, crash, callbacks...),
		row("both-as-answer", "on-init=OINIT-015 GEN-034", "takes the payload of {} with an error beside it", both, func(m *reception) {
			m.change(func(o map[string]any) { delete(o, "error") })
		}, answers...),
		row("both-500", "on-init=OINIT-015 GEN-034", "answers 500 to {} with a payload and an error", both, crash, answers...),
		row("wrong-type-500", "GEN-011", "answers 500 to {} with a member of the wrong JSON type", mistyped, crash, callbacks...),
		row("missing-500", "GEN-007 GEN-009", "answers 500 to {} without its requestId or timestamp", func(m *reception) bool {
			return len(m.members()) > 0 && (m.value("/requestId") == nil || m.value("/timestamp") == nil)
		}, crash, callbacks...),
		row("bad-uuid-500", "GEN-008 GEN-011", "answers 500 to a requestId that is no UUID", offends("/requestId", "format"), crash),
		row("bad-time-500", "GEN-010", "answers 500 to a timestamp that cannot be read", offends("/timestamp", "format"), func(m *reception) {
			if _, err := parseTime(m.text("/timestamp")); err != nil {
				crash(m)
			}
		}),
		row("large-body-500", "GEN-027", "answers 500 to a body larger than 512 KiB", func(m *reception) bool { return len(m.body) > 512<<10 }, crash),
		row("deep-body-500", "GEN-027", "answers 500 to a body that is nested deep", func(m *reception) bool { return bytes.Contains(m.body, []byte(strings.Repeat("[", 64))) }, crash),
		row("xml-500", "GEN-027", "answers 500 to XML", isXML, crash),
		row("content-type-unchecked", "", "reads any Content-Type as JSON", func(m *reception) bool { return !isJSON(m.r.Header.Get("Content-Type")) },
			func(m *reception) { m.r.Header.Set("Content-Type", "application/json") }),
	}
}

// crash answers 500, as a bridge does that meets what it did not expect; refuse answers 400.
func crash(m *reception)  { m.answer(http.StatusInternalServerError) }
func refuse(m *reception) { m.answer(http.StatusBadRequest) }

// offends says of a message whether it offends its schema at that member by that keyword, any where it is "".
func offends(pointer, keyword string) func(*reception) bool {
	return func(m *reception) bool {
		return slices.ContainsFunc(m.offences(), func(v schemas.Violation) bool {
			return gwFamilyPointer(v.Pointer) == pointer && (v.Keyword == keyword || keyword == "" && v.Keyword != "required")
		})
	}
}

// memberFaults are the families of faults that come once for each member of each message: to take it where it is missing
// or wrong.
func memberFaults() []misreception {
	var all []misreception
	for _, name := range callbacks {
		e := contract.MustEndpoint(name)
		for _, member := range schemas.Members(e.Schema) {
			about := name + ":" + member.Pointer
			add := func(family, requirements, summary, keyword string) {
				all = append(all, misreception{bridgeRow: bridgeRow{name: family + ":" + about, requirements: requirements, summary: summary},
					when: func(m *reception) bool { return m.endpoint.Name == name && offends(member.Pointer, keyword)(m) }, then: (*reception).swallow})
				if strings.HasPrefix(member.Pointer, "/auth/accessToken") || strings.HasPrefix(member.Pointer, "/auth/validity") {
					all[len(all)-1].role = contract.HIP // a HIU, which asks for KYC only, is never granted a token
				}
			}
			if gwSeenElsewhere(e, member.Pointer) || member.Type == "object" && member.Pointer != "/resp" {
				continue
			}
			if member.Required {
				add("accept-missing", asked(e, member.Pointer, "GEN-007", "GEN-009"), "acknowledges "+name+" without "+member.Pointer+" and forgets it", "required")
			}
			add("accept-invalid", asked(e, member.Pointer, "GEN-008", "GEN-010"), "acknowledges "+name+" with a "+member.Pointer+" of a wrong type or value and forgets it", "")
		}
	}
	return all
}

// asked are the requirements on a member of a message to a bridge, given those on requestId and timestamp.
func asked(e contract.Endpoint, pointer, id, timestamp string) string {
	switch pointer {
	case "/requestId":
		return id
	case "/timestamp":
		return timestamp
	case "/auth/transactionId", "/auth/mode", "/auth/status":
		return map[string]string{contract.OnInit: "OINIT-007 GEN-030", contract.Notify: "NTF-011"}[e.Name]
	case "/resp", "/resp/requestId":
		return "GEN-036 GEN-030"
	case "/auth/purpose", "/auth/modes":
		return "OFM-015 GEN-030"
	}
	return "GEN-030"
}

// meaningFaults are about messages that leave out or misspell what they mean: the bridge guesses, and goes on.
func meaningFaults() []misreception {
	guess := func(name, requirements, summary, endpoint string, when func(*reception) bool, pointer string, value func(*reception) any) misreception {
		return misreception{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary},
			when: func(m *reception) bool { return m.endpoint.Name == endpoint && m.value("/auth") != nil && when(m) },
			then: func(m *reception) { m.change(func(o map[string]any) { setMember(o, pointer, value(m)) }) }}
	}
	is := func(value string) func(*reception) any { return func(*reception) any { return value } }
	lacks := func(pointer string) func(*reception) bool {
		return func(m *reception) bool { return m.value(pointer) == nil }
	}
	strange := func(pointer string, known ...string) func(*reception) bool {
		return func(m *reception) bool { return m.text(pointer) != "" && !slices.Contains(known, m.text(pointer)) }
	}
	return []misreception{
		guess("no-mode-confirmed", "OINIT-007", "takes an on-init without a mode for one by OTP", contract.OnInit, lacks("/auth/mode"), "/auth/mode", is(contract.MobileOTP)),
		guess("no-transaction-confirmed", "OINIT-007", "takes resp.requestId for the transaction of an on-init that names none", contract.OnInit,
			lacks("/auth/transactionId"), "/auth/transactionId", func(m *reception) any { return m.text("/resp/requestId") }),
		guess("unknown-mode-confirmed", "OINIT-013", "takes a mode that it does not know for MOBILE_OTP", contract.OnInit, strange("/auth/mode", contract.Modes...), "/auth/mode", is(contract.MobileOTP)),
		guess("no-status-granted", "NTF-011", "takes a notify without a status for GRANTED", contract.Notify, lacks("/auth/status"), "/auth/status", is(contract.Granted)),
		guess("unknown-status-granted", "NTF-011", "takes a status that it does not know for GRANTED", contract.Notify, strange("/auth/status", contract.Granted, contract.Denied), "/auth/status", is(contract.Granted)),
	}
}
