// Package pacts holds the consumer-driven contracts between the parties of the
// network: who sends what to whom, and which answer it counts on. The Pact
// files in fixtures/pacts are written from it by consumer tests in which the
// suite's own players send the messages.
package pacts

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// Pair is a consumer, which sends, and the provider that answers it. A callback has a pair of its own, with the roles the
// other way round: for Pact the consumer is always the one that begins the request.
type Pair struct{ Consumer, Provider contract.Role }

// Pairs are the pairs of the network.
var Pairs = []Pair{
	{contract.HIP, contract.Gateway}, {contract.HIU, contract.Gateway}, {contract.CM, contract.Gateway},
	{contract.Gateway, contract.HIP}, {contract.Gateway, contract.HIU}, {contract.Gateway, contract.CM},
}

// File is the name of the pair's Pact file, for example "hip-gateway.json", as Pact libraries name it.
func (p Pair) File() string { return string(p.Consumer) + "-" + string(p.Provider) + ".json" }

// Endpoints are the endpoints whose messages the consumer sends to the provider, in the order of a conversation.
func (p Pair) Endpoints() []contract.Endpoint {
	var all []contract.Endpoint
	for _, e := range contract.Endpoints {
		if p.Provider == contract.Gateway && e.SentBy(p.Consumer) || p.Consumer == contract.Gateway && e.DeliveredTo(p.Provider) {
			all = append(all, e)
		}
	}
	return all
}

// Interaction is one message and the answer that its sender counts on.
type Interaction struct {
	// Key names it within its Pact file, for example "init-202"; it stays the same when the file is written again.
	Key string
	// Description says what is sent, in words of its own.
	Description string
	// State is what must hold at the provider before.
	State State
	// Endpoint is the operation.
	Endpoint contract.Endpoint
	// Status is the answer: 202, 400, 401 or 500.
	Status int
	// Header are the routing headers, with the ids as examples.
	Header http.Header
	// Token is the access token that is sent, as an example; "" sends none.
	Token string
	// Body is the message, as an example.
	Body []byte
}

// State is a provider state: a business fact with its parameters.
type State struct {
	Name       string
	Parameters map[string]any
}

// Names of provider states.
const (
	StatePatient   = "a patient is registered"            // id, modes
	StateSession   = "an authentication session is open"  // transactionId, mode, purpose, requester, authCode
	StateAsked     = "the request was forwarded"          // requestId, endpoint, to
	StateDecision  = "a patient has a decision to notify" // transactionId, to
	StateNotified  = "a decision was notified"            // requestId, from
	StateNone      = "the parties know each other"        // consumer, provider
	StateUnhandled = "the provider cannot process requests"
)

// ExampleToken is the access token of the examples; whoever verifies puts a real one in its place.
const ExampleToken = "example-access-token"

// RefusedToken is the access token of the interactions that are answered 401: it must stay as it is.
const RefusedToken = "not-a-token-that-anyone-issued"

// Interactions are all interactions of the pair: for each endpoint the four answers of the contract, and towards the
// gateway a message that is addressed to nobody.
func (p Pair) Interactions() []Interaction {
	var all []Interaction
	for _, e := range p.Endpoints() {
		valid := p.body(e.Name)
		base := Interaction{Endpoint: e, Header: p.header(e), Token: ExampleToken, Body: valid}
		add := func(status int, description string, state State, change func(*Interaction)) {
			i := base
			i.Status, i.Key, i.State = status, fmt.Sprintf("%s-%d", e.Name, status), state
			i.Description = fmt.Sprintf("%s %s", article(e.Name), description)
			change(&i)
			all = append(all, i)
		}
		known := State{StateNone, map[string]any{"consumer": string(p.Consumer), "provider": string(p.Provider)}}
		add(http.StatusAccepted, "that keeps the contract", p.state(e), func(*Interaction) {})
		add(http.StatusBadRequest, "without requestId", p.state(e), func(i *Interaction) {
			if body, err := fixtures.Edit(valid, "/requestId", nil); err == nil {
				i.Body = body
			}
		})
		if p.Provider == contract.Gateway {
			add(http.StatusBadRequest, "without "+strings.Join(e.RoutingHeaders(), " and "), p.state(e), func(i *Interaction) {
				i.Key += "-unaddressed"
				i.Header = http.Header{}
			})
		}
		add(http.StatusUnauthorized, "with a token that nobody issued", known, func(i *Interaction) { i.Token = RefusedToken })
		add(http.StatusInternalServerError, "while the provider cannot process it", State{Name: StateUnhandled}, func(*Interaction) {})
	}
	return all
}

// dots turns a JSON pointer of plain names into a JSON path.
var dots = strings.NewReplacer("/", ".")

func article(name string) string {
	if strings.ContainsRune("aeio", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// conversation is what the pair speaks about: a HIU asks for KYC only.
func (p Pair) conversation(endpoint string) fixtures.Conversation {
	c := fixtures.Synthetic()
	if p.bridge() == contract.HIU {
		c.Purpose = contract.KYC
		c.Requester = contract.Requester{Type: contract.HIU.RequesterType(), ID: ExampleHIU}
	}
	if endpoint == contract.Notify {
		c.Mode = contract.Direct
	}
	return c
}

func (p Pair) body(endpoint string) []byte { return p.conversation(endpoint).Body(endpoint) }

// bridge is the bridge of the pair; between the gateway and the CM it is a HIP's message that travels.
func (p Pair) bridge() contract.Role {
	for _, role := range contract.Bridges {
		if p.Consumer == role || p.Provider == role {
			return role
		}
	}
	return contract.HIP
}

// Ids of the parties in the examples; whoever verifies puts real ones in their place.
const (
	ExampleHIP = "hip-1"
	ExampleHIU = "hiu-1"
	ExampleCM  = "sbx"
)

var ids = map[contract.Role]string{contract.HIP: ExampleHIP, contract.HIU: ExampleHIU, contract.CM: ExampleCM}

// Known says whether a provider state is one of ours, which the suite's players can bring about.
func Known(state string) bool {
	return slices.Contains([]string{StatePatient, StateSession, StateAsked, StateDecision, StateNotified, StateNone}, state)
}

// header addresses the message: on the first hop to the party behind the gateway, on the second to the provider itself.
// Towards a CM the second hop has no routing header.
func (p Pair) header(e contract.Endpoint) http.Header {
	h := http.Header{}
	to := p.bridge()
	if e.DeliveredTo(contract.CM) {
		to = contract.CM
	}
	if p.Provider != contract.CM {
		h.Set(to.Header(), ids[to])
	}
	return h
}

// state is what must hold before the message of an endpoint is accepted.
func (p Pair) state(e contract.Endpoint) State {
	c := p.conversation(e.Name)
	requester := map[string]any{"type": c.Requester.Type, "id": c.Requester.ID}
	switch e.Name {
	case contract.FetchModes, contract.Init:
		return State{StatePatient, map[string]any{"id": c.Patient, "modes": anyList(c.Modes)}}
	case contract.Confirm:
		return State{StateSession, map[string]any{"transactionId": c.TransactionID, "mode": c.Mode, "purpose": c.Purpose, "requester": requester, "authCode": c.AuthCode}}
	case contract.Notify:
		return State{StateDecision, map[string]any{"transactionId": c.TransactionID, "mode": c.Mode, "purpose": c.Purpose, "requester": requester}}
	case contract.OnNotify:
		return State{StateNotified, map[string]any{"requestId": c.Answers, "requester": requester}}
	}
	return State{StateAsked, map[string]any{"requestId": c.Answers, "endpoint": e.Answers, "requester": requester}}
}

func anyList(texts []string) []any {
	var list []any
	for _, t := range texts {
		list = append(list, t)
	}
	return list
}
