package player

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// gwBroken are the ways in which a callee fails, with the words that the error callback must have.
var gwBroken = []struct {
	kind, words string
	breaks      func(*gwParty)
}{
	{gwRefused, "reached", func(p *gwParty) { p.server.Close() }},
	{gwTimeout, "in time", func(p *gwParty) {
		p.answers(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(gwPatience):
			}
		})
	}},
	{gw4xx, "Patient id is invalid", func(p *gwParty) {
		p.answers(func(w http.ResponseWriter, _ *http.Request) {
			gwWriteJSON(w, 400, contract.ErrorResponse{Error: contract.Error{Code: 1414, Message: "Patient id is invalid"}})
		})
	}},
	{gw4xx, "not take", func(p *gwParty) {
		p.answers(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		})
	}},
	{gw5xx, "failed", func(p *gwParty) {
		p.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	}},
}

func gwShortTimeout(o *GatewayOptions) { o.Timeout = 300 * time.Millisecond }

// TestGatewayTellsOfFailedDeliveries breaks the callee of each request in each way.
func TestGatewayTellsOfFailedDeliveries(t *testing.T) {
	for _, e := range contract.Endpoints {
		if e.Callback == "" {
			continue
		}
		for _, broken := range gwBroken {
			t.Run(e.Name+" "+broken.words, func(t *testing.T) {
				t.Parallel()
				n := gwNetwork(t, gwShortTimeout)
				from, to := n.hiu, n.cm
				if e.Name == contract.Notify {
					from, to = n.cm, n.hiu
				}
				broken.breaks(to)
				body := gwRequestBody(e.Name, from)
				n.accepted(n.send(from, to.Registration, e.Name, body))
				d := n.next(from)
				n.checkErrorCallback(d, e, from, to, gwID(body), broken.words)
				n.quiet(from, n.hip, n.hip2)
			})
		}
	}
}

func (n *gwNet) checkErrorCallback(d gwDelivery, e contract.Endpoint, from, to *gwParty, id, words string) {
	t := n.t
	t.Helper()
	callback := contract.MustEndpoint(e.Callback)
	if d.path != "/base"+callback.Path {
		t.Errorf("the error came at %s; want %s", d.path, callback.Path)
	}
	if v, err := schemas.Validate(callback.Schema, d.body); err != nil || len(v) > 0 {
		t.Errorf("the error callback is not valid: %v %v", v, err)
	}
	for _, role := range contract.Bridges {
		want := ""
		if role == from.Role {
			want = from.ID
		}
		if got := d.header.Get(role.Header()); got != want {
			t.Errorf("%s is %q; want %q", role.Header(), got, want)
		}
	}
	if got := d.string(t, "/resp/requestId"); got != id {
		t.Errorf("resp.requestId is %q; want %q", got, id)
	}
	text := string(d.body)
	if !strings.Contains(text, `"code":2500`) || !strings.Contains(d.string(t, "/error/message"), words) || strings.Contains(text, `"auth"`) {
		t.Errorf("the error callback is %s; want code 2500 and %q", text, words)
	}
	if strings.Contains(text, "127.0.0.1") || strings.Contains(text, "goroutine") {
		t.Errorf("the error callback tells internals: %s", text)
	}
}

// TestGatewayDropsAnswersThatCannotBeDelivered: a bridge that is down gets no retry, and the CM no message.
func TestGatewayDropsAnswersThatCannotBeDelivered(t *testing.T) {
	n := gwNetwork(t, nil)
	id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
	n.hip.server.Close()
	n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
	n.quiet(n.all()...)
}

// TestGatewayRefusesTheAnswerAfterAnErrorCallback: a requester is never told two things.
func TestGatewayRefusesTheAnswerAfterAnErrorCallback(t *testing.T) {
	n := gwNetwork(t, gwShortTimeout)
	n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
	n.next(n.hip)
	n.refused(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)), 400, "answered")
	n.quiet(n.hip)
}

// TestGatewaySendsNoErrorAfterAnAnswer: a CM that answers and then fails has answered.
func TestGatewaySendsNoErrorAfterAnAnswer(t *testing.T) {
	n := gwNetwork(t, nil)
	n.cm.answers(func(w http.ResponseWriter, _ *http.Request) {
		d := <-n.cm.inbox
		n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, d.string(t, "/requestId")))
		w.WriteHeader(500)
	})
	n.accepted(n.send(n.hip, n.cm.Registration, contract.Init, gwQueryBody(n.hip)))
	if d := n.next(n.hip); strings.Contains(string(d.body), "2500") {
		t.Errorf("the requester was told of an error: %s", d.body)
	}
	n.quiet(n.hip)
}

// TestGatewayKnowsTheRequesterOfAConfirm: a client that is HIP and HIU at once
// gets the answer to a confirm as what it began the session as.
func TestGatewayKnowsTheRequesterOfAConfirm(t *testing.T) {
	for _, as := range []contract.Role{contract.HIP, contract.HIU} {
		n := gwNetwork(t, func(o *GatewayOptions) {
			for i := range o.Parties {
				if o.Parties[i].ID == "hiu-1" {
					o.Parties[i].ClientID, o.Parties[i].ClientSecret = "hip-client", "hip-client-secret"
				}
			}
		}, "any-secret")
		n.hiu.ClientID = "hip-client"
		n.tokens["hiu-1"] = n.tokens["hip-1"]
		from := n.hip
		if as == contract.HIU {
			from = n.hiu
		}
		id := n.ask(contract.Init, from, n.cm, gwQueryBody(from))
		n.accepted(n.send(n.cm, from.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
		n.next(from)
		n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		n.ask(contract.Confirm, from, n.cm, gwHead(gwConfirmPart))
		if d := n.next(from); d.header.Get(as.Header()) != from.ID {
			t.Errorf("the error callback of a %s's confirm has the headers %v", as, d.header)
		}
	}
}
