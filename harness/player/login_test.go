package player

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// sessions serves POST /v0.5/sessions and counts the logins.
func sessions(t *testing.T, logins *atomic.Int32, answer func(n int32, w http.ResponseWriter)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Method != http.MethodPost || r.URL.Path != "/gateway/v0.5/sessions" ||
			in["clientId"] != "hip-client" || in["clientSecret"] != "s3cret" || in["grantType"] != "client_credentials" {
			t.Errorf("the login was %s %s with grantType %q", r.Method, r.URL.Path, in["grantType"])
		}
		answer(logins.Add(1), w)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/gateway/"
}

func unsignedToken(exp int64) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"exp":%d}`, exp)) + ".x"
}

func TestLoginLife(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	cases := []struct {
		name, token, expiresIn string
		good                   time.Duration // still cached after this
		stale                  time.Duration // logged in again after this
	}{
		{"expiresIn is seconds", "opaque", "600", 569 * time.Second, 571 * time.Second},
		{"exp wins over expiresIn", unsignedToken(now.Add(time.Hour).Unix()), "60", 59 * time.Minute, time.Hour},
		{"a short life has a short margin", "opaque", "10", 8 * time.Second, 9*time.Second + time.Millisecond},
		{"nothing is said", "opaque", "null", 4 * time.Minute, 5 * time.Minute},
		{"nonsense is said", "a.b.c", "-5", 4 * time.Minute, 5 * time.Minute},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var logins atomic.Int32
			url := sessions(t, &logins, func(n int32, w http.ResponseWriter) {
				fmt.Fprintf(w, `{"accessToken":%q,"expiresIn":%s,"tokenType":"bearer"}`, c.token, c.expiresIn)
			})
			at := &clock{now: now}
			login := &Login{Gateway: url, ClientID: "hip-client", ClientSecret: "s3cret", Role: contract.HIP, Now: at.Now}
			token := func(want int32) {
				t.Helper()
				got, err := login.Token(waitContext(t))
				if err != nil || got != c.token || logins.Load() != want {
					t.Fatalf("after %s: error %v and %d logins; expected %d", at.Now().Sub(now), err, logins.Load(), want)
				}
			}
			token(1)
			at.Add(c.good)
			token(1)
			at.Add(c.stale - c.good)
			token(2)
		})
	}
}

func TestLoginErrors(t *testing.T) {
	cases := []struct {
		name, says string
		answer     func(w http.ResponseWriter)
	}{
		{"401", "/v0.5/sessions as client hip-client was answered 401: check identities.hip.client-id and client-secret",
			func(w http.ResponseWriter) { w.WriteHeader(401) }},
		{"404", "check that the gateway's base URL is the part before /v0.5/sessions", func(w http.ResponseWriter) { w.WriteHeader(404) }},
		{"redirect", "answered 302", func(w http.ResponseWriter) { w.Header().Set("Location", "/elsewhere"); w.WriteHeader(302) }},
		{"not JSON", "not the contract's SessionResponse", func(w http.ResponseWriter) { fmt.Fprint(w, "tok-12345") }},
		{"no token", "without a usable accessToken", func(w http.ResponseWriter) { fmt.Fprint(w, `{"expiresIn":1}`) }},
		{"line break in the token", "without a usable accessToken", func(w http.ResponseWriter) { fmt.Fprint(w, `{"accessToken":"tok-12345\nX: y"}`) }},
		{"cut off", "broke off", func(w http.ResponseWriter) { w.Header().Set("Content-Length", "99"); fmt.Fprint(w, "tok-12345") }},
		{"no answer", "login of client hip-client", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var logins atomic.Int32
			url := sessions(t, &logins, func(_ int32, w http.ResponseWriter) { c.answer(w) })
			login := &Login{Gateway: url, ClientID: "hip-client", ClientSecret: "s3cret", Role: contract.HIP}
			_, err := login.Token(waitContext(t))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("the error is %v; expected it to say %q", err, c.says)
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "tok-12345") {
				t.Error("the error tells a secret")
			}
		})
	}
	if _, err := StaticToken("").Token(waitContext(t)); err == nil {
		t.Error("an empty static token is a token")
	}
	if token, err := StaticToken("t").Token(waitContext(t)); token != "t" || err != nil {
		t.Errorf("the static token is %q, %v", token, err)
	}
}

func TestLoginIsShared(t *testing.T) {
	var logins atomic.Int32
	var entered sync.Once
	began, release := make(chan struct{}), make(chan struct{})
	url := sessions(t, &logins, func(n int32, w http.ResponseWriter) {
		entered.Do(func() { close(began) })
		<-release
		fmt.Fprintf(w, `{"accessToken":"t%d","expiresIn":600}`, n)
	})
	login := &Login{Gateway: url, ClientID: "hip-client", ClientSecret: "s3cret"}

	// The first caller gives up: the others must not suffer.
	ctx, giveUp := context.WithCancel(waitContext(t))
	gaveUp := make(chan error, 1)
	go func() {
		_, err := login.Token(ctx)
		gaveUp <- err
	}()
	<-began
	waiter, stop := context.WithCancel(waitContext(t))
	stop()
	if _, err := login.Token(waiter); err == nil {
		t.Error("a waiting caller whose context ended got a token")
	}
	var callers sync.WaitGroup
	for range 100 {
		callers.Go(func() {
			if token, err := login.Token(waitContext(t)); err != nil || token != "t2" {
				t.Errorf("a caller got %q, %v; expected the second login's", token, err)
			}
		})
	}
	giveUp()
	if err := <-gaveUp; err == nil {
		t.Error("the caller who gave up got a token")
	}
	close(release)
	callers.Wait()
	if logins.Load() != 2 {
		t.Errorf("%d logins; expected 2: the one given up, and one for all the others", logins.Load())
	}
	login.Forget("another")
	if _, err := login.Token(waitContext(t)); err != nil || logins.Load() != 2 {
		t.Error("forgetting another token made it log in")
	}
	login.Forget("t2")
	if token, err := login.Token(waitContext(t)); err != nil || token != "t3" {
		t.Errorf("after Forget the token is %q, %v; expected a new login's", token, err)
	}
}
