package bridge

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
)

// absences are the ways in which required members of a message can be not there.
func absences(endpoint string, members ...string) string {
	var all []string
	for _, member := range members {
		for _, kind := range []string{"missing", "null"} {
			all = append(all, "invalid/"+endpoint+"/"+kind+":"+member)
		}
	}
	return strings.Join(all, "|")
}

// wrongMembers are the members of each message about which AUTH-GEN-030 asks: all that no other requirement does.
var wrongMembers = map[string][]string{
	contract.OnFetchModes: {"wrong-type:*", "wrong-enum:auth.purpose", "wrong-format:resp.requestId", "empty:auth.purpose", "empty:auth.modes.*", "empty:resp.requestId"},
	contract.OnInit:       {"wrong-type:*", "wrong-format:resp.requestId", "empty:resp.requestId"},
	contract.OnConfirm:    {"wrong-type:*", "wrong-enum:*", "wrong-format:auth.*", "wrong-format:resp.*", "empty:auth.*", "empty:resp.*", "missing:auth.*", "null:auth.*"},
	contract.Notify: {"wrong-type:*", "wrong-enum:auth.validity.*", "wrong-enum:auth.patient.*", "wrong-format:auth.*", "empty:auth.validity.*", "empty:auth.patient.*",
		"missing:auth.validity.*", "missing:auth.patient.*", "null:auth.validity.*", "null:auth.patient.*"},
}

func (s specs) bodies() {
	Describe("A wrong body", func() {
		s.It("that is not JSON, empty or no object is refused", "AUTH-GEN-006", "body/*/*",
			refused("Parse the body strictly and answer 400 where it is no JSON object."))
		s.It("without requestId is refused", "AUTH-GEN-007", absences("*", "requestId")+"|invalid/*/empty:requestId",
			refused("Answer 400 to a message without requestId."))
		s.It("with a requestId that is no UUID is refused", "AUTH-GEN-008", "invalid/*/wrong-format:requestId|invalid/*/wrong-type:requestId",
			refused("Answer 400 where requestId is no UUID."))
		s.It("without timestamp is refused", "AUTH-GEN-009", absences("*", "timestamp")+"|invalid/*/empty:timestamp",
			refused("Answer 400 to a message without timestamp."))
		s.It("with an unreadable timestamp is refused", "AUTH-GEN-010", "invalid/*/wrong-format:timestamp|invalid/*/wrong-type:timestamp",
			refused("Answer 400 where timestamp is no date-time."))
		s.It("with members of a wrong type never brings a 5xx", "AUTH-GEN-011", "invalid/*/wrong-type:*|invalid/*/null:*",
			unharmed("Answer 400 to a body that is not of the schema's types; a 5xx says that the subject is broken."))
		s.It("without resp is refused", "AUTH-GEN-036", absences("*", "resp", "resp.requestId"),
			refused("Answer 400 to an answer without resp.requestId: it answers nothing."))
	})
	for _, one := range []struct{ id, endpoint, text, pattern, hint string }{
		{"AUTH-OFM-010", contract.OnFetchModes, "with neither auth nor error", "invalid/on-fetch-modes/prose:neither-auth-nor-error", "Answer 400 where neither auth nor error is there."},
		{"AUTH-OFM-015", contract.OnFetchModes, "without purpose or modes", absences(contract.OnFetchModes, "auth.purpose", "auth.modes"), "Answer 400 where auth is there and purpose or modes is not."},
		{"AUTH-OINIT-006", contract.OnInit, "with neither auth nor error", "invalid/on-init/prose:neither-auth-nor-error", "Answer 400 where neither auth nor error is there."},
		{"AUTH-OINIT-007", contract.OnInit, "without transactionId or mode", absences(contract.OnInit, "auth.transactionId", "auth.mode") + "|invalid/on-init/empty:auth.*",
			"Answer 400 where auth is there and transactionId or mode is not, and send no confirm."},
		{"AUTH-OCONF-009", contract.OnConfirm, "with neither auth nor error", "invalid/on-confirm/prose:neither-auth-nor-error", "Answer 400 where neither auth nor error is there."},
		{"AUTH-NTF-011", contract.Notify, "without auth, transactionId or status, or with a status that does not exist",
			"invalid/notify/prose:neither-auth-nor-error|" + absences(contract.Notify, "auth.transactionId", "auth.status") + "|invalid/notify/empty:auth.transactionId|invalid/notify/empty:auth.status|invalid/notify/wrong-enum:auth.status",
			"Answer 400 where auth, auth.transactionId or auth.status is missing, or the status is neither GRANTED nor DENIED; never take such a notify for a grant."},
	} {
		s.It("refuses "+one.endpoint+" "+one.text, one.id, one.pattern, refused(one.hint))
	}
	for _, e := range contract.Served(s.role) {
		s.It("refuses "+e.Name+" that offends its schema in any other way", "AUTH-GEN-030", othersOf(e.Name),
			refused("Validate the whole body against the schema of "+e.Schema+" and answer 400 where it offends it."))
	}
	Describe("Both auth and error", func() {
		const hint = "Answer 400, or take the message for the error that it tells; never for a success."
		s.It("in on-init begin nothing", "AUTH-OINIT-015", "invalid/on-init/prose:both-auth-and-error", harmless(hint))
		s.It("in another answer grant nothing", "AUTH-GEN-034", "invalid/on-fetch-modes/prose:both-auth-and-error|invalid/on-confirm/prose:both-auth-and-error", harmless(hint))
	})
}

// othersOf is the pattern of the wrong members of a message, and, of an answer, of those of its error.
func othersOf(endpoint string) string {
	kinds := wrongMembers[endpoint]
	if contract.MustEndpoint(endpoint).Answers != "" {
		kinds = append([]string{"missing:error.*", "null:error.*"}, kinds...)
	}
	return "invalid/" + endpoint + "/" + strings.Join(kinds, "|invalid/"+endpoint+"/")
}
