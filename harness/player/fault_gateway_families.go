package player

import (
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// gatewayEndpointFaults are the families of faults that come once for each endpoint.
func gatewayEndpointFaults() []Fault {
	var all []Fault
	add := func(name, requirements, summary string) { all = append(all, faultRow(name, requirements, summary)) }
	for _, e := range contract.Endpoints {
		toBridge := len(e.Callees) > 1
		roles := "GW-016"
		if e.SentBy(contract.CM) {
			roles = "GW-015"
		}
		lost := "GW-001"
		switch {
		case e.Answers != "":
			lost = "GW-002"
		case e.Name == contract.Notify:
			lost = "NTF-007"
		}
		if e.Name == contract.OnNotify {
			lost = "ONTF-006"
		}
		add("auth-unchecked:"+e.Name, "GEN-019 GEN-020 GEN-021 GEN-022", "checks no token on "+e.Name)
		add("role-unchecked:"+e.Name, roles, "accepts "+e.Name+" from a token of any role (GM25, GM26)")
		add("drop-"+e.Name, lost, "acknowledges "+e.Name+" and does not deliver it")
		add("double-"+e.Name, gwDoubled(e), "delivers "+e.Name+" twice")
		add("misroute:"+e.Name, gwMisrouted(e), "delivers "+e.Name+" to another party of the kind that takes it")
		add("neither-accepted:"+e.Name, gwUnrouted(e), "acknowledges "+e.Name+" without a routing header and drops it")
		if toBridge {
			add("both-accepted:"+e.Name, "OFM-007", "delivers "+e.Name+" with both routing headers to both parties")
		}
		if e.Answers != "" {
			resp := "GW-002"
			if e.Name == contract.OnNotify {
				resp = "ONTF-006"
			}
			add("resp-not-mapped:"+e.Name, resp, "leaves its own id in resp.requestId of "+e.Name+" (GM02, GM55)")
			add("accept-both:"+e.Name, "", "accepts "+e.Name+" with a payload and an error")
		}
		if e.Answers != "" || e.Name == contract.Notify || e.Name == contract.Confirm {
			add("accept-neither:"+e.Name, gwEmpty(e), "accepts "+e.Name+" without what it is for")
		}
		if e.Name == contract.Confirm {
			add("accept-both:"+e.Name, "", "accepts "+e.Name+" with both kinds of credential")
		}
	}
	return all
}

// gwDoubled, gwMisrouted, gwUnrouted and gwEmpty are the requirements that the families break, by endpoint.
func gwDoubled(e contract.Endpoint) string {
	switch {
	case e.Name == contract.Notify:
		return "NTF-007"
	case e.Name == contract.OnNotify:
		return "ONTF-006"
	case e.Answers != "":
		return "GW-031 GW-002"
	}
	return "GW-001"
}

func gwMisrouted(e contract.Endpoint) string {
	switch {
	case e.Name == contract.Notify:
		return "NTF-007 GW-007"
	case e.Name == contract.OnNotify:
		return "ONTF-006"
	case e.Answers != "":
		return "GW-019 GW-002"
	}
	return "GW-001"
}

func gwUnrouted(e contract.Endpoint) string {
	switch e.Name {
	case contract.FetchModes:
		return "FM-008"
	case contract.Init:
		return "INIT-010"
	case contract.OnFetchModes:
		return "OFM-006"
	case contract.Notify:
		return "NTF-008"
	}
	return ""
}

func gwEmpty(e contract.Endpoint) string {
	switch e.Name {
	case contract.OnNotify:
		return "ONTF-007"
	case contract.Confirm:
		return "CONF-009"
	}
	return ""
}

// gatewayMemberFaults are the families of faults that come once for each
// member of each message. Where the document leaves open which hop validates,
// a gateway that accepts a bad member is caught only if no error follows.
func gatewayMemberFaults() []Fault {
	var all []Fault
	for _, e := range contract.Endpoints {
		for _, m := range schemas.Members(e.Schema) {
			about := e.Name + ":" + m.Pointer
			if m.Required {
				number := ""
				if m.Pointer == "/timestamp" {
					number = " (GM23)"
				}
				all = append(all, faultRow("accept-missing:"+about, gwMissing(e, m.Pointer), "accepts "+e.Name+" without "+m.Pointer+number))
			}
			all = append(all, faultRow("accept-invalid:"+about, gwInvalid(e, m.Pointer), "accepts "+e.Name+" with a "+m.Pointer+" of a wrong type or value"))
			if !gwTravels(e, m.Pointer) || strings.HasSuffix(m.Pointer, "/0") || strings.Contains(m.Pointer, "/0/") {
				continue
			}
			all = append(all, faultRow("member-lost:"+about, "GW-004", "loses "+m.Pointer+" of "+e.Name+" (GM44)"))
			if m.Type != "object" && m.Pointer != "/auth/patient/identifiers" {
				all = append(all, faultRow("member-changed:"+about, "GW-004", "changes "+m.Pointer+" of "+e.Name))
			}
		}
	}
	return all
}

// gwTravels says whether a member must reach the callee as it was sent.
func gwTravels(e contract.Endpoint, pointer string) bool {
	first, _, _ := strings.Cut(pointer[1:], "/")
	return first == e.Payload || first == "error" || first == "transactionId"
}

// gwMissing are the requirements on a gateway that name a required member.
func gwMissing(e contract.Endpoint, pointer string) string {
	switch pointer {
	case "/requestId":
		return "GEN-007"
	case "/timestamp":
		return "GEN-009"
	case "/resp", "/resp/requestId":
		switch e.Name {
		case contract.OnFetchModes:
			return "OFM-006"
		case contract.OnNotify:
			return "ONTF-007"
		}
		return ""
	}
	switch e.Name + " " + pointer {
	case "fetch-modes /query", "fetch-modes /query/id":
		return "FM-005"
	case "fetch-modes /query/purpose":
		return "FM-006"
	case "fetch-modes /query/requester", "fetch-modes /query/requester/type", "fetch-modes /query/requester/id":
		return "FM-007"
	case "init /query", "init /query/id":
		return "INIT-006"
	case "init /query/purpose", "init /query/requester", "init /query/requester/type", "init /query/requester/id":
		return "INIT-007"
	case "confirm /transactionId":
		return "CONF-008"
	case "confirm /credential":
		return "CONF-009"
	}
	return ""
}

// gwInvalid are the requirements on a gateway that name a member's value.
func gwInvalid(e contract.Endpoint, pointer string) string {
	switch pointer {
	case "/requestId":
		return "GEN-008"
	case "/timestamp":
		return "GEN-010"
	case "/query/authMode":
		return "INIT-008"
	}
	if e.Payload == "query" {
		return gwMissing(e, pointer)
	}
	return ""
}
