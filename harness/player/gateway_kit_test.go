package player

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// gwPatience is how long a test waits for what must come; gwQuiet how long it
// watches that nothing comes.
const (
	gwPatience = 15 * time.Second
	gwQuiet    = 150 * time.Millisecond
)

// gwDelivery is one request that a recording party received.
type gwDelivery struct {
	party  string
	path   string
	header http.Header
	body   []byte
}

func (d gwDelivery) string(t testing.TB, pointer string) string {
	t.Helper()
	doc, err := gwParse(d.body)
	if err != nil {
		t.Fatalf("%s received a body that cannot be read: %v\n%s", d.party, err, d.body)
	}
	return doc.string(pointer)
}

// gwParty is a recording server.
type gwParty struct {
	Registration
	server *httptest.Server
	inbox  chan gwDelivery
	mu     sync.Mutex
	answer http.HandlerFunc // after the delivery was recorded; default 202
}

func (p *gwParty) answers(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = h
}

func (p *gwParty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	p.inbox <- gwDelivery{party: p.ID, path: r.URL.Path, header: r.Header.Clone(), body: body}
	if answer == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	answer(w, r)
}

// gwNet is a gateway with recording parties around it, all over TCP.
type gwNet struct {
	t                       testing.TB
	gateway                 *Gateway
	url                     string
	hip, hip2, hiu, cm, cm2 *gwParty
	tokens                  map[string]string
}

// gwNetwork starts a gateway that commits some faults. Further options are set by change.
func gwNetwork(t testing.TB, change func(*GatewayOptions), faults ...string) *gwNet {
	t.Helper()
	n := &gwNet{t: t, tokens: map[string]string{}}
	o := GatewayOptions{Prefix: "/gateway", Timeout: 10 * time.Second}
	start := func(role contract.Role, id, client string) *gwParty {
		p := &gwParty{Registration: Registration{Role: role, ID: id, ClientID: client, ClientSecret: client + "-secret"}, inbox: make(chan gwDelivery, 4096)}
		p.server = httptest.NewServer(p)
		t.Cleanup(p.server.Close)
		p.URL = p.server.URL + "/base/"
		o.Parties = append(o.Parties, p.Registration)
		return p
	}
	n.cm = start(contract.CM, "sbx", "cm-client")
	n.cm2 = start(contract.CM, "other", "cm2-client")
	n.hip = start(contract.HIP, "hip-1", "hip-client")
	n.hip2 = start(contract.HIP, "hip-2", "hip2-client")
	n.hiu = start(contract.HIU, "hiu-1", "hiu-client")
	var err error
	if o.Faults, err = ParseFaults(contract.Gateway, faults...); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&o)
	}
	if n.gateway, err = NewGateway(o); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(n.gateway)
	n.url = server.URL
	t.Cleanup(func() {
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), gwPatience)
		defer cancel()
		if err := n.gateway.Close(ctx); err != nil {
			t.Errorf("the gateway did not come to rest: %v", err)
		}
	})
	for _, p := range []*gwParty{n.hip, n.hip2, n.hiu, n.cm, n.cm2} {
		n.tokens[p.ID] = n.login(p.Registration)
	}
	return n
}

func (n *gwNet) login(p Registration) string {
	n.t.Helper()
	body := fmt.Sprintf(`{"clientId":%q,"clientSecret":%q}`, p.ClientID, p.ClientSecret)
	a := n.do(http.MethodPost, contract.PathSessions, http.Header{"Content-Type": {"application/json"}}, []byte(body))
	var session gwSession
	if a.Status != http.StatusOK || json.Unmarshal(a.Body, &session) != nil {
		n.t.Fatalf("%s could not log in: %d %s", p.ClientID, a.Status, a.Body)
	}
	return session.AccessToken
}

func (n *gwNet) do(method, path string, header http.Header, body []byte) Answer {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), gwPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, n.url+path, bytes.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: text}
}

// send posts a body to an endpoint as a party, with the routing header of another. Extra headers are given as name, value.
func (n *gwNet) send(from *gwParty, to Registration, endpoint, body string, extra ...string) Answer {
	n.t.Helper()
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + n.tokens[from.ID]}}
	if to.ID != "" {
		header.Set(to.Role.Header(), to.ID)
	}
	for i := 0; i+1 < len(extra); i += 2 {
		if extra[i+1] == "" {
			header.Del(extra[i])
			continue
		}
		header.Set(extra[i], extra[i+1])
	}
	return n.do(http.MethodPost, contract.MustEndpoint(endpoint).Path, header, []byte(body))
}

// accepted fails the test unless an answer is a 202 without a body.
func (n *gwNet) accepted(a Answer) {
	n.t.Helper()
	if a.Status != http.StatusAccepted || len(a.Body) > 0 {
		n.t.Fatalf("answered %d %s; want 202 and no body", a.Status, a.Body)
	}
}

// refused fails the test unless an answer is an ErrorResponse of that status whose message has the words.
func (n *gwNet) refused(a Answer, status int, words string) {
	n.t.Helper()
	var e contract.ErrorResponse
	if a.Status != status || json.Unmarshal(a.Body, &e) != nil || e.Error.Code == 0 || !strings.Contains(e.Error.Message, words) {
		n.t.Fatalf("answered %d %s; want %d with an ErrorResponse that says %q", a.Status, a.Body, status, words)
	}
}

// next waits for the next delivery to a party.
func (n *gwNet) next(p *gwParty) gwDelivery {
	n.t.Helper()
	select {
	case d := <-p.inbox:
		return d
	case <-time.After(gwPatience):
		n.t.Fatalf("%s received nothing", p.ID)
		return gwDelivery{}
	}
}

// quiet fails the test if any of the parties receives anything for a while.
func (n *gwNet) quiet(parties ...*gwParty) {
	n.t.Helper()
	<-time.After(gwQuiet)
	for _, p := range parties {
		select {
		case d := <-p.inbox:
			n.t.Fatalf("%s received %s %s; want nothing", p.ID, d.path, d.body)
		default:
		}
	}
}

func (n *gwNet) all() []*gwParty { return []*gwParty{n.hip, n.hip2, n.hiu, n.cm, n.cm2} }

// Bodies. Each has a requestId of its own and the time of now.

func gwHead(extra string) string {
	return fmt.Sprintf(`{"requestId":%q,"timestamp":%q,%s}`, NewRequestID(), Timestamp(time.Now()), extra)
}

func gwQueryBody(from *gwParty) string {
	return gwHead(fmt.Sprintf(`"query":{"id":"hinapatel@other","purpose":"KYC","requester":{"type":%q,"id":%q}}`, from.Role.RequesterType(), from.ID))
}

const gwConfirmPart = `"transactionId":"txn-1","credential":{"authCode":"012345"}`

// gwRequestBody is a valid body of a request from a party.
func gwRequestBody(endpoint string, from *gwParty) string {
	switch endpoint {
	case contract.Confirm:
		return gwHead(gwConfirmPart)
	case contract.Notify:
		return gwHead(`"auth":{"transactionId":"txn-1","status":"DENIED"}`)
	}
	return gwQueryBody(from)
}

// gwAnswerBody is a valid body of an answer to a requestId.
func gwAnswerBody(endpoint, requestID string) string {
	payload := map[string]string{
		contract.OnFetchModes: `"auth":{"purpose":"KYC","modes":["MOBILE_OTP","DEMOGRAPHICS"]}`,
		contract.OnInit:       `"auth":{"transactionId":"txn-1","mode":"MOBILE_OTP","meta":{"hint":"***","expiry":"2030-01-01T00:00:00Z"}},"error":null`,
		contract.OnConfirm:    `"auth":{"accessToken":"opaque","validity":{"purpose":"LINK","requester":{"type":"HIP","id":"hip-1"},"expiry":"2030-01-01T00:00:00Z","limit":1},"patient":{"id":"hinapatel@sbx","name":"हिना 🙂","gender":"F","yearOfBirth":1972}}`,
		contract.OnNotify:     `"acknowledgement":{"status":"OK"}`,
	}[endpoint]
	return gwHead(payload + fmt.Sprintf(`,"x-vendor":{"n":1.50,"b":[true,null]},"resp":{"requestId":%q}`, requestID))
}

func gwID(body string) string {
	doc, err := gwParse([]byte(body))
	if err != nil {
		return ""
	}
	return doc.string("/requestId")
}
