package gateway

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
)

// refused is a check that every wrong message of its pattern is refused.
func refused(hint string) func(*suites.C) {
	return func(c *suites.C) { c.Each(func(f *suites.Flow) { c.Refusal(f, hint) }) }
}

// absences are the ways in which a required member can be not there.
func absences(endpoint string, members ...string) string {
	pattern := ""
	for _, m := range members {
		for _, kind := range []string{"missing", "null"} {
			if pattern != "" {
				pattern += "|"
			}
			pattern += "invalid/" + endpoint + "/" + kind + ":" + m
		}
	}
	return pattern
}

// otherKinds are the ways in which a member can be wrong that other requirements name only for some members.
var otherKinds = []string{"empty:*", "wrong-type:*", "wrong-enum:*", "wrong-format:*", "missing:*", "null:*"}

func bodies() {
	Describe("A wrong body", func() {
		It("that is not JSON, empty or no object is refused", suites.Check("AUTH-GEN-006", "body/*/*",
			refused("Parse the body strictly and answer 400 where it is no JSON object.")))
		It("without requestId is refused", suites.Check("AUTH-GEN-007", absences("*", "requestId")+"|invalid/*/empty:requestId",
			refused("Answer 400 to a message without requestId.")))
		It("with a requestId that is no UUID is refused", suites.Check("AUTH-GEN-008", "invalid/*/wrong-format:requestId|invalid/*/wrong-type:requestId|id/*/*",
			refused("Answer 400 where requestId is no UUID.")))
		It("without timestamp is refused", suites.Check("AUTH-GEN-009", absences("*", "timestamp")+"|invalid/*/empty:timestamp",
			refused("Answer 400 to a message without timestamp.")))
		It("with an unreadable timestamp is refused", suites.Check("AUTH-GEN-010", "invalid/*/wrong-format:timestamp|invalid/*/wrong-type:timestamp|time/*/*",
			refused("Answer 400 where timestamp is no RFC 3339 date-time.")))
	})
	It("refuses bytes that are no UTF-8", suites.Check("AUTH-GEN-030", "bytes/not-utf-8/*", refused("Read bodies as UTF-8 (RFC 8259, 8.1) and refuse what is none: replaced characters reach the other party as another text.")))
	for _, values := range []struct{ id, pattern, text string }{
		{"AUTH-FM-006", "invalid/fetch-modes/wrong-enum:query.purpose", "fetch-modes with a purpose that does not exist"},
		{"AUTH-INIT-007", "invalid/init/wrong-enum:query.purpose", "init with a purpose that does not exist"},
		{"AUTH-INIT-008", "invalid/init/wrong-enum:query.authMode", "init with a mode that does not exist"},
		{"AUTH-NTF-021", "invalid/notify/wrong-enum:auth.status", "notify with a status that does not exist"},
		{"AUTH-CONF-009", "invalid/confirm/prose:credential-empty", "confirm with an empty credential"},
		{"AUTH-OINIT-021", "invalid/on-init/prose:neither-auth-nor-error", "on-init with neither auth nor error"},
		{"AUTH-OCONF-019", "invalid/on-confirm/prose:neither-auth-nor-error", "on-confirm with neither auth nor error"},
		{"AUTH-NTF-021", "invalid/notify/prose:neither-auth-nor-error", "notify without auth"},
		{"AUTH-ONTF-007", "invalid/on-notify/prose:neither-acknowledgement-nor-error", "on-notify with neither acknowledgement nor error"},
	} {
		It("refuses "+values.text, suites.Check(values.id, values.pattern, refused("Answer 400: the document names this among the causes, or closes the set of values.")))
	}
	for _, query := range []struct{ id, endpoint string }{{"AUTH-FM-007", contract.FetchModes}, {"AUTH-INIT-007", contract.Init}} {
		It("refuses "+query.endpoint+" with a requester type that does not exist", suites.Check(query.id, "invalid/"+query.endpoint+"/wrong-enum:query.requester.type",
			rejected("Answer 400, or 403, to a requester that is neither HIP nor HIU.")))
	}
	for _, e := range contract.Endpoints {
		pattern := "invalid/" + e.Name + "/" + strings.Join(otherKinds, "|invalid/"+e.Name+"/")
		if e.Name == contract.OnFetchModes { // the only answer whose text does not list this among the causes of a 400
			pattern += "|invalid/on-fetch-modes/prose:neither-auth-nor-error"
		}
		It("refuses "+e.Name+" that offends its schema or its text in any other way", suites.Check("AUTH-GEN-030", pattern,
			refused("Validate the whole body against the schema of "+e.Schema+", or let the callee refuse it and send an error callback.")))
	}
	for _, member := range []struct{ id, endpoint, members, text, hint string }{
		{"AUTH-FM-005", "fetch-modes", "query,query.id", "without query.id", "Answer 400 to fetch-modes without query.id, or let the CM refuse it and send an error callback."},
		{"AUTH-FM-006", "fetch-modes", "query.purpose", "without query.purpose", "Answer 400 to fetch-modes without a purpose."},
		{"AUTH-FM-007", "fetch-modes", "query.requester,query.requester.type,query.requester.id", "without query.requester", "Answer 400 to fetch-modes without a whole requester."},
		{"AUTH-OFM-006", "on-fetch-modes", "resp,resp.requestId", "without resp", "Answer 400 to on-fetch-modes without resp.requestId: it answers nothing."},
		{"AUTH-OFM-015", "on-fetch-modes", "auth.purpose,auth.modes", "without purpose or modes", "Answer 400 to on-fetch-modes whose auth lacks purpose or modes."},
		{"AUTH-INIT-006", "init", "query,query.id", "without query.id", "Answer 400 to init without query.id (\"patient id is not provided\"), or let the CM refuse it and send an error callback."},
		{"AUTH-INIT-007", "init", "query.purpose,query.requester,query.requester.type,query.requester.id", "without purpose or requester", "Answer 400 to init without purpose or a whole requester."},
		{"AUTH-OINIT-021", "on-init", "resp,resp.requestId,auth.transactionId,auth.mode", "without resp, transactionId or mode", "Answer 400 to on-init without resp.requestId, auth.transactionId or auth.mode."},
		{"AUTH-CONF-008", "confirm", "transactionId", "without transactionId", "Answer 400 to confirm without transactionId."},
		{"AUTH-CONF-009", "confirm", "credential", "without credential", "Answer 400 to confirm without credential."},
		{"AUTH-OCONF-019", "on-confirm", "resp,resp.requestId", "without resp", "Answer 400 to on-confirm without resp.requestId."},
		{"AUTH-NTF-021", "notify", "auth.transactionId,auth.status", "without transactionId or status", "Answer 400 to notify whose auth lacks transactionId or status."},
		{"AUTH-ONTF-007", "on-notify", "resp,resp.requestId,acknowledgement.status", "without resp or status", "Answer 400 to on-notify without resp.requestId or acknowledgement.status."},
	} {
		It("refuses "+member.endpoint+" "+member.text, suites.Check(member.id, absences(member.endpoint, strings.Split(member.members, ",")...), refused(member.hint)))
	}
}
