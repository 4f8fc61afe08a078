package journal

import (
	"context"
	"errors"
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

// direct is a round tripper without a network, for benchmarks.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func request(t testing.TB, ctx context.Context, url, body string, header http.Header) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		r.Header[name] = values
	}
	return r
}

// post sends a body and returns the answer with its body read.
func post(t testing.TB, ctx context.Context, client *http.Client, url, body string, header http.Header) *http.Response {
	t.Helper()
	answer, err := client.Do(request(t, ctx, url, body, header))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(strings.NewReader(string(raw)))
	return answer
}

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func any1(*Observed) bool { return true }

func TestSentExchangeIsRecorded(t *testing.T) {
	j, path := create(t)
	j.redactor.KnowToken("my-own-token-1", contract.HIP)
	subject := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || !strings.Contains(string(raw), "requestId") {
			t.Errorf("the subject received %q: %v", raw, err)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"code":"2500","message":"at a.b.C.d(C.java:7)"}}`)
	}))
	client := &http.Client{Transport: j.Transport(contract.HIP, nil)}
	ctx := WithScenario(soon(t), "a", "first")
	answer := post(t, ctx, client, subject+"/base/v0.5/users/auth/init", `{"requestId":1}`, http.Header{"Authorization": {"Bearer my-own-token-1"}})
	if raw, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(raw), "2500") {
		t.Errorf("the caller reads %q: %v", raw, err)
	}
	e := reread(t, j, path).Exchanges[0]
	if e.Direction != Sent || e.Player != contract.HIP || e.Scenario != "a" || e.Step != "first" || e.Endpoint != "init" || e.Failure != nil || e.Response.Status != 400 {
		t.Errorf("recorded %+v", e)
	}
	ts := e.Times
	if !(0 < ts.RequestFirst && ts.RequestFirst <= ts.RequestLast && ts.RequestFirst < ts.ResponseFirst && ts.ResponseFirst <= ts.ResponseLast) {
		t.Errorf("times %+v", ts)
	}
	f := e.Facts
	if f.JSON != "ok" || len(f.Violations) == 0 || f.ResponseJSON != "ok" || len(f.ErrorViolations) == 0 || f.Authorization.Owner != contract.HIP || f.Authorization.Scheme != "Bearer" || len(f.Leaks) != 2 {
		t.Errorf("facts %+v", f)
	}
}

func TestReceivedExchangeIsRecorded(t *testing.T) {
	j, path := create(t)
	j.Bind("a", "11111111-A3FD-416b-b069-c97d021fb001")
	player := serve(t, http.StripPrefix("/hip", j.Handler(contract.HIP, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || string(raw) != grantBody(1) || ScenarioOf(r.Context()) != "a" {
			t.Errorf("the player sees %q in scenario %q: %v", raw, ScenarioOf(r.Context()), err)
		}
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("X-Late", "no")
	}))))
	answer := post(t, soon(t), http.DefaultClient, player+"/hip/v0.5/users/auth/on-confirm?q=1", grantBody(1), http.Header{"Authorization": {"Bearer " + exampleJWT}})
	if answer.StatusCode != 202 || answer.ContentLength != 0 || answer.Header.Get("X-Answer") != "yes" || answer.Header.Get("X-Late") != "" {
		t.Errorf("the subject is answered %v %v", answer.Status, answer.Header)
	}
	o, err := j.WaitIn(soon(t), "a", any1)
	if err != nil || string(o.Body) != grantBody(1) || o.Header.Get("Authorization") != "Bearer "+exampleJWT {
		t.Fatalf("observed %+v: %v", o, err)
	}
	e := reread(t, j, path).Exchanges[0]
	if e.Direction != Received || e.AttributedBy != "/resp/requestId" || e.Endpoint != "on-confirm" || e.Request.URL != "/hip/v0.5/users/auth/on-confirm?q=1" || e.Response.Status != 202 || e.Times.ResponseLast == 0 {
		t.Errorf("recorded %+v", e)
	}
	if a := e.Facts.Authorization; !a.JWT || a.Algorithm != "RS256" || !a.Expired || e.Facts.Leaks != nil {
		t.Errorf("facts %+v", e.Facts)
	}
	j.Forget("a")
	if len(j.ReceivedIn("a")) != 0 || len(j.observed.all.list) != 0 {
		t.Error("a forgotten scenario is still in memory")
	}
}

func TestLargeBodiesAreCutInTheEvidenceOnly(t *testing.T) {
	j, path := create(t)
	body := `{"requestId":"` + exampleUUID + `","authCode":"871236","pad":"` + strings.Repeat("x", MaxBody-100) + ` 871236"}`
	wire := strings.Repeat("y", MaxWire+10)
	var received int
	player := serve(t, j.Handler(contract.HIP, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		received = len(raw)
		_, _ = io.WriteString(w, wire)
	})))
	client := &http.Client{Transport: j.Transport(contract.CM, nil)}
	answer := post(t, soon(t), client, player+"/v0.5/users/auth/on-init", body+strings.Repeat(" ", 2*MaxBody), nil)
	if raw, err := io.ReadAll(answer.Body); err != nil || len(raw) != MaxWire || received != len(body)+2*MaxBody {
		t.Errorf("the caller reads %d bytes, the player %d: %v", len(raw), received, err)
	}
	if _, err := j.Wait(soon(t), any1); err != nil {
		t.Fatal(err)
	}
	for _, e := range reread(t, j, path).Exchanges {
		if b := e.Request.Body; !b.Truncated || b.JSON != nil || len(b.Text) > MaxBody || b.Size != received || strings.Contains(b.Text, "871236") || e.Facts.JSON != "ok" {
			t.Errorf("%s: size %d, %d kept, truncated %v, JSON %q", e.ID, b.Size, len(b.Text), b.Truncated, e.Facts.JSON)
		}
		if b := e.Response.Body; !b.Truncated || len(b.Text) != MaxBody {
			t.Errorf("%s: response size %d, %d kept", e.ID, b.Size, len(b.Text))
		}
	}
}

func TestWaitSeesThePastAndTheFutureAndEndsWithItsContext(t *testing.T) {
	j, _ := create(t)
	j.Bind("a", exampleUUID)
	player := serve(t, j.Handler(contract.HIP, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) })))
	send := func() { post(t, soon(t), http.DefaultClient, player+"/x", `{"requestId":"`+exampleUUID+`"}`, nil) }
	found := make(chan error, 1)
	ctx := soon(t)
	go func() {
		n := 0
		_, err := j.WaitIn(ctx, "a", func(*Observed) bool { n++; return n == 3 })
		found <- err
	}()
	for range 3 {
		send()
	}
	if err := <-found; err != nil {
		t.Fatal(err)
	}
	if got := j.ReceivedIn("a"); len(got) != 3 {
		t.Errorf("%d were received", len(got))
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := j.WaitIn(short, "other", any1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting in vain ends with %v", err)
	}
}

func TestConcurrentScenariosAreKeptApart(t *testing.T) {
	j, path := create(t)
	const scenarios, each = 20, 10
	player := j.Handler(contract.CM, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }))
	playerURL := serve(t, player)
	subject := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // calls us before it answers
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		post(t, r.Context(), http.DefaultClient, playerURL+r.URL.Path, strings.ToUpper(string(raw)), nil)
		w.WriteHeader(202)
	}))
	client := &http.Client{Transport: j.Transport(contract.HIP, nil)}
	var wg sync.WaitGroup
	for s := range scenarios {
		wg.Go(func() {
			name := fmt.Sprintf("s%d", s)
			ctx := WithScenario(soon(t), name, "x")
			for n := range each {
				post(t, ctx, client, subject+"/v0.5/users/auth/init", fmt.Sprintf(`{"requestId":"%08x-0000-4000-8000-%012x"}`, s, n), nil)
			}
			count := 0
			if _, err := j.WaitIn(ctx, name, func(*Observed) bool { count++; return count == each }); err != nil {
				t.Errorf("%s received %d: %v", name, count, err)
			}
		})
	}
	wg.Wait()
	e := reread(t, j, path)
	counts := map[string]int{}
	for _, x := range e.Exchanges {
		counts[x.Scenario+string(x.Direction)]++
		if len(x.Conflicts) > 0 {
			t.Errorf("%s has conflicts %v", x.ID, x.Conflicts)
		}
	}
	if len(e.Exchanges) != 2*scenarios*each || len(counts) != 2*scenarios || counts["s7received"] != each {
		t.Errorf("%d exchanges, %v", len(e.Exchanges), counts)
	}
}
