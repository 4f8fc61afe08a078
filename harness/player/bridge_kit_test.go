package player

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// facility is a bridge as a facility runs it, faulty or not, and the hub with which it speaks over TCP.
type facility struct {
	t       testing.TB
	role    contract.Role
	app     *App
	hub     *Hub
	url     string // of the app
	gateway string // URL of the hub
	client  *http.Client

	mu     sync.Mutex
	said   []utterance             // what the hub received, and what the app was told
	opened chan *contract.InitAuth // of every on-init that the app was sent
	script func(endpoint string, body []byte) *ScriptedAnswer
	holds  map[string]bool // endpoints whose messages the hub accepts and does not answer
	more   chan struct{}   // closed, and replaced, when something was said
}

// utterance is one message of the bridge to the hub.
type utterance struct {
	endpoint, line string // the line is its request as text
	header         http.Header
	body           []byte
}

// hinaIdentified are her details with an identifier.
var hinaIdentified = contract.Demographic{Name: "Hina Patel", Gender: "F", DateOfBirth: "1972-02-29", Identifier: &contract.Identifier{Type: "MOBILE", Value: hina.Mobile}}

func newFacility(t testing.TB, role contract.Role, faults ...string) *facility {
	t.Helper()
	set, err := ParseFaults(role, faults...)
	if err != nil {
		t.Fatal(err)
	}
	return newFacilityOf(t, role, func(o *AppOptions) { o.Faults = set })
}

func newFacilityOf(t testing.TB, role contract.Role, change func(*AppOptions)) *facility {
	t.Helper()
	f := &facility{t: t, role: role, opened: make(chan *contract.InitAuth, 64), holds: map[string]bool{}, more: make(chan struct{}), client: &http.Client{Transport: &http.Transport{}}}
	gateway, own := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	gateway.Start()
	own.Start()
	f.url, f.gateway = own.URL, gateway.URL
	var err error
	f.hub, err = NewHub(HubOptions{Bridge: Registration{Role: role, ID: "bridge-1", URL: own.URL}, CMID: "sbx", Client: f.client,
		Answer: func(endpoint string, _ *http.Request, body []byte) *ScriptedAnswer {
			f.mu.Lock()
			script := f.script
			f.mu.Unlock()
			if script == nil {
				return nil
			}
			return script(endpoint, body)
		},
		Hold: func(endpoint string, _ *http.Request, _ []byte) bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.holds[endpoint]
		}})
	if err != nil {
		t.Fatal(err)
	}
	account := hina
	account.Name = hinaIdentified.Name
	f.hub.AddAccount(account)
	options := AppOptions{Role: role, ID: "bridge-1", CMID: "sbx", Gateway: gateway.URL, ClientID: "client", ClientSecret: "secret", Client: f.client}
	change(&options)
	f.app = NewApp(options)
	gateway.Config.Handler, own.Config.Handler = f.listen(f.hub), f.watch(f.app)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what is still under way belongs to the fault
		_, _ = f.app.Close(ctx), f.hub.Close(ctx)
		f.client.CloseIdleConnections()
		gateway.Close()
		own.CloseClientConnections()
		own.Close()
	})
	return f
}

// listen takes note of every message to the hub.
func (f *facility) listen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == contract.PathSessions || r.URL.Path == contract.PathCerts {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			f.t.Errorf("a message broke off: %v", err)
		}
		h := r.Header
		_, claims := f.hub.Issuer().Verify(bearerOf(h))
		line := fmt.Sprintf("%s %s CM=%q as %q own token: %t to a %q body %s", r.Method, r.URL.Path, h.Values(contract.HeaderCM),
			strings.TrimSuffix(h.Get("Authorization"), bearerOf(h)), claims == nil && !f.isGateways(bearerOf(h)), h.Get("Content-Type"), body)
		f.mu.Lock()
		f.said = append(f.said, utterance{endpointOf(r), line, h.Clone(), body})
		close(f.more)
		f.more = make(chan struct{})
		f.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// isGateways says whether a token is one with which the hub itself comes.
func (f *facility) isGateways(token string) bool {
	claims, err := f.hub.Issuer().Verify(token)
	return err == nil && claims.HasRole(contract.Gateway)
}

// watch takes note of every transaction that the app is told.
func (f *facility) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if strings.HasPrefix(r.URL.Path, contract.BasePath+"/users/auth/") {
			f.mu.Lock()
			f.said = append(f.said, utterance{endpoint: endpointOf(r), line: fmt.Sprintf("told %s %s %s", r.URL.Path, anyUUID.FindAll(body, -1), anyJWT.FindAll(body, -1))})
			f.mu.Unlock()
		}
		next.ServeHTTP(w, r)
		var in contract.OnInitMessage
		if strings.HasSuffix(r.URL.Path, contract.OnInit) && json.Unmarshal(body, &in) == nil && in.Auth != nil {
			select {
			case f.opened <- in.Auth:
			default:
			}
		}
	})
}

// heard waits until that many messages to an endpoint have come, and returns what came; it gives up after a while.
func (f *facility) heard(endpoint string, n int, patience time.Duration) []utterance {
	timeout := time.After(patience)
	for {
		f.mu.Lock()
		var found []utterance
		for _, u := range f.said {
			if u.endpoint == endpoint && u.header != nil {
				found = append(found, u)
			}
		}
		more := f.more
		f.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-more:
		case <-timeout:
			return found
		}
	}
}

// silent says that nothing more than n messages to an endpoint come within a while.
func (f *facility) silent(endpoint string, n int) bool {
	return len(f.heard(endpoint, n+1, gwQuiet)) <= n
}

// holding makes the hub accept the messages of those endpoints and leave it at that.
func (f *facility) holding(endpoints ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range endpoints {
		f.holds[e] = true
	}
}

// scripted makes the hub answer the messages of an endpoint as the script says, which is told how many have come.
func (f *facility) scripted(endpoint string, script func(n int, body []byte) *ScriptedAnswer) {
	var n atomic.Int32
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = func(at string, body []byte) *ScriptedAnswer {
		if at != endpoint {
			return nil
		}
		return script(int(n.Add(1)), body)
	}
}

// answering makes the hub answer the messages of an endpoint with a status: the first ones only, or all where first is 0.
func (f *facility) answering(endpoint string, status, first int) {
	f.scripted(endpoint, func(n int, _ []byte) *ScriptedAnswer {
		if first > 0 && n > first {
			return nil
		}
		return &ScriptedAnswer{Status: status}
	})
}

// begin lets the app begin a conversation as its start hook does.
func (f *facility) begin(purpose, mode, code string, details *contract.Demographic) {
	f.t.Helper()
	body := encodeJSON(StartRequest{Action: ActionFlow, PatientID: hina.ID, Purpose: purpose, Mode: mode, AuthCode: code, Demographic: details})
	resp, err := f.client.Post(f.url+PathStart, "application/json", bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// reply is what the hub would answer to a message of the app.
func (f *facility) reply(u utterance) Outgoing {
	f.t.Helper()
	out, err := f.hub.ReplyLoosely(u.endpoint, u.body)
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

// with is a message with one member otherwise; "" takes the member out.
func (f *facility) with(out Outgoing, pointer, value string) Outgoing {
	f.t.Helper()
	var raw json.RawMessage
	if value != "" {
		raw = json.RawMessage(value)
	}
	body, err := fixtures.Edit(out.Body, pointer, raw)
	if err != nil {
		f.t.Fatal(err)
	}
	out.Body = body
	return out
}

// tell sends a message of the hub to the app and returns the status, 0 for none.
func (f *facility) tell(out Outgoing) int {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, _ := f.hub.Send(ctx, out)
	return answer.Status
}

// Places of what differs from one conversation to the next.
var (
	anyUUID    = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyJWT     = regexp.MustCompile(`[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}`)
	anyTime    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	anyVisit   = regexp.MustCompile(`(patient|visit)-[0-9a-f]{8}`)
	anyVisited = regexp.MustCompile(`Visit of \d{4}-\d\d-\d\d`)
)

// lines are the messages so far, those of an endpoint in their order, with ids and tokens numbered as they come, and
// recent times alike.
func (f *facility) lines() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	said := slices.Clone(f.said)
	slices.SortStableFunc(said, func(a, b utterance) int { return strings.Compare(a.endpoint, b.endpoint) })
	var all []string
	for _, u := range said {
		all = append(all, u.line)
	}
	return alike(strings.Join(all, "\n"))
}

// alike is a text with ids and tokens numbered as they come, and recent times alike.
func alike(text string) string {
	text = anyVisited.ReplaceAllString(anyVisit.ReplaceAllString(text, "$1"), "Visit")
	numbers := map[string]int{}
	for _, place := range []*regexp.Regexp{anyUUID, anyJWT} {
		text = place.ReplaceAllStringFunc(text, func(id string) string {
			if _, ok := numbers[id]; !ok {
				numbers[id] = len(numbers)
			}
			return fmt.Sprintf("<%d>", numbers[id])
		})
	}
	return anyTime.ReplaceAllStringFunc(text, func(at string) string {
		when, err := parseTime(at)
		if err == nil && time.Since(when).Abs() < time.Minute {
			return "<now>"
		}
		return at
	})
}
