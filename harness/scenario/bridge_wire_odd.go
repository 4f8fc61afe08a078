package scenario

import (
	"context"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// misaddressed are "address/<kind>/<endpoint>": valid messages for somebody else.
func misaddressed(role contract.Role) []wire {
	other := contract.HIU
	if role == contract.HIU {
		other = contract.HIP
	}
	var all []wire
	for _, e := range contract.Served(role) {
		all = append(all,
			wire{name: "address/other-id", title: "A valid " + e.Name + " for another " + role.RequesterType() + ", whose id begins as the subject's does", endpoint: e.Name,
				change: addressed(role, func(id string) string { return id + "0" })},
			wire{name: "address/other-kind", title: "A valid " + e.Name + " for a " + other.RequesterType() + " of the same id", endpoint: e.Name,
				change: addressed(other, func(id string) string { return id })})
	}
	return all
}

// addressed gives a message one routing header, with what id makes of the subject's own id.
func addressed(to contract.Role, id func(own string) string) change {
	return func(_ context.Context, s *Stage, d *Draft) error {
		d.Header = http.Header{}
		d.Header.Set(to.Header(), id(s.ID(s.subjectRole())))
		return nil
	}
}

// strayPaths are "path/<kind>/on-init": a valid on-init at a path that is not that of the operation.
func strayPaths() []wire {
	own := contract.MustEndpoint(contract.OnInit).Path
	var all []wire
	for _, p := range []struct{ kind, path string }{
		{"below", own + "/1"}, {"another-version", strings.Replace(own, contract.BasePath, "/v1.0", 1)}, {"upper-case", strings.ToUpper(own)}, {"unknown", contract.BasePath + "/users/auth/on-nothing"},
	} {
		all = append(all, wire{name: "path/" + p.kind, title: "A valid on-init, sent to " + p.path, endpoint: contract.OnInit, change: func(_ context.Context, _ *Stage, d *Draft) error {
			d.Endpoint = p.path
			return nil
		}})
	}
	return all
}

// oddities are messages that keep their schema, or almost, and that mean nothing: "odd/<kind>/<endpoint>", and a notify
// about a transaction that nobody opened.
func oddities() []wire {
	return []wire{
		{name: "odd/no-modes", title: "on-fetch-modes without any mode", endpoint: contract.OnFetchModes, change: edits(edit{"/auth/modes", "[]"})},
		{name: "odd/unknown-mode", title: "on-fetch-modes with a mode that the document does not list beside one that it does", endpoint: contract.OnFetchModes,
			change: edits(edit{"/auth/modes", `["PASSWORD","MOBILE_OTP"]`})},
		{name: "odd/empty-auth", title: "on-confirm whose auth says nothing", endpoint: contract.OnConfirm, change: edits(edit{"/auth", "{}"})},
		{name: "correlation/never-issued", title: "notify about a transaction that nobody opened", endpoint: contract.Notify, change: func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/auth/transactionId", quoteJSON(player.NewRequestID())})
		}},
	}
}

// stall is how long our gateway then takes to answer the subject's next message: longer than any gateway waits for an
// acknowledgement (AUTH-GEN-025).
const stall = 8 * time.Second

// slowGateways are "slow-gateway/<endpoint>": valid messages of ours, while our gateway is slow to answer what the subject sends because of them.
func slowGateways() []wire {
	next := map[string]string{contract.OnFetchModes: contract.Init, contract.OnInit: contract.Confirm, contract.OnConfirm: player.AddContexts, contract.Notify: contract.OnNotify}
	var all []wire
	for _, e := range contract.Served(contract.HIP) {
		all = append(all, wire{name: "slow-gateway", title: "A valid " + e.Name + "; our gateway takes " + stall.String() + " to answer the " + next[e.Name] + " that follows it", endpoint: e.Name,
			change: func(_ context.Context, s *Stage, _ *Draft) error {
				s.Answer(contract.Gateway, next[e.Name], player.ScriptedAnswer{Delay: stall})
				return nil
			}})
	}
	return all
}

// control is "control/fetch-modes": the subject's question stays without an answer, so that it shows whether the subject goes on by itself.
func control() Scenario {
	return Scenario{
		Name: "control/fetch-modes", Title: "The fetch-modes of the subject gets no answer", Needs: Needs{Start: true},
		Notes: map[string]string{NoteEndpoint: contract.FetchModes},
		Play: func(ctx context.Context, s *Stage) error {
			if _, err := s.Due(ctx, contract.OnFetchModes); err != nil {
				return err
			}
			if err := s.pause(ctx, s.Timing().Quiet); err != nil { // as long as its answer may take, and the quiet window after it
				return err
			}
			return s.Quiet(ctx)
		},
	}
}

// twoNotifies is "duplicate/notify": the same decision twice, each time with a requestId of its own.
func twoNotifies(role contract.Role) Scenario {
	return Scenario{
		Name: "duplicate/notify", Title: "The decision of the patient is notified twice, each time with its own requestId",
		Needs: Needs{Mode: contract.Direct}, Notes: map[string]string{NoteEndpoint: contract.Notify},
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := s.Due(ctx, contract.Notify)
			if err != nil {
				return err
			}
			for _, step := range []string{StepFirst, StepProbe} {
				if err := renew(&draft); err != nil {
					return err
				}
				answer, err := s.Send(ctx, step, draft.From, draft.Outgoing)
				if err != nil {
					return err
				}
				if answer.Status < 200 || answer.Status > 299 {
					continue
				}
				if _, err := s.met(ctx, contract.OnNotify); err != nil && ctx.Err() != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		},
	}
}
