package player

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// mistakes are what a bridge with faults does otherwise than the contract says. A conforming bridge has none (nil).
type mistakes struct {
	faults    Faults
	receiving []misreception // those of the tables whose faults are in the set
	sending   []missending

	mu     sync.Mutex
	memory bridgeMemory
}

// newMistakes is nil for an empty set.
func newMistakes(set Faults, role contract.Role) *mistakes {
	if !set.Any() {
		return nil
	}
	m := &mistakes{faults: set, memory: newBridgeMemory()}
	holds := func(row bridgeRow) bool {
		for _, f := range row.faults(role) {
			if set.Has(f.Name) {
				return true
			}
		}
		return false
	}
	for _, row := range misreceptions() {
		if holds(row.bridgeRow) {
			m.receiving = append(m.receiving, row)
		}
	}
	for _, row := range missendings() {
		if holds(row.bridgeRow) {
			m.sending = append(m.sending, row)
		}
	}
	return m
}

// has says whether a conforming player would do otherwise here; see Faults.Has.
func (m *mistakes) has(name string, parts ...string) bool {
	return m != nil && m.faults.Has(name, parts...)
}

// misreception is a fault in how a bridge takes messages in.
type misreception struct {
	bridgeRow
	// stranger says that it is about messages whose token is not good. All others are about messages with a good one.
	stranger bool
	when     func(*reception) bool // nil: every message
	then     func(*reception)
}

// reception is a message on its way into a bridge.
type reception struct {
	bridge   *Bridge
	endpoint contract.Endpoint
	w        http.ResponseWriter
	r        *http.Request
	body     []byte
	token    error // why its token is not good; nil for a good one
	done     bool  // it has been answered and is no more to be taken in

	object map[string]any // the body as an object, once it was read
	read   bool
}

// trusted marks a request whose token a fault takes for a good one.
type trusted struct{}

// forgiving judges tokens as authorize does, save those that a fault takes for good ones.
func forgiving(authorize func(*http.Request) error) func(*http.Request) error {
	if authorize == nil {
		return nil
	}
	return func(r *http.Request) error {
		if r.Context().Value(trusted{}) != nil {
			return nil
		}
		return authorize(r)
	}
}

// misreceive commits the faults in how messages are taken in. It gives back the message as the bridge shall see it, or
// says that it is done with.
func (b *Bridge) misreceive(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, bool) {
	e, ok := contract.EndpointAt(r.URL.Path)
	if b.mistakes == nil || !ok || !e.DeliveredTo(b.role) {
		return w, r, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4*maxMessage))
	if err != nil {
		b.refuse(w, &refusal{status: http.StatusBadRequest, message: "the body broke off"})
		return w, r, true
	}
	m := &reception{bridge: b, endpoint: e, w: w, r: r.Clone(r.Context()), body: body}
	if b.authorize != nil {
		m.token = b.authorize(r)
	}
	if m.token == nil {
		b.mistakes.hears(e, r.Header, body)
	}
	for _, row := range b.mistakes.receiving {
		if row.stranger == (m.token != nil) && row.in(b.faults, e.Name) && (row.when == nil || row.when(m)) {
			row.then(m)
		}
		if m.done {
			return w, r, true
		}
	}
	m.r.Body, m.r.ContentLength = io.NopCloser(bytes.NewReader(m.body)), int64(len(m.body))
	return m.w, m.r, false
}

// members is the body as an object; empty where it is none.
func (m *reception) members() map[string]any {
	if !m.read {
		m.object, _ = readObject(m.body)
		m.read = true
	}
	return m.object
}

// has says whether the body has the member, null or not.
func (m *reception) has(pointer string) bool {
	parent, name := parentOf(m.members(), pointer)
	_, there := parent[name]
	return there
}

// null says whether the member is there and null.
func (m *reception) null(pointer string) bool { return m.has(pointer) && m.value(pointer) == nil }

// value is the member at a pointer; nil where there is none.
func (m *reception) value(pointer string) any { return memberAt(m.members(), pointer) }

// text is the member at a pointer where it is a string.
func (m *reception) text(pointer string) string {
	s, _ := m.value(pointer).(string)
	return s
}

// offences are those of the body against its schema, nulls apart.
func (m *reception) offences() []schemas.Violation {
	object, err := readObject(m.body)
	if err != nil {
		return nil
	}
	dropNulls(object)
	found, _ := schemas.Validate(m.endpoint.Schema, encodeJSON(object)) // what cannot be judged has no offence
	return found
}

// change makes the bridge see another body.
func (m *reception) change(edit func(map[string]any)) {
	object, err := readObject(m.body)
	if err != nil {
		return
	}
	edit(object)
	m.body, m.read = encodeJSON(object), false
}

// answer answers the message, which is then done with.
func (m *reception) answer(status int) {
	m.bridge.refuse(m.w, &refusal{status: status, message: "the message cannot be processed"})
	m.done = true
}

// swallow acknowledges the message and forgets it.
func (m *reception) swallow() {
	accept(m.w)
	m.done = true
}

// pause lets some time pass before the message is looked at; it is done with where its sender goes away before that.
func (m *reception) pause(d time.Duration) {
	if !pauseFor(m.r.Context(), d) {
		m.done = true
	}
}

// pauseFor waits; false where the context ends before that.
func pauseFor(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// trust takes the token for a good one.
func (m *reception) trust() {
	m.r = m.r.WithContext(context.WithValue(m.r.Context(), trusted{}, true))
}

// algorithm is the one with which the token says that it is signed; "" for a token that is no JWT.
func (m *reception) algorithm() string { return gwAlgorithm(bearerOf(m.r.Header)) }

func (m *reception) failed(with error) bool { return errors.Is(m.token, with) }

// awaited says whether the message answers a question of the bridge that is still open; unknown, whether it answers none
// that the bridge has ever asked, or is about a transaction that the bridge does not know.
func (m *reception) awaited() bool {
	m.bridge.table.Lock()
	defer m.bridge.table.Unlock()
	q := m.bridge.pending[uuidKey(m.text("/resp/requestId"))]
	return q != nil && q.callback == m.endpoint.Name
}

func (m *reception) unknown() bool {
	if m.endpoint.Name == contract.Notify {
		return m.bridge.transaction(m.text("/auth/transactionId")) == nil
	}
	return !m.bridge.mistakes.asked(m.text("/resp/requestId"))
}

// repeated says whether the message has been answered or decided before.
func (m *reception) repeated() bool {
	if m.endpoint.Name == contract.Notify {
		t := m.bridge.transaction(m.text("/auth/transactionId"))
		m.bridge.table.Lock()
		defer m.bridge.table.Unlock()
		return t != nil && t.decision != nil
	}
	return !m.unknown() && !m.awaited()
}

// parentOf finds the object that holds the member of a plain JSON Pointer, and its name there.
func parentOf(object map[string]any, pointer string) (map[string]any, string) {
	cut := strings.LastIndexByte(pointer, '/')
	if cut == 0 {
		return object, pointer[1:]
	}
	inner, _ := memberAt(object, pointer[:cut]).(map[string]any)
	return inner, pointer[cut+1:]
}

// set puts a value at a plain JSON Pointer whose parent is there; nil takes the member out.
func setMember(object map[string]any, pointer string, value any) {
	parent, name := parentOf(object, pointer)
	switch {
	case parent == nil:
	case value == nil:
		delete(parent, name)
	default:
		parent[name] = value
	}
}
