package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// StepProbe is the step of the one message of a scenario that has something wrong with it.
const StepProbe = "probe"

// change makes one thing about a draft different before it is sent.
type change func(ctx context.Context, s *Stage, d *Draft) error

// probe is a scenario that sends one message with one thing about it changed, and watches what becomes of it.
func probe(name, title string, endpoint contract.Endpoint, notes map[string]string, alter change) Scenario {
	return probeOf(name, title, endpoint, notes, func(ctx context.Context, s *Stage) (Draft, error) {
		return s.Reach(ctx, endpoint.Name, contract.HIP)
	}, alter)
}

// probeOf is probe with a way of its own to the message that is due.
func probeOf(name, title string, endpoint contract.Endpoint, notes map[string]string, reach func(ctx context.Context, s *Stage) (Draft, error), alter change) Scenario {
	if notes == nil {
		notes = map[string]string{}
	}
	notes[NoteEndpoint], notes[NoteBridge] = endpoint.Name, string(contract.HIP)
	return Scenario{
		Name: name, Title: title, Needs: Needs{Topology: topologyOf(endpoint.Name, name)}, Notes: notes,
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := reach(ctx, s)
			if err != nil {
				return err
			}
			if err := alter(ctx, s, &draft); err != nil {
				return err
			}
			answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
			s.sent(answer)
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
	if s.net.hub != nil {
		return s.awaitFollowing(ctx, d)
	}
	role, at := d.Receiver, e.Name
	if e.Callback != "" {
		role, at = d.Sender, e.Callback
	}
	if _, err := s.Await(ctx, role, at); err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// Kinds of wrong addresses (NoteKind of address scenarios).
const (
	AddressMissing = "missing"
	AddressBoth    = "both"
)

// headers are "address/<kind>/<endpoint>": an otherwise valid message without X-CM-ID, with neither or both of X-HIP-ID and X-HIU-ID.
func headers(e contract.Endpoint) []Scenario {
	all := []Scenario{probe("address/missing/"+e.Name, "A valid "+e.Name+" without "+strings.Join(e.RoutingHeaders(), " and "), e,
		map[string]string{NoteKind: AddressMissing}, func(_ context.Context, _ *Stage, d *Draft) error {
			d.Header = http.Header{}
			return nil
		})}
	if e.DeliveredTo(contract.CM) {
		return all
	}
	return append(all, probe("address/both/"+e.Name, "A valid "+e.Name+" with both X-HIP-ID and X-HIU-ID", e,
		map[string]string{NoteKind: AddressBoth}, func(ctx context.Context, s *Stage, d *Draft) error {
			for _, bridge := range contract.Bridges {
				d.Header.Set(bridge.Header(), s.ID(bridge))
			}
			return nil
		}))
}

// bodies are "body/malformed/<endpoint>", "body/empty/<endpoint>" and "invalid/<endpoint>/<case>", without the cases that are disputed.
func bodies(e contract.Endpoint, disputed []string) []Scenario {
	replace := func(body string) change {
		return func(_ context.Context, _ *Stage, d *Draft) error {
			d.Body = []byte(body)
			return nil
		}
	}
	all := []Scenario{
		probe("body/malformed/"+e.Name, "A body that is not JSON at "+e.Name, e, nil, func(_ context.Context, _ *Stage, d *Draft) error {
			d.Body = d.Body[:len(d.Body)-1] // the last brace is missing
			return nil
		}),
		probe("body/empty/"+e.Name, "An empty body at "+e.Name, e, nil, replace("")),
		probe("body/not-an-object/"+e.Name, "A JSON array at "+e.Name, e, nil, replace("[]")),
		probe("body/null/"+e.Name, "null at "+e.Name, e, nil, replace("null")),
	}
	if slices.Contains(bothWays, e.Name) {
		all = append(all,
			probe("body/string/"+e.Name, "A JSON string at "+e.Name, e, nil, replace(`"text"`)),
			probe("body/array-of-one/"+e.Name, "An array of one "+e.Name, e, nil, func(_ context.Context, _ *Stage, d *Draft) error {
				d.Body = slices.Concat([]byte("["), d.Body, []byte("]"))
				return nil
			}))
	}
	seen := map[string]bool{}
	for _, b := range fixtures.Bodies(e.Name) { // the fullest first; the others bring the members that it has not
		for _, c := range fixtures.Invalid(e.Name, b.JSON) {
			if !seen[c.Name] && !slices.Contains(disputed, c.Name) {
				seen[c.Name] = true
				all = append(all, invalid(e, c, variantOf(b.JSON)))
			}
		}
	}
	return all
}

// disputedByGateways are no wrong bodies for a gateway: the versions of the document disagree on the types of identifiers, and the
// deployed consent manager sends one that none of them lists; and in the gateway's own document an error needs neither
// code nor message.
var disputedByGateways = []string{"wrong-enum:/auth/patient/identifiers/0/type",
	"missing:/error/code", "missing:/error/message", "null:/error/code", "null:/error/message"}

// Variants of a message that a wrong body is made from.
const (
	variantPayload     = "payload"
	variantError       = "error"
	variantDemographic = "demographic"
)

// variantOf says of which variant a valid body is.
func variantOf(body []byte) string {
	if _, there := fixtures.Value(body, "/error"); there {
		return variantError
	}
	if _, there := fixtures.Value(body, "/credential/demographic"); there {
		return variantDemographic
	}
	return variantPayload
}

// shape gives a draft the variant from which a wrong body is made.
func shape(s *Stage, d *Draft, variant string) error {
	switch variant {
	case variantError:
		return d.edit(edit{"/" + contract.MustEndpoint(d.Endpoint).Payload, ""}, edit{"/error", `{"code":1408,"message":"refused"}`})
	case variantDemographic:
		proof := demographic(s.Account)
		if proof.Demographic.Identifier == nil && strings.Contains(s.scenario.Notes[NotePointer], "/identifier") { // it is made wrong, so any does
			proof.Demographic.Identifier = &contract.Identifier{Type: "MOBILE", Value: "+910000000017"}
		}
		raw, err := json.Marshal(proof)
		if err != nil {
			return harnessError(err)
		}
		return d.edit(edit{"/credential", string(raw)})
	}
	return nil
}

// invalid is "invalid/<endpoint>/<kind>:<member>": a message with one member made wrong in one way.
func invalid(e contract.Endpoint, c fixtures.Case, variant string) Scenario {
	required := "false"
	if c.Required {
		required = "true"
	}
	return probe("invalid/"+e.Name+"/"+caseName(c.Name), "A "+e.Name+" with a wrong body: "+c.Name, e,
		map[string]string{NoteKind: c.Kind, NotePointer: c.Pointer, NoteRequired: required}, func(_ context.Context, s *Stage, d *Draft) error {
			if err := shape(s, d, variant); err != nil {
				return err
			}
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
