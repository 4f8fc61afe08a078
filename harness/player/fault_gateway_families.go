package player

import (
	"fmt"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// gatewayEndpointFaults are the families of faults that come once for each endpoint.
func gatewayEndpointFaults() []Fault {
	var all []Fault
	add := func(name, requirements, summary string) { all = append(all, faultRow(name, requirements, summary)) }
	for _, e := range contract.Endpoints {
		roles := "GW-016"
		if e.SentBy(contract.CM) {
			roles = "GW-015"
		}
		add("auth-unchecked:"+e.Name, "GEN-019 GEN-020 GEN-021 GEN-022", "checks no token on "+e.Name)
		add("role-unchecked:"+e.Name, roles, "accepts "+e.Name+" from a token of any role (GM25, GM26)")
		add("drop-"+e.Name, gwOnce(e), "acknowledges "+e.Name+" and does not deliver it")
		add("double-"+e.Name, gwOnce(e), "delivers "+e.Name+" twice")
		add("misroute:"+e.Name, gwMisrouted(e), "delivers "+e.Name+" to another party of the kind that takes it")
		add("neither-accepted:"+e.Name, gwUnrouted[e.Name], "acknowledges "+e.Name+" without a routing header and drops it")
		if both := gwBoth[e.Name]; both != "" {
			add("both-accepted:"+e.Name, both, "delivers "+e.Name+" with both routing headers to both parties")
		}
		if e.Answers != "" {
			add("resp-not-mapped:"+e.Name, gwOnce(e), "leaves its own id in resp.requestId of "+e.Name+" (GM02, GM55)")
			add("accept-both:"+e.Name, "GEN-034", "accepts "+e.Name+" with a payload and an error")
		}
		if empty := gwEmpty[e.Name]; empty != "" {
			add("accept-neither:"+e.Name, empty, "accepts "+e.Name+" without what it is for")
		}
		if e.Name == contract.Confirm {
			add("accept-both:"+e.Name, "", "accepts "+e.Name+" with both kinds of credential, of which the CM takes one")
		}
	}
	return all
}

// gwOnce is the requirement that a message is delivered once, to the right party, correlated.
func gwOnce(e contract.Endpoint) string {
	switch {
	case e.Name == contract.Notify:
		return "NTF-007"
	case e.Name == contract.OnNotify:
		return "ONTF-006"
	case e.Answers != "":
		return "GW-002"
	}
	return "GW-001"
}

// gwMisrouted are the requirements on where a message goes.
func gwMisrouted(e contract.Endpoint) string {
	if e.Answers != "" && e.Name != contract.OnNotify {
		return "GW-002 GEN-028"
	}
	return gwOnce(e)
}

// gwUnrouted, gwBoth and gwEmpty are the requirements that the families break, by endpoint.
var (
	gwUnrouted = map[string]string{
		contract.FetchModes: "FM-008", contract.Init: "INIT-010", contract.Confirm: "CONF-024", contract.OnNotify: "ONTF-009",
		contract.OnFetchModes: "OFM-006", contract.OnInit: "OINIT-019", contract.OnConfirm: "OCONF-017", contract.Notify: "NTF-008",
	}
	gwBoth = map[string]string{
		contract.OnFetchModes: "OFM-007", contract.OnInit: "OINIT-020", contract.OnConfirm: "OCONF-018", contract.Notify: "NTF-020",
	}
	gwEmpty = map[string]string{
		contract.OnFetchModes: "GEN-030", contract.OnInit: "OINIT-021", contract.OnConfirm: "OCONF-019",
		contract.Notify: "NTF-021", contract.OnNotify: "ONTF-007", contract.Confirm: "CONF-009",
	}
)

// gatewayMemberFaults are the families of faults that come once for each member of each message. To accept a bad
// member is lawful where the other party finds it and the sender is told; here the sender is told nothing.
func gatewayMemberFaults() []Fault {
	var all []Fault
	for _, e := range contract.Endpoints {
		family := gwFamilies{endpoint: e, alike: map[string]bool{}}
		for _, m := range schemas.Members(e.Schema) {
			if !gwSeenElsewhere(e, m.Pointer) {
				family.member(m)
			}
		}
		all = append(all, family.faults...)
	}
	return all
}

// gwFamilies collects the faults in the members of one message.
type gwFamilies struct {
	endpoint contract.Endpoint
	faults   []Fault
	alike    map[string]bool // kinds of members that a family has, see add
}

func (g *gwFamilies) member(m schemas.Member) {
	e := g.endpoint
	if m.Required && !strings.HasPrefix(m.Pointer, "/error/") { // the gateway's own document asks for no member of an error
		number := ""
		if m.Pointer == "/timestamp" {
			number = " (GM23)"
		}
		g.add("accept-missing", m, gwMissing(e, m.Pointer), "accepts "+e.Name+" without "+m.Pointer+number)
	}
	g.add("accept-invalid", m, gwInvalid(e, m.Pointer), "accepts "+e.Name+" with a "+m.Pointer+" of a wrong type or value")
	if !gwTravels(e, m.Pointer) || strings.HasSuffix(m.Pointer, "/0") || strings.Contains(m.Pointer, "/0/") {
		return
	}
	travels := gwUnchanged
	switch {
	case m.Pointer == "/query", m.Pointer == "/query/id": // a request about another patient, or nobody, belongs to no conversation
		travels = gwUnchanged + " GW-001"
	case e.Name == contract.OnNotify: // its errors are in no conversation that is played
		travels = gwUnchanged + " GEN-026"
	}
	if m.Type != "object" {
		g.add("member-changed", m, travels, "changes "+m.Pointer+" of "+e.Name)
	}
	if m.Type == "object" || !m.Required {
		g.add("member-lost", m, travels, "loses "+m.Pointer+" of "+e.Name+" (GM44)")
	}
}

// Requirements that speak of no member in particular.
const (
	gwSchema    = "GEN-030"
	gwUnchanged = "GW-004"
)

// add adds the fault of a family in a member. Nested members of one message that the document describes alike are as good
// as one another where the requirement names none of them: a gateway treats them by the same code, and the same check finds it.
func (g *gwFamilies) add(family string, m schemas.Member, requirements, summary string) {
	kind := fmt.Sprintf("%s %s %t %s %s %d", family, m.Type, m.Enum != nil, m.Format, m.Pattern, m.MinLength)
	if requirements == gwSchema || requirements == gwUnchanged {
		if nested := strings.Count(m.Pointer, "/") > 1; nested && g.alike[kind] {
			return
		}
		g.alike[kind] = true
	}
	g.faults = append(g.faults, faultRow(family+":"+g.endpoint.Name+":"+m.Pointer, requirements, summary))
}

// gwSeenElsewhere says whether a fault in this member is nearly that of another one: the patient and the validity of a
// notify are those of on-confirm, all errors are alike, and so are the lines of an address.
func gwSeenElsewhere(e contract.Endpoint, pointer string) bool {
	below := func(prefix string) bool { return strings.HasPrefix(pointer, prefix) }
	switch {
	case e.Name == contract.Notify && (below("/auth/patient/") || below("/auth/validity/")),
		e.Name != contract.OnInit && below("/error/"),
		below("/auth/validity/requester/"), below("/auth/patient/identifiers/"), e.Name != contract.OnInit && pointer == "/resp":
		return true
	}
	return below("/auth/patient/address/") && pointer != "/auth/patient/address/line"
}

// gwTravels says whether a member must reach the callee as it was sent.
func gwTravels(e contract.Endpoint, pointer string) bool {
	first, _, _ := strings.Cut(pointer[1:], "/")
	return first == e.Payload || first == "error" || first == "transactionId"
}

// gwRequired are the requirements that name a required member, by endpoint and pointer.
var gwRequired = map[string]string{
	"fetch-modes /query": "FM-005", "fetch-modes /query/id": "FM-005", "fetch-modes /query/purpose": "FM-006",
	"fetch-modes /query/requester": "FM-007", "fetch-modes /query/requester/type": "FM-007", "fetch-modes /query/requester/id": "FM-007",
	"on-fetch-modes /auth/purpose": "OFM-015", "on-fetch-modes /auth/modes": "OFM-015",
	"on-fetch-modes /resp": "OFM-006", "on-fetch-modes /resp/requestId": "OFM-006",
	"init /query": "INIT-006", "init /query/id": "INIT-006", "init /query/purpose": "INIT-007",
	"init /query/requester": "INIT-007", "init /query/requester/type": "INIT-007", "init /query/requester/id": "INIT-007",
	"on-init /auth/transactionId": "OINIT-021", "on-init /auth/mode": "OINIT-021", "on-init /resp": "OINIT-021", "on-init /resp/requestId": "OINIT-021",
	"confirm /transactionId": "CONF-008", "confirm /credential": "CONF-009",
	"on-confirm /resp": "OCONF-019", "on-confirm /resp/requestId": "OCONF-019",
	"notify /auth/transactionId": "NTF-021", "notify /auth/status": "NTF-021",
	"on-notify /acknowledgement/status": "ONTF-007", "on-notify /resp": "ONTF-007", "on-notify /resp/requestId": "ONTF-007",
}

// gwMissing is the requirement that a message without a member is refused.
func gwMissing(e contract.Endpoint, pointer string) string {
	switch pointer {
	case "/requestId":
		return "GEN-007"
	case "/timestamp":
		return "GEN-009"
	}
	if named, ok := gwRequired[e.Name+" "+pointer]; ok {
		return named
	}
	return gwSchema
}

// gwClosed are the requirements that name the values of a member, by endpoint and pointer.
var gwClosed = map[string]string{
	"fetch-modes /query/purpose": "FM-006", "fetch-modes /query/requester/type": "FM-007",
	"init /query/purpose": "INIT-007", "init /query/requester/type": "INIT-007", "init /query/authMode": "INIT-008",
	"notify /auth/status": "NTF-021",
}

// gwInvalid is the requirement that a message with a bad value of a member is refused.
func gwInvalid(e contract.Endpoint, pointer string) string {
	switch pointer {
	case "/requestId":
		return "GEN-008"
	case "/timestamp":
		return "GEN-010"
	}
	if named, ok := gwClosed[e.Name+" "+pointer]; ok {
		return named
	}
	return gwSchema
}
