package player

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// ask sends a request and returns the requestId that the callee saw.
func (n *gwNet) ask(endpoint string, from, to *gwParty, body string) string {
	n.t.Helper()
	n.accepted(n.send(from, to.Registration, endpoint, body))
	return n.next(to).string(n.t, "/requestId")
}

func TestGatewayRefusesAnswersThatDoNotFit(t *testing.T) {
	n := gwNetwork(t, nil)
	id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
	answer := func() string { return gwAnswerBody(contract.OnInit, id) }
	n.refused(n.send(n.cm2, n.hip.Registration, contract.OnInit, answer()), 400, "another party")
	n.refused(n.send(n.cm, n.hip2.Registration, contract.OnInit, answer()), 400, "routing header")
	n.refused(n.send(n.cm, n.hiu.Registration, contract.OnInit, answer()), 400, "routing header")
	n.refused(n.send(n.cm, n.hip.Registration, contract.OnConfirm, gwAnswerBody(contract.OnConfirm, id)), 400, "on-confirm")
	n.quiet(n.all()...)
	n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, answer()))
	n.next(n.hip)

	id = n.ask(contract.Notify, n.cm, n.hip, gwRequestBody(contract.Notify, n.cm))
	ack := func() string { return gwAnswerBody(contract.OnNotify, id) }
	n.refused(n.send(n.hip2, n.cm.Registration, contract.OnNotify, ack()), 400, "another party")
	n.refused(n.send(n.hip, n.cm2.Registration, contract.OnNotify, ack()), 400, "routing header")
	n.accepted(n.send(n.hip, n.cm.Registration, contract.OnNotify, ack()))
	n.next(n.cm)
}

func TestGatewayRefusesReplays(t *testing.T) {
	n := gwNetwork(t, nil)
	body := gwQueryBody(n.hip)
	n.ask(contract.Init, n.hip, n.cm, body)
	n.refused(n.send(n.hip, n.cm.Registration, contract.Init, body), 409, "requestId")
	n.refused(n.send(n.hip, n.cm.Registration, contract.Init, strings.Replace(body, gwID(body), strings.ToUpper(gwID(body)), 1)), 409, "requestId")
	n.refused(n.send(n.hip, n.cm.Registration, contract.FetchModes, body), 409, "requestId")
	n.quiet(n.cm)
	// A message that was refused has not used its requestId.
	body = gwQueryBody(n.hip)
	n.refused(n.send(n.hip, Registration{}, contract.Init, body), 400, "X-CM-ID")
	n.ask(contract.Init, n.hip, n.cm, body)
}

func TestGatewayForwardsOneOfTwoAtOnce(t *testing.T) {
	n := gwNetwork(t, nil)
	body := gwQueryBody(n.hip)
	var wait sync.WaitGroup
	statuses := make(chan int, 8)
	for range cap(statuses) {
		wait.Go(func() { statuses <- n.send(n.hip, n.cm.Registration, contract.Init, body).Status })
	}
	wait.Wait()
	close(statuses)
	count := map[int]int{}
	for s := range statuses {
		count[s]++
	}
	if count[202] != 1 || count[409] != 7 {
		t.Errorf("the answers were %v; want one 202 and seven 409", count)
	}
	n.next(n.cm)
	n.quiet(n.cm)
}

func TestGatewayKeepsClientsWithOneRequestIDApart(t *testing.T) {
	n := gwNetwork(t, nil)
	first := gwQueryBody(n.hip)
	second := strings.Replace(gwQueryBody(n.hip2), "x", "x", 1)
	second = string(gwEdited([]byte(second), func(d *gwDocument) []gwEdit { return d.set("/requestId", gwID(first)) }))
	a := n.ask(contract.Init, n.hip, n.cm, first)
	b := n.ask(contract.Init, n.hip2, n.cm, second)
	if a == b {
		t.Fatal("two requests were forwarded with one requestId")
	}
	n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, a)))
	n.accepted(n.send(n.cm, n.hip2.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, b)))
	for _, p := range []*gwParty{n.hip, n.hip2} {
		if got := n.next(p).string(t, "/resp/requestId"); got != gwID(first) {
			t.Errorf("%s was answered %s", p.ID, got)
		}
	}
}

func TestGatewayDeliversARepeatedAnswerAfterAFailure(t *testing.T) {
	n := gwNetwork(t, nil)
	id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
	n.hip.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
	n.next(n.hip)
	n.hip.answers(nil)
	deadline := time.Now().Add(gwPatience)
	for {
		answer := n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id))
		if answer.Status == 202 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a repeated answer is still answered %d %s", answer.Status, answer.Body)
		}
	}
	n.next(n.hip)
	n.refused(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)), 400, "/resp/requestId")
	n.quiet(n.hip)
}

// TestGatewayTakesAnAnswerThatOvertakes plays a CM that answers before it acknowledges.
func TestGatewayTakesAnAnswerThatOvertakes(t *testing.T) {
	n := gwNetwork(t, nil)
	n.overtake()
	body := gwQueryBody(n.hip)
	n.accepted(n.send(n.hip, n.cm.Registration, contract.Init, body))
	if got := n.next(n.hip).string(t, "/resp/requestId"); got != gwID(body) {
		t.Errorf("resp.requestId is %q; want %q", got, gwID(body))
	}
}

// overtake makes the CM send on-init before it acknowledges the init.
func (n *gwNet) overtake() {
	seen := make(chan string, 1)
	n.cm.answers(func(w http.ResponseWriter, _ *http.Request) {
		d := <-n.cm.inbox
		seen <- d.string(n.t, "/requestId")
		n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, <-seen))
		w.WriteHeader(202)
	})
}

func TestGatewayRefusesAnAnswerThatComesTooLate(t *testing.T) {
	n := gwNetwork(t, func(o *GatewayOptions) { o.Correlation = 50 * time.Millisecond })
	id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
	<-time.After(60 * time.Millisecond)
	n.refused(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)), 400, "/resp/requestId")
	n.quiet(n.hip)
}

func TestGatewayPassesRequestIDsThrough(t *testing.T) {
	n := gwNetwork(t, func(o *GatewayOptions) { o.PassThrough = true })
	body := gwQueryBody(n.hip)
	if got := n.ask(contract.Init, n.hip, n.cm, body); got != gwID(body) {
		t.Errorf("forwarded with requestId %q; want the caller's %q", got, gwID(body))
	}
	n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, gwID(body))))
	if got := n.next(n.hip).string(t, "/resp/requestId"); got != gwID(body) {
		t.Errorf("resp.requestId is %q; want %q", got, gwID(body))
	}
	same := string(gwEdited([]byte(gwQueryBody(n.hip2)), func(d *gwDocument) []gwEdit { return d.set("/requestId", gwID(body)) }))
	n.refused(n.send(n.hip2, n.cm.Registration, contract.Init, same), 409, "requestId")
}

func TestGatewayAnswers403ToAWrongRole(t *testing.T) {
	n := gwNetwork(t, func(o *GatewayOptions) { o.WrongRole = 403 })
	n.refused(n.send(n.cm, n.cm.Registration, contract.Init, gwQueryBody(n.hip)), 403, "init")
}

// TestGatewayKeepsManyConversationsApart interleaves sessions of three bridges.
func TestGatewayKeepsManyConversationsApart(t *testing.T) {
	n := gwNetwork(t, nil)
	n.cm.answers(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202) })
	const each = 20
	bridges := []*gwParty{n.hip, n.hip2, n.hiu}
	var wait sync.WaitGroup
	asked := sync.Map{} // requestId to party
	for _, p := range bridges {
		for range each {
			wait.Go(func() {
				body := gwQueryBody(p)
				asked.Store(gwID(body), p.ID)
				if a := n.send(p, n.cm.Registration, contract.Init, body); a.Status != 202 {
					t.Errorf("answered %d %s", a.Status, a.Body)
				}
			})
		}
	}
	for range each * len(bridges) {
		d := n.next(n.cm)
		wait.Go(func() {
			doc, err := gwParse(d.body)
			if err != nil {
				t.Error(err)
				return
			}
			for _, p := range bridges {
				if p.ID == doc.string("/query/requester/id") {
					if a := n.send(n.cm, p.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, doc.string("/requestId"))); a.Status != 202 {
						t.Errorf("answered %d %s", a.Status, a.Body)
					}
				}
			}
		})
	}
	for _, p := range bridges {
		for range each {
			d := n.next(p)
			if owner, _ := asked.Load(d.string(t, "/resp/requestId")); owner != p.ID || d.header.Get(p.Role.Header()) != p.ID {
				t.Errorf("%s received the answer to a request of %v with headers %v", p.ID, owner, d.header)
			}
		}
	}
	wait.Wait()
}

func TestGatewayAcknowledgesBeforeTheCalleeDoes(t *testing.T) {
	n := gwNetwork(t, nil)
	release := make(chan struct{})
	n.cm.answers(func(w http.ResponseWriter, r *http.Request) { <-release })
	n.accepted(n.send(n.hip, n.cm.Registration, contract.Init, gwQueryBody(n.hip)))
	n.next(n.cm)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := n.gateway.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close did not wait for the delivery: %v", err)
	}
	close(release)
	n.refused(n.send(n.hip, n.cm.Registration, contract.Init, gwQueryBody(n.hip)), 503, "closed")
}

func TestNewGatewayRefusesBadParties(t *testing.T) {
	good := Registration{Role: contract.HIP, ID: "hip-1", ClientID: "c", ClientSecret: "s", URL: "http://127.0.0.1:1"}
	for words, change := range map[string]func(*Registration){
		"role":                  func(r *Registration) { r.Role = contract.Gateway },
		"client":                func(r *Registration) { r.ClientSecret = "" },
		"absolute":              func(r *Registration) { r.URL = "localhost" },
		"two parties":           func(r *Registration) {},
		"two different secrets": func(r *Registration) { r.ID, r.ClientSecret = "hip-2", "other" },
	} {
		bad := good
		change(&bad)
		if _, err := NewGateway(GatewayOptions{Parties: []Registration{good, bad}}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("the error is %v; want one that says %q", err, words)
		}
	}
}

func BenchmarkGatewayRequest(b *testing.B) {
	n := gwNetwork(b, nil)
	for b.Loop() {
		n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
	}
}

func FuzzGatewayDocument(f *testing.F) {
	f.Add(gwHead(`"a~/b":{"c":[1,null,{"d":"é\u0031"}]},"resp":{"requestId":"x"}`))
	f.Add(`{"requestId":null}`)
	f.Add(` {} `)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := gwParse([]byte(text))
		if err != nil {
			return
		}
		for name, edits := range map[string][]gwEdit{"set": d.set("/requestId", "new"), "drop": d.drop("/requestId"), "numbers": d.quoteNumbers(d.root)} {
			changed, err := gwParse(d.apply(edits...))
			if err != nil {
				t.Fatalf("%s made %q of %q: %v", name, d.apply(edits...), text, err)
			}
			if name == "set" && changed.string("/requestId") != "new" {
				t.Fatalf("set made %q of %q", changed.text, text)
			}
			if name == "drop" && changed.node("/requestId") != nil {
				t.Fatalf("drop made %q of %q", changed.text, text)
			}
		}
		clean, err := gwParse(d.withoutNulls())
		if err != nil || len(clean.root.members) > len(d.root.members) {
			t.Fatalf("without nulls %q is %q: %v", text, d.withoutNulls(), err)
		}
		_ = fmt.Sprint(gwHasUnknown(contract.MustEndpoint("init"), d.text), gwHasNull(d.root))
	})
}
