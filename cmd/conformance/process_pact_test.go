package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/pacts/worker"
)

func TestProcessPactNotInstalledExits2(t *testing.T) {
	t.Parallel()
	another := t.TempDir()
	for _, name := range []string{"libpact_ffi.so", "libpact_ffi.dylib", "pact_ffi.dll", "conformance-pact"} {
		if err := os.WriteFile(filepath.Join(another, name), []byte("another library"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for where, says := range map[string]string{t.TempDir(): "there is no", another: "sha256"} {
		if worker.Digests[runtime.GOOS+"/"+runtime.GOARCH] == nil {
			says = runtime.GOARCH
		}
		for _, args := range [][]string{{"pact", "verify"}, {"pact", "check", written(t, "own.json", ownPact(t))}} {
			e := finish(t, dir, []string{config.PactVariable + "=" + where}, args...)
			e.wants(t, exitUsage, "Pact support is not installed", says, "make pact")
			if strings.Count(strings.TrimSpace(e.stderr), "\n") > 0 {
				t.Errorf("more than one sentence: %s", e.stderr)
			}
		}
	}
}

// written writes a file and returns its path.
func written(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ownPact is one of the suite's own Pact files.
func ownPact(t *testing.T) []byte {
	t.Helper()
	return content(t, "..", "..", "fixtures", "pacts", "hip-gateway.json")
}

func TestProcessPactUsageExits2(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	own := string(ownPact(t))
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no Pact file":    {[]string{"check", written(t, "x.json", []byte(`{}`))}, "/consumer must be an object"},
		"no such file":    {[]string{"check", "absent.json"}, "absent.json"},
		"unknown role":    {[]string{"check", written(t, "x.json", []byte(strings.Replace(own, `"name":"hip"`, `"name":"acme"`, 1)))}, "--consumer"},
		"no directory":    {[]string{"verify", "--pacts", "absent"}, "--pacts absent"},
		"empty directory": {[]string{"verify", "--pacts", t.TempDir()}, "holds no Pact file"},
		"no broker":       {[]string{"publish", "--version", "1"}, envBroker},
		"no version":      {[]string{"publish", "--broker", "http://127.0.0.1:1"}, "--version"},
		"secret in URL":   {[]string{"can-i-deploy", "--broker", "http://u:canary-password@127.0.0.1:1", "--pacticipant", "hip", "--version", "1"}, envBrokerToken},
		"no results":      {[]string{"publish", "--broker", "http://127.0.0.1:1", "--version", "1", "--results", "."}, pactsFile},
	} {
		e := finish(t, dir, nil, append([]string{"pact"}, c.args...)...)
		e.wants(t, exitUsage, c.says)
		if strings.Contains(e.stderr, "canary") || !strings.HasPrefix(e.stderr, "conformance: ") {
			t.Errorf("%s: %s", name, e.stderr)
		}
	}
}

func TestProcessPactSpeaksToABroker(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		mu.Lock()
		asked[r.Method+" "+r.URL.Path] = r.Header.Get("Authorization") + " " + r.URL.RawQuery + string(raw)
		mu.Unlock()
		switch {
		case r.Header.Get("Authorization") != "Bearer canary-token":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/contracts/publish":
			_, _ = io.WriteString(w, `{"notices":[{"type":"success","text":"Pact published"}]}`)
		case r.URL.Path == "/matrix":
			_, _ = io.WriteString(w, `{"summary":{"deployable":`+r.URL.Query().Get("environment")+`,"reason":"as the environment says"},"matrix":[]}`)
		case r.Method == "GET":
			_, _ = io.WriteString(w, `{"_links":{"pb:publish-verification-results":{"href":"http://`+r.Host+`/results"}},"interactions":[{"_id":"7","description":"an init"}]}`)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	env := []string{envBroker + "=" + server.URL, envBrokerToken + "=canary-token"}
	e := finish(t, dir, env, "pact", "publish", "--version", "1.2.3", "--branch", "main", "--tag", "staging")
	e.wants(t, 0)
	if !strings.Contains(e.stdout, "Published 6 Pact files") || !strings.Contains(e.stdout, "Pact published") {
		t.Error(e.stdout)
	}
	pact := []string{"pact", "can-i-deploy", "--pacticipant", "hip", "--version", "1.2.3", "--to-environment"}
	finish(t, dir, env, append(pact, "true")...).wants(t, 0)
	finish(t, dir, env, append(pact, "false")...).wants(t, exitNotConformant)
	wrong := finish(t, dir, append(env, envBrokerToken+"=canary-wrong"), append(pact, "true")...)
	wrong.wants(t, exitUsage, "401", "check the token")
	gone := finish(t, dir, append(env, envBroker+"=http://127.0.0.1:1"), append(pact, "true")...)
	gone.wants(t, exitPreflight, "cannot be reached")

	for verdict, want := range map[string]string{"pass": `"success":true`, "warning": `"success":false`} {
		result := `[{"consumer":"hip","provider":"gateway","file":"hip-gateway.json","digest":"","interactions":[{"key":"init-202","description":"an init","verdict":"` + verdict + `","scenario":"","findings":[]}]}]`
		if err := os.WriteFile(filepath.Join(dir, pactsFile), []byte(result), 0o600); err != nil {
			t.Fatal(err)
		}
		finish(t, dir, env, "pact", "publish", "--version", "2.0", "--results", ".").wants(t, 0)
		mu.Lock()
		if body := asked["POST /results"]; !strings.Contains(body, want) || !strings.Contains(body, `"interactionId":"7"`) {
			t.Errorf("%s: %s", verdict, body)
		}
		delete(asked, "POST /results")
		mu.Unlock()
	}
	open := strings.Replace(`[{"consumer":"hip","provider":"gateway","file":"x","digest":"","interactions":[{"key":"k","description":"an init","verdict":"V","scenario":"","findings":[]}]}]`, "V", "inconclusive", 1)
	if err := os.WriteFile(filepath.Join(dir, pactsFile), []byte(open), 0o600); err != nil {
		t.Fatal(err)
	}
	finish(t, dir, env, "pact", "publish", "--version", "2.0", "--results", ".").wants(t, exitIncomplete, "is not published")
	mu.Lock()
	defer mu.Unlock()
	if _, told := asked["POST /results"]; told {
		t.Error("a result that is neither yes nor no was published")
	}
	var published map[string]any
	_, body, _ := strings.Cut(asked["POST /contracts/publish"], "{")
	if err := json.Unmarshal([]byte("{"+body), &published); err != nil || published["branch"] != "main" || published["pacticipantVersionNumber"] != "1.2.3" {
		t.Errorf("%v %v", published, err)
	}
	for _, e := range []ended{e, wrong, gone} {
		if strings.Contains(e.stdout+e.stderr, "canary") {
			t.Errorf("a token is printed: %s%s", e.stdout, e.stderr)
		}
	}
}
