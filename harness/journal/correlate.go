package journal

import (
	"context"
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
