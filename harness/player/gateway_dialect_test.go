package player

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func gwSpeaksField(o *GatewayOptions) { o.Dialect = DialectField }

func TestGatewayRefusesAsDeployed(t *testing.T) {
	n := gwNetwork(t, gwSpeaksField)
	body := gwRequestBody(contract.Init, n.hip)
	n.accepted(n.send(n.hip, n.cm.Registration, contract.Init, body))
	n.next(n.cm)
	coded := func(a Answer, status int, code, words string) {
		t.Helper()
		n.refused(a, status, words)
		if !strings.Contains(string(a.Body), `"code":`+code) {
			t.Errorf("answered %s, want the code %s", a.Body, code)
		}
	}
	at := func(text string) string {
		return strings.Replace(gwRequestBody(contract.Init, n.hip), `"timestamp":"`, `"timestamp":"`+text+`","was":"`, 1)
	}
	now := time.Now().UTC()
	coded(n.send(n.hip, n.cm.Registration, contract.Init, body), 429, "2429", "Too many requests")
	coded(n.send(n.hip, n.cm.Registration, contract.Init, at(now.Add(-2*time.Minute).Format(time.RFC3339))), 429, "2429", "")
	coded(n.send(n.hip, n.cm.Registration, contract.Init, at("yesterday")), 429, "2429", "")
	coded(n.send(n.hip, n.cm.Registration, contract.Init, at(now.In(time.FixedZone("", 19800)).Format(time.RFC3339))), 429, "2429", "")
	coded(n.send(n.hip, Registration{}, contract.Init, gwRequestBody(contract.Init, n.hip)), 500, "2500", "No mapping found for X-CM-ID")
	coded(n.send(n.hip, Registration{Role: contract.CM, ID: "nobody"}, contract.Init, gwRequestBody(contract.Init, n.hip)), 500, "2500", "No mapping found for X-CM-ID")
	coded(n.send(n.hip, n.cm.Registration, contract.Init, `{"requestId":"abc","timestamp":"`+Timestamp(now)+`"}`), 400, "2400", "requestId")
	coded(n.send(n.hip, n.cm.Registration, contract.Init, `{"requestId":1,"timestamp":"`+Timestamp(now)+`"}`), 400, "2400", "requestId")
	role := n.send(n.cm, n.cm.Registration, contract.Init, gwRequestBody(contract.Init, n.hip))
	if role.Status != 403 || !strings.HasPrefix(role.Header.Get("Content-Type"), "text/plain") || strings.TrimSpace(string(role.Body)) != "Access Denied" {
		t.Errorf("a wrong role is answered %d %s %q", role.Status, role.Header.Get("Content-Type"), role.Body)
	}
	if a := n.send(n.hip, n.cm.Registration, contract.Init, body, "Authorization", ""); a.Status != 401 || len(a.Body) > 0 {
		t.Errorf("no token is answered %d %q", a.Status, a.Body)
	}
	n.quiet(n.all()...)
	n.accepted(n.send(n.hip, n.cm.Registration, contract.Init, `{"requestId":"1-1-1-1-1","timestamp":"`+now.Format(gwZoneLess)+`"}`))
	if d := n.next(n.cm); !gwLooseUUID.MatchString(d.string(t, "/requestId")) || d.string(t, "/requestId") == "1-1-1-1-1" {
		t.Errorf("passed on as %s", d.body)
	}
}

func TestGatewayDeliversAnswersAsDeployed(t *testing.T) {
	n := gwNetwork(t, gwSpeaksField)
	body := gwRequestBody(contract.Init, n.hip)
	n.accepted(n.send(n.hip, n.cm.Registration, contract.Init, body))
	asked := n.next(n.cm).string(t, "/requestId")
	answer := `{"auth":{"mode":"FACE"},"resp":{"requestId":"` + asked + `"}}`
	n.refused(n.send(n.cm, n.hip2.Registration, contract.OnInit, answer), 400, "party that sent the request")
	for range 2 { // neither requestId nor schema is looked at, and it may come again
		n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, answer))
		d := n.next(n.hip)
		if _, err := time.Parse(gwZoneLess, d.string(t, "/timestamp")); err != nil || d.string(t, "/resp/requestId") != gwID(body) || d.string(t, "/requestId") == "" {
			t.Errorf("delivered as %s", d.body)
		}
	}
	n.quiet(n.all()...)
}

func TestGatewayTellsOfFailuresAsDeployed(t *testing.T) {
	n := gwNetwork(t, gwSpeaksField)
	n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	n.accepted(n.send(n.hiu, n.cm.Registration, contract.Confirm, gwRequestBody(contract.Confirm, n.hiu)))
	n.next(n.cm)
	n.quiet(n.all()...) // a failure without a body is taken for success
	n.cm.answers(func(w http.ResponseWriter, _ *http.Request) {
		gwWriteJSON(w, 400, contract.ErrorResponse{Error: contract.Error{Code: 1414, Message: "Patient id is invalid"}})
	})
	for endpoint, header := range map[string]string{contract.Init: contract.HeaderHIU, contract.Confirm: contract.HeaderHIP} {
		body := gwRequestBody(endpoint, n.hiu)
		n.accepted(n.send(n.hiu, n.cm.Registration, endpoint, body))
		n.next(n.cm)
		d := n.next(n.hiu)
		text := string(d.body)
		if d.string(t, "/resp/requestId") != gwID(body) || strings.Contains(text, "timestamp") || !strings.Contains(text, `"auth":null`) || d.string(t, "/error/message") != "Patient id is invalid" {
			t.Errorf("%s: told by %s", endpoint, text)
		}
		if d.header.Get(header) != "bridge_hiu-client" || len(d.header.Values(contract.HeaderHIP))+len(d.header.Values(contract.HeaderHIU)) != 1 {
			t.Errorf("%s: told with the headers %v", endpoint, d.header)
		}
	}
}

func TestGatewayKnowsItsDialects(t *testing.T) {
	if _, err := NewGateway(GatewayOptions{Dialect: "lax"}); err == nil || !strings.Contains(err.Error(), "lax") || !strings.Contains(err.Error(), DialectField) {
		t.Errorf("an unknown dialect gives %v", err)
	}
}
