package player

import (
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

// TestGatewayConversations plays each request and its answer through the
// gateway, as HIP and as HIU, and looks at both second hops.
func TestGatewayConversations(t *testing.T) {
	n := gwNetwork(t, nil)
	for _, e := range contract.Endpoints {
		if e.Callback == "" {
			continue
		}
		bridges := []*gwParty{n.hip, n.hiu}
		for _, bridge := range bridges {
			from, to := bridge, n.cm
			if e.Name == contract.Notify {
				from, to = n.cm, bridge
			}
			t.Run(e.Name+" "+bridge.ID, func(t *testing.T) {
				n.t = t
				n.converse(e, from, to)
			})
		}
	}
}

// converse plays one request and its answer.
func (n *gwNet) converse(e contract.Endpoint, from, to *gwParty) {
	t := n.t
	t.Helper()
	body := gwRequestBody(e.Name, from)
	answer := n.send(from, to.Registration, e.Name, body, "CORRELATION-ID", "c-1")
	n.accepted(answer)
	if got := answer.Header.Get("CORRELATION-ID"); got != "c-1" {
		t.Errorf("the answer has CORRELATION-ID %q; want c-1", got)
	}
	request := n.next(to)
	n.checkHop(request, e, from, to, body)
	forwarded := request.string(t, "/requestId")

	reply := gwAnswerBody(e.Callback, strings.ToUpper(forwarded))
	n.accepted(n.send(to, from.Registration, e.Callback, reply))
	callback := n.next(from)
	n.checkHop(callback, contract.MustEndpoint(e.Callback), to, from, reply)
	if got := callback.string(t, "/resp/requestId"); got != gwID(body) {
		t.Errorf("resp.requestId is %q; want the caller's %q", got, gwID(body))
	}
	if got := callback.string(t, "/requestId"); got == forwarded || got == gwID(reply) || got == gwID(body) {
		t.Errorf("the callback's requestId %q was used on another hop", got)
	}
	n.refused(n.send(to, from.Registration, e.Callback, gwAnswerBody(e.Callback, forwarded)), 400, "/resp/requestId")
	n.quiet(n.all()...)
}

// checkHop judges one second hop: path, headers, and a body that differs in the two ids only.
func (n *gwNet) checkHop(d gwDelivery, e contract.Endpoint, from, to *gwParty, sent string) {
	t := n.t
	t.Helper()
	if d.path != "/base"+e.Path {
		t.Errorf("delivered at %s; want /base%s", d.path, e.Path)
	}
	if got := d.header.Get("CORRELATION-ID"); got != "c-1" {
		t.Errorf("%s was delivered with CORRELATION-ID %q; want c-1", e.Name, got)
	}
	if got := d.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s was delivered with Content-Type %q", e.Name, got)
	}
	for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
		want := ""
		if role == to.Role && role != contract.CM {
			want = to.ID
		}
		if got := d.header.Get(role.Header()); got != want {
			t.Errorf("%s was delivered with %s %q; want %q", e.Name, role.Header(), got, want)
		}
	}
	if got, want := d.header.Get("X-ORIGIN-ID"), "bridge_"+from.ClientID; to.Role == contract.CM && got != want {
		t.Errorf("%s was delivered with X-ORIGIN-ID %q; want %q", e.Name, got, want)
	}
	token := strings.TrimPrefix(d.header.Get("Authorization"), "Bearer ")
	claims, err := n.gateway.Issuer().Verify(token)
	if err != nil || !claims.HasRole(contract.Gateway) || claims.HasRole(from.Role) {
		t.Errorf("%s was delivered with a token that is not the gateway's own: %v %v", e.Name, claims.Realm, err)
	}
	restored := strings.Replace(string(d.body), d.string(t, "/requestId"), gwID(sent), 1)
	if e.Answers != "" {
		doc, _ := gwParse([]byte(sent))
		restored = strings.Replace(restored, d.string(t, "/resp/requestId"), doc.string("/resp/requestId"), 1)
	}
	if restored != sent {
		t.Errorf("the body was changed\n from %s\n to   %s", sent, d.body)
	}
}
