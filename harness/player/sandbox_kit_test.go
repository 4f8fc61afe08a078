package player

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

// sandboxStand is a sandbox over TCP with a HIP and a HIU of ours beside it, and all that the HIP received.
type sandboxStand struct {
	t        testing.TB
	base     string // without the prefix
	sandbox  *Sandbox
	hip, hiu *Bridge
	token    string // of the control API
	inbox    chan gwDelivery
	lines    chan string // that were told
	seen     []string    // of them, so far
}

// newSandboxStand starts it; change may set further options.
func newSandboxStand(t testing.TB, change func(*SandboxOptions)) *sandboxStand {
	t.Helper()
	s := &sandboxStand{t: t, inbox: make(chan gwDelivery, 1024), lines: make(chan string, 4096)}
	face, doors := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	t.Cleanup(doors.Close)
	s.base = "http://" + face.Listener.Addr().String()
	o := SandboxOptions{Tell: func(line string) { s.lines <- line }}
	for _, role := range contract.Bridges {
		o.Bridges = append(o.Bridges, Registration{Role: role, ID: string(role) + "-1", ClientID: string(role) + "-client", ClientSecret: string(role) + "-secret",
			URL: "http://" + doors.Listener.Addr().String() + "/" + string(role)})
	}
	if change != nil {
		change(&o)
	}
	var err error
	if s.sandbox, err = NewSandbox(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		face.Close()
		closing, cancel := context.WithTimeout(context.Background(), gwPatience)
		defer cancel()
		if err := s.sandbox.Close(closing); err != nil {
			t.Errorf("the sandbox did not close: %v", err)
		}
	})
	bridge := func(p Registration) *Bridge {
		b := NewBridge(BridgeOptions{Role: p.Role, ID: p.ID, CMID: "sbx", Gateway: s.base + "/gateway",
			Tokens: &Login{Gateway: s.base + "/gateway", ClientID: p.ClientID, ClientSecret: p.ClientSecret}})
		t.Cleanup(func() {
			closing, cancel := context.WithTimeout(context.Background(), gwPatience)
			defer cancel()
			_ = b.Close(closing)
		})
		return b
	}
	s.hip, s.hiu = bridge(o.Bridges[0]), bridge(o.Bridges[1])
	mux := http.NewServeMux()
	mux.Handle("/hip/", http.StripPrefix("/hip", s.received(s.hip)))
	mux.Handle("/hiu/", http.StripPrefix("/hiu", s.hiu))
	face.Config.Handler, doors.Config.Handler = s.sandbox, mux
	face.Start()
	doors.Start()
	return s
}

// received keeps what the HIP receives, and takes the callback of add-contexts, which the bridge does not know.
func (s *sandboxStand) received(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.inbox <- gwDelivery{party: "hip-1", path: r.URL.Path, header: r.Header.Clone(), body: body}
		if r.URL.Path == contract.PathOnAddContexts {
			accept(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// told waits until a line with these words has been told, and returns all lines so far.
func (s *sandboxStand) told(ctx context.Context, words string) string {
	s.t.Helper()
	for {
		if all := strings.Join(s.seen, "\n"); strings.Contains(all, words) {
			return all
		}
		select {
		case line := <-s.lines:
			s.seen = append(s.seen, line)
		case <-ctx.Done():
			s.t.Fatalf("it is not told that %q:\n%s", words, strings.Join(s.seen, "\n"))
		}
	}
}

// next is the next callback that the HIP receives at an endpoint; what comes to others before is passed over.
func (s *sandboxStand) next(ctx context.Context, endpoint string) gwDelivery {
	s.t.Helper()
	for {
		select {
		case d := <-s.inbox:
			if strings.HasSuffix(d.path, "/"+endpoint) {
				return d
			}
		case <-ctx.Done():
			s.t.Fatalf("no %s came to the HIP", endpoint)
		}
	}
}

// ask asks the control API and reads the answer into out, which may be nil. It returns the status and the error sentence.
func (s *sandboxStand) ask(method, path string, in, out any) (int, string) {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		body = bytes.NewReader(encodeJSON(in))
	}
	r, err := http.NewRequest(method, s.base+PathControl+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var refusal struct{ Error string }
	_ = json.Unmarshal(text, &refusal)
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			s.t.Fatalf("%s %s was answered %d, %s: %v", method, path, resp.StatusCode, text, err)
		}
	}
	return resp.StatusCode, refusal.Error
}

// must is ask for what must be carried out.
func (s *sandboxStand) must(method, path string, in, out any) {
	s.t.Helper()
	if status, why := s.ask(method, path, in, out); status/100 != 2 {
		s.t.Fatalf("%s %s was answered %d: %s", method, path, status, why)
	}
}

// orders orders a behaviour.
func (s *sandboxStand) orders(b Behaviour) {
	s.t.Helper()
	s.must("POST", "/behaviours", b, nil)
}
