package player

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// TestGatewayFaults commits faults one by one, each in a conversation in which
// a conforming gateway would make the same function fail.
func TestGatewayFaults(t *testing.T) {
	init := func(n *gwNet, extra ...string) (Answer, string) {
		body := gwQueryBody(n.hiu)
		return n.send(n.hiu, n.cm.Registration, contract.Init, body, extra...), body
	}
	// callback plays an init and its answer, as HIU, and returns the second hop of the answer and the body of the init.
	callback := func(n *gwNet) (gwDelivery, string) {
		answer, body := init(n)
		if answer.Status/100 != 2 {
			n.t.Fatalf("init was answered %d %s", answer.Status, answer.Body)
		}
		id := n.next(n.cm).string(n.t, "/requestId")
		n.send(n.cm, n.hiu.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id))
		return n.next(n.hiu), body
	}
	grant := func(n *gwNet) gwDelivery {
		id := n.ask(contract.Confirm, n.hip, n.cm, gwHead(gwConfirmPart))
		n.accepted(n.send(n.cm, n.hip.Registration, contract.OnConfirm, gwAnswerBody(contract.OnConfirm, id)))
		return n.next(n.hip)
	}
	failure := func(n *gwNet) gwDelivery {
		n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		init(n)
		return n.next(n.hiu)
	}
	silent := func(n *gwNet, p *gwParty) bool {
		select {
		case <-p.inbox:
			return false
		case <-time.After(gwQuiet):
			return true
		}
	}
	token := func(change func(*Claims)) func(*gwNet) string {
		return func(n *gwNet) string {
			c := n.gateway.Issuer().Claims("hiu-client", contract.HIU)
			change(&c)
			text, err := n.gateway.Issuer().Sign(c)
			return "Bearer " + issuerToken(n.t, text, err)
		}
	}
	expired := token(func(c *Claims) { c.Expiry = 1 })

	for fault, seen := range map[string]func(*gwNet) bool{
		"ack-200":  func(n *gwNet) bool { a, _ := init(n); return a.Status == 200 },
		"ack-body": func(n *gwNet) bool { a, _ := init(n); return a.Status == 202 && len(a.Body) > 0 },
		"ack-late": func(n *gwNet) bool {
			n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { <-time.After(gwQuiet); w.WriteHeader(202) })
			began := time.Now()
			init(n)
			return time.Since(began) >= gwQuiet
		},
		"auth-unchecked":         func(n *gwNet) bool { a, _ := init(n, "Authorization", ""); return a.Status == 202 },
		"auth-unchecked:init":    func(n *gwNet) bool { a, _ := init(n, "Authorization", "Bearer x"); return a.Status == 202 },
		"missing-token-accepted": func(n *gwNet) bool { a, _ := init(n, "Authorization", ""); return a.Status == 202 },
		"garbage-token-accepted": func(n *gwNet) bool { a, _ := init(n, "Authorization", "Bearer x"); return a.Status == 202 },
		"expired-token-accepted": func(n *gwNet) bool { a, _ := init(n, "Authorization", expired(n)); return a.Status == 202 },
		"alg-none-accepted": func(n *gwNet) bool {
			c := n.gateway.Issuer().Claims("hiu-client", contract.HIU)
			a, _ := init(n, "Authorization", "Bearer "+issuerUnsigned(n.t, c))
			return a.Status == 202
		},
		"scheme-case-sensitive": func(n *gwNet) bool {
			a, _ := init(n, "Authorization", "bearer "+n.tokens["hiu-1"])
			return a.Status == 401
		},
		"role-unchecked:init": func(n *gwNet) bool {
			return n.send(n.cm, n.cm.Registration, contract.Init, gwQueryBody(n.hip)).Status == 202
		},
		"role-unchecked:on-init": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			return n.send(n.hip2, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)).Status == 202
		},
		"requester-unchecked": func(n *gwNet) bool {
			return n.send(n.hip, n.cm.Registration, contract.Init, gwQueryBody(n.hip2)).Status == 202
		},
		"401-as-500": func(n *gwNet) bool { a, _ := init(n, "Authorization", ""); return a.Status == 500 },
		"400-as-500": func(n *gwNet) bool { a, _ := init(n, "X-CM-ID", ""); return a.Status == 500 },
		"error-body-flat": func(n *gwNet) bool {
			a, _ := init(n, "X-CM-ID", "")
			return !strings.Contains(string(a.Body), `"error"`)
		},
		"error-leaks": func(n *gwNet) bool {
			a, _ := init(n, "X-CM-ID", "")
			return strings.Contains(string(a.Body), "goroutine")
		},
		"resp-not-mapped": func(n *gwNet) bool { d, b := callback(n); return d.string(n.t, "/resp/requestId") != gwID(b) },
		"resp-not-mapped:on-init": func(n *gwNet) bool {
			d, b := callback(n)
			return d.string(n.t, "/resp/requestId") != gwID(b)
		},
		"request-not-rewritten": func(n *gwNet) bool { d, b := callback(n); return d.string(n.t, "/resp/requestId") != gwID(b) },
		"correlation-after-forward": func(n *gwNet) bool {
			n.overtake()
			n.send(n.hip, n.cm.Registration, contract.Init, gwQueryBody(n.hip))
			return silent(n, n.hip)
		},
		"correlation-by-caller-id": func(n *gwNet) bool {
			first := gwQueryBody(n.hip)
			id := n.ask(contract.Init, n.hip, n.cm, first)
			second := string(gwEdited([]byte(gwQueryBody(n.hip2)), func(d *gwDocument) []gwEdit { return d.set("/requestId", gwID(first)) }))
			n.ask(contract.Init, n.hip2, n.cm, second)
			n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id))
			return n.next(n.hip2).path != ""
		},
		"drop-init": func(n *gwNet) bool { init(n); return silent(n, n.cm) },
		"double-init": func(n *gwNet) bool {
			init(n)
			first, second := n.next(n.cm), n.next(n.cm)
			return string(first.body) == string(second.body)
		},
		"double-on-init": func(n *gwNet) bool { callback(n); return n.next(n.hiu).path != "" },
		"misroute:on-init": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id))
			return n.next(n.hip2).header.Get("X-HIP-ID") == "hip-2"
		},
		"broadcast":              func(n *gwNet) bool { callback(n); return n.next(n.hip).path != "" && n.next(n.hip2).path != "" },
		"swap-paths":             func(n *gwNet) bool { d, _ := callback(n); return strings.HasSuffix(d.path, "/on-confirm") },
		"both-headers":           func(n *gwNet) bool { d, _ := callback(n); return d.header.Get("X-HIP-ID") == d.header.Get("X-HIU-ID") },
		"header-always-hip":      func(n *gwNet) bool { d, _ := callback(n); return d.header.Get("X-HIP-ID") == "hiu-1" },
		"header-client-id":       func(n *gwNet) bool { d, _ := callback(n); return d.header.Get("X-HIU-ID") == "hiu-client" },
		"missing-timestamp":      func(n *gwNet) bool { return failure(n).string(n.t, "/timestamp") == "" },
		"err-callback-zoneless":  func(n *gwNet) bool { return !strings.Contains(failure(n).string(n.t, "/timestamp"), "Z") },
		"err-callback-with-auth": func(n *gwNet) bool { return strings.Contains(string(failure(n).body), `"auth":{}`) },
		"err-callback-client-id": func(n *gwNet) bool { return failure(n).header.Get("X-HIU-ID") == "bridge_hiu-client" },
		"errors-swallowed": func(n *gwNet) bool {
			n.cm.server.Close()
			init(n)
			return silent(n, n.hiu)
		},
		"own-token-expired": func(n *gwNet) bool {
			init(n)
			_, err := n.gateway.Issuer().Verify(strings.TrimPrefix(n.next(n.cm).header.Get("Authorization"), "Bearer "))
			return errors.Is(err, ErrTokenExpired)
		},
		"replay-recorded-late": func(n *gwNet) bool {
			release := make(chan struct{})
			defer close(release)
			n.cm.answers(func(http.ResponseWriter, *http.Request) { <-release })
			_, b := init(n)
			return n.send(n.hiu, n.cm.Registration, contract.Init, b).Status == 202
		},
		"callback-retried": func(n *gwNet) bool {
			callback(n)
			first, second := n.next(n.hiu), n.next(n.hiu)
			return first.path != "" && second.path != ""
		},
		"short-correlation": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			<-time.After(gwShortCorrelation)
			return n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)).Status == 400
		},
		"callback-consumed-early": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			n.hip.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
			n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
			n.next(n.hip)
			<-time.After(gwQuiet)
			return n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)).Status == 400
		},
		"err-callback-no-resp": func(n *gwNet) bool { return failure(n).string(n.t, "/resp/requestId") == "" },
		"err-callback-twice":   func(n *gwNet) bool { failure(n); return n.next(n.hiu).path != "" },
		"hiu-by-substring":     func(n *gwNet) bool { return n.spacedFailure().header.Get("X-HIP-ID") == "hiu-1" },
		"err-callback-missing:5xx": func(n *gwNet) bool {
			n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			init(n)
			return silent(n, n.hiu)
		},
		"err-callback-then-real": func(n *gwNet) bool {
			n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			id := n.ask(contract.Init, n.hiu, n.cm, gwQueryBody(n.hiu))
			n.next(n.hiu)
			n.send(n.cm, n.hiu.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id))
			return n.next(n.hiu).string(n.t, "/auth/mode") != ""
		},
		"err-callback-wrong-path": func(n *gwNet) bool {
			n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
			n.send(n.hip, n.cm.Registration, contract.Confirm, gwHead(gwConfirmPart))
			return strings.HasSuffix(n.next(n.hip).path, "/on-init")
		},
		"forward-caller-token": func(n *gwNet) bool {
			init(n)
			return n.next(n.cm).header.Get("Authorization") == "Bearer "+n.tokens["hiu-1"]
		},
		"forward-no-token":   func(n *gwNet) bool { init(n); return n.next(n.cm).header.Get("Authorization") == "" },
		"cm-from-patient-id": func(n *gwNet) bool { init(n); return n.next(n.cm2).path != "" },
		"unknown-cm-default": func(n *gwNet) bool { init(n, "X-CM-ID", "nosuch"); return n.next(n.cm).path != "" },
		"unknown-cm-dropped": func(n *gwNet) bool { a, _ := init(n, "X-CM-ID", "nosuch"); return a.Status == 202 && silent(n, n.cm) },
		"missing-cm-dropped": func(n *gwNet) bool { a, _ := init(n, "X-CM-ID", ""); return a.Status == 202 && silent(n, n.cm) },
		"no-replay-check": func(n *gwNet) bool {
			_, b := init(n)
			return n.send(n.hiu, n.cm.Registration, contract.Init, b).Status == 202
		},
		"replay-case-sensitive": func(n *gwNet) bool {
			_, b := init(n)
			return n.send(n.hiu, n.cm.Registration, contract.Init, strings.Replace(b, gwID(b), strings.ToUpper(gwID(b)), 1)).Status == 202
		},
		"replay-per-endpoint": func(n *gwNet) bool {
			_, b := init(n)
			return n.send(n.hiu, n.cm.Registration, contract.FetchModes, b).Status == 202
		},
		"replay-forwarded": func(n *gwNet) bool {
			_, b := init(n)
			n.next(n.cm)
			return n.send(n.hiu, n.cm.Registration, contract.Init, b).Status == 409 && n.next(n.cm).path != ""
		},
		"no-window": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, gwAt(gwQueryBody(n.hiu), "2001-01-01T00:00:00Z")).Status == 202
		},
		"window-inverted": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, gwAt(gwQueryBody(n.hiu), Timestamp(time.Now().Add(-2*time.Minute)))).Status == 202
		},
		"offset-ignored": func(n *gwNet) bool {
			at := time.Now().In(time.FixedZone("", 330*60)).Format(time.RFC3339)
			return n.send(n.hiu, n.cm.Registration, contract.Init, gwAt(gwQueryBody(n.hiu), at)).Status == 400
		},
		"accept-missing:init:/query/id": func(n *gwNet) bool {
			n.accepted(n.send(n.hiu, n.cm.Registration, contract.Init, gwWithout(gwQueryBody(n.hiu), "/query/id")))
			return n.next(n.cm).string(n.t, "/query/id") == ""
		},
		"accept-missing:init:/requestId": func(n *gwNet) bool {
			n.accepted(n.send(n.hiu, n.cm.Registration, contract.Init, gwWithout(gwQueryBody(n.hiu), "/requestId")))
			return n.next(n.cm).string(n.t, "/requestId") != ""
		},
		"accept-missing:on-init:/resp": func(n *gwNet) bool {
			return n.send(n.cm, n.hip.Registration, contract.OnInit, gwWithout(gwAnswerBody(contract.OnInit, NewRequestID()), "/resp")).Status == 202
		},
		"accept-invalid:init:/query/purpose": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, strings.Replace(gwQueryBody(n.hiu), "KYC", "CARE", 1)).Status == 202
		},
		"accept-malformed": func(n *gwNet) bool { return n.send(n.hiu, n.cm.Registration, contract.Init, "{").Status == 202 },
		"accept-empty":     func(n *gwNet) bool { return n.send(n.hiu, n.cm.Registration, contract.Init, "").Status == 202 },
		"neither-accepted:on-init": func(n *gwNet) bool {
			return n.send(n.cm, Registration{}, contract.OnInit, gwAnswerBody(contract.OnInit, NewRequestID())).Status == 202
		},
		"both-accepted:notify": func(n *gwNet) bool {
			n.send(n.cm, n.hip.Registration, contract.Notify, gwRequestBody(contract.Notify, n.cm), "X-HIU-ID", "hiu-1")
			return n.next(n.hip).path != "" && n.next(n.hiu).path != ""
		},
		"member-lost:on-confirm:/auth/accessToken": func(n *gwNet) bool { return grant(n).string(n.t, "/auth/accessToken") == "" },
		"member-changed:on-confirm:/auth/validity/limit": func(n *gwNet) bool {
			return strings.Contains(string(grant(n).body), `"limit":2`)
		},
		"member-changed:on-confirm:/auth/accessToken": func(n *gwNet) bool { return grant(n).string(n.t, "/auth/accessToken") == "opaquex" },
		"non-ascii-mangled":                           func(n *gwNet) bool { return strings.Contains(grant(n).string(n.t, "/auth/patient/name"), "??") },
		"numbers-as-strings":                          func(n *gwNet) bool { return strings.Contains(string(grant(n).body), `"yearOfBirth":"1972"`) },
		"unknown-members-stripped":                    func(n *gwNet) bool { return !strings.Contains(string(grant(n).body), "x-vendor") },
		"members-reordered":                           func(n *gwNet) bool { return strings.HasPrefix(string(grant(n).body), `{"auth"`) },
		"deliver-unchecked": func(n *gwNet) bool {
			n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, NewRequestID()))
			return n.next(n.hip).path != ""
		},
		"callback-from-any-cm": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			return n.send(n.cm2, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)).Status == 202
		},
		"header-unchecked": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			n.send(n.cm, n.hip2.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id))
			return n.next(n.hip2).path != ""
		},
		"callback-kind-unchecked": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			return n.send(n.cm, n.hip.Registration, contract.OnConfirm, gwAnswerBody(contract.OnConfirm, id)).Status == 202
		},
		"duplicate-callback-delivered": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
			n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
			first, second := n.next(n.hip), n.next(n.hip)
			return first.path == second.path
		},
		"uuid-case-sensitive": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			return n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, strings.ToUpper(id))).Status == 400
		},
		"on-notify-unserved": func(n *gwNet) bool {
			return n.send(n.hip, n.cm.Registration, contract.OnNotify, gwAnswerBody(contract.OnNotify, NewRequestID())).Status == 404
		},
		"unknown-answer-500": func(n *gwNet) bool {
			return n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, NewRequestID())).Status == 500
		},
		"error-answer-refused": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			return n.send(n.cm, n.hip.Registration, contract.OnInit, gwHead(`"error":{"code":1,"message":"no"},"resp":{"requestId":"`+id+`"}`)).Status == 400
		},
		"null-error-dropped": func(n *gwNet) bool {
			id := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, id)))
			return silent(n, n.hip)
		},
		"shared-header": func(n *gwNet) bool {
			a := n.ask(contract.Init, n.hip, n.cm, gwQueryBody(n.hip))
			b := n.ask(contract.Init, n.hip2, n.cm, gwQueryBody(n.hip2))
			n.accepted(n.send(n.cm, n.hip.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, a)))
			n.accepted(n.send(n.cm, n.hip2.Registration, contract.OnInit, gwAnswerBody(contract.OnInit, b)))
			return n.next(n.hip).header.Get("X-HIP-ID") == "hip-2"
		},
		"url-request-path": func(n *gwNet) bool { d, _ := callback(n); return strings.HasSuffix(d.path, "/auth/init") },
		"wrong-type-500": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, gwHead(`"query":7`)).Status == 500
		},
		"order-required": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, strings.Replace(gwQueryBody(n.hiu), "{", `{"x":1,`, 1)).Status == 400
		},
		"mode-required": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, gwQueryBody(n.hiu)).Status == 400
		},
		"modeless-dropped": func(n *gwNet) bool {
			n.accepted(n.send(n.hiu, n.cm.Registration, contract.Init, gwQueryBody(n.hiu)))
			return silent(n, n.cm)
		},
		"upper-case-dropped": func(n *gwNet) bool {
			b := gwQueryBody(n.hiu)
			n.accepted(n.send(n.hiu, n.cm.Registration, contract.FetchModes, strings.Replace(b, gwID(b), "ABCDEF00"+gwID(b)[8:], 1)))
			return silent(n, n.cm)
		},
		"unknown-members-refused": func(n *gwNet) bool {
			return n.send(n.hiu, n.cm.Registration, contract.Init, strings.Replace(gwQueryBody(n.hiu), "{", `{"x":1,`, 1)).Status == 400
		},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			if !seen(gwNetwork(t, nil, fault)) {
				t.Error("the fault changed nothing")
			}
		})
	}
}

// spacedFailure plays an init of an HIU, written with spaces, to a CM that fails.
func (n *gwNet) spacedFailure() gwDelivery {
	n.cm.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	n.accepted(n.send(n.hiu, n.cm.Registration, contract.Init, strings.ReplaceAll(gwQueryBody(n.hiu), `":"`, `": "`)))
	return n.next(n.hiu)
}

func TestGatewayFaultRefusesChunks(t *testing.T) {
	for fault, want := range map[string]int{"": http.StatusAccepted, "chunks-refused": http.StatusLengthRequired} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			var faults []string
			if fault != "" {
				faults = []string{fault}
			}
			n := gwNetwork(t, nil, faults...)
			body := struct{ io.Reader }{strings.NewReader(gwQueryBody(n.hiu))} // of a length that nobody knows
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.url+contract.MustEndpoint(contract.Init).Path, body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + n.tokens[n.hiu.ID]}}
			r.Header.Set(n.cm.Role.Header(), n.cm.ID)
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != want {
				t.Errorf("a body in chunks is answered %d, want %d", answer.StatusCode, want)
			}
		})
	}
}
