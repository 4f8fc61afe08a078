package player

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// TestNoBridgeFaultIsDead: every fault that is a row of a table changes the answer to some probe, or some message. No
// network lies between, so that all can be tried.
func TestNoBridgeFaultIsDead(t *testing.T) {
	shown := map[string]bool{} // of a HIU those are tried that a HIP cannot commit: the code is the same
	for _, role := range contract.Bridges {
		fresh := func(fault Fault) bool {
			kind, _, _ := strings.Cut(fault.Name, ":")
			known := shown[fault.Name] || role == contract.HIU && shown[kind]
			shown[fault.Name], shown[kind] = true, true
			return !known && bridgeConducts[fault.Name] == nil
		}
		net := newFacility(t, role) // its hub publishes the keys
		probes := map[string][]probe{}
		answers := map[string][]string{}
		for _, e := range callbacks {
			probes[e] = net.probesOf(e)
			for _, p := range probes[e] {
				answers[e] = append(answers[e], directly(t, net.app, e, p))
			}
		}
		sent := sendsAll(t, role, Faults{})
		for _, row := range misreceptions() {
			for _, fault := range row.faults(role) {
				if !fresh(fault) || aboutConversations(fault.Name) {
					continue
				}
				app := net.another(fault.Name)
				if !slices.ContainsFunc(endpointsOf(fault.Name), func(e string) bool { return differs(t, app, e, probes[e], answers[e]) }) {
					t.Errorf("%s/%s changes no answer", role, fault.Name)
				}
			}
		}
		for _, row := range missendings() {
			for _, fault := range row.faults(role) {
				set, err := ParseFaults(role, fault.Name)
				if err != nil {
					t.Fatal(err)
				}
				if fresh(fault) && sendsAll(t, role, set) == sent {
					t.Errorf("%s/%s changes no message", role, fault.Name)
				}
			}
		}
	}
}

// endpointsOf are the endpoints that a fault in taking messages is about.
func endpointsOf(fault string) []string {
	_, about, single := strings.Cut(fault, ":")
	if !single {
		return callbacks
	}
	endpoint, _, _ := strings.Cut(about, ":")
	return []string{endpoint}
}

// aboutConversations says whether a fault changes no answer to a message that stands alone, but what follows from it.
// TestBridgeFaultsShow shows it in ordinary conversations.
func aboutConversations(fault string) bool {
	return strings.HasSuffix(fault, "-ignored") || strings.HasSuffix(fault, "-unanswered")
}

// another is an App with a fault, in the network of the facility but not served.
func (f *facility) another(fault string) *App {
	f.t.Helper()
	set, err := ParseFaults(f.role, fault)
	if err != nil {
		f.t.Fatal(err)
	}
	return NewApp(AppOptions{Role: f.role, ID: "bridge-1", CMID: "sbx", Gateway: f.gateway, ClientID: "client", ClientSecret: "secret", Client: f.client, Faults: set})
}

// differs says whether a probe is answered otherwise than it should be.
func differs(t *testing.T, app *App, endpoint string, probes []probe, right []string) bool {
	for i, p := range probes {
		if directly(t, app, endpoint, p) != right[i] {
			return true
		}
	}
	return false
}

// directly gives a probe to an App and says what it answers. What it does not answer at once it does not answer.
func directly(t *testing.T, app *App, endpoint string, p probe) (line string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	defer func() {
		if broken := recover(); broken == http.ErrAbortHandler {
			line = "no answer"
		} else if broken != nil {
			panic(broken)
		}
	}()
	r := httptest.NewRequestWithContext(ctx, p.method, contract.MustEndpoint(endpoint).Path, strings.NewReader(p.body))
	if p.chunked {
		r.ContentLength = -1
	}
	for name, value := range p.header {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if p.authorization != "" {
		r.Header.Set("Authorization", p.authorization)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return fmt.Sprintf("%d %s %s", w.Code, w.Header(), w.Body)
}

// sendsAll is every message of a bridge with these faults, as it is sent.
func sendsAll(t *testing.T, role contract.Role, faults Faults) string {
	t.Helper()
	var lines []string
	wire := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		lines = append(lines, fmt.Sprintf("%s %s %v %s", r.Method, r.URL, r.Header, body))
		return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody, Request: r}, err
	})}
	b := NewBridge(BridgeOptions{Role: role, ID: "bridge-1", CMID: "sbx", Gateway: "http://gateway.test", Tokens: StaticToken("a.token"), Client: wire, Faults: faults})
	send := func(out Outgoing) string {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		if _, err := b.Send(ctx, out); err != nil {
			lines = append(lines, err.Error())
		}
		return requestIDOf(out)
	}
	query := contract.Query{ID: hina.ID, Purpose: contract.KYC}
	send(b.FetchModes(query))
	send(b.FetchModes(query))
	send(b.Init(query))
	query.AuthMode = contract.MobileOTP
	init := send(b.Init(query))
	const transaction = "c0ffee00-0000-4000-8000-000000000001"
	if b.mistakes != nil {
		b.mistakes.hears(contract.MustEndpoint(contract.OnInit), http.Header{},
			[]byte(`{"auth":{"transactionId":"`+transaction+`"},"resp":{"requestId":"`+init+`"}}`))
	}
	send(b.Confirm(transaction, contract.Credential{AuthCode: hina.OTP}))
	send(b.Confirm(transaction, contract.Credential{Demographic: &hinaIdentified}))
	notifyID := NewRequestID()
	lines = append(lines, "told of "+transaction+" by "+notifyID)
	notify := []byte(`{"requestId":"` + notifyID + `","auth":{"transactionId":"` + transaction + `","status":"DENIED"}}`)
	if b.mistakes != nil {
		b.mistakes.hears(contract.MustEndpoint(contract.Notify), http.Header{}, notify)
	}
	b.open(&contract.InitAuth{TransactionID: transaction, Mode: contract.Direct})
	send(b.OnNotify(notify))
	send(b.OnNotify(notify))
	if role == contract.HIP {
		send(b.AddContexts(strings.Repeat("long.", 60) + "token"))
	}
	return alike(strings.Join(lines, "\n"))
}

// TestBridgeConductsAreHonoured reads the bridge's source: every fault that it asks for by name is registered, and every
// misconduct is asked for.
func TestBridgeConductsAreHonoured(t *testing.T) {
	files, err := filepath.Glob("bridge*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range regexp.MustCompile(`mistakes\.has\("([^"]+)"|m\.has\("([^"/]+)"`).FindAllStringSubmatch(string(text), -1) {
			asked[use[1]+use[2]] = true
		}
	}
	registered := faultNames(contract.HIP)
	for name := range asked {
		if !registered[name] && !registered[name+":"+contract.Init] {
			t.Errorf("the bridge asks for the fault %s, which is not registered", name)
		}
	}
	for _, row := range misconducts() {
		if name, _, _ := strings.Cut(row.name, ":"); !asked[name] {
			t.Errorf("%s is registered and nothing asks for it", row.name)
		}
	}
}
