//go:build pact

// Package consumer writes the Pact files of the network: for each pair one
// test package below it lets the suite's own player send every message of the
// consumer to Pact's mock of the provider.
package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	pact "github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/pact-foundation/pact-go/v2/models"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/pacts"
	_ "abdm.example/conformance/pacts/ffi" // links libpact_ffi
	"abdm.example/conformance/schemas"
)

// sendDeadline is how long one message to the mock may take.
const sendDeadline = 30 * time.Second

// Write plays the consumer of a pair against Pact's mock of its provider and writes the Pact file into a directory.
func Write(t *testing.T, pair pacts.Pair, dir string) {
	t.Helper()
	t.Setenv("PACT_DO_NOT_TRACK", "true")
	provider, err := pact.NewV4Pact(pact.MockHTTPProviderConfig{Consumer: string(pair.Consumer), Provider: string(pair.Provider),
		PactDir: dir, LogDir: t.TempDir(), Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range pair.Interactions() {
		expected, err := expectation(i)
		if err != nil {
			t.Fatal(err)
		}
		err = provider.AddInteraction().
			GivenWithParameter(models.ProviderState{Name: i.State.Name, Parameters: i.State.Parameters}).
			UponReceiving(i.Description).
			WithRequest(http.MethodPost, i.Endpoint.Path, func(b *pact.V4RequestBuilder) {
				b.Header("Content-Type", matchers.Regex("application/json", `^application/json(;.*)?$`))
				b.Header(contract.HeaderAuthorization, authorization(i))
				for name, values := range i.Header {
					b.Header(spelling(name), matchers.Regex(values[0], `^[!-~]+$`))
				}
				b.JSONBody(expected)
			}).
			WillRespondWith(i.Status, func(b *pact.V4ResponseBuilder) {
				if i.Status >= 400 {
					b.JSONBody(map[string]any{"error": map[string]any{"code": matchers.Integer(1000), "message": matchers.Regex("why it was refused", `^.+$`)}})
				}
			}).
			ExecuteTest(t, func(c pact.MockServerConfig) error {
				return send(t, pair, i, fmt.Sprintf("http://%s:%d", c.Host, c.Port))
			})
		if err != nil {
			t.Fatalf("%s: %v", i.Key, err)
		}
	}
	finish(t, filepath.Join(dir, pair.File()), pair)
}

// authorization is the rule for the Authorization header: any Bearer token, or exactly the one that is refused.
func authorization(i pacts.Interaction) matchers.Matcher {
	value := "Bearer " + i.Token
	if i.Token == pacts.RefusedToken {
		return matchers.Regex(value, "^"+regexp.QuoteMeta(value)+"$")
	}
	return matchers.Regex(value, `^[Bb]earer \S+$`)
}

// spelling is the name of a routing header as the document writes it.
func spelling(name string) string {
	for _, known := range []string{contract.HeaderCM, contract.HeaderHIP, contract.HeaderHIU} {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}

// send lets the consumer's player send the message of an interaction and looks at the answer as the player does.
func send(t *testing.T, pair pacts.Pair, i pacts.Interaction, base string) error {
	ctx, cancel := context.WithTimeout(t.Context(), sendDeadline)
	defer cancel()
	sender, err := sender(pair, base, i.Token)
	if err != nil {
		return err
	}
	answer, err := sender.Send(ctx, player.Outgoing{Endpoint: i.Endpoint.Name, Header: i.Header, Body: i.Body})
	if err != nil {
		return err
	}
	if answer.Status != i.Status {
		return fmt.Errorf("the mock answered %d, and %d is in the contract: %s", answer.Status, i.Status, answer.Body)
	}
	return nil
}

// sender is the suite's own player of the consumer.
func sender(pair pacts.Pair, base, token string) (player.Sender, error) {
	switch {
	case pair.Consumer == contract.CM:
		return player.NewCM(player.CMOptions{ID: "sbx", Gateway: base, Tokens: player.StaticToken(token)}), nil
	case pair.Consumer != contract.Gateway:
		return player.NewBridge(player.BridgeOptions{Role: pair.Consumer, CMID: "sbx", Gateway: base, Tokens: player.StaticToken(token)}), nil
	}
	return player.NewHub(player.HubOptions{Bridge: player.Registration{Role: pair.Provider, URL: base}, CMID: "sbx", Token: token})
}

// expectation is the body of an interaction with a rule for each member, by the schema of its message.
func expectation(i pacts.Interaction) (any, error) {
	var body any
	if err := json.Unmarshal(i.Body, &body); err != nil {
		return nil, fmt.Errorf("the example of %s does not read: %w", i.Key, err)
	}
	rules := map[string]schemas.Member{}
	for _, m := range schemas.Members(i.Endpoint.Schema) {
		rules[m.Pointer] = m
	}
	return rule(rules, "", body), nil
}

// rule turns an example value into one with matchers.
func rule(rules map[string]schemas.Member, pointer string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			out[name] = rule(rules, pointer+"/"+name, item)
		}
		return out
	case []any:
		if len(v) == 0 {
			return v
		}
		return matchers.EachLike(rule(rules, pointer+"/0", v[0]), 1)
	case float64:
		return matchers.Integer(int(v))
	case string:
		return matchers.Regex(v, pacts.TextPattern(rules[pointer]))
	}
	return matchers.Like(value)
}

// finish adds what the library cannot set.
func finish(t *testing.T, path string, pair pacts.Pair) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := pacts.Finish(raw, pair)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Check writes the Pact file of a pair anew and compares it with the one in fixtures/pacts. With CONFORMANCE_WRITE_PACTS=1
// it takes its place instead.
func Check(t *testing.T, pair pacts.Pair) {
	t.Helper()
	dir := t.TempDir()
	Write(t, pair, dir)
	written, err := os.ReadFile(filepath.Join(dir, pair.File()))
	if err != nil {
		t.Fatal(err)
	}
	committed := filepath.Join("..", "..", "..", "fixtures", "pacts", pair.File())
	if os.Getenv("CONFORMANCE_WRITE_PACTS") == "1" {
		if err := os.WriteFile(committed, written, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(written) {
		t.Errorf("fixtures/pacts/%s is not what the players send: run 'make pacts' and read what changed", pair.File())
	}
}
