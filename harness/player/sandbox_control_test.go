package player

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

// Nothing that a bridge sent or received is shown with a token, a secret, an OTP or a patient in it.
func TestSandboxShowsExchangesRedacted(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	var secrets []string
	for _, p := range SandboxPatients("sbx") {
		for _, purpose := range contract.Purposes {
			auth, err := s.hip.Open(ctx, p.ID, purpose, "")
			if err != nil {
				t.Fatal(err)
			}
			if auth.Mode == contract.Direct {
				s.must("POST", "/sessions/"+auth.TransactionID+"/approve", nil, nil)
			}
			outcome, err := s.hip.Finish(ctx, auth, p.OTP, &contract.Demographic{Name: p.Name, Gender: p.Gender, DateOfBirth: p.born()})
			if err != nil {
				t.Fatal(err)
			}
			secrets = append(secrets, outcome.AccessToken)
			if outcome.AccessToken != "" {
				if _, err := s.hip.Send(ctx, s.hip.AddContexts(outcome.AccessToken)); err != nil {
					t.Fatal(err)
				}
			}
		}
		secrets = append(secrets, p.ID, p.OTP, p.Mobile)
		ascii := strings.Trim(fmt.Sprintf("%+q", p.Name), `"`)
		secrets = append(secrets, p.Name, ascii)
	}
	own, err := s.hip.tokens.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// What no structure tells: a secret in a place where none belongs, and a body that is no JSON.
	for _, body := range []string{"my OTP is 123456, and hip-secret", `{"note":["012345","` + own + `"]}`} {
		r, err := http.NewRequestWithContext(ctx, "POST", s.base+"/somewhere?otp=123456", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	var all struct{ Exchanges []ExchangeView }
	s.must("GET", "/exchanges?last=1000", nil, &all)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range append(secrets, own, "hip-secret") {
		if secret != "" && bytes.Contains(text, []byte(secret)) {
			t.Errorf("an exchange shows %q", secret)
		}
	}
	seen := map[string]bool{}
	for i, e := range all.Exchanges {
		seen[string(e.Direction)+" "+e.Endpoint] = true
		if i > 0 && e.Number <= all.Exchanges[i-1].Number {
			t.Errorf("exchange %d follows %d", e.Number, all.Exchanges[i-1].Number)
		}
	}
	for _, want := range []string{"received sessions", "received init", "received confirm", "received on-notify", "received add-contexts", "received ",
		"sent on-init", "sent on-confirm", "sent notify", "sent on-add-contexts"} {
		if !seen[want] {
			t.Errorf("no exchange is %q: %v", want, seen)
		}
	}
	var two struct{ Exchanges []ExchangeView }
	s.must("GET", "/exchanges?last=2", nil, &two)
	if len(two.Exchanges) != 2 {
		t.Errorf("the last two are %d", len(two.Exchanges))
	}
}

func TestSandboxKeepsTheLastExchangesOnly(t *testing.T) {
	var x exchanges
	for range keptExchanges + 50 {
		x.add(sandboxExchange{number: x.begin(), request: messageOf(nil, make([]byte, keptBody+1))})
	}
	if views := x.views(1000, nil); len(views) != keptExchanges || views[0].Number != 51 || views[0].Request.Size != keptBody+1 {
		t.Errorf("there are %d, from %d", len(views), views[0].Number)
	}
}

func TestSandboxControlWithoutATokenIsForThisMachineOnly(t *testing.T) {
	s := newSandboxStand(t, nil)
	ask := func(change func(*http.Request)) int {
		r := httptest.NewRequest("POST", s.base+PathControl+"/faults", strings.NewReader(`{"on":["ack-200"]}`))
		r.RemoteAddr = "127.0.0.1:40000"
		change(r)
		w := httptest.NewRecorder()
		s.sandbox.ServeHTTP(w, r)
		return w.Code
	}
	for name, c := range map[string]struct {
		status int
		change func(*http.Request)
	}{
		"this machine":            {200, func(*http.Request) {}},
		"by its name":             {200, func(r *http.Request) { r.Host = "localhost:9000" }},
		"over IPv6":               {200, func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:40000", "[::1]" }},
		"another machine":         {403, func(r *http.Request) { r.RemoteAddr = "192.0.2.7:40000" }},
		"a name of somebody":      {403, func(r *http.Request) { r.Host = "sandbox.example" }},
		"a proxy":                 {403, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }},
		"a page in a browser":     {403, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"a page in an older one":  {403, func(r *http.Request) { r.Header.Set("Origin", "https://page.example") }},
		"with a token for naught": {200, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }},
	} {
		if got := ask(c.change); got != c.status {
			t.Errorf("%s was answered %d, not %d", name, got, c.status)
		}
	}
}

func TestSandboxControlWithATokenAsksForIt(t *testing.T) {
	s := newSandboxStand(t, func(o *SandboxOptions) { o.ControlToken = "let-me-in" })
	for _, token := range []string{"", "let-me", "let-me-in-too"} {
		s.token = token
		if status, why := s.ask("GET", "/sessions", nil, nil); status != http.StatusUnauthorized || why == "" || strings.Contains(why, "let-me-in") {
			t.Errorf("token %q was answered %d %q", token, status, why)
		}
	}
	s.token = "let-me-in"
	s.must("GET", "/sessions", nil, nil)
	r := httptest.NewRequest("GET", "http://sandbox.example"+PathControl, nil)
	r.RemoteAddr = "192.0.2.7:40000"
	r.Header.Set("Authorization", "Bearer let-me-in")
	w := httptest.NewRecorder()
	if s.sandbox.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("another machine with the token was answered %d", w.Code)
	}
}

func TestSandboxControlSaysWhatItHas(t *testing.T) {
	s := newSandboxStand(t, nil)
	var index struct{ Operations []ControlOperation }
	s.must("GET", "", nil, &index)
	if len(index.Operations) != len(ControlOperations()) {
		t.Errorf("%d operations are listed", len(index.Operations))
	}
	for _, c := range []struct{ method, path string }{{"GET", "/nothing"}, {"PUT", "/patients"}, {"GET", "/sessions/a/approve"}} {
		if status, why := s.ask(c.method, c.path, nil, nil); status != http.StatusNotFound || !strings.Contains(why, "GET /control lists") {
			t.Errorf("%s %s was answered %d %q", c.method, c.path, status, why)
		}
	}
	for _, path := range []string{"/sessions?last=0", "/exchanges?last=many"} {
		if status, why := s.ask("GET", path, nil, nil); status != http.StatusBadRequest || !strings.Contains(why, "last is") {
			t.Errorf("%s was answered %d %q", path, status, why)
		}
	}
	resp, err := http.Post(s.base+PathControl+"/faults", "application/json", io.LimitReader(neverEnding('"'), 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a body without an end was answered %d", resp.StatusCode)
	}
}

// neverEnding is a text of one character.
type neverEnding byte

func (c neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// The document lists every operation, behaviour and endpoint, and no other operation.
func TestSandboxDocumentIsWhole(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sandbox.md"))
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for _, o := range ControlOperations() {
		if row := fmt.Sprintf("| `%s` | `%s` |", o.Method, o.Path); !strings.Contains(doc, row) {
			t.Errorf("docs/sandbox.md has no row %s", row)
		}
	}
	for _, b := range Behaviours {
		if !strings.Contains(doc, "| `"+b.Do+"` |") {
			t.Errorf("docs/sandbox.md has no row for behaviour %s", b.Do)
		}
		for _, at := range b.At {
			if !strings.Contains(doc, "`"+at+"`") {
				t.Errorf("docs/sandbox.md does not name endpoint %s", at)
			}
		}
	}
	for _, p := range SandboxPatients("sbx") {
		if !strings.Contains(doc, "`"+p.ID+"`") {
			t.Errorf("docs/sandbox.md does not name patient %s", p.ID)
		}
	}
}

// Messages of a bridge that is slow, and messages of many at once, do not disturb one another.
func TestSandboxHoldsManyConversationsAtOnce(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	ended := make(chan error, 24)
	for i := range cap(ended) {
		p := SandboxPatients("sbx")[i%2]
		go func() {
			outcome, err := s.hip.Authenticate(ctx, AuthenticateRequest{PatientID: p.ID, Purpose: contract.KYC, AuthCode: p.OTP})
			if err == nil && (outcome.Patient == nil || outcome.Patient.ID != p.ID) {
				err = fmt.Errorf("%s got another patient", p.ID)
			}
			ended <- err
		}()
	}
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
