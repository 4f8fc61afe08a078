package pacts

import (
	"encoding/json"
	"fmt"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// MessageConsumer is the name of a pair's receiver in its file of messages. It is another than in the files of requests,
// since a Pact Broker keeps one file for each pair of names.
func (p Pair) MessageConsumer() string { return string(p.Provider) + "-messages" }

// MessageFileName is the name of the file of messages that the pair's sender sends to its receiver, for example
// "hip-messages-gateway.json" for what a gateway sends to a HIP.
func (p Pair) MessageFileName() string {
	return p.MessageConsumer() + "-" + string(p.Consumer) + ".json"
}

// Message is what the receiver of a message counts on in it: the members that its schema requires, and nothing more.
type Message struct {
	// Key names it within its file: the endpoint, with "-error" where the message says why there is no result.
	Key         string
	Description string
	Endpoint    contract.Endpoint
	// Content is an example.
	Content any
	// Rules are Pact's matching rules for it, by JSON path.
	Rules map[string]any
}

// MessageKey is the key of the message that a body at an endpoint is.
func MessageKey(e contract.Endpoint, failed bool) string {
	if failed && e.Answers != "" {
		return e.Name + "-error"
	}
	return e.Name
}

// Messages are those that the pair's sender sends. The error says that an example does not read.
func (p Pair) Messages() ([]Message, error) {
	var all []Message
	for _, e := range p.Endpoints() {
		for _, failed := range []bool{false, true} {
			if failed && e.Answers == "" {
				continue
			}
			m, err := p.message(e, failed)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return all, nil
}

func (p Pair) message(e contract.Endpoint, failed bool) (Message, error) {
	m := Message{Key: MessageKey(e, failed), Description: article(e.Name), Endpoint: e, Rules: map[string]any{}}
	var body map[string]any
	if err := json.Unmarshal(p.body(e.Name), &body); err != nil {
		return m, fmt.Errorf("the example of %s does not read: %w", e.Name, err)
	}
	meaning := e.Payload
	if failed {
		m.Description, meaning = article(e.Name)+" that says what went wrong", "error"
		body["error"] = map[string]any{"code": 1000, "message": "why it was refused"}
	}
	rules := map[string]schemas.Member{}
	for _, member := range schemas.Members(e.Schema) {
		rules[member.Pointer] = member
	}
	for name := range body {
		if member := rules["/"+name]; !member.Required && name != meaning {
			delete(body, name)
		}
	}
	m.Content = m.least(rules, "", body)
	return m, nil
}

// least keeps of a value what its schema requires, and adds the rule for each member that is left.
func (m Message) least(rules map[string]schemas.Member, pointer string, value any) any {
	path := "$" + dots.Replace(strings.ReplaceAll(pointer, "/0", "[*]"))
	rule := func(matcher map[string]any) {
		m.Rules[path] = map[string]any{"combine": "AND", "matchers": []any{matcher}}
	}
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			if at := pointer + "/" + name; pointer == "" || rules[at].Required {
				out[name] = m.least(rules, at, item)
			}
		}
		return out
	case []any:
		rule(map[string]any{"match": "type"})
		if len(v) == 0 {
			return v
		}
		return []any{m.least(rules, pointer+"/0", v[0])}
	case string:
		rule(map[string]any{"match": "regex", "regex": TextPattern(rules[pointer])})
	case int, float64:
		rule(map[string]any{"match": "integer"})
	default:
		rule(map[string]any{"match": "type"})
	}
	return value
}

// MessageFile writes the file of messages of the pair, for version 4 of the Pact specification.
func (p Pair) MessageFile() ([]byte, error) {
	all, err := p.Messages()
	if err != nil {
		return nil, err
	}
	var interactions []any
	for _, m := range all {
		interactions = append(interactions, map[string]any{
			"type": TypeMessage, "key": m.Key, "description": m.Description, "pending": false,
			"contents":      map[string]any{"content": m.Content, "contentType": "application/json", "encoded": false},
			"matchingRules": map[string]any{"body": m.Rules},
		})
	}
	return layout(map[string]any{
		"consumer": map[string]any{"name": p.MessageConsumer()}, "provider": map[string]any{"name": string(p.Consumer)},
		"interactions": interactions, "metadata": map[string]any{"pactSpecification": map[string]any{"version": "4.0"}},
	})
}
