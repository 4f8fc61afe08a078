package player

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// decideAll lets the patient decide on every DIRECT transaction as soon as its on-init is delivered.
func (w *world) decideAll(status string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	deciding := waitContext(w.t) // outlives stop: a flow may end before its notify is answered
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case event := <-w.events:
				var in contract.OnInitMessage
				if event.endpoint != contract.OnInit || json.Unmarshal(event.body, &in) != nil || in.Auth == nil || in.Auth.Mode != contract.Direct {
					continue
				}
				if answer, err := w.cm.Decide(deciding, in.Auth.TransactionID, status); err != nil || answer.Status != http.StatusAccepted {
					w.t.Errorf("notify was answered %d, %v", answer.Status, err)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// TestBridgeAuthenticatesConcurrently holds every kind of conversation many times at once.
func TestBridgeAuthenticatesConcurrently(t *testing.T) {
	w := newWorld(t, nil)
	defer w.decideAll(contract.Granted)()
	const patients = 20
	for i := range patients {
		a := hina
		a.ID, a.OTP = fmt.Sprintf("p%d@sbx", i), fmt.Sprintf("%06d", i)
		w.cm.AddAccount(a)
	}
	var flows sync.WaitGroup
	for i := range patients {
		for _, mode := range contract.Modes {
			for _, purpose := range contract.Purposes {
				flows.Go(func() {
					a := AuthenticateRequest{PatientID: fmt.Sprintf("p%d@sbx", i), Purpose: purpose, Mode: mode,
						AuthCode: fmt.Sprintf("%06d", i), Demographic: &hinaDetails}
					got, err := w.hip.Authenticate(waitContext(t), a)
					if err != nil || got.Status != contract.Granted || got.Mode != mode {
						t.Errorf("%s %s: status %q, %v", mode, purpose, got.Status, err)
						return
					}
					if (got.AccessToken != "") != (purpose != contract.KYC) || (got.Patient != nil) != (purpose != contract.Link) {
						t.Errorf("%s %s: the wrong payload was granted", mode, purpose)
					}
					if got.Patient != nil && got.Patient.ID != a.PatientID {
						t.Error("another conversation's patient came")
					}
				})
			}
			flows.Go(func() {
				got, err := w.hiu.Authenticate(waitContext(t), AuthenticateRequest{PatientID: fmt.Sprintf("p%d@sbx", i),
					Purpose: contract.KYC, Mode: mode, AuthCode: fmt.Sprintf("%06d", i), Demographic: &hinaDetails})
				if err != nil || got.Patient == nil || got.AccessToken != "" {
					t.Errorf("HIU %s: %v", mode, err)
				}
			})
		}
	}
	flows.Wait()
	w.hip.table.Lock()
	defer w.hip.table.Unlock()
	if len(w.hip.pending) != 0 {
		t.Errorf("%d questions are still pending after all conversations", len(w.hip.pending))
	}
}

func TestBridgeAuthenticateDenied(t *testing.T) {
	w := newWorld(t, nil)
	defer w.decideAll(contract.Denied)()
	got, err := w.hip.Authenticate(waitContext(t), AuthenticateRequest{PatientID: hina.ID, Purpose: contract.KYCAndLink, Mode: contract.Direct})
	if err != nil || got.Status != contract.Denied || got.AccessToken != "" || got.Patient != nil {
		t.Errorf("status %q, %v; expected DENIED and nothing with it", got.Status, err)
	}
}

func TestBridgeAuthenticateFails(t *testing.T) {
	otp := AuthenticateRequest{PatientID: hina.ID, Purpose: contract.Link, Mode: contract.MobileOTP, AuthCode: hina.OTP}
	with := func(change func(*AuthenticateRequest)) AuthenticateRequest {
		a := otp
		change(&a)
		return a
	}
	w := newWorld(t, nil)
	poor := hina
	poor.ID, poor.Modes = "poor@sbx", []string{contract.Demographics}
	w.cm.AddAccount(poor)
	cases := []struct {
		name   string
		bridge *Bridge
		ask    AuthenticateRequest
		says   string
	}{
		{"unknown patient", w.hip, with(func(a *AuthenticateRequest) { a.PatientID = "nobody@sbx" }), "fetch-modes was refused with error code 1414"},
		{"wrong code", w.hip, with(func(a *AuthenticateRequest) { a.AuthCode = "999999" }), "confirm was refused with error code 1405"},
		{"mode not offered", w.hip, with(func(a *AuthenticateRequest) { a.PatientID = poor.ID }), "does not offer mode MOBILE_OTP"},
		{"nothing at hand", w.hip, with(func(a *AuthenticateRequest) { a.PatientID, a.Mode = poor.ID, "" }), "no mode for which a credential is at hand"},
		{"no code", w.hip, with(func(a *AuthenticateRequest) { a.AuthCode = "" }), "mode MOBILE_OTP needs the code"},
		{"a HIU and LINK", w.hiu, otp, "KYC only"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.bridge.Authenticate(waitContext(t), c.ask)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("the error is %v; expected it to say %q", err, c.says)
			}
			if strings.Contains(err.Error(), hina.ID) || strings.Contains(err.Error(), "999999") {
				t.Error("the error tells the patient or the code")
			}
		})
	}
}

// TestBridgeFollowsOnInit: the mode of on-init counts, not the one asked for; an expired session is not confirmed.
func TestBridgeFollowsOnInit(t *testing.T) {
	w := newWorld(t, nil)
	auth, err := w.hip.Open(waitContext(t), hina.ID, contract.KYC, "")
	if err != nil {
		t.Fatal(err)
	}
	auth.Mode = contract.Demographics
	if _, err := w.hip.Finish(waitContext(t), auth, hina.OTP, nil); err == nil || !strings.Contains(err.Error(), "needs demographic details") {
		t.Errorf("a code was sent for DEMOGRAPHICS: %v", err)
	}
	auth.Mode = contract.MobileOTP
	w.clock.Add(10 * time.Minute)
	if _, err := w.hip.Finish(waitContext(t), auth, hina.OTP, nil); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired session was confirmed: %v", err)
	}
	auth.Meta.Expiry = strings.TrimSuffix(Timestamp(w.clock.Now().Add(time.Second)), "Z") // no zone: UTC
	if _, err := w.hip.Finish(waitContext(t), auth, hina.OTP, nil); err == nil || !strings.Contains(err.Error(), "1406") {
		t.Errorf("an expiry without a zone is not read as UTC: %v", err)
	}
	auth.Mode, auth.TransactionID = contract.Direct, "nobody's"
	if _, err := w.hip.Finish(waitContext(t), auth, "", nil); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("the bridge waits for an unknown transaction: %v", err)
	}
}

// TestBridgeTakesEachCallbackOnce: duplicates and callbacks of another kind are accepted and change nothing.
func TestBridgeTakesEachCallbackOnce(t *testing.T) {
	w := newWorld(t, nil)
	opened := make(chan error, 1)
	asked := make(chan string, 1)
	w.relay.mu.Lock()
	w.relay.refuse = func(_ *http.Request, body []byte) int {
		asked <- read[contract.Reference](t, body).RequestID
		return 202 // and the test calls back
	}
	w.relay.mu.Unlock()
	var auth contract.InitAuth
	go func() {
		var err error
		auth, err = w.hip.Open(waitContext(t), hina.ID, contract.Link, "")
		opened <- err
	}()
	resp := contract.Reference{RequestID: <-asked}
	call := func(endpoint string, message any) {
		t.Helper()
		out := Compose(endpoint, contract.HIP, "hip-1", message)
		status, _ := post(t, w.hipURL+contract.MustEndpoint(endpoint).Path, map[string]string{"X-HIP-ID": "hip-1"}, string(out.Body))
		if status != http.StatusAccepted {
			t.Errorf("%s was answered %d; expected 202", endpoint, status)
		}
	}
	id, now := w.cm.stamp()
	call(contract.OnConfirm, contract.OnConfirmMessage{RequestID: id, Timestamp: now, Auth: &contract.GrantAuth{AccessToken: "planted"}, Resp: resp})
	for _, transaction := range []string{"t-1", "t-2"} {
		call(contract.OnInit, contract.OnInitMessage{RequestID: NewRequestID(), Timestamp: now,
			Auth: &contract.InitAuth{TransactionID: transaction, Mode: contract.MobileOTP}, Resp: resp})
	}
	if err := <-opened; err != nil || auth.TransactionID != "t-1" {
		t.Errorf("the init got transaction %q, %v; expected the first on-init's", auth.TransactionID, err)
	}
}

func TestBridgeDirectEnds(t *testing.T) {
	w := newWorld(t, func(cm *CMOptions, _ *BridgeOptions) { cm.SessionLife = 100 * time.Millisecond })
	_, err := w.hip.Authenticate(waitContext(t), AuthenticateRequest{PatientID: hina.ID, Purpose: contract.KYC, Mode: contract.Direct})
	if err == nil || !strings.Contains(err.Error(), "before it expired") {
		t.Errorf("the error is %v; expected that the transaction expired", err)
	}
	w.cm.life = time.Hour
	auth, err := w.hip.Open(waitContext(t), hina.ID, contract.KYC, contract.Direct)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.hip.Finish(ctx, auth, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v; expected that the wait was cancelled", err)
	}
}

// TestBridgeAndTheGateway: what the gateway itself answers or calls back ends the conversation, or makes the bridge log in again.
func TestBridgeAndTheGateway(t *testing.T) {
	var logins atomic.Int32
	tokens := &countingTokens{logins: &logins}
	answered := &afterAnswer{}
	w := newWorld(t, func(_ *CMOptions, b *BridgeOptions) {
		b.Tokens, b.Client = tokens, &http.Client{Transport: answered}
	})
	ids := make(chan string, 10)
	ask := func(refuse func(r *http.Request, body []byte) int) error {
		w.relay.mu.Lock()
		w.relay.refuse = refuse
		w.relay.mu.Unlock()
		_, err := w.hip.AskModes(waitContext(t), hina.ID, contract.Link)
		return err
	}
	err := ask(func(r *http.Request, body []byte) int { return 400 })
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Status != 400 || !strings.Contains(err.Error(), "answered fetch-modes with 400") {
		t.Errorf("the error is %v; expected a Refusal with status 400", err)
	}
	err = ask(func(r *http.Request, body []byte) int {
		if !strings.HasSuffix(r.URL.Path, "/fetch-modes") {
			return 0
		}
		ids <- read[contract.Reference](t, body).RequestID
		if r.Header.Get("Authorization") == "Bearer t1" {
			return 401
		}
		return 0
	})
	if first, second := <-ids, <-ids; err != nil || logins.Load() != 2 || first == second {
		t.Errorf("after a 401: %v, %d logins, the same requestId again: %t", err, logins.Load(), first == second)
	}
	// The gateway's own error callback, in the shape of the field: no timestamp, addressed to bridge_<client>, resp in upper case.
	statuses := make(chan int, 1)
	err = ask(func(r *http.Request, body []byte) int {
		if !strings.HasSuffix(r.URL.Path, "/fetch-modes") {
			return 0
		}
		asked := strings.ToUpper(read[contract.Reference](t, body).RequestID)
		go func() {
			status, _ := post(t, w.hipURL+contract.MustEndpoint(contract.OnFetchModes).Path, map[string]string{"X-HIP-ID": "bridge_hip-client"},
				fmt.Sprintf(`{"requestId":%q,"error":{"code":2500,"message":"down"},"resp":{"requestId":%q}}`, NewRequestID(), asked))
			statuses <- status
		}()
		return 202
	})
	if status := <-statuses; status != http.StatusBadRequest {
		t.Errorf("a callback without timestamp was answered %d; expected 400", status)
	}
	if !errors.As(err, &refusal) || refusal.Code != 2500 || refusal.Message != "down" {
		t.Errorf("the error is %v; expected a Refusal with code 2500", err)
	}
	w.relay.mu.Lock()
	w.relay.refuse = func(*http.Request, []byte) int { return 202 } // and silence
	w.relay.mu.Unlock()
	ctx, cancel := context.WithCancel(waitContext(t))
	answered.do = cancel
	if _, err := w.hip.AskModes(ctx, hina.ID, contract.Link); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "no on-fetch-modes") {
		t.Errorf("silence gave %v; expected that it says what did not come", err)
	}
}

// afterAnswer is a transport that does something once a response is there.
type afterAnswer struct{ do func() }

func (a *afterAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if a.do != nil {
		a.do()
	}
	return resp, err
}

// countingTokens gives t1, then after each Forget the next.
type countingTokens struct {
	logins *atomic.Int32
	mu     sync.Mutex
	token  string
}

func (c *countingTokens) Token(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == "" {
		c.token = fmt.Sprintf("t%d", c.logins.Add(1))
	}
	return c.token, nil
}

func (c *countingTokens) Forget(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}
