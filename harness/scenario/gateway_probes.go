package scenario

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
)

// StepProbe is the step of the one message of a scenario that has something wrong with it.
const StepProbe = "probe"

// probe is a scenario that sends one message with one thing about it changed, and watches what becomes of it.
func probe(name, title string, endpoint contract.Endpoint, notes map[string]string, change func(*Stage, *Draft) error) Scenario {
	if notes == nil {
		notes = map[string]string{}
	}
	notes[NoteEndpoint], notes[NoteBridge] = endpoint.Name, string(contract.HIP)
	return Scenario{
		Name: name, Title: title, Needs: Needs{Topology: config.Routed}, Notes: notes,
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, endpoint.Name, contract.HIP)
			if err != nil {
				return err
			}
			if err := change(s, &draft); err != nil {
				return err
			}
			answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
			if err != nil {
				return err
			}
			if answer.Status >= 200 && answer.Status < 300 {
				if err := s.awaitOutcome(ctx, endpoint, draft); err != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		},
	}
}

// awaitOutcome waits, after an acknowledgement that should perhaps not have been, for what becomes of the message: an
// answer to a request, or the delivery of an answer. That nothing comes is an outcome too.
func (s *Stage) awaitOutcome(ctx context.Context, e contract.Endpoint, d Draft) error {
	role, at := d.Receiver, e.Name
	if e.Callback != "" {
		role, at = d.Sender, e.Callback
	}
	if _, err := s.Await(ctx, role, at); err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// Kinds of tokens (NoteKind of token scenarios).
const (
	TokenMissing = "missing"
	TokenGarbage = "garbage"
)

// tokens are "token/<kind>/<endpoint>": an otherwise valid message without a right token.
func tokens(e contract.Endpoint) []Scenario {
	kinds := map[string]string{TokenMissing: "", TokenGarbage: "Bearer not-a-token-that-anyone-issued"}
	var all []Scenario
	for _, kind := range []string{TokenMissing, TokenGarbage} {
		value := kinds[kind]
		all = append(all, probe("token/"+kind+"/"+e.Name, "A valid "+e.Name+" with a "+kind+" token", e,
			map[string]string{NoteKind: kind}, func(_ *Stage, d *Draft) error {
				d.Authorization = &value
				return nil
			}))
	}
	return all
}

// Kinds of wrong addresses (NoteKind of address scenarios).
const (
	AddressMissing = "missing"
	AddressBoth    = "both"
)

// headers are "address/<kind>/<endpoint>": an otherwise valid message without X-CM-ID, with neither or both of X-HIP-ID and X-HIU-ID.
func headers(e contract.Endpoint) []Scenario {
	all := []Scenario{probe("address/missing/"+e.Name, "A valid "+e.Name+" without "+strings.Join(e.RoutingHeaders(), " and "), e,
		map[string]string{NoteKind: AddressMissing}, func(_ *Stage, d *Draft) error {
			d.Header = http.Header{}
			return nil
		})}
	if e.DeliveredTo(contract.CM) {
		return all
	}
	return append(all, probe("address/both/"+e.Name, "A valid "+e.Name+" with both X-HIP-ID and X-HIU-ID", e,
		map[string]string{NoteKind: AddressBoth}, func(s *Stage, d *Draft) error {
			for _, bridge := range contract.Bridges {
				d.Header.Set(bridge.Header(), s.ID(bridge))
			}
			return nil
		}))
}

// bodies are "body/malformed/<endpoint>", "body/empty/<endpoint>" and "invalid/<endpoint>/<case>".
func bodies(e contract.Endpoint) []Scenario {
	replace := func(body string) func(*Stage, *Draft) error {
		return func(_ *Stage, d *Draft) error {
			d.Body = []byte(body)
			return nil
		}
	}
	all := []Scenario{
		probe("body/malformed/"+e.Name, "A body that is not JSON at "+e.Name, e, nil, func(_ *Stage, d *Draft) error {
			d.Body = d.Body[:len(d.Body)-1] // the last brace is missing
			return nil
		}),
		probe("body/empty/"+e.Name, "An empty body at "+e.Name, e, nil, replace("")),
		probe("body/not-an-object/"+e.Name, "A JSON array at "+e.Name, e, nil, replace("[]")),
	}
	for _, c := range fixtures.Invalid(e.Name, fixtures.Canonical(e.Name)) {
		all = append(all, invalid(e, c))
	}
	return all
}

// invalid is "invalid/<endpoint>/<kind>:<member>": a message with one member made wrong in one way.
func invalid(e contract.Endpoint, c fixtures.Case) Scenario {
	required := "false"
	if c.Required {
		required = "true"
	}
	return probe("invalid/"+e.Name+"/"+caseName(c.Name), "A "+e.Name+" with a wrong body: "+c.Name, e,
		map[string]string{NoteKind: c.Kind, NotePointer: c.Pointer, NoteRequired: required}, func(_ *Stage, d *Draft) error {
			body, err := fixtures.Apply(e.Name, c.Name, d.Body)
			if err != nil { // the purposes that the subject declares bring no message with this member
				return &notApplicableError{fmt.Sprintf("no %s for the declared purposes has %s", e.Name, c.Pointer)}
			}
			d.Body = body
			return nil
		})
}

// caseName turns "missing:/query/id" into a name of one segment: "missing:query.id".
func caseName(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, ":/", ":"), "/", ".")
}

// DownDeadline is how long the error callback for a CM that is down may take (AUTH-GW-023: within 15 s).
const DownDeadline = 15 * time.Second

// cmDown is "cm-down/reset/<endpoint>/<bridge>": the CM drops the connection without an answer.
func cmDown(endpoint string, bridge contract.Role) Scenario {
	return Scenario{
		Name:  "cm-down/reset/" + endpoint + "/" + string(bridge),
		Title: "The CM drops the connection on which it gets " + endpoint,
		Needs: Needs{Topology: config.Routed},
		Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(bridge), NoteKind: "reset", NoteOutcome: OutcomeError},
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, endpoint, bridge)
			if err != nil {
				return err
			}
			s.Answer(contract.CM, endpoint, player.ScriptedAnswer{Drop: true})
			answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
			if err != nil {
				return err
			}
			if answer.Status >= 200 && answer.Status < 300 {
				deadline := max(DownDeadline, s.Timing().Callback)
				if _, err := s.AwaitFor(ctx, deadline, bridge, contract.MustEndpoint(endpoint).Callback); err != nil && ctx.Err() != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		},
	}
}
