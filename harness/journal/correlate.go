package journal

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
)

type contextKey int

const (
	scenarioKey contextKey = iota
	stepKey
)

// WithScenario marks what is sent with this context as sent by a scenario; step is the scenario's own name for it,
// "" for what a player sends of itself.
func WithScenario(ctx context.Context, scenario, step string) context.Context {
	return context.WithValue(context.WithValue(ctx, scenarioKey, scenario), stepKey, step)
}

// ScenarioOf is the scenario of a context: the one that WithScenario set, or to which a received request was attributed; "" for none.
func ScenarioOf(ctx context.Context) string {
	name, _ := ctx.Value(scenarioKey).(string)
	return name
}

func stepOf(ctx context.Context) string {
	name, _ := ctx.Value(stepKey).(string)
	return name
}

// Bind tells that these ids belong to a scenario: request ids, transaction ids, patient ids, timestamps. They are
// compared without regard to case, which compares UUIDs by value. An id that another scenario has bound stays there.
func (j *Journal) Bind(scenario string, ids ...string) {
	for _, id := range ids {
		j.correlator.bind(scenario, id)
	}
}

// correlator knows to which scenario an id belongs.
type correlator struct {
	mu       sync.RWMutex
	scenario map[string]string
	// shared are timestamps that two scenarios happened to send: they tell nothing about either.
	shared map[string]bool
	// granted are the access tokens for linking that scenarios have granted, with their owners.
	granted map[string]string
}

func newCorrelator() *correlator {
	return &correlator{scenario: map[string]string{}, shared: map[string]bool{}, granted: map[string]string{}}
}

func (c *correlator) bind(scenario, id string) {
	if scenario == "" || id == "" {
		return
	}
	id = strings.ToLower(id)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, bound := c.scenario[id]; !bound {
		c.scenario[id] = scenario
	}
}

// bindTimestamp binds a timestamp at one endpoint: it only ever tells of a copy of that message.
func (c *correlator) bindTimestamp(scenario, endpoint, timestamp string) {
	if scenario == "" || endpoint == "" || !isSpecific(timestamp) {
		return
	}
	timestamp = endpoint + " " + strings.ToLower(timestamp)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch owner, bound := c.scenario[timestamp]; {
	case !bound:
		c.scenario[timestamp] = scenario
	case owner != scenario:
		c.shared[timestamp] = true
	}
}

// attribute finds the scenario of a message at an endpoint, the pointer of the id that told, and the ids that tell of others.
func (c *correlator) attribute(endpoint string, m message) (scenario, by string, conflicts []string) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, id := range m.ids {
		value := strings.ToLower(id.value)
		timestamp := id.pointer == "/timestamp"
		if timestamp {
			value = endpoint + " " + value
		}
		owner, bound := c.scenario[value]
		if id.pointer == pointerSpent {
			owner, bound = c.grantor(id.value)
		}
		switch {
		case !bound || timestamp && c.shared[value]:
		case scenario == "":
			scenario, by = owner, id.pointer
		case owner != scenario && !timestamp:
			conflicts = append(conflicts, id.pointer+" "+owner)
		}
	}
	return scenario, by, conflicts
}

// sent binds the ids of a message that a scenario sends. Only ids that look minted are bound: what a negative
// case puts there on purpose ("abc", "1-1-1-1-1") may be sent by many scenarios and belongs to none.
func (c *correlator) sent(scenario, endpoint string, m message) {
	for _, id := range m.ids {
		switch id.pointer {
		case "/requestId", "/transactionId", "/auth/transactionId", "text":
			if isSpecific(id.value) {
				c.bind(scenario, id.value)
			}
		case "/timestamp":
			c.bindTimestamp(scenario, endpoint, id.value)
		case pointerGranted:
			c.grant(scenario, id.value)
		}
	}
}

// Where an access token for linking is granted, and where it is spent (links/link/add-contexts).
const (
	pointerGranted = "/auth/accessToken"
	pointerSpent   = "/link/accessToken"
)

// shortestGrant is the length, in bytes, of which a part of an access token still tells whose it is.
const shortestGrant = 16

func (c *correlator) grant(scenario, token string) {
	if scenario == "" || len(token) < shortestGrant {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, bound := c.granted[token]; !bound {
		c.granted[token] = scenario
	}
}

// grantor is the scenario that granted a token which is spent: the token itself, or one that was cut, trimmed or given a
// prefix. The lock is held.
func (c *correlator) grantor(spent string) (string, bool) {
	if owner, ok := c.granted[spent]; ok {
		return owner, true
	}
	if len(spent) < shortestGrant {
		return "", false
	}
	for token, owner := range c.granted {
		if strings.Contains(spent, token) || strings.Contains(token, spent) {
			return owner, true
		}
	}
	return "", false
}

// received binds the ids that the subject minted in a message of a scenario, so that what follows from them is
// followed as well. A transaction id may be short: it is the subject's to choose.
func (c *correlator) received(scenario string, m message) {
	for _, id := range m.ids {
		switch id.pointer {
		case "/requestId":
			if isSpecific(id.value) {
				c.bind(scenario, id.value)
			}
		case "/transactionId", "/auth/transactionId":
			if !ordinary(id.value) && id.value != "null" {
				c.bind(scenario, id.value)
			}
		}
	}
}

// isSpecific says whether an id looks minted for one message: a UUID, or at least 12 bytes with a digit.
func isSpecific(id string) bool {
	return isUUID(id) || len(id) >= 12 && strings.ContainsAny(id, "0123456789")
}

// message is what correlation reads of a body: its ids in the order in which they tell.
type message struct{ ids []pointed }

type pointed struct{ pointer, value string }

// messageID reads a string or a number as an id, and anything else as none.
type messageID string

// UnmarshalJSON implements json.Unmarshaler.
func (id *messageID) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case len(raw) > 0 && raw[0] == '"':
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*id = messageID(s)
	case len(raw) > 0 && (raw[0] == '-' || isDigit(raw[0])):
		*id = messageID(raw)
	}
	return nil
}

// readMessage finds the ids of a body. Of a body that is no JSON object it takes every UUID, with the pointer "text".
func readMessage(body []byte) message {
	var b struct {
		RequestID     messageID `json:"requestId"`
		Timestamp     messageID `json:"timestamp"`
		TransactionID messageID `json:"transactionId"`
		Resp          struct {
			RequestID messageID `json:"requestId"`
		} `json:"resp"`
		Auth struct {
			TransactionID messageID `json:"transactionId"`
			AccessToken   messageID `json:"accessToken"`
			Patient       struct {
				ID messageID `json:"id"`
			} `json:"patient"`
		} `json:"auth"`
		Query struct {
			ID messageID `json:"id"`
		} `json:"query"`
		Link struct {
			AccessToken messageID `json:"accessToken"`
		} `json:"link"`
	}
	var m message
	if len(body) == 0 {
		return m
	}
	var wrongType *json.UnmarshalTypeError // a member of a wrong type is skipped, the others are still read
	if err := json.Unmarshal(body, &b); err != nil && !errors.As(err, &wrongType) {
		return textMessage(body)
	}
	for _, id := range []pointed{
		{"/resp/requestId", string(b.Resp.RequestID)},
		{"/auth/transactionId", string(b.Auth.TransactionID)},
		{"/transactionId", string(b.TransactionID)},
		{"/query/id", string(b.Query.ID)},
		{"/auth/patient/id", string(b.Auth.Patient.ID)},
		{pointerSpent, string(b.Link.AccessToken)},
		{"/requestId", string(b.RequestID)},
		{pointerGranted, string(b.Auth.AccessToken)},
		{"/timestamp", string(b.Timestamp)},
	} {
		if id.value != "" {
			m.ids = append(m.ids, id)
		}
	}
	return m
}

// textMessage takes the UUIDs of a text, each once.
func textMessage(body []byte) message {
	var m message
	const enough = 16
	for i := 0; i+36 <= len(body) && len(m.ids) < enough; i++ {
		if body[i+8] != '-' || !isUUID(string(body[i:i+36])) {
			continue
		}
		id := pointed{"text", string(body[i : i+36])}
		if !slices.Contains(m.ids, id) {
			m.ids = append(m.ids, id)
		}
		i += 35
	}
	return m
}
