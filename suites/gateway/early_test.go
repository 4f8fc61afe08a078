package gateway_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// overtaking makes a gateway whose callbacks overtake its 202: it holds the 202 to a request back until it has delivered
// the callback that answers the request.
type overtaking struct {
	next http.Handler

	mu        sync.Mutex
	delivered map[string]chan struct{} // closed with the delivery, by the requestId that the callback answers
}

func overtake(next http.Handler) (http.Handler, *http.Client) {
	o := &overtaking{next: next, delivered: map[string]chan struct{}{}}
	return o, &http.Client{Transport: o}
}

// delivery is closed when the answer to that requestId has been delivered.
func (o *overtaking) delivery(requestID string) chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.delivered[requestID] == nil {
		o.delivered[requestID] = make(chan struct{})
	}
	return o.delivered[requestID]
}

// ServeHTTP implements http.Handler.
func (o *overtaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	held := httptest.NewRecorder()
	o.next.ServeHTTP(held, r)
	var message struct{ RequestID string }
	e, ok := contract.EndpointNamed(path.Base(r.URL.Path))
	if ok && e.Callback != "" && held.Code == http.StatusAccepted && json.Unmarshal(body, &message) == nil {
		select {
		case <-o.delivery(strings.ToLower(message.RequestID)):
		case <-r.Context().Done():
		}
	}
	maps.Copy(w.Header(), held.Header())
	w.WriteHeader(held.Code)
	_, _ = w.Write(held.Body.Bytes())
}

// RoundTrip implements http.RoundTripper: what the gateway sends.
func (o *overtaking) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	response, err := http.DefaultTransport.RoundTrip(r)
	var message struct{ Resp struct{ RequestID string } }
	if err == nil && json.Unmarshal(body, &message) == nil && message.Resp.RequestID != "" {
		if done := o.delivery(strings.ToLower(message.Resp.RequestID)); response.StatusCode == http.StatusAccepted {
			close(done)
		}
	}
	return response, err
}

// A gateway that delivers every callback before its 202 is as good as any: the results tell it, and no verdict changes.
func TestCallbacksBeforeThe202AreNamedAndLawful(t *testing.T) {
	began := time.Now()
	ev := record(t, []string{"fetch-modes/...", "flow/...", "unknown-patient/...", "session/0*"}, overtake)
	results, err := suites.Judge(t.Context(), ev, suites.Options{Version: "test"}, gateway.Specs)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range results.Requirements {
		if q.Verdict == suites.Fail || q.Verdict == suites.Warning || q.Verdict == suites.ErrorVerdict {
			t.Errorf("%s is %s: %+v", q.ID, q.Verdict, q.Checks)
		}
	}
	requests, early := 0, 0
	for _, x := range ev.Exchanges {
		if e, ok := contract.EndpointNamed(x.Endpoint); ok && e.Callback != "" && x.Direction == "sent" {
			requests++
		}
	}
	for _, s := range results.Scenarios {
		early += len(s.Early)
	}
	if requests == 0 || early != requests {
		t.Errorf("%d of %d callbacks are named early", early, requests)
	}
	if told := results.Environment["early callbacks"]; !strings.Contains(told, "lawful") {
		t.Errorf("the environment says %q", told)
	}
	t.Logf("%d callbacks overtook their 202 in %s", early, time.Since(began).Round(time.Millisecond))
}
