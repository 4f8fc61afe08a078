package player

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

func TestGatewaySessions(t *testing.T) {
	n := gwNetwork(t, nil)
	header := http.Header{"Content-Type": {"application/json"}}
	login := func(body string) Answer { return n.do(http.MethodPost, contract.PathSessions, header, []byte(body)) }
	const good = `{"clientId":"hip-client","clientSecret":"hip-client-secret"`
	ok := login(good + `,"grantType":"client_credentials"}`)
	if v, err := schemas.Validate("SessionResponse", ok.Body); ok.Status != 200 || err != nil || len(v) > 0 {
		t.Fatalf("the session is %d %v %v", ok.Status, v, err)
	}
	doc, err := gwParse(ok.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(ok.Body), `"expiresIn":600`) || doc.string("/tokenType") != "bearer" {
		t.Error("the session does not say 600 (seconds, as the field means it) and bearer")
	}
	again := login(good + fmt.Sprintf(`,"grantType":"refresh_token","refreshToken":%q}`, doc.string("/refreshToken")))
	if again.Status != 200 {
		t.Errorf("the refresh token was answered %d %s", again.Status, again.Body)
	}
	n.refused(login(good+fmt.Sprintf(`,"grantType":"refresh_token","refreshToken":%q}`, doc.string("/accessToken"))), 401, "refresh")
	n.refused(login(good+`,"grantType":"password"}`), 400, "grantType")
	n.refused(login(`{"clientId":"hip-client","clientSecret":"wrong"}`), 401, "secret")
	n.refused(login(`{"clientId":"nobody","clientSecret":"wrong"}`), 401, "secret")
	n.refused(login(`{"clientId":"hip-client"}`), 400, "clientSecret")
	n.refused(login(`{"clientId":`), 400, "")
	n.refused(n.do(http.MethodGet, contract.PathSessions, header, nil), 405, "POST")
	for _, prefix := range []string{"", "/gateway"} {
		openid := n.do(http.MethodGet, prefix+contract.PathOpenID, nil, nil)
		doc, err := gwParse(openid.Body)
		if err != nil || doc.string("/issuer") != n.gateway.Issuer().Name() {
			t.Fatalf("openid-configuration is %s", openid.Body)
		}
		if want := n.url + prefix + contract.PathCerts; doc.string("/jwks_uri") != want {
			t.Errorf("jwks_uri is %q; want %q", doc.string("/jwks_uri"), want)
		}
		certs := n.do(http.MethodGet, prefix+contract.PathCerts, nil, nil)
		for _, part := range []string{`"kty":"RSA"`, `"use":"sig"`, `"alg":"RS256"`, `"kid":"`} {
			if !strings.Contains(string(certs.Body), part) {
				t.Errorf("certs lacks %s: %s", part, certs.Body)
			}
		}
	}
}

// TestGatewayRefuses goes through the checks of a message one by one, on every endpoint.
func TestGatewayRefuses(t *testing.T) {
	n := gwNetwork(t, nil)
	expired, err := n.gateway.Issuer().Sign(Claims{Issuer: "abdm-gateway", Audience: "account", Expiry: 1, ClientID: "hip-client", Realm: Realm{Roles: []string{"hip", "cm"}}})
	issuerToken(t, expired, err)
	for _, e := range contract.Endpoints {
		from, to, wrong := n.hip, n.cm, n.cm
		body := func() string { return gwRequestBody(e.Name, from) }
		if !e.SentBy(contract.HIP) {
			from, to, wrong = n.cm, n.hip, n.hip
		}
		if e.Answers != "" {
			body = func() string { return gwAnswerBody(e.Name, NewRequestID()) }
		}
		routing := to.Role.Header()
		for _, c := range []struct {
			name   string
			status int
			words  string
			answer func() Answer
		}{
			{"GET", 405, "POST", func() Answer { return n.do("GET", e.Path, nil, nil) }},
			{"slash", 404, "operation", func() Answer { return n.do("POST", e.Path+"/", nil, nil) }},
			{"no token", 401, "Authorization", func() Answer { return n.send(from, to.Registration, e.Name, body(), "Authorization", "") }},
			{"no scheme", 401, "", func() Answer {
				return n.send(from, to.Registration, e.Name, body(), "Authorization", n.tokens[from.ID])
			}},
			{"basic", 401, "Bearer", func() Answer {
				return n.send(from, to.Registration, e.Name, body(), "Authorization", "Basic "+n.tokens[from.ID])
			}},
			{"garbage", 401, "JWT", func() Answer {
				return n.send(from, to.Registration, e.Name, body(), "Authorization", "Bearer garbage")
			}},
			{"expired", 401, "expired", func() Answer {
				return n.send(from, to.Registration, e.Name, body(), "Authorization", "Bearer "+expired)
			}},
			{"role", 401, e.Name, func() Answer { return n.send(wrong, to.Registration, e.Name, body()) }},
			{"xml", 415, "json", func() Answer {
				return n.send(from, to.Registration, e.Name, "<a/>", "Content-Type", "application/xml")
			}},
			{"latin", 415, "UTF-8", func() Answer {
				return n.send(from, to.Registration, e.Name, body(), "Content-Type", "application/json; charset=latin1")
			}},
			{"empty", 400, "empty", func() Answer { return n.send(from, to.Registration, e.Name, "") }},
			{"malformed", 400, "JSON", func() Answer { return n.send(from, to.Registration, e.Name, `{"requestId":`) }},
			{"array", 400, "object", func() Answer { return n.send(from, to.Registration, e.Name, `[]`) }},
			{"twice", 400, "", func() Answer {
				return n.send(from, to.Registration, e.Name, strings.Replace(body(), "{", `{"requestId":"x",`, 1))
			}},
			{"large", 413, "larger", func() Answer {
				return n.send(from, to.Registration, e.Name, strings.Replace(body(), "{", `{"x":"`+strings.Repeat("x", gwMaxBody)+`",`, 1))
			}},
			{"no requestId", 400, "/requestId", func() Answer {
				return n.send(from, to.Registration, e.Name, gwWithout(body(), "/requestId"))
			}},
			{"no timestamp", 400, "/timestamp", func() Answer {
				return n.send(from, to.Registration, e.Name, gwWithout(body(), "/timestamp"))
			}},
			{"no payload", 400, e.Payload, func() Answer {
				return n.send(from, to.Registration, e.Name, gwWithout(body(), "/"+e.Payload))
			}},
			{"no routing header", 400, routing, func() Answer { return n.send(from, Registration{}, e.Name, body()) }},
			{"unknown party", 400, routing, func() Answer {
				return n.send(from, Registration{Role: to.Role, ID: "nobody"}, e.Name, body())
			}},
			{"stale", 400, "/timestamp", func() Answer {
				return n.send(from, to.Registration, e.Name, gwAt(body(), Timestamp(time.Now().Add(-2*time.Minute))))
			}},
			{"ahead", 400, "/timestamp", func() Answer {
				return n.send(from, to.Registration, e.Name, gwAt(body(), Timestamp(time.Now().Add(10*time.Minute))))
			}},
			{"zone ignored", 400, "/timestamp", func() Answer {
				return n.send(from, to.Registration, e.Name, gwAt(body(), time.Now().UTC().Format("2006-01-02T15:04:05.000")+"+05:30"))
			}},
		} {
			t.Run(e.Name+" "+c.name, func(t *testing.T) {
				n.t = t
				n.refused(c.answer(), c.status, c.words)
			})
		}
		if len(e.Callees) == 2 {
			t.Run(e.Name+" both headers", func(t *testing.T) {
				n.t = t
				n.refused(n.send(from, to.Registration, e.Name, body(), "X-HIU-ID", "hiu-1"), 400, "exactly one")
			})
		}
		if e.Answers != "" {
			t.Run(e.Name+" unknown request", func(t *testing.T) {
				n.t = t
				n.refused(n.send(from, to.Registration, e.Name, body()), 400, "/resp/requestId")
				both := strings.Replace(body(), `"resp"`, `"error":{"code":1000,"message":"no"},"resp"`, 1)
				n.refused(n.send(from, to.Registration, e.Name, strings.Replace(both, `"error":null,`, "", 1)), 400, "exactly one")
			})
		}
	}
	n.t = t
	n.quiet(n.all()...)
}

func gwWithout(body, pointer string) string {
	return string(gwEdited([]byte(body), func(d *gwDocument) []gwEdit { return d.drop(pointer) }))
}

func gwAt(body, timestamp string) string {
	return string(gwEdited([]byte(body), func(d *gwDocument) []gwEdit { return d.set("/timestamp", timestamp) }))
}

func TestGatewayAcceptsLawfulVariants(t *testing.T) {
	n := gwNetwork(t, nil)
	body := func() string { return gwQueryBody(n.hip) }
	for name, send := range map[string]func() Answer{
		"charset": func() Answer {
			return n.send(n.hip, n.cm.Registration, "init", body(), "Content-Type", "application/json; charset=utf-8")
		},
		"lower-case scheme": func() Answer {
			return n.send(n.hip, n.cm.Registration, "init", body(), "Authorization", "bearer "+n.tokens["hip-1"])
		},
		"45 s old": func() Answer {
			return n.send(n.hip, n.cm.Registration, "init", gwAt(body(), Timestamp(time.Now().Add(-45*time.Second))))
		},
		"8 min ahead": func() Answer {
			return n.send(n.hip, n.cm.Registration, "init", gwAt(body(), Timestamp(time.Now().Add(8*time.Minute))))
		},
		"offset": func() Answer {
			at := time.Now().In(time.FixedZone("IST", 330*60)).Format("2006-01-02T15:04:05.000-07:00")
			return n.send(n.hip, n.cm.Registration, "init", gwAt(body(), at))
		},
		"null for absent": func() Answer {
			return n.send(n.hip, n.cm.Registration, "init", strings.Replace(body(), `"query":{`, `"query":{"authMode":null,`, 1))
		},
		"1 MiB": func() Answer {
			return n.send(n.hip, n.cm.Registration, "init", strings.Replace(body(), "{", `{"x":"`+strings.Repeat("x", 1<<20)+`",`, 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			n.t = t
			n.accepted(send())
			n.next(n.cm)
		})
	}
	n.t = t
	answer := n.do("POST", "/gateway"+contract.MustEndpoint("init").Path, http.Header{"Content-Type": {"application/json"},
		"Authorization": {"Bearer " + n.tokens["hip-1"]}, "X-Cm-Id": {"sbx"}}, []byte(body()))
	n.accepted(answer)
	n.next(n.cm)
	if answer.Header.Get("CORRELATION-ID") == "" {
		t.Error("no CORRELATION-ID was minted")
	}
	n.refused(n.send(n.hip, n.cm.Registration, "init", gwQueryBody(n.hip2)), 400, "/query/requester")
	n.refused(n.send(n.hip, n.cm.Registration, "confirm", gwHead(`"transactionId":"t","credential":{}`)), 400, "credential")
	n.refused(n.send(n.hip, n.cm.Registration, "confirm",
		gwHead(`"transactionId":"t","credential":{"authCode":"1","demographic":{"name":"a","gender":"F","dateOfBirth":"1972-02-29"}}`)), 400, "exactly one")
}
