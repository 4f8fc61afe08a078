package scenario

import (
	"context"
	"net/http"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// DownDeadline is how long the error callback for a party that is down may take (AUTH-GW-023: within 15 s).
const DownDeadline = 15 * time.Second

// errorBody is the ErrorResponse with which our CM refuses; its message is looked for in the error callback.
const errorBody = `{"error":{"code":1414,"message":"The consent manager is not able to serve this."}}`

// ErrorMessage is the message in it.
const ErrorMessage = "The consent manager is not able to serve this."

// down is one way in which a party can fail to acknowledge.
type down struct {
	kind, title string
	answer      player.ScriptedAnswer
}

// hang is longer than any gateway waits; the player stops as soon as the gateway gives up.
const hang = 40 * time.Second

var downs = []down{
	{"reset", "drops the connection", player.ScriptedAnswer{Drop: true}},
	{"hang", "does not answer", player.ScriptedAnswer{Delay: hang, Drop: true}},
	{"400", "answers 400 with an ErrorResponse", player.ScriptedAnswer{Status: http.StatusBadRequest, Body: []byte(errorBody)}},
	{"401", "answers 401 with an ErrorResponse", player.ScriptedAnswer{Status: http.StatusUnauthorized, Body: []byte(errorBody)}},
	{"500", "answers 500 with an ErrorResponse", player.ScriptedAnswer{Status: http.StatusInternalServerError, Body: []byte(errorBody)}},
	{"500-empty", "answers 500 without a body", player.ScriptedAnswer{Status: http.StatusInternalServerError}},
	{"500-garbage", "answers 500 with a body that is no JSON", player.ScriptedAnswer{Status: http.StatusInternalServerError, Body: []byte("<html>oops"), Header: http.Header{"Content-Type": {"text/html"}}}},
}

// cmDown are "cm-down/<kind>/<endpoint>/<bridge>": the CM fails to acknowledge a request.
func cmDown() []Scenario {
	var all []Scenario
	for _, d := range downs {
		for _, endpoint := range []string{contract.FetchModes, contract.Init, contract.Confirm} {
			for _, bridge := range contract.Bridges {
				all = append(all, d.scenario("cm-down", endpoint, bridge, contract.CM))
			}
		}
	}
	return all
}

// bridgeDown are "bridge-down/<kind>/<endpoint>/hip": the bridge fails to acknowledge a callback or a notify.
func bridgeDown() []Scenario {
	var all []Scenario
	for _, d := range downs {
		if d.kind != "reset" && d.kind != "500" && d.kind != "hang" {
			continue
		}
		for _, endpoint := range []string{contract.OnInit, contract.OnConfirm, contract.Notify} {
			all = append(all, d.scenario("bridge-down", endpoint, contract.HIP, contract.HIP))
		}
	}
	return all
}

func (d down) scenario(family, endpoint string, bridge, who contract.Role) Scenario {
	e := contract.MustEndpoint(endpoint)
	return Scenario{
		Name:  family + "/" + d.kind + "/" + endpoint + "/" + string(bridge),
		Title: "Our " + string(who) + " gets " + endpoint + " and " + d.title,
		Needs: Needs{Topology: config.Routed},
		Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(bridge), NoteKind: d.kind, NoteOutcome: OutcomeError},
		Play: func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, endpoint, bridge)
			if err != nil {
				return err
			}
			s.Answer(who, endpoint, d.answer)
			answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
			if err != nil {
				return err
			}
			if accepted(answer) && e.Callback != "" {
				if _, err := s.AwaitFor(ctx, max(DownDeadline, s.Timing().Callback), draft.Sender, e.Callback); err != nil && ctx.Err() != nil {
					return err
				}
			} else if accepted(answer) && d.kind != "hang" {
				if _, err := s.Await(ctx, who, endpoint); err != nil && ctx.Err() != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		},
	}
}

// recovers are "bridge-down/recover/<endpoint>": the bridge fails once, and the CM sends its callback again.
func recovers() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} {
		all = append(all, Scenario{
			Name: "bridge-down/recover/" + endpoint, Title: "The bridge fails to take " + endpoint + " once; the CM sends it again", Needs: Needs{Topology: config.Routed},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				s.Answer(contract.HIP, endpoint, player.ScriptedAnswer{Status: http.StatusServiceUnavailable})
				if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.Await(ctx, contract.HIP, endpoint); err != nil {
					return err
				}
				s.answerAgain(contract.HIP, endpoint)
				if err := s.Quiet(ctx); err != nil { // time for the gateway's own further tries
					return err
				}
				if err := renew(&draft); err != nil {
					return err
				}
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	return all
}

// hurried are "cm-down/reordered/<endpoint>/hiu": a HIU's request with its members in another order, while the CM is down.
func hurried() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init} {
		sc := downs[0].scenario("cm-down", endpoint, contract.HIU, contract.CM)
		sc.Name = "cm-down/reordered/" + endpoint + "/hiu"
		sc.Notes[NoteKind] = "reordered"
		sc.Play = func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, endpoint, contract.HIU)
			if err != nil {
				return err
			}
			if err := reordered(ctx, s, &draft); err != nil {
				return err
			}
			s.Answer(contract.CM, endpoint, player.ScriptedAnswer{Drop: true})
			answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
			if err != nil {
				return err
			}
			if accepted(answer) {
				if _, err := s.AwaitFor(ctx, max(DownDeadline, s.Timing().Callback), contract.HIU, contract.MustEndpoint(endpoint).Callback); err != nil && ctx.Err() != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		}
		all = append(all, sc)
	}
	return all
}

// lateAnswers are "cm-down/late-answer/<endpoint>/hip": the CM fails to acknowledge a request, and answers it all the same
// after the bridge has learnt that it failed.
func lateAnswers() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init, contract.Confirm} {
		sc := downs[0].scenario("cm-down", endpoint, contract.HIP, contract.CM)
		sc.Name = "cm-down/late-answer/" + endpoint + "/hip"
		sc.Title = "Our cm fails to acknowledge " + endpoint + ", and answers it later"
		sc.Notes[NoteKind] = "late-answer"
		sc.Play = func(ctx context.Context, s *Stage) error {
			draft, err := s.Reach(ctx, endpoint, contract.HIP)
			if err != nil {
				return err
			}
			s.Hold(endpoint)
			s.Answer(contract.CM, endpoint, player.ScriptedAnswer{Status: http.StatusInternalServerError})
			answer, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing)
			if err != nil {
				return err
			}
			forwarded, err := s.Await(ctx, contract.CM, endpoint)
			if err != nil {
				return err
			}
			callback := contract.MustEndpoint(endpoint).Callback
			if accepted(answer) {
				if _, err := s.AwaitFor(ctx, max(DownDeadline, s.Timing().Callback), contract.HIP, callback); err != nil {
					return err
				}
			}
			late, err := s.CM().Reply(endpoint, forwarded.Body)
			if err != nil {
				return harnessError(err)
			}
			if _, err := s.Send(ctx, callback, s.CM(), late); err != nil {
				return err
			}
			return s.Quiet(ctx)
		}
		all = append(all, sc)
	}
	return all
}

func accepted(a player.Answer) bool { return a.Status >= 200 && a.Status < 300 }

// slowCM are "slow-cm/<kind>/<endpoint>": the CM takes its time, lawfully.
func slowCM() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init, contract.Confirm} {
		all = append(all, Scenario{
			Name: "slow-cm/ack/" + endpoint, Title: "The CM takes " + ackStall.String() + " to acknowledge " + endpoint, Needs: Needs{Topology: config.Routed},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				s.Answer(contract.CM, endpoint, player.ScriptedAnswer{Delay: ackStall})
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.AwaitFor(ctx, s.Timing().Callback+ackStall, contract.HIP, contract.MustEndpoint(endpoint).Callback); err != nil && ctx.Err() != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		}, Scenario{
			Name: "slow-cm/callback/" + endpoint, Title: "The CM takes its time to answer " + endpoint, Needs: Needs{Topology: config.Routed},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, contract.MustEndpoint(endpoint).Callback, contract.HIP)
				if err != nil {
					return err
				}
				if err := s.pause(ctx, s.Timing().Callback*6/10); err != nil {
					return err
				}
				if err := renew(&draft); err != nil {
					return err
				}
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.Await(ctx, contract.HIP, draft.Endpoint); err != nil && ctx.Err() != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	return all
}

// slowBridge are "slow-bridge/ack/<endpoint>": the bridge takes its time to acknowledge what is delivered to it.
func slowBridge() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.Notify} {
		all = append(all, Scenario{
			Name: "slow-bridge/ack/" + endpoint, Title: "The HIP takes " + ackStall.String() + " to acknowledge " + endpoint, Needs: Needs{Topology: config.Routed},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				s.Answer(contract.HIP, endpoint, player.ScriptedAnswer{Delay: ackStall})
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.AwaitFor(ctx, s.Timing().Callback+ackStall, contract.HIP, endpoint); err != nil && ctx.Err() != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	return all
}

// ackStall is how long the slow CM takes to acknowledge: longer than any round trip, shorter than any gateway's patience.
const ackStall = 2500 * time.Millisecond
