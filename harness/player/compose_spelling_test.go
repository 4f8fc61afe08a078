package player

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/schemas"
)

// shouted is a name in other letters: "requestID" for requestId, "AUTH" for auth.
func shouted(name string) string { return strings.ToUpper(name) }

// Whatever a message needs is not there where it is spelt otherwise.
func TestAMisspeltMemberIsMissing(t *testing.T) {
	for _, e := range contract.Endpoints {
		body := fixtures.Bodies(e.Name)[0].JSON
		for _, m := range schemas.Members(e.Schema) {
			name := m.Pointer[strings.LastIndexByte(m.Pointer, '/')+1:]
			if !m.Required || strings.Contains(m.Pointer, "/0") {
				continue
			}
			value, there := fixtures.Value(body, m.Pointer)
			if !there {
				continue
			}
			wrong, err := fixtures.Edit(body, m.Pointer, nil)
			if err == nil {
				wrong, err = fixtures.Edit(wrong, strings.TrimSuffix(m.Pointer, name)+shouted(name), value)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, no := judgeBody(e, wrong); no == nil || no.status != http.StatusBadRequest {
				t.Errorf("%s is taken with %s for %s: %+v", e.Name, shouted(name), name, no)
			}
		}
	}
}

// Over the wire, at every player: 400, and the gateway forwards nothing.
func TestPlayersRefuseRequestID(t *testing.T) {
	misspell := func(out Outgoing) Outgoing {
		out.Body = bytes.Replace(out.Body, []byte(`"requestId"`), []byte(`"requestID"`), 1)
		return out
	}
	w := newWorld(t, nil)
	transaction := w.opened(w.hip, contract.Link, contract.MobileOTP).TransactionID
	notify := Compose(contract.Notify, contract.HIP, "hip-1", contract.NotifyMessage{RequestID: NewRequestID(), Timestamp: Timestamp(w.clock.Now()),
		Auth: &contract.NotifyAuth{TransactionID: transaction, Status: contract.Granted}})
	for url, out := range map[string]Outgoing{w.cmURL: w.hip.Init(contract.Query{ID: hina.ID, Purpose: contract.Link}), w.hipURL: notify} {
		for wrong, want := range map[bool]int{true: http.StatusBadRequest, false: http.StatusAccepted} {
			message := out
			if wrong {
				message = misspell(out)
			}
			path := contract.MustEndpoint(out.Endpoint).Path
			header := map[string]string{contract.HeaderHIP: out.Header.Get(contract.HeaderHIP)}
			if got, _ := post(t, url+path, header, string(message.Body)); got != want {
				t.Errorf("%s, misspelt %t, is answered %d, want %d", out.Endpoint, wrong, got, want)
			}
		}
	}

	n := gwNetwork(t, nil)
	body := strings.Replace(gwQueryBody(n.hip), `"requestId"`, `"requestID"`, 1)
	if a := n.send(n.hip, n.cm.Registration, contract.Init, body); a.Status != http.StatusBadRequest {
		t.Errorf("the gateway answers %d", a.Status)
	}
}

// A member that only looks like one of the contract says nothing.
func TestAMisspeltMemberIsIgnored(t *testing.T) {
	id := NewRequestID()
	clean, no := judgeBody(contract.MustEndpoint(contract.OnInit), []byte(`{"requestId":"`+id+`","REQUESTID":"planted","timestamp":"2026-01-02T03:04:05.006Z",`+
		`"error":{"code":1414,"message":"no","Code":7},"Auth":{"transactionId":"planted","mode":"DIRECT"},"list":[{"Mode":"planted","mode":"kept"}],`+
		`"resp":{"requestId":"`+id+`","reque\u017ftId":"planted"}}`)) // U+017F is an s to whoever folds letters
	if no != nil {
		t.Fatal(no.message)
	}
	in := read[contract.OnInitMessage](t, clean)
	if in.RequestID != id || in.Auth != nil || in.Error == nil || in.Error.Code != 1414 || in.Resp.RequestID != id {
		t.Errorf("read %+v of %s", in, clean)
	}
	if bytes.Contains(clean, []byte("planted")) || !bytes.Contains(clean, []byte(`[{"mode":"kept"}]`)) {
		t.Errorf("what is left is %s", clean)
	}
}
