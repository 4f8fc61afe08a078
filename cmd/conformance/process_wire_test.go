package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// wire stands between two processes and keeps everything that travels.
type wire struct {
	url string

	mu       sync.Mutex
	planting func(request *url.URL, header http.Header)
	passed   []passage
	progress chan struct{} // closed and made anew with every exchange
}

// passage is one exchange on a wire.
type passage struct {
	header         http.Header
	request, reply []byte
}

// plant has every request, and, with no URL, the header of every response, changed on its way.
func (w *wire) plant(how func(request *url.URL, header http.Header)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.planting = how
}

func (w *wire) change(request *url.URL, header http.Header) {
	w.mu.Lock()
	how := w.planting
	w.mu.Unlock()
	if how != nil {
		how(request, header)
	}
}

// newWire relays to the target, the URL of a host.
func newWire(t *testing.T, target string) *wire {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{progress: make(chan struct{})}
	relay := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
			w.change(r.Out.URL, r.Out.Header)
		},
		ModifyResponse: func(r *http.Response) error {
			w.change(nil, r.Header)
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // as if nobody stood between
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var p passage
		p.header = r.Header.Clone()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		p.request, r.Body = body, io.NopCloser(bytes.NewReader(body))
		if len(body) == 0 {
			r.Body = http.NoBody
		}
		kept := &keptReply{ResponseWriter: rw}
		relay.ServeHTTP(kept, r)
		p.reply = kept.body.Bytes()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.passed = append(w.passed, p)
		close(w.progress)
		w.progress = make(chan struct{})
	}))
	w.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return w
}

// keptReply keeps the body of a response that it passes on.
type keptReply struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (k *keptReply) Write(p []byte) (int, error) {
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

// await waits until so many exchanges are over; it fails the test where the process ends before.
func (w *wire) await(t *testing.T, n int, p *process) {
	t.Helper()
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		passed, progress := len(w.passed), w.progress
		w.mu.Unlock()
		if passed >= n {
			return
		}
		select {
		case <-progress:
		case <-p.ended:
			t.Fatalf("the process ended after %d exchanges\n%s%s", passed, p.stdout, p.stderr)
		case <-deadline:
			t.Fatalf("%d exchanges only\n%s", passed, p.stderr)
		}
	}
}

// passages are the exchanges that are over.
func (w *wire) passages() []passage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]passage(nil), w.passed...)
}

// fetchToken logs in at a gateway, as the client of a vendor would.
func fetchToken(t *testing.T, gateway, client, secret string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"clientId": client, "clientSecret": secret, "grantType": "client_credentials"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway+contract.PathSessions, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var session struct {
		AccessToken string `json:"accessToken"`
	}
	if err := json.NewDecoder(response.Body).Decode(&session); err != nil || session.AccessToken == "" {
		t.Fatalf("the login was answered %s without a token: %v", response.Status, err)
	}
	return session.AccessToken
}
