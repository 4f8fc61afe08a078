package scenario

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// Steps of the replay scenarios.
const (
	StepFirst = "first"
	StepAgain = StepProbe
)

// replay is one way in which a requestId can come again.
type replay struct {
	kind, title, endpoint string
	bridge                contract.Role // hip where it is ""
	again                 change        // what is different the second time; nil for nothing
	atOnce, later         bool          // at the same moment, and after some seconds
}

// replays are "replay/<kind>/<endpoint>": a requestId that the sender has used before.
func replays() []Scenario {
	var all []Scenario
	for _, endpoint := range requests {
		all = append(all,
			replay{kind: "same", title: "The same " + endpoint + " twice", endpoint: endpoint}.scenario(),
			replay{kind: "at-once", title: "The same " + endpoint + " twice at the same moment", endpoint: endpoint, atOnce: true}.scenario())
	}
	for _, r := range []replay{
		{kind: "hiu", title: "The same init of a HIU twice", endpoint: contract.Init, bridge: contract.HIU},
		{kind: "later", title: "The same init again after some seconds", endpoint: contract.Init, later: true},
		{kind: "upper-case", title: "The same init again, its requestId in upper case", endpoint: contract.Init, again: func(_ context.Context, _ *Stage, d *Draft) error {
			id := member(d.Body, "requestId")
			return d.edit(edit{"/requestId", string(bytes.ToUpper(id))})
		}},
		{kind: "other-endpoint", title: "A fetch-modes with the requestId of an init", endpoint: contract.Init, again: func(_ context.Context, s *Stage, d *Draft) error {
			id := member(d.Body, "requestId")
			d.Outgoing = s.Bridge(d.Sender).FetchModes(s.Query(d.Sender, s.declaredPurpose(d.Sender), ""))
			return d.edit(edit{"/requestId", string(id)})
		}},
	} {
		all = append(all, r.scenario())
	}
	return all
}

func (r replay) scenario() Scenario {
	bridge := cmp.Or(r.bridge, contract.HIP)
	return Scenario{
		Name: "replay/" + r.kind + "/" + r.endpoint, Title: r.title, Needs: Needs{Topology: topologyOf(r.endpoint, "replay/"+r.kind)},
		Notes: map[string]string{NoteEndpoint: r.endpoint, NoteKind: r.kind, NoteBridge: string(bridge)},
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, r.endpoint, bridge)
			if err != nil {
				return err
			}
			second := draft
			if r.again != nil {
				if err := r.again(ctx, s, &second); err != nil {
					return err
				}
			}
			first := make(chan error, 1)
			send := func() {
				_, err := s.Send(ctx, StepFirst, draft.From, draft.Outgoing)
				first <- err
			}
			if r.atOnce {
				go send()
			} else {
				send()
				// The guard may be set as late as the message is forwarded: a replay that overtakes it is another matter.
				if _, err := s.awaitAfter(ctx, draft); err != nil {
					return err
				}
			}
			if r.later { // time passes: what forgets an id too soon has forgotten it
				if err := s.pause(ctx, s.Timing().Callback*6/10); err != nil {
					return err
				}
			}
			if _, err := s.Send(ctx, StepAgain, second.From, second.Outgoing); err != nil {
				return err
			}
			if err := <-first; err != nil {
				return err
			}
			if r.atOnce && s.combined() {
				if _, err := s.awaitAfter(ctx, draft); err != nil && ctx.Err() != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		},
	}
}

// member is the JSON text of a member at the top of a body.
func member(body []byte, name string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return object[name]
}

// duplicates are "duplicate/<endpoint>": an answer is sent twice, the second time with a requestId of its own, after the
// first has arrived; and "duplicate-at-once/<endpoint>": at the same moment.
func duplicates() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.OnNotify} {
		all = append(all, duplicate(endpoint, false), duplicate(endpoint, true))
	}
	return all
}

func duplicate(endpoint string, atOnce bool) Scenario {
	name, when := "duplicate/", "twice"
	if atOnce {
		name, when = "duplicate-at-once/", "twice at the same moment"
	}
	return Scenario{
		Name: name + endpoint, Title: "The same " + endpoint + " is sent " + when, Needs: Needs{Topology: "routed"},
		Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, endpoint, contract.HIP)
			if err != nil {
				return err
			}
			second := draft
			if err := renew(&second); err != nil {
				return err
			}
			first := make(chan error, 1)
			if atOnce {
				go func() { first <- s.Request(ctx, draft.From, draft.Outgoing) }()
			} else {
				if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.Await(ctx, draft.Receiver, endpoint); err != nil {
					return err
				}
				first <- nil
			}
			if _, err := s.Send(ctx, StepProbe, second.From, second.Outgoing); err != nil {
				return err
			}
			if err := <-first; err != nil && ctx.Err() != nil { // of two at once either may be the one that is refused
				return err
			}
			return s.Quiet(ctx)
		},
	}
}

// renew gives a draft a requestId and a timestamp of its own.
func renew(d *Draft) error {
	return d.edit(edit{"/requestId", `"` + player.NewRequestID() + `"`}, edit{"/timestamp", `"` + player.Timestamp(time.Now()) + `"`})
}
