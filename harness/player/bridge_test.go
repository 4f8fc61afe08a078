package player

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func TestBridgeRefuses(t *testing.T) {
	w := newWorld(t, func(_ *CMOptions, b *BridgeOptions) {
		b.Authorize = func(r *http.Request) error {
			if r.Header.Get("Authorization") == "" {
				return errors.New("no")
			}
			return nil
		}
	})
	const (
		start = `{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbacd","timestamp":"2026-01-31T09:05:06.007Z",`
		resp  = `"resp":{"requestId":"5F7A535D-A3FD-416B-B069-C97D021FBACE"}}`
		auth  = `"auth":{"transactionId":"t-1","mode":"MOBILE_OTP"}`
		fail  = `"error":{"code":1414,"message":"m"}`
	)
	mine := map[string]string{"X-HIP-ID": "hip-1", "Authorization": "Bearer x"}
	field := `{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbacd","timestamp":"2022-04-29T16:16:45.187023",`
	cases := []struct {
		name, endpoint string
		header         map[string]string
		body           string
		status         int
	}{
		{"on-init with auth", contract.OnInit, mine, start + auth + "," + resp, 202},
		{"on-init with error", contract.OnInit, mine, start + fail + "," + resp, 202},
		{"on-init in the shape of the field", contract.OnInit, mine,
			field + `"auth":{"transactionId":"t-2","mode":"MOBILE_OTP","meta":{"hint":null,"expiry":"2022-04-29T18:16:45.187023"}},"error":null,` + resp, 202},
		{"on-init with neither", contract.OnInit, mine, start + resp, 400},
		{"on-init with both null", contract.OnInit, mine, start + `"auth":null,"error":null,` + resp, 400},
		{"on-init with both", contract.OnInit, mine, start + auth + "," + fail + "," + resp, 400},
		{"on-init without mode", contract.OnInit, mine, start + `"auth":{"transactionId":"t-1"},` + resp, 400},
		{"on-init without resp", contract.OnInit, mine, start + auth + "}", 400},
		{"unparsable timestamp", contract.OnInit, mine, strings.Replace(start, "2026-01-31T09:05:06.007Z", "yesterday", 1) + auth + "," + resp, 400},
		{"on-init of the gateway's, without timestamp", contract.OnInit, mine, strings.Replace(start, "timestamp", "time", 1) + fail + "," + resp, 400},
		{"on-fetch-modes", contract.OnFetchModes, mine, start + `"auth":{"purpose":"LINK","modes":[]},` + resp, 202},
		{"on-fetch-modes with an unknown mode", contract.OnFetchModes, mine, start + `"auth":{"purpose":"LINK","modes":["PASSWORD"]},` + resp, 400},
		{"on-confirm with an empty auth", contract.OnConfirm, mine, start + `"auth":{},` + resp, 202},
		{"on-confirm in the shape of the field", contract.OnConfirm, mine, field +
			`"auth":{"accessToken":"t","validity":null,"patient":{"id":"p@sbx","name":"P","gender":"F","yearOfBirth":1972,"monthOfBirth":2,` +
			`"dayOfBirth":29,"address":{"line":null,"state":"S"},"identifiers":[{"type":"HEALTH_NUMBER","value":"1"}]}},"error":null,` + resp, 202},
		{"notify", contract.Notify, mine, start + `"auth":{"transactionId":"t-1","status":"DENIED"}}`, 202},
		{"notify with a transactionId at the top", contract.Notify, mine, start + `"transactionId":"t-1","auth":{"transactionId":"t-1","status":"DENIED"}}`, 202},
		{"notify without auth", contract.Notify, mine, start + `"transactionId":"t-1"}`, 400},
		{"notify without a transaction", contract.Notify, mine, start + `"auth":{"status":"DENIED"}}`, 400},
		{"notify with another status", contract.Notify, mine, start + `"auth":{"transactionId":"t-1","status":"granted"}}`, 400},
		{"no token", contract.OnInit, map[string]string{"X-HIP-ID": "hip-1"}, start + auth + "," + resp, 401},
		{"to nobody", contract.OnInit, map[string]string{"Authorization": "Bearer x"}, start + auth + "," + resp, 400},
		{"to another HIP", contract.OnInit, map[string]string{"Authorization": "Bearer x", "X-HIP-ID": "hip-2"}, start + auth + "," + resp, 400},
		{"to a HIP and a HIU", contract.OnInit, map[string]string{"Authorization": "Bearer x", "X-HIP-ID": "hip-1", "X-HIU-ID": "hip-1"}, start + auth + "," + resp, 400},
		{"to the same id as HIU", contract.OnInit, map[string]string{"Authorization": "Bearer x", "X-HIU-ID": "hip-1"}, start + auth + "," + resp, 400},
		{"not served by a bridge", contract.Init, mine, start + resp, 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, answer := post(t, w.hipURL+contract.MustEndpoint(c.endpoint).Path, c.header, c.body)
			if status != c.status {
				t.Fatalf("answered %d %s; expected %d", status, answer, c.status)
			}
			if status == 202 {
				if len(answer) != 0 {
					t.Error("the 202 has a body")
				}
				return
			}
			if in := read[contract.ErrorResponse](t, answer); in.Error.Code < 3000 || in.Error.Code > 3999 || in.Error.Message == "" {
				t.Errorf("the error is %+v; expected a code of the HIP's family and a message", in.Error)
			}
		})
	}
}

// notify composes a notify as a CM would, without the CM's knowing it.
func (w *world) notify(transactionID, status string) Outgoing {
	id, now := w.cm.stamp()
	return w.cm.to(contract.Notify, contract.Requester{Type: "HIP", ID: "hip-1"}, contract.NotifyMessage{
		RequestID: id, Timestamp: now, Auth: &contract.NotifyAuth{TransactionID: transactionID, Status: status}})
}

// TestBridgeAnswersNotify: every accepted notify has its on-notify, and the first terminal status wins.
func TestBridgeAnswersNotify(t *testing.T) {
	w := newWorld(t, nil)
	transactions := map[string]string{"nobody's": "nobody's"}
	for _, name := range []string{"granted", "denied", "late"} {
		transactions[name] = w.opened(w.hip, contract.Link, contract.Direct).TransactionID
	}
	transactions["mediated"] = w.opened(w.hip, contract.Link, contract.MobileOTP).TransactionID
	steps := []struct {
		transaction, status string
		wait                time.Duration
		code                int // of the error, 0 for an acknowledgement
	}{
		{"granted", contract.Granted, 0, 0},
		{"granted", contract.Granted, 0, 0}, // a duplicate
		{"granted", contract.Denied, 0, 3409},
		{"denied", contract.Denied, 0, 0},
		{"denied", contract.Granted, 0, 3409},
		{"mediated", contract.Granted, 0, 3409},
		{"nobody's", contract.Granted, 0, 3404},
		{"late", contract.Granted, 11 * time.Minute, 3410},
	}
	for _, s := range steps {
		w.clock.Add(s.wait)
		out := w.notify(transactions[s.transaction], s.status)
		w.sent(w.cm, out)
		event := w.next(contract.OnNotify)
		in := read[contract.OnNotifyMessage](t, event.body)
		if in.Resp.RequestID != requestIDOf(out) || in.RequestID == requestIDOf(out) || event.status != http.StatusAccepted {
			t.Errorf("%s %s: resp.requestId is %s for notify %s, and the CM answered %d", s.transaction, s.status, in.Resp.RequestID, requestIDOf(out), event.status)
		}
		if event.header.Get(contract.HeaderCM) != "sbx" || event.header.Get("Authorization") != "Bearer bridge-token" {
			t.Error("on-notify is not sent to the CM with the bridge's own token")
		}
		switch {
		case s.code == 0 && (in.Acknowledgement == nil || in.Acknowledgement.Status != "OK" || in.Error != nil):
			t.Errorf("%s %s: error %v; expected an acknowledgement", s.transaction, s.status, in.Error)
		case s.code != 0 && (in.Acknowledgement != nil || in.Error == nil || in.Error.Code != s.code):
			t.Errorf("%s %s: error %v; expected code %d", s.transaction, s.status, in.Error, s.code)
		}
	}
}

func TestBridgeHoldsNotify(t *testing.T) {
	w := newWorld(t, nil)
	held := w.opened(w.hip, contract.Link, contract.Direct).TransactionID
	other := w.opened(w.hip, contract.Link, contract.Direct).TransactionID
	w.hip.Hold(held)
	out := w.notify(held, contract.Granted)
	w.sent(w.cm, out)
	if event := w.next(contract.Notify); event.status != http.StatusAccepted {
		t.Fatalf("a held notify was answered %d; expected 202", event.status)
	}
	free := w.notify(other, contract.Granted)
	w.sent(w.cm, free)
	if in := read[contract.OnNotifyMessage](t, w.next(contract.OnNotify).body); in.Resp.RequestID != requestIDOf(free) {
		t.Fatal("the held notify was answered")
	}
	answer := w.hip.OnNotify(out.Body)
	if in := read[contract.OnNotifyMessage](t, answer.Body); in.Acknowledgement == nil || in.Resp.RequestID != requestIDOf(out) {
		t.Errorf("the composed on-notify has error %v and resp.requestId %s", in.Error, in.Resp.RequestID)
	}
	w.sent(w.hip, answer)
}

// TestBridgeNotifyOvertakesOnInit: while an init is pending, a notify for an unknown transaction waits for its on-init.
func TestBridgeNotifyOvertakesOnInit(t *testing.T) {
	w := newWorld(t, nil)
	w.hip.ask(NewRequestID(), contract.OnInit)
	onInit := func(transactionID string) Outgoing {
		id, now := w.cm.stamp()
		return w.cm.to(contract.OnInit, contract.Requester{Type: "HIP", ID: "hip-1"}, contract.OnInitMessage{RequestID: id, Timestamp: now,
			Auth: &contract.InitAuth{TransactionID: transactionID, Mode: contract.Direct}, Resp: contract.Reference{RequestID: NewRequestID()}})
	}
	for i, order := range [][]Outgoing{ // each with its own patience, so that a slow machine changes nothing
		{w.notify("t-1", contract.Granted), onInit("t-other"), onInit("t-1")},
		{w.notify("t-2", contract.Granted)}, // its on-init never comes
	} {
		w.hip.early = []time.Duration{patience, time.Millisecond}[i]
		for _, out := range order {
			w.sent(w.cm, out)
		}
		in := read[contract.OnNotifyMessage](t, w.next(contract.OnNotify).body)
		if known := i == 0; known != (in.Acknowledgement != nil) {
			t.Errorf("case %d: on-notify has acknowledgement %v and error %v", i, in.Acknowledgement, in.Error)
		}
	}
}

func TestBridgeScriptedAnswers(t *testing.T) {
	script := make(chan *ScriptedAnswer, 1)
	w := newWorld(t, func(_ *CMOptions, b *BridgeOptions) {
		b.Answer = func(endpoint string, _ *http.Request, _ []byte) *ScriptedAnswer {
			if endpoint != contract.OnInit {
				return nil
			}
			return <-script
		}
	})
	for _, c := range []struct {
		answer *ScriptedAnswer
		status int
		taken  bool
	}{
		{nil, 202, true},
		{&ScriptedAnswer{Delay: time.Millisecond}, 202, true},
		{&ScriptedAnswer{Status: 500}, 500, false},
		{&ScriptedAnswer{Status: 202}, 202, false},
		{&ScriptedAnswer{Drop: true}, 0, false},
	} {
		script <- c.answer
		w.sent(w.hip, w.hip.Init(contract.Query{ID: hina.ID, Purpose: contract.Link}))
		event := w.next(contract.OnInit)
		known := w.hip.transaction(read[contract.OnInitMessage](t, event.body).Auth.TransactionID) != nil
		if event.status != c.status || known != c.taken {
			t.Errorf("script %+v: answered %d and taken in: %t; expected %d and %t", c.answer, event.status, known, c.status, c.taken)
		}
	}
}

func TestBridgeOldTransactionsAreForgotten(t *testing.T) {
	w := newWorld(t, nil)
	add := func(id string) {
		w.hip.open(&contract.InitAuth{TransactionID: id, Mode: contract.Direct,
			Meta: &contract.AuthMeta{Expiry: Timestamp(w.clock.Now().Add(time.Minute))}})
	}
	add("old")
	w.clock.Add(time.Hour)
	for len(w.hip.known) < keptTransactions {
		add(NewRequestID())
	}
	add("new")
	if w.hip.transaction("old") != nil || w.hip.transaction("new") == nil {
		t.Error("a transaction that expired long ago is still remembered, or a new one is not")
	}
}

func TestSendComposesTheRequest(t *testing.T) {
	w := newWorld(t, nil)
	ctx := waitContext(t)
	query := w.hip.FetchModes(contract.Query{ID: hina.ID, Purpose: contract.Link, Requester: contract.Requester{Type: "HIU", ID: "hiu-1"}})
	if in := read[contract.QueryMessage](t, query.Body); in.Query.Requester.ID != "hiu-1" {
		t.Error("a requester that is set was replaced")
	}
	none, other := "", "bearer other"
	for want, authorization := range map[string]*string{"Bearer bridge-token": nil, "bearer other": &other} {
		out := w.hip.FetchModes(contract.Query{ID: hina.ID, Purpose: contract.Link})
		out.Authorization = authorization
		w.sent(w.hip, out)
		event := w.next(contract.FetchModes)
		if event.header.Get("Authorization") != want || event.header.Get("Content-Type") != "application/json" {
			t.Errorf("the request had Content-Type %q and the wrong Authorization", event.header.Get("Content-Type"))
		}
	}
	query.Authorization = &none
	for out, status := range map[*Outgoing]int{
		&query: 400,
		{Endpoint: "/v0.5/elsewhere", Method: http.MethodGet}: 400,
	} {
		if answer, err := w.hip.Send(ctx, *out); err != nil || answer.Status != status {
			t.Errorf("%s was answered %d, %v; expected %d", out.Endpoint, answer.Status, err, status)
		}
	}
	if _, err := w.hip.Send(ctx, Outgoing{Endpoint: "on-nothing"}); err == nil || !strings.Contains(err.Error(), `"on-nothing"`) {
		t.Errorf("an unknown endpoint gave %v", err)
	}
	nobody := NewBridge(BridgeOptions{Role: contract.HIP, ID: "hip-1", CMID: "sbx", Gateway: "http://127.0.0.1:1"})
	if _, err := nobody.Send(ctx, query); err == nil || !strings.Contains(err.Error(), "no answer from the gateway") {
		t.Errorf("a gateway that is not there gave %v", err)
	}
	if _, err := nobody.Send(ctx, nobody.Init(contract.Query{})); err == nil || !strings.Contains(err.Error(), "access token") {
		t.Errorf("a bridge without tokens gave %v", err)
	}
}
