package player

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

// Behaviour is what a Sandbox does the next time that something happens: one message is answered, sent or not sent in
// another way. What holds for every message until it is switched off is a Fault.
type Behaviour struct {
	// ID names the behaviour once it is ordered.
	ID int `json:"id"`
	// Do is one of the names in Behaviours.
	Do string `json:"do"`
	// At is the name of the endpoint, or "any" for every one at which it can be done.
	At string `json:"at"`
	// Times is how often it is done; left out, once; 0, until it is taken back.
	Times *int `json:"times,omitempty"`
	// After is the duration of a delay, for example "2s"; more than nothing and at most 10 m.
	After string `json:"after,omitempty"`
	// Status is the status of an answer, 200 to 599.
	Status int `json:"status,omitempty"`
	// Code and Message are those of an error; by default 1400 and a sentence.
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`

	after time.Duration // After, read
}

// BehaviourKind is one thing that a Sandbox can be told to do.
type BehaviourKind struct {
	Do string
	// At are the endpoints at which it can be done.
	At []string
	// Value is the member that says more, status, after or code, "" for none. Only the code of an error may be left out.
	Value   string
	Summary string
}

// AnyEndpoint stands for every endpoint at which a behaviour can be done.
const AnyEndpoint = "any"

// The names of what a Sandbox can be told to do.
const (
	doAnswer    = "answer"
	doDrop      = "drop"
	doDelay     = "delay"
	doWithhold  = "withhold"
	doDuplicate = "duplicate"
	doError     = "error"
	doEarly     = "early"
	doField     = "field"
)

// onAddContexts names the callback of add-contexts. Like it, it is no operation of users/auth.
const onAddContexts = "on-add-contexts"

// What a bridge asks of the gateway, and what it is sent.
var (
	sandboxRequests = []string{"sessions", "certs", "openid-configuration", contract.FetchModes, contract.Init, contract.Confirm, contract.OnNotify, AddContexts}
	sandboxAnswers  = []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, onAddContexts}
	sandboxMessages = append(slices.Clone(sandboxAnswers), contract.Notify)
)

// Behaviours are what a Sandbox can be told to do.
var Behaviours = []BehaviourKind{
	{doAnswer, sandboxRequests, "status", "answers a request with this status and does nothing else"},
	{doDrop, sandboxRequests, "", "ends the connection of a request without an answer"},
	{doDelay, append(slices.Clone(sandboxRequests), sandboxMessages...), "after", "answers a request, or sends a callback, that much later"},
	{doWithhold, sandboxMessages, "", "does not send a callback"},
	{doDuplicate, sandboxMessages, "", "sends a callback twice, the second time at once after the first"},
	{doError, sandboxAnswers, "code", "refuses a request in its callback, with this code and message"},
	{doEarly, sandboxAnswers, "", "sends a callback before the 202 of its request"},
	{doField, sandboxMessages, "", "writes a callback as the deployed network does: nulls, times without a zone"},
}

// maxDelay is the longest delay.
const maxDelay = 10 * time.Minute

// check says what is wrong with an order, and reads it.
func (b *Behaviour) check() error {
	i := slices.IndexFunc(Behaviours, func(k BehaviourKind) bool { return k.Do == b.Do })
	if i < 0 {
		var names []string
		for _, k := range Behaviours {
			names = append(names, k.Do)
		}
		return fmt.Errorf("do is %q; it can be %s", b.Do, strings.Join(names, ", "))
	}
	kind := Behaviours[i]
	if b.At != AnyEndpoint && !slices.Contains(kind.At, b.At) {
		return fmt.Errorf("at is %q; %s can be done at any, %s", b.At, b.Do, strings.Join(kind.At, ", "))
	}
	for _, m := range []struct {
		name    string
		given   bool
		of      string
		example string
	}{
		{"status", b.Status != 0, doAnswer, "such as 429"},
		{"after", b.After != "", doDelay, "such as 2s"},
		{"code", b.Code != 0, doError, ""},
		{"message", b.Message != "", doError, ""},
	} {
		switch {
		case m.given && m.of != b.Do:
			return fmt.Errorf("%s belongs to %s, not to %s", m.name, m.of, b.Do)
		case !m.given && kind.Value == m.name && b.Do != doError:
			return fmt.Errorf("%s needs %s, %s", b.Do, m.name, m.example)
		}
	}
	return b.read()
}

// read checks the values.
func (b *Behaviour) read() error {
	if b.Times != nil && *b.Times < 0 {
		return fmt.Errorf("times is %d; it can be 0 (until it is taken back) or more", *b.Times)
	}
	if b.Status != 0 && (b.Status < 200 || b.Status > 599) {
		return fmt.Errorf("status is %d; it can be 200 to 599", b.Status)
	}
	if b.After != "" {
		d, err := time.ParseDuration(b.After)
		if err != nil || d <= 0 || d > maxDelay {
			return fmt.Errorf("after is %q; it must be a duration such as 500ms or 2s, at most 10m", b.After)
		}
		b.after = d
	}
	if b.Do == doError {
		gwDefault(&b.Code, 1400)
		gwDefault(&b.Message, "The sandbox was told to refuse this.")
	}
	return nil
}

// orders are the behaviours that wait for their occasion. The zero value is ready.
type orders struct {
	mu   sync.Mutex
	last int
	all  []Behaviour
}

// add takes an order in and gives it its id.
func (o *orders) add(b Behaviour) (Behaviour, error) {
	if err := b.check(); err != nil {
		return Behaviour{}, err
	}
	if b.Times == nil {
		once := 1
		b.Times = &once
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last++
	b.ID = o.last
	o.all = append(o.all, b)
	return b, nil
}

// take returns the first order for doing this at that endpoint, and counts it as done.
func (o *orders) take(do, endpoint string) (Behaviour, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, b := range o.all {
		if b.Do != do || b.At != endpoint && (b.At != AnyEndpoint || !b.anywhere(endpoint)) {
			continue
		}
		switch left := *b.Times - 1; {
		case left == 0:
			o.all = slices.Delete(o.all, i, i+1)
		case left > 0:
			o.all[i].Times = &left
		}
		return b, true
	}
	return Behaviour{}, false
}

// anywhere says whether what is done at any endpoint is done at this one.
func (b Behaviour) anywhere(endpoint string) bool {
	return slices.ContainsFunc(Behaviours, func(k BehaviourKind) bool { return k.Do == b.Do && slices.Contains(k.At, endpoint) })
}

// list are the orders that wait, the oldest first.
func (o *orders) list() []Behaviour {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Behaviour{}, o.all...)
}

// remove takes one order back and says whether it was there.
func (o *orders) remove(id int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := len(o.all)
	o.all = slices.DeleteFunc(o.all, func(b Behaviour) bool { return b.ID == id })
	return len(o.all) < before
}

// clear takes every order back.
func (o *orders) clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = nil
}
