package player

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// patience bounds every wait of these tests: far more than any of them needs.
const patience = 20 * time.Second

// relayed is a message that the relay took, and how its callee answered.
type relayed struct {
	endpoint string
	header   http.Header
	body     []byte
	status   int // 0: the callee gave no answer
	answer   []byte
}

// relay stands for the gateway: it routes by headers, answers 202 before it
// delivers, and rewrites nothing. It judges every message that it takes.
type relay struct {
	t      *testing.T
	server *httptest.Server
	events chan relayed
	passed []relayed // taken from events, not yet asked for; the test's goroutine only

	mu      sync.Mutex
	callees map[string]string // header and id → base URL
	refuse  func(r *http.Request, body []byte) int
	under   sync.WaitGroup
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{t: t, events: make(chan relayed, 4096), callees: map[string]string{}}
	r.server = httptest.NewServer(r)
	t.Cleanup(func() {
		r.server.Close()
		r.under.Wait()
	})
	return r
}

// serve mounts a player on its own TCP listener and makes it known to the relay.
func (g *relay) serve(header, id string, player http.Handler) string {
	g.t.Helper()
	server := httptest.NewServer(http.StripPrefix("/deep/base", player))
	g.t.Cleanup(server.Close)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.callees[header+" "+id] = server.URL + "/deep/base"
	return server.URL + "/deep/base"
}

func (g *relay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	endpoint, known := contract.EndpointAt(r.URL.Path)
	if err != nil || !known || r.Method != http.MethodPost || r.Header.Get("Authorization") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	g.judge(endpoint, r.Header, body)
	g.mu.Lock()
	refuse := g.refuse
	var base string
	for _, name := range endpoint.RoutingHeaders() {
		if id := r.Header.Get(name); id != "" {
			base = g.callees[name+" "+id]
		}
	}
	g.mu.Unlock()
	if refuse != nil {
		if status := refuse(r, body); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	g.under.Add(1)
	w.WriteHeader(http.StatusAccepted)
	header := r.Header.Clone()
	go func() {
		defer g.under.Done()
		g.events <- g.forward(endpoint, base, header, body)
	}()
}

func (g *relay) judge(endpoint contract.Endpoint, header http.Header, body []byte) {
	violations, err := schemas.Validate(endpoint.Schema, body)
	if err != nil || len(violations) > 0 {
		g.t.Errorf("%s breaks its schema: %v %v", endpoint.Name, violations, err)
	}
	if bytes.Contains(body, []byte("null")) || bytes.Contains(body, []byte(": ")) || bytes.HasSuffix(body, []byte("\n")) {
		g.t.Errorf("%s is not canonical: it is to be compact and without null", endpoint.Name)
	}
	if !bytes.HasPrefix(body, []byte(`{"requestId":"`)) {
		g.t.Errorf("%s does not begin with requestId", endpoint.Name)
	}
	routing := 0
	for _, name := range endpoint.RoutingHeaders() {
		routing += len(header.Values(name))
	}
	if routing != 1 {
		g.t.Errorf("%s has %d routing headers; the contract says exactly one", endpoint.Name, routing)
	}
}

func (g *relay) forward(endpoint contract.Endpoint, base string, header http.Header, body []byte) relayed {
	event := relayed{endpoint: endpoint.Name, header: header, body: body}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+endpoint.Path, bytes.NewReader(body))
	if err != nil {
		return event
	}
	req.Header = header.Clone()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return event
	}
	defer resp.Body.Close()
	event.status = resp.StatusCode
	event.answer, _ = io.ReadAll(resp.Body)
	return event
}

// next waits for the next message to that endpoint and keeps others for later:
// an answer may be delivered before the delivery of its request has returned.
func (g *relay) next(endpoint string) relayed {
	g.t.Helper()
	for i, event := range g.passed {
		if event.endpoint == endpoint {
			g.passed = slices.Delete(g.passed, i, i+1)
			return event
		}
	}
	timeout := time.After(patience)
	for {
		select {
		case event := <-g.events:
			if event.endpoint == endpoint {
				return event
			}
			g.passed = append(g.passed, event)
		case <-timeout:
			g.t.Fatalf("no %s came to the relay", endpoint)
		}
	}
}

// world is a relay with a CM, a HIP and a HIU.
type world struct {
	*relay
	cm       *CM
	hip, hiu *Bridge
	cmURL    string
	hipURL   string
	clock    *clock
}

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var hina = Account{ID: "hinapatel@sbx", Name: "हिना पटेल & Co <1>", Gender: "F", DateOfBirth: "1972-02-29",
	Mobile: "+919800083232", OTP: "012345", Address: &contract.Address{Line: "1 Lane", District: "Pune", State: "Maharashtra", Pincode: "411001"}}

var hinaDetails = contract.Demographic{Name: hina.Name, Gender: "F", DateOfBirth: "1972-02-29"}

// newWorld starts everything; change may alter the options of the players first.
func newWorld(t *testing.T, change func(cm *CMOptions, bridge *BridgeOptions)) *world {
	t.Helper()
	w := &world{relay: newRelay(t), clock: &clock{now: time.Now()}}
	cm := CMOptions{ID: "sbx", Gateway: w.server.URL, Tokens: StaticToken("cm-token"), Now: w.clock.Now}
	bridge := BridgeOptions{CMID: "sbx", Gateway: w.server.URL, Tokens: StaticToken("bridge-token"), Now: w.clock.Now}
	if change != nil {
		change(&cm, &bridge)
	}
	w.cm = NewCM(cm)
	w.cm.AddAccount(hina)
	bridge.Role, bridge.ID = contract.HIP, "hip-1"
	w.hip = NewBridge(bridge)
	bridge.Role, bridge.ID = contract.HIU, "hiu-1"
	w.hiu = NewBridge(bridge)
	w.cmURL = w.serve(contract.HeaderCM, "sbx", w.cm)
	w.hipURL = w.serve(contract.HeaderHIP, "hip-1", w.hip)
	w.serve(contract.HeaderHIU, "hiu-1", w.hiu)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		for _, close := range []func(context.Context) error{w.cm.Close, w.hip.Close, w.hiu.Close} {
			if err := close(ctx); err != nil {
				t.Error(err)
			}
		}
	})
	return w
}

func waitContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// sent sends a message and fails the test where it is not answered 202.
func (w *world) sent(s Sender, out Outgoing) {
	w.t.Helper()
	answer, err := s.Send(waitContext(w.t), out)
	if err != nil || answer.Status != http.StatusAccepted {
		w.t.Fatalf("%s was answered %d, %v; the contract says 202", out.Endpoint, answer.Status, err)
	}
}

// opened sends an init and returns the on-init's auth.
func (w *world) opened(b *Bridge, purpose, mode string) contract.InitAuth {
	w.t.Helper()
	w.sent(b, b.Init(contract.Query{ID: hina.ID, Purpose: purpose, AuthMode: mode}))
	in := read[contract.OnInitMessage](w.t, w.next(contract.OnInit).body)
	if in.Auth == nil {
		w.t.Fatalf("on-init has no auth but error %+v", in.Error)
	}
	return *in.Auth
}

// confirmed sends a confirm and returns the on-confirm.
func (w *world) confirmed(b *Bridge, transactionID string, c contract.Credential) contract.OnConfirmMessage {
	w.t.Helper()
	w.sent(b, b.Confirm(transactionID, c))
	return read[contract.OnConfirmMessage](w.t, w.next(contract.OnConfirm).body)
}

func read[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("the body cannot be read: %v", err)
	}
	return v
}

// post sends bytes to a player as the gateway would, and returns its answer.
func post(t *testing.T, url string, header map[string]string, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(waitContext(t), http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}
