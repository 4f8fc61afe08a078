//go:build pact

package broker_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/pacts/broker"
)

// official runs the official Pact command line, which npm has, against a double of a broker.
func official(t *testing.T, d *double, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, filepath.Join("..", "..", "scripts", "pact-cli.sh")).CombinedOutput(); err != nil {
		t.Skip(strings.TrimSpace(string(out)))
	}
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", ".tools", "pact", "bin", "pact"), append([]string{"broker"}, args...)...)
	cmd.Env = append(os.Environ(), "PACT_DO_NOT_TRACK=true", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "PACT_BROKER_BASE_URL="+d.url, "PACT_BROKER_TOKEN=t0ken", "HOME="+t.TempDir())
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the official command line failed: %v\n%s", err, out)
	}
}

// posted is the last request to that path that both doubles have had.
func posted(t *testing.T, path string, theirs, ours *double) (official, own asked) {
	t.Helper()
	for _, side := range []struct {
		d   *double
		out *asked
	}{{theirs, &official}, {ours, &own}} {
		for _, a := range side.d.asked {
			if at, _, _ := strings.Cut(a.path, "?"); at == path {
				*side.out = a
			}
		}
		if side.out.path == "" {
			t.Fatalf("nothing was asked at %s, but %+v", path, side.d.asked)
		}
	}
	return official, own
}

// differ fails the test at every place where two JSON values are not the same.
func differ(t *testing.T, at string, official, own any) {
	t.Helper()
	switch was := official.(type) {
	case map[string]any:
		is, _ := own.(map[string]any)
		for name := range was {
			differ(t, at+"/"+name, was[name], is[name])
		}
		for name := range is {
			if _, there := was[name]; !there {
				t.Errorf("%s/%s: only we send it", at, name)
			}
		}
		return
	case []any:
		if is, _ := own.([]any); len(is) == len(was) {
			for n := range was {
				differ(t, fmt.Sprintf("%s/%d", at, n), was[n], is[n])
			}
			return
		}
	}
	if !reflect.DeepEqual(official, own) {
		t.Errorf("%s: the official command line sends %v, we send %v", at, official, own)
	}
}

func TestPublishSendsWhatTheOfficialCommandLineSends(t *testing.T) {
	answers := map[string]answer{"POST /contracts/publish": {200, `{"notices":[{"type":"success","text":"published"}],"_links":{}}`}, "GET /": {200, `{"_links":{"pb:publish-contracts":{"href":"BROKER/contracts/publish"}}}`}}
	theirs, ours := open(t, answers), open(t, answers)
	official(t, theirs, "publish", filepath.Join("..", "..", "fixtures", "pacts", "hip-gateway.json"),
		"--consumer-app-version", "1.2.3", "--branch", "main", "--build-url", "https://ci.example/7", "--tag", "staging", "eu")
	c := broker.Client{URL: ours.url, Token: "t0ken"}
	if _, err := c.Publish(t.Context(), broker.Publication{Version: "1.2.3", Branch: "main", Tags: []string{"staging", "eu"}, BuildURL: "https://ci.example/7", Pacts: [][]byte{pact(t, "hip-gateway.json")}}); err != nil {
		t.Fatal(err)
	}
	a, b := posted(t, "/contracts/publish", theirs, ours)
	for _, side := range []asked{a, b} {
		for _, item := range side.body["contracts"].([]any) { // the content is compared as JSON: members may come in any order
			contract := item.(map[string]any)
			raw, err := base64.StdEncoding.DecodeString(contract["content"].(string))
			var file map[string]any
			if err != nil || json.Unmarshal(raw, &file) != nil {
				t.Fatalf("the content does not read: %v", err)
			}
			delete(file, "metadata") // the command line writes its own version there
			contract["content"] = file
		}
	}
	differ(t, "", a.body, b.body)
	if a.authorization != b.authorization || a.contentType != b.contentType || a.method != b.method {
		t.Errorf("the official command line asks with %s %q %q, we with %s %q %q", a.method, a.authorization, a.contentType, b.method, b.authorization, b.contentType)
	}
}

func TestCanIDeployAsksWhatTheOfficialCommandLineAsks(t *testing.T) {
	answers := map[string]answer{"GET /matrix": {200, `{"summary":{"deployable":true,"reason":"all verified","success":1,"failed":0,"unknown":0},"notices":[],"matrix":[]}`}, "GET /": {200, `{"_links":{}}`}}
	for name, row := range map[string]struct {
		args     []string
		question broker.Question
	}{
		"environment": {[]string{"--version", "1.2.3", "--to-environment", "prod"}, broker.Question{Version: "1.2.3", Environment: "prod"}},
		"tag":         {[]string{"--version", "1.2.3", "--to", "prod"}, broker.Question{Version: "1.2.3", Tag: "prod"}},
		"nothing":     {[]string{"--version", "1.2.3"}, broker.Question{Version: "1.2.3"}},
	} {
		t.Run(name, func(t *testing.T) {
			theirs, ours := open(t, answers), open(t, answers)
			official(t, theirs, append([]string{"can-i-deploy", "--pacticipant", "hip"}, row.args...)...)
			c := broker.Client{URL: ours.url, Token: "t0ken"}
			row.question.Pacticipant = "hip"
			if _, err := c.CanIDeploy(t.Context(), row.question); err != nil {
				t.Fatal(err)
			}
			a, b := posted(t, "/matrix", theirs, ours)
			was, err := url.Parse(a.path)
			if err != nil {
				t.Fatal(err)
			}
			is, err := url.Parse(b.path)
			if err != nil || !reflect.DeepEqual(was.Query(), is.Query()) {
				t.Errorf("the official command line asks %s, we ask %s (%v)", a.path, b.path, err)
			}
		})
	}
}
