//go:build pact

package verify_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/pacts/verify"
	"abdm.example/conformance/pacts/worker"
)

// one serves a Pact file with one interaction of a committed one.
func one(t *testing.T, file, key string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "pacts", file))
	if err != nil {
		t.Fatal(err)
	}
	var pact map[string]any
	if err := json.Unmarshal(raw, &pact); err != nil {
		t.Fatal(err)
	}
	var kept []any
	for _, i := range pact["interactions"].([]any) {
		if i.(map[string]any)["key"] == key {
			kept = append(kept, i)
		}
	}
	pact["interactions"] = kept
	text, err := json.Marshal(pact)
	if err != nil || len(kept) != 1 {
		t.Fatal(err, len(kept))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestInteraction(t *testing.T) {
	states := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var s struct{ Params map[string]any }
		_ = json.NewDecoder(r.Body).Decode(&s)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Params)
	}))
	defer states.Close()
	for name, row := range map[string]struct {
		key    string
		answer http.HandlerFunc
		want   string // part of what was found
	}{
		"agrees":             {"init-202", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, ""},
		"another status":     {"init-202", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, "StatusMismatch"},
		"no error body":      {"init-400", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }, "Body"},
		"an error as a text": {"init-400", errorBody(400, `{"error":{"code":"1","message":"no"}}`), "$.error.code"},
		"a good refusal":     {"init-400", errorBody(400, `{"error":{"code":1400,"message":"no"}}`), ""},
		"with a charset": {"init-400", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json;charset=UTF-8")
			w.WriteHeader(400)
			_, _ = w.Write([]byte(`{"error":{"code":1400,"message":"no"},"more":1}`))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			subject := httptest.NewServer(row.answer)
			defer subject.Close()
			result, err := verify.Interaction(worker.Job{Pact: one(t, "hip-gateway.json", row.key), Provider: "gateway", Target: subject.URL, States: states.URL, Timeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if result.Matched() != (row.want == "") {
				t.Errorf("%+v", result)
			}
			found, _ := json.Marshal(result)
			if !strings.Contains(string(found), row.want) {
				t.Errorf("found %s, want %s", found, row.want)
			}
		})
	}
}

func TestADeadTargetIsNoMismatch(t *testing.T) {
	subject := httptest.NewServer(http.NotFoundHandler())
	subject.Close()
	result, err := verify.Interaction(worker.Job{Pact: one(t, "hip-gateway.json", "init-401"), Provider: "gateway", Target: subject.URL, Timeout: 5 * time.Second})
	if err != nil || result.Failure == "" || len(result.Mismatches) > 0 {
		t.Errorf("%v, %+v", err, result)
	}
}

func errorBody(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}
