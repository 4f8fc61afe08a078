package scenario

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
)

// Notes of the messages that are sent to a bridge one at a time.
const (
	// NoteValid is "true" where what is sent keeps the contract.
	NoteValid = "valid"
	// NoteBegun is the action by which the subject was made to ask: a flow goes on after its answer.
	NoteBegun = "begun"
	// NoteFollows is what a bridge sends next that has understood the message: init, confirm, on-notify, or add-contexts.
	NoteFollows = "follows"
)

// bridgeWire are the messages that a bridge is sent one at a time: with a start hook as the answers to what it asks,
// without one unasked.
func bridgeWire(role contract.Role) []Scenario {
	var all []Scenario
	for _, e := range contract.Served(role) {
		all = append(all, valid(acceptance(role, e))...)
		all = append(all, towardsBridge(role, tokens(e))...)
		all = append(all, towardsBridge(role, bodies(e, disputedByBridges))...)
		all = append(all, towardsBridge(role, headers(e))...)
	}
	for _, l := range lawfuls() {
		if !slices.Contains(gatewayOnly, l.name) {
			all = append(all, valid(towardsBridge(role, l.scenarios())...)...)
		}
	}
	for _, u := range unlawfuls() {
		if slices.ContainsFunc(alsoOfBridges, func(name string) bool { return strings.HasPrefix(u.name, name) }) {
			all = append(all, towardsBridge(role, u.scenarios())...)
		}
	}
	all = append(all, towardsBridge(role, wrongKind())...)
	for _, w := range slices.Concat(variants(), relaxations(), fieldShapes(), misaddressed(role), strayPaths(), oddities(), slowGateways()) {
		if !w.tokens || role == contract.HIP {
			all = append(all, w.scenario(role))
		}
	}
	return append(all, control(), twoNotifies(role))
}

// gatewayOnly are lawful differences that only a gateway need allow for, whose clock window is wider than a minute and which
// passes on what it need not understand, and those of which the scenarios of a bridge have their own kind (relaxations).
var gatewayOnly = []string{"future-8min", "charset-upper", "media-type-case", "offset-west", "offset-zero", "tenths", "punctuation", "long-text", "lists",
	"transaction", "auth-code", "id-case", "opaque-token", "no-identifier", "no-identifiers", "no-address", "no-validity", "empty-meta", "empty-modes", "error-10001"}

// alsoOfBridges are the families of wrong messages of a gateway that a bridge is sent too.
var alsoOfBridges = []string{"method/", "content/", "correlation/never-issued"}

// disputedByBridges are no wrong bodies for a bridge, whose document requires code and message of an error: what the
// deployed consent manager sends as the type of an identifier, and texts of which only our own schemas say that they are not empty.
var disputedByBridges = []string{"wrong-enum:/auth/patient/identifiers/0/type", "empty:/auth/patient/identifiers/0/type", "empty:/auth/accessToken", "empty:/auth/validity/requester/id"}

// towardsBridge keeps those probes of a gateway that a bridge receives too, and lets them be sent to a bridge.
func towardsBridge(role contract.Role, probes []Scenario) []Scenario {
	var all []Scenario
	for _, s := range probes {
		e, ok := contract.EndpointNamed(s.Notes[NoteEndpoint])
		if !ok || !e.DeliveredTo(role) || s.Notes[NoteKind] == TokenWrongRole {
			continue
		}
		s.Needs.Topology = ""
		delete(s.Notes, NoteBridge)
		all = append(all, s)
	}
	return all
}

// valid marks scenarios whose message keeps the contract.
func valid(scenarios ...Scenario) []Scenario {
	for _, s := range scenarios {
		s.Notes[NoteValid] = "true"
	}
	return scenarios
}

// acceptance is "accept/<endpoint>": a message as it should be, with which all that are unusual are compared.
func acceptance(role contract.Role, e contract.Endpoint) Scenario {
	return wire{name: "accept", title: "A valid " + e.Name, endpoint: e.Name}.scenario(role)
}

// wire is one message to a bridge as data: which is due, and what is different about it.
type wire struct {
	name, title string // the name without the endpoint, which follows it
	endpoint    string
	// purpose and mode are those of its conversation; "" for the declared purpose with the most members, and the first
	// declared mode in which the message is sent.
	purpose, mode string
	valid         bool   // it keeps the contract
	tokens        bool   // it is about what comes with an access token, which only a HIP is granted
	change        change // nil for nothing
}

// scenario is "<name>/<endpoint>".
func (w wire) scenario(role contract.Role) Scenario {
	name, e := w.name+"/"+w.endpoint, contract.MustEndpoint(w.endpoint)
	_, kind, _ := strings.Cut(w.name, "/")
	alter := w.change
	if alter == nil {
		alter = func(context.Context, *Stage, *Draft) error { return nil }
	}
	s := towardsBridge(role, []Scenario{probeOf(name, w.title, e, map[string]string{NoteKind: kind}, w.due, alter)})[0]
	s.Needs.Purpose, s.Needs.Mode = w.purpose, w.mode
	if w.valid {
		s.Notes[NoteValid] = "true"
	}
	return s
}

// due is the message before it is changed.
func (w wire) due(ctx context.Context, s *Stage) (Draft, error) {
	purpose, mode := w.purpose, w.mode
	if purpose == "" {
		purpose = s.declaredPurpose(s.subjectRole())
	}
	if mode == "" {
		var ok bool
		if mode, ok = s.declaredMode(w.endpoint); !ok {
			return Draft{}, &notApplicableError{"subject.modes lists no mode in which " + w.endpoint + " is sent"}
		}
	}
	return s.DueMode(ctx, w.endpoint, purpose, mode)
}

// awaitFollowing waits, after a valid message that was accepted, for what the subject sends because of it, and after any
// notify for its answer. That nothing comes is for the judgement to see, and so is what comes of a wrong message in the quiet window.
func (s *Stage) awaitFollowing(ctx context.Context, d Draft) error {
	follows := ""
	if s.noted(NoteValid) != "" {
		follows = s.following(d)
		s.Note(NoteFollows, follows)
	}
	var err error
	switch {
	case d.Endpoint == contract.Notify && s.scripted(contract.Gateway, contract.OnNotify) != nil: // it is seen when our gateway has answered it
	case d.Endpoint == contract.Notify:
		_, err = s.met(ctx, contract.OnNotify)
	case follows == player.AddContexts:
		err = s.awaitLink(ctx)
	case follows == contract.Confirm:
		if err := s.give(ctx, transactionOf(d.Body), credentialOf(s.Account, s.noted(NoteMode))); err != nil {
			return err
		}
		_, err = s.met(ctx, contract.Confirm)
	case follows != "":
		_, err = s.met(ctx, follows)
	}
	if err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// following is what a subject that has understood a message sends next, "" where nothing need follow.
func (s *Stage) following(d Draft) string {
	told := func(pointer string) bool {
		value, there := fixtures.Value(d.Body, pointer)
		return there && string(value) != "null"
	}
	usual, _ := s.declaredMode(contract.OnInit)
	whole := s.noted(NoteBegun) == player.ActionFlow
	switch {
	case d.Endpoint == contract.Notify:
		return contract.OnNotify
	case s.noted(NoteSolicited) == "" || told("/error"):
	case d.Endpoint == contract.OnFetchModes && whole && bytes.Contains(d.Body, []byte(quoteJSON(usual))):
		return contract.Init
	case d.Endpoint == contract.OnInit && whole && s.noted(NoteMode) == usual && usual != contract.Direct:
		return contract.Confirm
	case d.Endpoint == contract.OnConfirm && told("/auth/accessToken") && s.links(s.noted(NotePurpose)):
		return player.AddContexts
	}
	return ""
}
