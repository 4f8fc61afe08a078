package scenario_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/harness/scenario"
)

var decision = scenario.Parameters{"transactionId": "t-1", "status": "GRANTED"}

func TestHTTPHook(t *testing.T) {
	told := make(chan string, 1)
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- string(body)
		w.WriteHeader(status)
		if status >= 400 {
			_, _ = io.WriteString(w, "no such\nsession")
		}
	}))
	defer server.Close()
	for name, row := range map[string]struct {
		body any
		want string
	}{
		"its own parameters": {nil, `{"status":"GRANTED","transactionId":"t-1"}`},
		"templates":          {map[string]any{"id": "tx {{transactionId}}", "ok": []any{"{{ .status }}", 1, true}}, `{"id":"tx t-1","ok":["GRANTED",1,true]}`},
	} {
		_, err := scenario.CallHook(t.Context(), "hooks.decide", config.Hook{HTTP: &config.HTTPHook{URL: server.URL, Body: row.body}}, decision)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := <-told; got != row.want || !json.Valid([]byte(got)) {
			t.Errorf("%s: the hook was told %s, want %s", name, got, row.want)
		}
	}
	status = http.StatusBadGateway
	said, err := scenario.CallHook(t.Context(), "hooks.decide", config.Hook{HTTP: &config.HTTPHook{URL: server.URL}}, decision)
	if <-told; err == nil || said != "no such / session" || !strings.Contains(err.Error(), "hooks.decide") || !strings.Contains(err.Error(), "502") {
		t.Errorf("a hook that answers 502 gives %v", err)
	}
	status = scenario.UnableStatus
	_, err = scenario.CallHook(t.Context(), "hooks.start", config.Hook{HTTP: &config.HTTPHook{URL: server.URL}}, decision)
	var unable *scenario.HookError
	if <-told; !errors.As(err, &unable) || !unable.Unable {
		t.Errorf("a hook that answers %d gives %v", scenario.UnableStatus, err)
	}
	_, err = scenario.CallHook(t.Context(), "hooks.decide", config.Hook{HTTP: &config.HTTPHook{URL: server.URL, Body: "{{patientId}}"}}, decision)
	if err == nil || !strings.Contains(err.Error(), "patientId") {
		t.Errorf("an unknown template gives %v", err)
	}
}

func TestExecHook(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh for a command hook")
	}
	file := filepath.Join(t.TempDir(), "told")
	script := `printf '%s %s' "$1" "$CONFORMANCE_HOOK_TRANSACTIONID" > "$2"`
	if said, err := scenario.CallHook(t.Context(), "hooks.decide", config.Hook{Exec: []string{"/bin/sh", "-c", script + "; echo done >&2", "sh", "{{status}}", file}}, decision); err != nil || said != "done" {
		t.Fatalf("it said %q: %v", said, err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "GRANTED t-1" {
		t.Errorf("the command was told %q: %v", got, err)
	}
	for name, command := range map[string][]string{"ended with 3": {"/bin/sh", "-c", "exit 3"}, "cannot be made to do this": {"/bin/sh", "-c", "exit 69"}, "could not be run": {filepath.Join(t.TempDir(), "none")}} {
		if _, err := scenario.CallHook(t.Context(), "hooks.decide", config.Hook{Exec: command}, decision); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v gives %v, want: %s", command, err, name)
		}
	}
}

func TestHookEndsWithItsDeadline(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := scenario.CallHook(ctx, "hooks.decide", config.Hook{HTTP: &config.HTTPHook{URL: server.URL}}, decision); err == nil || !strings.Contains(err.Error(), "not done within") {
		t.Errorf("a hook that hangs gives %v", err)
	}
}
