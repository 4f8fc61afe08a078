package player

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func TestTimestamp(t *testing.T) {
	india := time.FixedZone("IST", 5*3600+1800)
	for want, at := range map[string]time.Time{
		"2026-01-31T03:35:06.007Z": time.Date(2026, 1, 31, 9, 5, 6, 7_999_999, india),
		"2026-01-31T09:05:06.000Z": time.Date(2026, 1, 31, 9, 5, 6, 0, time.UTC),
	} {
		if got := Timestamp(at); got != want {
			t.Errorf("%s is written %s; expected %s", at, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2022, 4, 29, 16, 16, 45, 187_023_000, time.UTC)
	for _, text := range []string{"2022-04-29T16:16:45.187023", "2022-04-29T16:16:45.187023Z", "2022-04-29T21:46:45.187023+05:30"} {
		if got, err := parseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("%s is read as %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "yesterday", "2022-04-29", "1651248000"} {
		if _, err := parseTime(text); err == nil {
			t.Errorf("%q is read as a time", text)
		}
	}
}

func TestCompose(t *testing.T) {
	out := Compose(contract.OnInit, contract.HIU, "hiu-1", contract.OnInitMessage{RequestID: "r", Timestamp: "t",
		Error: &contract.Error{Code: 1, Message: "a < b & हिना"}, Resp: contract.Reference{RequestID: "q"}})
	const want = `{"requestId":"r","timestamp":"t","error":{"code":1,"message":"a < b & हिना"},"resp":{"requestId":"q"}}`
	if string(out.Body) != want || out.Endpoint != contract.OnInit || out.Header.Get("X-HIU-ID") != "hiu-1" || len(out.Header) != 1 {
		t.Errorf("composed %s with header %v; expected %s", out.Body, out.Header, want)
	}
}

func TestRoleOf(t *testing.T) {
	for kind, want := range map[string]contract.Role{"HIP": contract.HIP, "HIU": contract.HIU, "": "", "hip": ""} {
		if got := roleOf(contract.Requester{Type: kind}); got != want {
			t.Errorf("requester type %q is role %q; expected %q", kind, got, want)
		}
	}
}

// FuzzReceive judges foreign bodies at every endpoint, and takes in what is accepted.
func FuzzReceive(f *testing.F) {
	ids := `{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbacd","timestamp":"2026-01-31T09:05:06.007Z",`
	resp := `"resp":{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbace"}}`
	for _, seed := range []string{
		"", "{}", "[]", "null", `{"a":1,"a":2}`, strings.Repeat(`{"a":`, 200), `{"error":{"code":1e400}}`,
		ids + `"query":{"id":"hinapatel@sbx","purpose":"KYC","requester":{"type":"HIU","id":"h"}}}`,
		ids + `"transactionId":"t","credential":{"authCode":"","demographic":{"name":"n","gender":"F","dateOfBirth":"1972-02-29"}}}`,
		ids + `"auth":{"transactionId":"t","mode":"DIRECT","meta":{"expiry":"x","hint":null}},"error":null,` + resp,
		ids + `"auth":{"transactionId":"t","status":"GRANTED","validity":{"limit":1.0}}}`,
		ids + `"auth":{"patient":{"id":"p","name":"n","gender":"F","yearOfBirth":1972.0,"identifiers":[{"type":"HEALTH_NUMBER"}]}},` + resp,
		ids + `"acknowledgement":{"status":"OK"},` + resp,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		cm := NewCM(CMOptions{ID: "sbx"})
		cm.AddAccount(hina)
		bridge := NewBridge(BridgeOptions{Role: contract.HIP, ID: "hip-1", CMID: "sbx"})
		for _, e := range contract.Endpoints {
			clean, no := judgeBody(e, body)
			if no != nil {
				if no.status != 400 || no.message == "" {
					t.Errorf("%s was refused with %d %q; expected 400 and a sentence", e.Name, no.status, no.message)
				}
				bridge.suspect(e, body)
				continue
			}
			if !json.Valid(clean) {
				t.Errorf("%s: the clean body is not JSON", e.Name)
			}
			switch {
			case e.Callback != "" && e.DeliveredTo(contract.CM):
				if out, err := cm.Reply(e.Name, body); err == nil && !json.Valid(out.Body) {
					t.Errorf("%s: the callback is not JSON", e.Name)
				}
			case e.Name == contract.OnNotify:
				cm.acknowledged(clean)
			case e.Name == contract.Notify:
				bridge.OnNotify(body)
			default:
				bridge.take(received{endpoint: e, body: body, clean: clean})()
			}
		}
	})
}

// FuzzLoginToken reads the expiry of foreign tokens.
func FuzzLoginToken(f *testing.F) {
	for _, seed := range []string{"", "a.b.c", unsignedToken(1), unsignedToken(1 << 40), "..", "e30.e30.e30"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if at, ok := jwtExpiry(token); ok && at.Unix() < 0 {
			t.Errorf("the expiry is %s", at)
		}
	})
}
