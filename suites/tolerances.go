package suites

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Tolerance is a known way in which deployed systems depart from the contract. Profile strict judges it as written;
// profile field makes a warning of it, and discloses it. Nothing is tolerated that is not in Tolerances.
type Tolerance struct {
	// ID is its number, "D" and two digits.
	ID string `json:"id"`
	// Deployed says what deployed systems do.
	Deployed string `json:"deployed"`
	// Accepted says what profile field lets pass as a warning, and no more than that.
	Accepted string `json:"accepted"`
	// Requirements are those whose findings it may soften.
	Requirements []string `json:"requirements"`
}

// Tolerances are all tolerances of profile field, in the order of their numbers.
var Tolerances = []Tolerance{
	{"D01", "Deployed parties acknowledge with 200 instead of 202, and the deployed gateway takes any 2xx.",
		"An acknowledgement with 200.",
		[]string{"AUTH-GEN-001", "AUTH-GEN-004", "AUTH-GEN-015", "AUTH-GEN-016", "AUTH-GEN-024", "AUTH-GEN-026", "AUTH-GEN-029", "AUTH-GEN-032", "AUTH-GEN-033", "AUTH-GW-012", "AUTH-GW-013", "AUTH-GW-021", "AUTH-GW-034", "AUTH-INIT-009"}},
	{"D02", "The deployed gateway answers a wrong role with 403 and the text \"Access Denied\", and sends no ErrorResponse with a 401.",
		"403 in place of 401; a 401 or 403 without an ErrorResponse.",
		[]string{"AUTH-GEN-018", "AUTH-GEN-019", "AUTH-GEN-020", "AUTH-GEN-021", "AUTH-GEN-022"}},
	{"D03", "The deployed gateway answers 500 with code 2500, \"No mapping found for X-CM-ID\", where a routing header is missing or names nobody.",
		"Any 4xx or 5xx in place of 400 where the routing header is missing, as long as nothing is passed on.",
		[]string{"AUTH-FM-008", "AUTH-OFM-006", "AUTH-INIT-010", "AUTH-OINIT-019", "AUTH-CONF-024", "AUTH-OCONF-017", "AUTH-NTF-008", "AUTH-ONTF-009"}},
	{"D06", "The deployed network writes timestamps with microseconds and no zone, and null for members that it leaves out.",
		"A date-time without a zone as timestamp; null as error, auth, auth.meta.hint, auth.patient or auth.patient.address.line.",
		[]string{"AUTH-GEN-013", "AUTH-GEN-017", "AUTH-GW-027", "AUTH-GW-033"}},
	{"D07", "The deployed gateway reads the wall clock of a timestamp as UTC, whatever its offset, and answers 429 to +05:30.",
		"429 to a timestamp of now with the offset +05:30.",
		[]string{"AUTH-GW-013"}},
	{"D10", "Deployed bridges write null for the credential that they do not send.",
		"null as authCode beside demographic, or the reverse.",
		[]string{"AUTH-CONF-002"}},
	{"D11", "A deployed bridge sends an empty authCode beside demographic.",
		"An empty authCode beside demographic.",
		[]string{"AUTH-CONF-002"}},
	{"D12", "Deployed parties send error codes that the document does not list, and some send them as strings.",
		"A string as error.code.",
		[]string{"AUTH-GEN-018", "AUTH-GW-027", "AUTH-GW-033"}},
	{"D16", "The deployed gateway does not know the asker of a confirm, whose body names no requester, and addresses its error callback as a HIP's.",
		"X-HIP-ID on the error callback that a HIU receives for its own confirm.",
		[]string{"AUTH-GW-028"}},
	{"D17", "The error callbacks of the deployed gateway have no timestamp, and name the asker bridge_ and its client id.",
		"An error callback of the gateway's own without timestamp, or whose one routing header is bridge_ and a client id.",
		[]string{"AUTH-GW-021", "AUTH-GW-027", "AUTH-GW-028"}},
	{"D19", "The deployed gateway does not look at requestId and timestamp of a callback, nor do deployed bridges, and it delivers a callback again that comes again.",
		"An answer with a wrong requestId or timestamp that a bridge accepts, or that a gateway accepts and delivers to the party that asked; an answer that is delivered each time it comes.",
		[]string{"AUTH-GEN-007", "AUTH-GEN-008", "AUTH-GEN-009", "AUTH-GEN-010", "AUTH-GEN-030", "AUTH-GW-031"}},
	{"D20", "The deployed gateway does not validate bodies: the party that receives one does.",
		"An answer with a wrong body that is accepted, and that the party to which it is delivered refuses with a 4xx. (A wrong request needs an error callback, in both profiles.) A requestId such as 1-1-1-1-1 that is taken for a UUID.",
		[]string{"AUTH-GEN-008", "AUTH-GEN-030", "AUTH-GEN-034", "AUTH-OFM-015", "AUTH-OINIT-021", "AUTH-OCONF-019", "AUTH-ONTF-007"}},
	{"D24", "Deployed bridges answer 500 to a callback that answers nothing of theirs.",
		"A 5xx to a valid callback or notify for which the bridge had not asked. (In a conversation that it began there is no tolerance.)",
		[]string{"AUTH-GEN-001", "AUTH-OFM-009", "AUTH-OINIT-005", "AUTH-OCONF-008", "AUTH-NTF-010", "AUTH-NTF-012", "AUTH-NTF-013"}},
	{"D38", "A deployed bridge retries with the requestId and the timestamp of its first try.",
		"A requestId that comes again at the same operation, where the first message with it got no answer or a 5xx.",
		[]string{"AUTH-GEN-012"}},
	{"D39", "Deployed bridges take X-CM-ID from their settings, and not from the address of the patient.",
		"Another X-CM-ID than that of the patient's consent manager, where there is one.",
		[]string{"AUTH-FM-001", "AUTH-INIT-002", "AUTH-CONF-006"}},
}

// LookupTolerance returns the tolerance with that number, and false where there is none.
func LookupTolerance(id string) (Tolerance, bool) {
	i := slices.IndexFunc(Tolerances, func(t Tolerance) bool { return strings.EqualFold(t.ID, id) })
	if i < 0 {
		return Tolerance{}, false
	}
	return Tolerances[i], true
}

// Tolerating runs a judgement and marks what it finds, where when says so, as that known tolerance.
func (c *C) Tolerating(id string, when func(Finding) bool, judge func()) {
	from := len(c.findings)
	judge()
	for i := from; i < len(c.findings); i++ {
		if f := &c.findings[i]; f.Tolerance == "" && when(*f) {
			f.Tolerance = id
		}
	}
}

// ZoneLess says whether a text is a date-time that has everything but a zone (D06).
func ZoneLess(text string) bool {
	_, err := time.Parse("2006-01-02T15:04:05", text)
	return err == nil
}

// deployedNulls are the members for which the deployed network writes null (D06).
var deployedNulls = []string{"/error", "/auth", "/auth/meta/hint", "/auth/patient", "/auth/patient/address/line"}

// DeployedNull says whether the member at a pointer of the body is null, and one for which the deployed network writes null (D06).
func DeployedNull(x *journal.Exchange, pointer string) bool {
	return slices.Contains(deployedNulls, pointer) && bytes.Equal(bytes.TrimSpace(Member(x, pointer)), []byte("null"))
}

// deployedShape is the tolerance under which a deployed party writes that member so, "" where none does.
func deployedShape(x *journal.Exchange, pointer, keyword string) string {
	switch {
	case pointer == "/timestamp" && keyword == "format" && ZoneLess(Text(x, pointer)), DeployedNull(x, pointer):
		return "D06"
	case pointer == "/error/code" && Text(x, pointer) != "":
		return "D12"
	}
	return ""
}

// shortUUID is what some parsers take for a UUID: five groups of hexadecimal digits, some of them short.
var shortUUID = regexp.MustCompile(`^[0-9a-fA-F]{1,8}(-[0-9a-fA-F]{1,4}){3}-[0-9a-fA-F]{1,12}$`)

// leftToCallee is the tolerance under which the gateway passed on a wrong answer, "" where there is none: it was delivered
// to the party that asked, and either only its own requestId or timestamp is wrong, or that party refused it.
func leftToCallee(r Route, pointer string, delivered *journal.Exchange) string {
	switch {
	case pointer == "/requestId" && len(r.Astray) == 0 && shortUUID.MatchString(Text(r.Sent, "/requestId")):
		return "D20" // java.util.UUID.fromString takes it
	case contract.MustEndpoint(r.Sent.Endpoint).Answers == "" || len(r.Astray) > 0 || len(r.Delivered) != 1 || r.Delivered[0] != delivered:
		return ""
	case pointer == "/requestId" || pointer == "/timestamp":
		return "D19"
	case Status(delivered) >= 400 && Status(delivered) < 500:
		return "D20"
	}
	return ""
}

// tolerated are the tolerances under which something was found: what deployed systems do, where that was found, and the first finding.
func tolerated(r *Results) []Deviation {
	var all []Deviation
	for _, row := range Tolerances {
		var where []string
		first := ""
		for _, q := range r.Requirements {
			for _, c := range q.Checks {
				for _, f := range c.Findings {
					if f.Tolerance != row.ID {
						continue
					}
					if first == "" {
						first = f.Received
					}
					if !slices.Contains(where, q.ID) {
						where = append(where, q.ID)
					}
				}
			}
		}
		if len(where) > 0 {
			text := fmt.Sprintf("%s Found under %s; first: %s.", row.Deployed, strings.Join(where, ", "), first)
			all = append(all, Deviation{Kind: "tolerance", ID: row.ID, Text: text})
		}
	}
	return all
}
