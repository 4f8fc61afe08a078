package broker_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"abdm.example/conformance/pacts/broker"
)

// asked is one request that the double of a broker has had.
type asked struct {
	method, path, authorization, accept, contentType string
	body                                             map[string]any
}

// double stands in for a Pact Broker: it remembers what it was asked and answers as it was told.
type double struct {
	mu      sync.Mutex
	asked   []asked
	answers map[string]answer // by "METHOD /path"
	url     string
}

type answer struct {
	status int
	body   string
}

func open(t *testing.T, answers map[string]answer) *double {
	d := &double{answers: answers}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		a := asked{method: r.Method, path: r.URL.RequestURI(), authorization: r.Header.Get("Authorization"), accept: r.Header.Get("Accept"), contentType: r.Header.Get("Content-Type")}
		_ = json.Unmarshal(raw, &a.body)
		d.mu.Lock()
		d.asked = append(d.asked, a)
		d.mu.Unlock()
		reply, ok := answers[r.Method+" "+r.URL.Path]
		if !ok {
			reply = answer{404, ``}
		}
		w.Header().Set("Content-Type", "application/hal+json")
		w.WriteHeader(reply.status)
		_, _ = io.WriteString(w, strings.ReplaceAll(reply.body, "BROKER", "http://"+r.Host))
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// pact is a committed Pact file.
func pact(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "pacts", file))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestPublish(t *testing.T) {
	d := open(t, map[string]answer{"POST /contracts/publish": {200, `{"notices":[{"type":"success","text":"published"}]}`}})
	c := broker.Client{URL: d.url + "/", Token: "t0ken"}
	hip, gateway, other := pact(t, "hip-gateway.json"), pact(t, "gateway-hip.json"), pact(t, "gateway-cm.json")
	notices, err := c.Publish(t.Context(), broker.Publication{Version: "1.2.3", Branch: "main", Tags: []string{"staging"}, BuildURL: "https://ci.example/7", Pacts: [][]byte{hip, gateway, other}})
	if err != nil || len(notices) != 2 || notices[0].Text != "published" {
		t.Fatalf("%v %v", notices, err)
	}
	if len(d.asked) != 2 {
		t.Fatalf("%d requests; one a consumer", len(d.asked))
	}
	for i, want := range []struct {
		consumer string
		files    map[string][]byte
	}{{"gateway", map[string][]byte{"hip": gateway, "cm": other}}, {"hip", map[string][]byte{"gateway": hip}}} {
		got := d.asked[i]
		if got.authorization != "Bearer t0ken" || got.accept != "application/hal+json" || got.contentType != "application/json" {
			t.Errorf("headers %+v", got)
		}
		b := got.body
		if b["pacticipantName"] != want.consumer || b["pacticipantVersionNumber"] != "1.2.3" || b["branch"] != "main" || b["buildUrl"] != "https://ci.example/7" || len(b["tags"].([]any)) != 1 || b["tags"].([]any)[0] != "staging" || len(b) != 6 {
			t.Errorf("the request for %s: %v", want.consumer, slices.Collect(keys(b)))
		}
		contracts := b["contracts"].([]any)
		if len(contracts) != len(want.files) {
			t.Fatalf("%d contracts of %s", len(contracts), want.consumer)
		}
		for _, item := range contracts {
			file := item.(map[string]any)
			content, err := base64.StdEncoding.DecodeString(file["content"].(string))
			if err != nil || string(content) != string(want.files[file["providerName"].(string)]) {
				t.Errorf("the content of %v is another", file["providerName"])
			}
			if file["consumerName"] != want.consumer || file["specification"] != "pact" || file["contentType"] != "application/json" || file["onConflict"] != "overwrite" || len(file) != 6 {
				t.Errorf("%v", file)
			}
		}
	}
}

func keys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestWhatABrokerRefusesIsToldAndNoSecretIs(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a list":     {400, `{"errors":["contract is not valid"]}`, "contract is not valid"},
		"by field":   {400, `{"errors":{"contracts":["must be filled"]}}`, "contracts must be filled"},
		"a conflict": {409, `{"notices":[{"type":"error","text":"cannot change the content"}]}`, "cannot change the content"},
		"no login":   {401, ``, "check the token"},
		"no JSON":    {500, `<html>`, "500"},
		"not found":  {404, ``, "check the URL"},
	} {
		d := open(t, map[string]answer{"POST /contracts/publish": {row.status, row.body}})
		c := broker.Client{URL: d.url, User: "someone", Password: "secret-password"}
		_, err := c.Publish(t.Context(), broker.Publication{Version: "1", Pacts: [][]byte{pact(t, "hip-gateway.json")}})
		var problem *broker.Problem
		if !errors.As(err, &problem) || problem.Status != row.status || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret-password") {
			t.Errorf("%s: %v", name, err)
		}
		if user, ok := strings.CutPrefix(d.asked[0].authorization, "Basic "); !ok || user != base64.StdEncoding.EncodeToString([]byte("someone:secret-password")) {
			t.Errorf("%s: authorization %s", name, d.asked[0].authorization)
		}
	}
	c := broker.Client{URL: "http://127.0.0.1:1", Token: "secret-token"}
	_, err := c.Publish(t.Context(), broker.Publication{Version: "1", Pacts: [][]byte{pact(t, "hip-gateway.json")}})
	if err == nil || !strings.Contains(err.Error(), "cannot be reached") || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := c.Publish(t.Context(), broker.Publication{Version: "1", Pacts: [][]byte{[]byte(`{"consumer":{}}`)}}); err == nil {
		t.Error("what is no Pact file was published")
	}
}

func TestPublishVerification(t *testing.T) {
	d := open(t, map[string]answer{
		"GET /pacts/provider/gateway/consumer/hip/latest":        {200, `{"_links":{"pb:publish-verification-results":{"href":"BROKER/results/7"}},"interactions":[{"_id":"ab12","description":"an init"}]}`},
		"PUT /pacticipants/gateway/branches/feat/x/versions/2.0": {201, `{}`},
		"PUT /pacticipants/gateway/versions/2.0/tags/prod":       {201, `{}`},
		"POST /results/7": {201, `{}`},
		"GET /pacts/provider/gateway/consumer/hip/version/1.2.3": {200, `{"_links":{}}`},
	})
	c := broker.Client{URL: d.url}
	v := broker.Verification{Consumer: "hip", Provider: "gateway", ProviderVersion: "2.0", ProviderBranch: "feat/x", ProviderTags: []string{"prod"}, BuildURL: "https://ci.example/8", Suite: "9",
		Tests: []broker.TestResult{{InteractionDescription: "an init", Mismatches: []broker.Mismatch{{Attribute: "status", Description: "expected 202 but was 200"}}}}}
	if err := c.PublishVerification(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	last := d.asked[len(d.asked)-1]
	if len(d.asked) != 4 || last.path != "/results/7" || last.body["success"] != false || last.body["providerApplicationVersion"] != "2.0" || last.body["buildUrl"] != "https://ci.example/8" {
		t.Errorf("%+v", d.asked)
	}
	if d.asked[1].path != "/pacticipants/gateway/branches/feat%2Fx/versions/2.0" {
		t.Errorf("the branch is told at %s", d.asked[1].path)
	}
	tests, _ := json.Marshal(last.body["testResults"])
	if string(tests) != `[{"interactionDescription":"an init","interactionId":"ab12","mismatches":[{"attribute":"status","description":"expected 202 but was 200"}],"success":false}]` {
		t.Errorf("%s", tests)
	}
	v.ConsumerVersion = "1.2.3"
	if err := c.PublishVerification(t.Context(), v); err == nil || !strings.Contains(err.Error(), "pb:publish-verification-results") {
		t.Errorf("a pact without the link: %v", err)
	}
}

func TestAResultIsOnlyPublishedForThePactThatWasVerified(t *testing.T) {
	v := broker.Verification{Consumer: "hip", Provider: "gateway", ProviderVersion: "2.0", Tests: []broker.TestResult{{InteractionDescription: "an init"}}}
	for want, pact := range map[string]string{
		"was not verified": `{"_links":{"pb:publish-verification-results":{"href":"BROKER/results/7"}},"interactions":[{"_id":"1","description":"another"}]}`,
		"another host":     `{"_links":{"pb:publish-verification-results":{"href":"http://elsewhere.example/results/7"}}}`,
	} {
		d := open(t, map[string]answer{"GET /pacts/provider/gateway/consumer/hip/latest": {200, pact}, "POST /results/7": {201, `{}`}})
		c := broker.Client{URL: d.url, Token: "t0ken"}
		if err := c.PublishVerification(t.Context(), v); err == nil || !strings.Contains(err.Error(), want) || len(d.asked) != 1 {
			t.Errorf("%v after %d requests; want %q", err, len(d.asked), want)
		}
	}
}

func TestCanIDeploy(t *testing.T) {
	const matrix = `{"summary":{"deployable":false,"reason":"The verification failed"},"matrix":[{"consumer":{"name":"hip","version":{"number":"1"}},"provider":{"name":"gateway","version":{"number":"2"}},"verificationResult":{"success":false}},{"consumer":{"name":"hip","version":{"number":"1"}},"provider":{"name":"cm","version":{"number":"3"}}}]}`
	d := open(t, map[string]answer{"GET /matrix": {200, matrix}})
	c := broker.Client{URL: d.url}
	got, err := c.CanIDeploy(t.Context(), broker.Question{Pacticipant: "hip", Version: "1.0+x", Environment: "prod"})
	if err != nil || got.Deployable || got.Reason != "The verification failed" || len(got.Rows) != 2 || got.Rows[0].Verified != "failed" || got.Rows[1].Verified != "never verified" {
		t.Errorf("%+v %v", got, err)
	}
	if want := "/matrix?q[][pacticipant]=hip&q[][version]=1.0%2Bx&latestby=cvpv&environment=prod"; d.asked[0].path != want {
		t.Errorf("asked %s, want %s", d.asked[0].path, want)
	}
	for name, q := range map[string]broker.Question{
		"nobody":              {Version: "1"},
		"no version":          {Pacticipant: "hip"},
		"version and branch":  {Pacticipant: "hip", Version: "1", Branch: "main"},
		"environment and tag": {Pacticipant: "hip", Version: "1", Environment: "prod", Tag: "prod"},
	} {
		if _, err := c.CanIDeploy(t.Context(), q); err == nil {
			t.Errorf("%s: was asked", name)
		}
	}
}
