package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
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
		{"clock/day-old", "a timestamp of this time yesterday", requests, timestamp(func(now time.Time) string { return player.Timestamp(now.Add(-24 * time.Hour)) })},
		{"clock/year-old", "a timestamp of this time a year ago", bothWays[:1], timestamp(func(now time.Time) string { return player.Timestamp(now.Add(-365 * 24 * time.Hour)) })},
		{"time/impossible", "a timestamp of today at 25:61", bothWays, timestamp(func(now time.Time) string { return now.UTC().Format("2006-01-02") + "T25:61:00.000Z" })},
		{"time/no-month", "a timestamp of now in month 13", bothWays, timestamp(func(now time.Time) string {
			return now.UTC().Format("2006") + "-13" + now.UTC().Format("-02T15:04:05.000Z")
		})},
		{"time/date", "a date as timestamp", bothWays, timestamp(func(now time.Time) string { return now.UTC().Format("2006-01-02") })},
		{"time/rfc-1123", "a timestamp of now as HTTP headers have it", bothWays, timestamp(func(now time.Time) string { return now.UTC().Format(http.TimeFormat) })},
		{"time/epoch", "the seconds since 1970 as timestamp", bothWays, timestamp(func(now time.Time) string { return strconv.FormatInt(now.Unix(), 10) })},
		{"id/short-groups", "a requestId of five short groups", bothWays, edits(edit{"/requestId", `"1-1-1-1-1"`})},
		{"id/no-dashes", "a requestId of 32 digits", bothWays, func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/requestId", `"` + strings.ReplaceAll(player.NewRequestID(), "-", "") + `"`})
		}},
		{"id/longer", "a requestId that goes on behind the UUID", bothWays, func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/requestId", `"` + player.NewRequestID() + `-again"`})
		}},
		{"id/no-hex", "a requestId in the form of a UUID with letters beyond f", bothWays, func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/requestId", `"` + "zzzzzzzz" + player.NewRequestID()[8:] + `"`})
		}},
		{"bytes/not-utf-8", "a text that is no UTF-8", bothWays, func(_ context.Context, _ *Stage, d *Draft) error {
			if err := d.edit(edit{"/xConformance", `"latin"`}); err != nil {
				return err
			}
			d.Body = bytes.Replace(d.Body, []byte("latin"), []byte("lat\xedn"), 1) // í in ISO-8859-1
			return nil
		}},
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
		{"requester/other-type", "its own id and the type of another kind of bridge as requester", []string{contract.FetchModes, contract.Init}, func(_ context.Context, s *Stage, d *Draft) error {
			return d.edit(edit{"/query/requester/type", `"` + contract.HIU.RequesterType() + `"`}, edit{"/query/purpose", `"` + s.declaredPurpose(contract.HIU) + `"`})
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
		family, kind, _ := strings.Cut(u.name, "/")
		notes := map[string]string{NoteKind: kind}
		if pointer := map[string]string{"id": "/requestId", "time": "/timestamp"}[family]; pointer != "" {
			notes[NotePointer] = pointer
		}
		all = append(all, probe(u.name+"/"+name, "A "+name+" with "+u.title, contract.MustEndpoint(name), notes, u.alter))
	}
	return all
}

// wrongKind is "correlation/wrong-kind/<endpoint>": an answer of another kind than the request asks for.
func wrongKind() []Scenario {
	return []Scenario{
		answersWith("wrong-kind", contract.OnInit, contract.OnConfirm, `{"accessToken":"`+player.NewRequestID()+`"}`),
		answersWith("wrong-kind", contract.OnConfirm, contract.OnInit, `{"transactionId":"`+player.NewRequestID()+`","mode":"MOBILE_OTP"}`),
		answersWith("wrong-kind", contract.OnFetchModes, contract.OnInit, `{"transactionId":"`+player.NewRequestID()+`","mode":"MOBILE_OTP"}`),
	}
}

// modesInstead is "correlation/modes-instead/on-init": on-fetch-modes as the answer to an init.
func modesInstead() Scenario {
	return answersWith("modes-instead", contract.OnInit, contract.OnFetchModes, `{"purpose":"KYC","modes":["MOBILE_OTP"]}`)
}

// answersWith is "correlation/<kind>/<due>": the CM sends another answer, with that auth, than the one that is due.
func answersWith(kind, due, sent, auth string) Scenario {
	return probe("correlation/"+kind+"/"+due, "The CM answers with "+sent+" where "+due+" is due", contract.MustEndpoint(due),
		map[string]string{NoteKind: kind}, func(_ context.Context, _ *Stage, d *Draft) error {
			d.Endpoint = sent
			return d.edit(edit{"/auth", auth})
		})
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
