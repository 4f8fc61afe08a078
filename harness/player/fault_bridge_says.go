package player

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/schemas"
)

// sentMemberFaults are the families of faults that come once for each member of each message: it is lost, of another
// type, misspelt, or null.
func sentMemberFaults() []missending {
	var all []missending
	for _, name := range messages {
		e := contract.MustEndpoint(name)
		for _, member := range schemas.Members(e.Schema) {
			if strings.HasPrefix(member.Pointer, "/error") { // no conversation in which all keep the contract has one
				continue
			}
			about := name + ":" + member.Pointer
			add := func(family, summary string, spoil func(*sending)) {
				all = append(all, missending{bridgeRow: bridgeRow{name: family + ":" + about, requirements: said(name, member.Pointer), summary: summary},
					spoil: func(s *sending) {
						if s.endpoint == name && s.value(member.Pointer) != nil {
							spoil(s)
						}
					}})
			}
			if required(e, member) {
				add("lost", "loses "+member.Pointer+" of "+name, func(s *sending) { s.set(member.Pointer, nil) })
			}
			if slices.Contains(misspelt, member.Pointer) {
				add("misspelt", "misspells "+member.Pointer+" of "+name, misspell(member.Pointer))
			}
			add("mistyped", "writes "+member.Pointer+" of "+name+" with another JSON type", mistype(member))
			all[len(all)-1].role = contract.HIP // to a HIU's gateway it is as if the member were lost
		}
	}
	return all
}

// misspelt are the members of which a misspelling has been seen in the field: to a receiver they are lost.
var misspelt = []string{"/query/requester/id", "/transactionId", "/credential/authCode", "/credential/demographic/dateOfBirth", "/acknowledgement", "/resp/requestId"}

// required says whether a message of the bridge must have a member. Of the two credentials it must have one.
func required(e contract.Endpoint, member schemas.Member) bool {
	switch member.Pointer {
	case "/credential/authCode", "/credential/demographic", "/acknowledgement":
		return true
	}
	return member.Required
}

// mistype writes a number as a text and a text as a number, an object in an array, and an array as its text.
func mistype(member schemas.Member) func(*sending) {
	return func(s *sending) {
		value := s.value(member.Pointer)
		switch member.Type {
		case "object":
			s.set(member.Pointer, json.RawMessage("["+string(value)+"]"))
		case "string":
			s.set(member.Pointer, json.RawMessage("17"))
		default:
			s.set(member.Pointer, encodeJSON(string(value)))
		}
	}
}

// misspell writes a member under a name with an underscore before each capital: request_id.
func misspell(pointer string) func(*sending) {
	cut := strings.LastIndexByte(pointer, '/') + 1
	var name strings.Builder
	for _, r := range pointer[cut:] {
		if r >= 'A' && r <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(r)
	}
	other := strings.ToLower(name.String())
	if other == pointer[cut:] {
		other = strings.ToUpper(other[:1]) + other[1:]
	}
	return func(s *sending) {
		value := s.value(pointer)
		s.set(pointer, nil)
		s.set(pointer[:cut]+other, value)
	}
}

// said are the requirements on a member of a message of a bridge.
func said(endpoint, pointer string) string {
	requester := strings.HasPrefix(pointer, "/query/requester")
	switch {
	case pointer == "/requestId":
		return map[string]string{contract.FetchModes: "FM-002", contract.Init: "INIT-001", contract.Confirm: "CONF-001", contract.OnNotify: "ONTF-003"}[endpoint] + " GEN-012"
	case pointer == "/timestamp":
		return map[string]string{contract.FetchModes: "FM-002", contract.Init: "INIT-001", contract.Confirm: "CONF-001", contract.OnNotify: "ONTF-003"}[endpoint] + " GEN-013"
	case endpoint == contract.FetchModes && requester:
		return "FM-002 FM-003"
	case endpoint == contract.FetchModes:
		return "FM-002"
	case endpoint == contract.Init && requester:
		return "INIT-001 INIT-002"
	case pointer == "/query/authMode":
		return "INIT-003 INIT-001"
	case endpoint == contract.Init && pointer == "/query/id": // whose init it is cannot be told: a conversation lacks its own
		return "INIT-001 SEQ-001"
	case endpoint == contract.Init:
		return "INIT-001"
	case pointer == "/transactionId":
		return "CONF-001"
	case pointer == "/credential":
		return "CONF-002"
	case pointer == "/credential/authCode":
		return "CONF-003 CONF-002"
	case strings.HasPrefix(pointer, "/credential/demographic/identifier"):
		return "CONF-005"
	case strings.HasPrefix(pointer, "/credential/demographic"):
		return "CONF-004 CONF-002"
	case strings.HasPrefix(pointer, "/resp"):
		return "ONTF-002 ONTF-003"
	}
	return "ONTF-003"
}

// valueFaults are about what fetch-modes, init and confirm say.
func valueFaults() []missending {
	queries := messages[:2]
	row := func(name, requirements, summary string, spoil func(*sending), endpoints ...string) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: endpoints}, spoil: spoil}
	}
	only := func(role contract.Role, m missending) missending { m.role = role; return m }
	const (
		requester = "fetch-modes=FM-003 init=INIT-002"
		query     = "fetch-modes=FM-002 init=INIT-001"
		kyc       = "fetch-modes=FM-004 init=INIT-004"
	)
	transaction := func(change func(*sending) string) func(*sending) {
		return func(s *sending) { s.set("/transactionId", encodeJSON(change(s))) }
	}
	return []missending{
		only(contract.HIU, row("requester-type-hip", requester, "names itself a HIP in {} (BM16)", puts("/query/requester/type", `"HIP"`), queries...)),
		only(contract.HIP, row("requester-type-hiu", requester, "names itself a HIU in {} (BM16)", puts("/query/requester/type", `"HIU"`), queries...)),
		row("requester-type-lower", requester+" "+query, "writes its requester.type in lower case in {}", writes("/query/requester/type", strings.ToLower), queries...),
		row("requester-id-other", requester, "names another party as the requester of {}", puts("/query/requester/id", `"someone-else"`), queries...),
		row("requester-id-client", requester, "names its client id as the requester of {}", writes("/query/requester/id", func(id string) string { return id + "-client" }), queries...),
		row("purpose-care", query, "sends {} for a purpose that the contract does not know", puts("/query/purpose", `"CAREMGT"`), queries...),
		row("purpose-lower", query, "writes the purpose of {} in lower case", writes("/query/purpose", strings.ToLower), queries...),
		only(contract.HIU, row("purpose-link", kyc, "sends {} for purpose LINK (BM15)", puts("/query/purpose", `"LINK"`), queries...)),
		only(contract.HIU, row("purpose-kyc-and-link", kyc, "sends {} for purpose KYC_AND_LINK (BM15)", puts("/query/purpose", `"KYC_AND_LINK"`), queries...)),
		row("mode-unknown", "INIT-003 INIT-001", "asks for a mode that the contract does not know", puts("/query/authMode", `"PASSWORD"`), contract.Init),
		row("mode-lower", "INIT-003 INIT-001", "writes authMode in lower case", writes("/query/authMode", strings.ToLower), contract.Init),
		row("mode-null", "GEN-017", "writes authMode: null where it asks for no mode", func(s *sending) { s.set("/query/authMode", json.RawMessage("null")) }, contract.Init),
		row("transaction-is-resp", "CONF-001", "confirms with the requestId of init for the transaction (BM05)", transaction(func(s *sending) string {
			return s.bridge.mistakes.recall("init of " + s.text("/transactionId"))
		}), contract.Confirm),
		row("transaction-is-own-id", "CONF-001", "confirms with the requestId of the confirm for the transaction (BM05)", transaction(func(s *sending) string { return s.text("/requestId") }), contract.Confirm),
		row("transaction-upper-case", "CONF-001", "writes the transaction of confirm in upper case (BM06)", writes("/transactionId", strings.ToUpper), contract.Confirm),
		row("transaction-lower-case", "CONF-001", "writes the transaction of confirm in lower case (BM06)", writes("/transactionId", strings.ToLower), contract.Confirm),
		row("transaction-without-dashes", "CONF-001", "writes the transaction of confirm without dashes (BM06)", writes("/transactionId", func(v string) string { return strings.ReplaceAll(v, "-", "") }), contract.Confirm),
		row("transaction-cut", "CONF-001", "keeps 36 characters of a transaction (BM06)", writes("/transactionId", func(v string) string { return v[:min(len(v), 36)] }), contract.Confirm),
	}
}

// credentialFaults are about the credential of confirm.
func credentialFaults() []missending {
	row := func(name, requirements, summary string, spoil func(*sending)) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: []string{contract.Confirm}}, spoil: spoil}
	}
	const (
		code, details = "/credential/authCode", "/credential/demographic"
		name, gender  = details + "/name", details + "/gender"
		born          = details + "/dateOfBirth"
		identifier    = details + "/identifier"
	)
	coded := func(layout func(year, month, day string) string) func(*sending) {
		return writes(born, func(v string) string {
			parts := strings.Split(v, "-")
			if len(parts) != 3 {
				return v
			}
			return layout(parts[0], parts[1], parts[2])
		})
	}
	word := func(words map[string]string) func(*sending) {
		return writes(gender, func(v string) string { return words[v] })
	}
	return []missending{
		row("code-number", "CONF-003", "sends the code as a number (BM09)", func(s *sending) {
			if v := strings.TrimLeft(s.text(code), "0"); v != "" {
				s.set(code, encodeJSON(json.Number(v)))
			}
		}),
		row("code-trimmed", "CONF-003", "loses leading zeros of the code (BM09)", writes(code, func(v string) string { return strings.TrimLeft(v, "0") })),
		row("code-base64", "CONF-003", "sends the code in base64 (BM10)", writes(code, func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) })),
		row("code-padded", "CONF-003", "sends the code with a space behind it", writes(code, func(v string) string { return v + " " })),
		row("code-cut", "CONF-003", "sends four digits of the code", writes(code, func(v string) string { return v[:min(len(v), 4)] })),
		row("code-constant", "CONF-003", "sends the code of its test account for everybody", puts(code, `"111111"`)),
		row("code-null", "CONF-002 GEN-017", "sends authCode: null beside demographic details", adds(details, code, "null")),
		row("code-empty", "CONF-002", "sends an empty authCode beside demographic details", adds(details, code, `""`)),
		row("details-null", "CONF-002 GEN-017", "sends demographic: null beside the code", adds(code, details, "null")),
		row("both-credentials", "CONF-002", "sends demographic details beside the code (BM11)", adds(code, details, `{"name":"Somebody","gender":"U","dateOfBirth":"1970-01-01"}`)),
		row("both-with-details", "CONF-002", "sends a code beside demographic details (BM11)", adds(details, code, `"123456"`)),
		row("credential-empty", "CONF-002", "sends an empty credential", puts("/credential", "{}")),
		row("credential-flat", "CONF-002", "sends the credential without the object around it", func(s *sending) {
			value := s.value("/credential")
			s.set("/credential", nil)
			for _, member := range []string{"authCode", "demographic"} {
				if inner, ok := fixtures.Value(value, "/"+member); ok {
					s.set("/"+member, inner)
				}
			}
		}),
		row("details-as-code", "CONF-004 CONF-002", "sends the name as the code where details are due", func(s *sending) {
			if s.value(details) != nil {
				s.set("/credential", encodeJSON(map[string]string{"authCode": s.text(name)}))
			}
		}),
		row("born-day-first", "CONF-004", "writes dateOfBirth DD-MM-YYYY (BM12)", coded(func(y, m, d string) string { return d + "-" + m + "-" + y })),
		row("born-slashes", "CONF-004", "writes dateOfBirth with slashes (BM12)", coded(func(y, m, d string) string { return y + "/" + m + "/" + d })),
		row("born-date-time", "CONF-004", "writes dateOfBirth as a date-time (BM12)", coded(func(y, m, d string) string { return y + "-" + m + "-" + d + "T00:00:00Z" })),
		row("born-year", "CONF-004", "writes the year for dateOfBirth (BM12)", coded(func(y, _, _ string) string { return y })),
		row("gender-word", "CONF-004", "writes gender as a word (BM13)", word(map[string]string{"M": "Male", "F": "Female", "O": "Other", "U": "Unknown"})),
		row("gender-lower", "CONF-004", "writes gender in lower case (BM13)", writes(gender, strings.ToLower)),
		row("gender-number", "CONF-004", "writes gender as a number (BM13)", puts(gender, "2")),
		row("name-upper", "CONF-004", "writes the name in upper case", writes(name, strings.ToUpper)),
		row("name-mangled", "GEN-026 CONF-004", "replaces every character of the name beyond ASCII", writes(name, asciiOnly)),
		row("identifier-aadhaar", "CONF-005", "names an AADHAAR as the identifier (BM14)", adds(details, identifier, `{"type":"AADHAAR","value":"000000000000"}`)),
		row("identifier-list", "CONF-005", "sends a list of identifiers (BM14)", adds(details, identifier, `[{"type":"MOBILE","value":"+910000000017"}]`)),
		row("identifier-bare", "CONF-005", "sends the number alone as the identifier (BM14)", adds(details, identifier, `"+910000000017"`)),
		row("identifier-half", "CONF-005", "sends an identifier without its value", adds(details, identifier, `{"type":"MOBILE"}`)),
		row("identifier-null", "CONF-005 GEN-017", "sends identifier: null", adds(details, identifier, "null")),
	}
}

// asciiOnly replaces every character beyond ASCII.
func asciiOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7f {
			return '?'
		}
		return r
	}, text)
}

// acknowledgementFaults are about what on-notify says.
func acknowledgementFaults() []missending {
	row := func(name, requirements, summary string, spoil func(*sending)) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: []string{contract.OnNotify}}, spoil: spoil}
	}
	const status = "/acknowledgement/status"
	failure := func(s *sending) { s.set("/error", json.RawMessage(`{"code":3400,"message":"duplicate"}`)) }
	return []missending{
		row("resp-transaction", "ONTF-002", "answers a notify with its transaction for its requestId (BM26)", func(s *sending) {
			s.set("/resp/requestId", encodeJSON(s.bridge.mistakes.recall("transaction of "+s.text("/resp/requestId"))))
		}),
		row("resp-own-id", "ONTF-002", "answers a notify with its own requestId in resp", func(s *sending) { s.set("/resp/requestId", s.value("/requestId")) }),
		row("resp-constant", "ONTF-002", "answers every notify with the same resp.requestId", puts("/resp/requestId", `"`+constantID+`"`)),
		row("status-number", "ONTF-003", "acknowledges with status 0 (BM27)", puts(status, "0")),
		row("status-success", "ONTF-003", "acknowledges with SUCCESS (BM27)", puts(status, `"SUCCESS"`)),
		row("status-lower", "ONTF-003", "acknowledges with ok (BM27)", puts(status, `"ok"`)),
		row("status-echoed", "ONTF-003", "acknowledges with the status that it was told", puts(status, `"GRANTED"`)),
		row("ack-and-error", "ONTF-003", "acknowledges and tells an error (BM28)", failure),
		row("ack-null-error", "GEN-017", "writes error: null beside the acknowledgement", adds(status, "/error", "null")),
		row("ack-as-error", "ONTF-003 ONTF-005 SEQ-004", "answers every notify with an error", func(s *sending) { s.set("/acknowledgement", nil); failure(s) }),
		row("ack-neither", "ONTF-003", "answers a notify with neither acknowledgement nor error", func(s *sending) { s.set("/acknowledgement", nil) }),
		row("ack-flat", "ONTF-003", "writes the acknowledgement as a text", puts("/acknowledgement", `"OK"`)),
	}
}

// spendingFaults are about the access token with which a HIP links.
func spendingFaults() []missending {
	row := func(name, summary string, change func(string) string) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: "OCONF-010", summary: summary, endpoints: misspend, role: contract.HIP}, spoil: writes("/link/accessToken", change)}
	}
	return []missending{
		row("token-cut", "links with 255 characters of the access token (BM33)", func(v string) string { return v[:min(len(v)-1, 255)] }),
		row("token-prefixed", "links with Bearer before the access token (BM33)", func(v string) string { return "Bearer " + v }),
		row("token-padded", "links with a line break behind the access token (BM33)", func(v string) string { return v + "\n" }),
		row("token-decoded", "decodes the access token as a URL before it links (BM33)", func(v string) string {
			if decoded, err := url.QueryUnescape(v); err == nil {
				return decoded
			}
			return v
		}),
		row("token-trimmed", "trims = and other signs around the access token (BM33)", func(v string) string { return strings.Trim(v, "=+/.-_ ") }),
		row("token-upper", "links with the access token in upper case (BM33)", strings.ToUpper),
		row("token-quoted", "links with the access token in quotation marks (BM33)", func(v string) string { return `"` + v + `"` }),
	}
}
