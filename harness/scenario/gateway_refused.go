package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// unlawful is one way in which a message other than its body may be wrong.
type unlawful struct {
	name, title string // name is "<family>/<kind>"
	endpoints   []string
	alter       change
}

// unlawfuls are "<family>/<kind>/<endpoint>".
func unlawfuls() []unlawful {
	callbacks := []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.OnNotify}
	all := []unlawful{
		{"clock/past-2min", "a timestamp 2 min ago", requests, timestamp(func(now time.Time) string { return player.Timestamp(now.Add(-2 * time.Minute)) })},
		{"clock/future-10min", "a timestamp 10 min ahead", requests, timestamp(func(now time.Time) string { return player.Timestamp(now.Add(10 * time.Minute)) })},
		{"content/xml", "an XML body", []string{contract.FetchModes, contract.Init, contract.OnInit, contract.Notify}, func(_ context.Context, _ *Stage, d *Draft) error {
			d.Header.Set("Content-Type", "application/xml")
			d.Body = []byte("<?xml version=\"1.0\"?><request><requestId>" + player.NewRequestID() + "</requestId></request>")
			return nil
		}},
		{"content/1-mib", "a body of 1 MiB", []string{contract.Init, contract.OnInit}, func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/xConformance", `"` + strings.Repeat("x", 1<<20) + `"`})
		}},
		{"content/deep", "JSON nested 5000 deep", []string{contract.Init, contract.OnInit}, func(_ context.Context, _ *Stage, d *Draft) error {
			deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
			d.Body = append(bytes.TrimSuffix(d.Body, []byte("}")), []byte(`,"xConformance":`+deep+`}`)...)
			return nil
		}},
		{"address/unknown", "the id of nobody in its routing header", requests, func(_ context.Context, _ *Stage, d *Draft) error {
			for name := range d.Header {
				if strings.HasPrefix(http.CanonicalHeaderKey(name), "X-Hi") || http.CanonicalHeaderKey(name) == http.CanonicalHeaderKey(contract.HeaderCM) {
					d.Header.Set(name, "nobody-"+player.NewRequestID()[:8])
				}
			}
			return nil
		}},
		{"requester/not-own", "the id of another party as requester.id", []string{contract.FetchModes, contract.Init}, func(_ context.Context, s *Stage, d *Draft) error {
			raw, err := json.Marshal(contract.Requester{Type: contract.HIU.RequesterType(), ID: s.ID(contract.HIU)})
			if err != nil {
				return harnessError(err)
			}
			purpose, err := json.Marshal(s.declaredPurpose(contract.HIU)) // one for which that party may ask
			if err != nil {
				return harnessError(err)
			}
			return d.edit(edit{"/query/requester", string(raw)}, edit{"/query/purpose", string(purpose)})
		}},
		{"correlation/never-issued", "a resp.requestId that nobody issued", callbacks, func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/resp/requestId", `"` + player.NewRequestID() + `"`})
		}},
		{"correlation/other-party", "the routing header of a bridge that did not ask", callbacks[:3], func(_ context.Context, s *Stage, d *Draft) error {
			d.Header = s.routing(contract.HIU)
			return nil
		}},
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		all = append(all, unlawful{"method/" + strings.ToLower(method), "method " + method, allEndpoints(), func(_ context.Context, _ *Stage, d *Draft) error {
			d.Method = method
			return nil
		}})
	}
	return all
}

func (u unlawful) scenarios() []Scenario {
	var all []Scenario
	for _, name := range u.endpoints {
		_, kind, _ := strings.Cut(u.name, "/")
		all = append(all, probe(u.name+"/"+name, "A "+name+" with "+u.title, contract.MustEndpoint(name), map[string]string{NoteKind: kind}, u.alter))
	}
	return all
}

// wrongKind is "correlation/wrong-kind/<endpoint>": an answer of another kind than the request asks for.
func wrongKind() []Scenario {
	var all []Scenario
	for _, pair := range [][2]string{{contract.OnInit, contract.OnConfirm}, {contract.OnConfirm, contract.OnInit}, {contract.OnFetchModes, contract.OnInit}} {
		due, sent := pair[0], pair[1]
		s := probe("correlation/wrong-kind/"+due, "The CM answers with "+sent+" where "+due+" is due", contract.MustEndpoint(due),
			map[string]string{NoteKind: "wrong-kind"}, func(_ context.Context, _ *Stage, d *Draft) error {
				d.Endpoint = sent
				body := `{"transactionId":"` + player.NewRequestID() + `","mode":"MOBILE_OTP"}`
				if sent == contract.OnConfirm {
					body = `{"accessToken":"` + player.NewRequestID() + `"}`
				}
				return d.edit(edit{"/auth", body})
			})
		all = append(all, s)
	}
	return all
}

// Steps of the replay scenarios.
const (
	StepFirst = "first"
	StepAgain = StepProbe
)

// replays are "replay/<kind>/<endpoint>": a requestId that the sender has used before.
func replays() []Scenario {
	var all []Scenario
	add := func(kind, title, endpoint string, again func(ctx context.Context, s *Stage, d *Draft) error, atOnce bool) {
		all = append(all, Scenario{
			Name: "replay/" + kind + "/" + endpoint, Title: title, Needs: Needs{Topology: topologyOf(endpoint, "replay/"+kind)},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteKind: kind, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				second := draft
				if err := again(ctx, s, &second); err != nil {
					return err
				}
				first := make(chan error, 1)
				send := func() {
					_, err := s.Send(ctx, StepFirst, draft.From, draft.Outgoing)
					first <- err
				}
				if atOnce {
					go send()
				} else {
					send()
					// The guard may be set as late as the message is forwarded: a replay that overtakes it is another matter.
					if _, err := s.awaitAfter(ctx, draft); err != nil {
						return err
					}
				}
				if _, err := s.Send(ctx, StepAgain, second.From, second.Outgoing); err != nil {
					return err
				}
				if err := <-first; err != nil {
					return err
				}
				if atOnce && s.combined() {
					if _, err := s.awaitAfter(ctx, draft); err != nil && ctx.Err() != nil {
						return err
					}
				}
				return s.Quiet(ctx)
			},
		})
	}
	same := func(context.Context, *Stage, *Draft) error { return nil }
	upper := func(_ context.Context, _ *Stage, d *Draft) error {
		id := member(d.Body, "requestId")
		return d.edit(edit{"/requestId", string(bytes.ToUpper(id))})
	}
	for _, endpoint := range requests {
		add("same", "The same "+endpoint+" twice", endpoint, same, false)
		add("at-once", "The same "+endpoint+" twice at the same moment", endpoint, same, true)
	}
	add("upper-case", "The same init again, its requestId in upper case", contract.Init, upper, false)
	add("other-endpoint", "A fetch-modes with the requestId of an init", contract.Init, func(_ context.Context, s *Stage, d *Draft) error {
		id := member(d.Body, "requestId")
		d.Outgoing = s.Bridge(d.Sender).FetchModes(s.Query(d.Sender, s.declaredPurpose(d.Sender), ""))
		return d.edit(edit{"/requestId", string(id)})
	}, false)
	return all
}

// member is the JSON text of a member at the top of a body.
func member(body []byte, name string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return object[name]
}

// duplicates are "duplicate/<endpoint>": the CM sends its callback twice, the second time with a requestId of its own.
func duplicates() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} {
		all = append(all, Scenario{
			Name: "duplicate/" + endpoint, Title: "The CM sends " + endpoint + " twice", Needs: Needs{Topology: "routed"},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
					return err
				}
				if _, err := s.Await(ctx, contract.HIP, endpoint); err != nil {
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

// renew gives a draft a requestId and a timestamp of its own.
func renew(d *Draft) error {
	return d.edit(edit{"/requestId", `"` + player.NewRequestID() + `"`}, edit{"/timestamp", `"` + player.Timestamp(time.Now()) + `"`})
}

// sharedID is "shared-id/fetch-modes": two bridges use the same requestId at the same time for different patients.
func sharedID() Scenario {
	return Scenario{
		Name: "shared-id/fetch-modes", Title: "The HIP and the HIU send fetch-modes with the same requestId", Needs: Needs{Purpose: contract.KYC},
		Notes: map[string]string{NoteEndpoint: contract.FetchModes, NoteBridge: string(contract.HIP)},
		Play: func(ctx context.Context, s *Stage) error {
			id := player.NewRequestID()
			for _, bridge := range contract.Bridges {
				s.Hold(contract.FetchModes)
				query := s.Query(bridge, contract.KYC, "")
				if bridge == contract.HIP {
					query.Purpose = s.declaredPurpose(bridge)
				}
				d := Draft{From: s.Bridge(bridge), Outgoing: s.Bridge(bridge).FetchModes(query)}
				if err := d.edit(edit{"/requestId", `"` + id + `"`}); err != nil {
					return err
				}
				if _, err := s.Send(ctx, "as "+string(bridge), d.From, d.Outgoing); err != nil {
					return err
				}
			}
			if s.combined() {
				for _, bridge := range contract.Bridges {
					if _, err := s.Await(ctx, bridge, contract.OnFetchModes); err != nil && ctx.Err() != nil {
						return err
					}
				}
			} else if err := s.answerHeld(ctx, contract.FetchModes); err != nil {
				return err
			}
			return s.Quiet(ctx)
		},
	}
}

// answerHeld makes the CM answer every held request at an endpoint that has come, and those that come within the callback deadline, at most two.
func (s *Stage) answerHeld(ctx context.Context, endpoint string) error {
	answer := contract.MustEndpoint(endpoint).Callback
	for range 2 {
		seen, err := s.Await(ctx, contract.CM, endpoint)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return nil // a gateway that refused the second request forwards one only
		}
		out, err := s.CM().Reply(endpoint, seen.Body)
		if err != nil {
			return harnessError(err)
		}
		if _, err := s.Send(ctx, answer, s.CM(), out); err != nil {
			return err
		}
	}
	return nil
}

// sessions are "session/<number>": interleaved conversations of two bridges, whose answers must not be mixed up.
func sessions() []Scenario {
	var all []Scenario
	for i := range interleaved {
		bridge := contract.Bridges[i%2]
		all = append(all, flow{bridge: bridge, mode: contract.MobileOTP, purpose: contract.KYC, outcome: OutcomeGranted}.named("session/"+twoDigits(i)))
	}
	return all
}

// interleaved is how many conversations run at the same time (AUTH-GEN-028).
const interleaved = 50

func twoDigits(i int) string { return string([]byte{byte('0' + i/10), byte('0' + i%10)}) }
