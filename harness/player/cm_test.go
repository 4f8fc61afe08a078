package player

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"abdm.example/conformance/contract"
)

func TestCMGrantsByPurpose(t *testing.T) {
	for _, mode := range contract.Modes {
		for _, purpose := range contract.Purposes {
			t.Run(mode+" "+purpose, func(t *testing.T) {
				w := newWorld(t, nil)
				auth := w.opened(w.hip, purpose, mode)
				var grant contract.GrantAuth
				switch mode {
				case contract.Direct:
					if _, err := w.cm.Decide(waitContext(t), auth.TransactionID, contract.Granted); err != nil {
						t.Fatal(err)
					}
					n := read[contract.NotifyMessage](t, w.next(contract.Notify).body).Auth
					grant = contract.GrantAuth{AccessToken: n.AccessToken, Validity: n.Validity, Patient: n.Patient}
				default:
					credential, _ := credentialFor(mode, hina.OTP, &hinaDetails)
					grant = *w.confirmed(w.hip, auth.TransactionID, credential).Auth
				}
				judgeGrant(t, w, purpose, grant)
			})
		}
	}
}

func judgeGrant(t *testing.T, w *world, purpose string, grant contract.GrantAuth) {
	t.Helper()
	hasToken, hasPatient := grant.AccessToken != "", grant.Patient != nil
	if hasToken != (purpose != contract.KYC) || hasPatient != (purpose != contract.Link) || (grant.Validity != nil) != hasToken {
		t.Errorf("purpose %s: access token there: %t, patient there: %t, validity there: %t", purpose, hasToken, hasPatient, grant.Validity != nil)
	}
	if hasPatient {
		p := grant.Patient
		if p.ID != hina.ID || p.Name != hina.Name || p.Gender != "F" || p.YearOfBirth != 1972 || *p.Address != *hina.Address || p.Identifiers[0].Value != hina.Mobile {
			t.Error("the patient is not the account's")
		}
	}
	if !hasToken {
		return
	}
	v := grant.Validity
	if v.Purpose != purpose || v.Requester != (contract.Requester{Type: "HIP", ID: "hip-1"}) || v.Limit < 1 ||
		v.Expiry != Timestamp(w.clock.Now().Add(24*time.Hour)) {
		t.Errorf("validity is %+v", v)
	}
	token, err := jwt.ParseSigned(grant.AccessToken, []jose.SignatureAlgorithm{jose.HS512})
	if err != nil {
		t.Fatalf("the access token is not a JWT with HS512: %v", err)
	}
	var claims grantClaims
	if err := token.Claims(w.cm.key, &claims); err != nil {
		t.Fatal(err)
	}
	now := w.clock.Now().Unix()
	if claims.PatientID != hina.ID || claims.RequesterType != "HIP" || claims.RequesterID != "hip-1" ||
		claims.IssuedAt != now || claims.Expiry != now+86400 || claims.SessionID == "" || claims.Subject == "" {
		t.Error("the claims of the access token do not have the shape of the field")
	}
}

func TestCMRefuses(t *testing.T) {
	w := newWorld(t, func(cm *CMOptions, _ *BridgeOptions) {
		cm.Authorize = func(r *http.Request) error {
			if r.Header.Get("Authorization") != "Bearer good" {
				return errors.New("no")
			}
			return nil
		}
	})
	good := map[string]string{"Authorization": "Bearer good"}
	query := string(w.hip.Init(contract.Query{ID: hina.ID, Purpose: contract.Link}).Body)
	confirm := string(w.hip.Confirm("t", contract.Credential{AuthCode: "1"}).Body)
	ack := string(w.hip.acknowledge(NewRequestID(), nil).Body)
	cases := []struct {
		name, endpoint string
		header         map[string]string
		body           string
		status         int
	}{
		{"right", contract.Init, good, query, 202},
		{"addressed to it", contract.Init, map[string]string{"Authorization": "Bearer good", "X-CM-ID": "sbx"}, query, 202},
		{"with a charset", contract.Init, map[string]string{"Authorization": "Bearer good", "Content-Type": "application/json; charset=UTF-8"}, query, 202},
		{"null for an optional member", contract.Init, good, strings.Replace(query, `"purpose"`, `"authMode":null,"purpose"`, 1), 202},
		{"unknown members", contract.Init, good, strings.Replace(query, `"query":{`, `"x":1,"query":{"y":[],`, 1), 202},
		{"no token", contract.Init, nil, query, 401},
		{"another CM's", contract.Init, map[string]string{"Authorization": "Bearer good", "X-CM-ID": "other"}, query, 400},
		{"XML", contract.Init, map[string]string{"Authorization": "Bearer good", "Content-Type": "application/xml"}, "<a/>", 415},
		{"empty", contract.Init, good, "", 400},
		{"cut off", contract.Init, good, query[:40], 400},
		{"an array", contract.Init, good, "[]", 400},
		{"a member twice", contract.Init, good, strings.Replace(query, `{"requestId"`, `{"timestamp":"x","requestId"`, 1), 400},
		{"purpose out of the enum", contract.FetchModes, good, strings.Replace(query, `"LINK"`, `"CARE"`, 1), 400},
		{"no timestamp", contract.FetchModes, good, strings.Replace(query, `"timestamp"`, `"time"`, 1), 400},
		{"null for a required member", contract.Init, good, strings.Replace(query, `"LINK"`, `null`, 1), 400},
		{"no credential in it", contract.Confirm, good, strings.Replace(confirm, `{"authCode":"1"}`, `{}`, 1), 400},
		{"nothing but an empty code", contract.Confirm, good, strings.Replace(confirm, `"authCode":"1"`, `"authCode":""`, 1), 400},
		{"neither acknowledgement nor error", contract.OnNotify, good, strings.Replace(ack, `"acknowledgement"`, `"ack"`, 1), 400},
		{"both", contract.OnNotify, good, strings.Replace(ack, `"resp"`, `"error":{"code":1,"message":"m"},"resp"`, 1), 400},
		{"acknowledges nothing of ours", contract.OnNotify, good, ack, 202},
		{"error variant", contract.OnNotify, good, string(w.hip.acknowledge(NewRequestID(), &contract.Error{Code: 3000, Message: "m"}).Body), 202},
		{"too long", contract.Init, good, query + strings.Repeat(" ", maxMessage), 413},
		{"not served by a CM", contract.OnInit, good, query, 404},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, answer := post(t, w.cmURL+contract.MustEndpoint(c.endpoint).Path, c.header, c.body)
			if status != c.status {
				t.Fatalf("answered %d; expected %d", status, c.status)
			}
			if status == 202 {
				if len(answer) != 0 {
					t.Error("the 202 has a body")
				}
				return
			}
			in := read[contract.ErrorResponse](t, answer)
			if in.Error.Code < 1000 || in.Error.Code > 1999 || in.Error.Message == "" {
				t.Errorf("the error is %+v; expected a code of the CM's family and a message", in.Error)
			}
			if strings.Contains(string(answer), hina.ID) {
				t.Error("the error tells the patient's id")
			}
		})
	}
	resp, err := http.Get(w.cmURL + contract.MustEndpoint(contract.Init).Path)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != http.MethodPost {
		t.Errorf("GET was answered %d; expected 405 that allows POST", resp.StatusCode)
	}
}

func TestCMHoldAndReply(t *testing.T) {
	heldUp := make(chan []byte, 10)
	w := newWorld(t, func(cm *CMOptions, _ *BridgeOptions) {
		cm.Hold = func(_ string, _ *http.Request, body []byte) bool {
			heldUp <- body
			return true
		}
	})
	init := w.hip.Init(contract.Query{ID: hina.ID, Purpose: contract.Link})
	w.sent(w.hip, init)
	if event := w.next(contract.Init); event.status != http.StatusAccepted {
		t.Fatalf("a held init was answered %d; expected 202", event.status)
	}
	if len(w.cm.sessions) != 0 {
		t.Error("a held init opened a session")
	}
	out, err := w.cm.Reply(contract.Init, <-heldUp)
	if err != nil {
		t.Fatal(err)
	}
	auth := read[contract.OnInitMessage](t, out.Body).Auth
	w.sent(w.cm, out)
	w.next(contract.OnInit)

	w.sent(w.hip, w.hip.Confirm(auth.TransactionID, contract.Credential{AuthCode: hina.OTP}))
	first, err := w.cm.Reply(contract.Confirm, <-heldUp)
	if err != nil || read[contract.OnConfirmMessage](t, first.Body).Auth == nil {
		t.Fatalf("the held confirm is not granted: %v", err)
	}
	again, err := w.cm.Reply(contract.Confirm, w.hip.Confirm(auth.TransactionID, contract.Credential{AuthCode: hina.OTP}).Body)
	if err != nil || read[contract.OnConfirmMessage](t, again.Body).Auth != nil {
		t.Errorf("Reply granted twice, or failed: %v", err)
	}
	for endpoint, body := range map[string]string{contract.OnNotify: "{}", "nothing": "{}", contract.Init: "{}", contract.Confirm: "["} {
		if _, err := w.cm.Reply(endpoint, []byte(body)); err == nil {
			t.Errorf("Reply composes a callback for %s with body %s", endpoint, body)
		}
	}
}

func TestCMDecisions(t *testing.T) {
	w := newWorld(t, nil)
	ctx := waitContext(t)
	direct := w.opened(w.hip, contract.Link, contract.Direct).TransactionID
	mediated := w.opened(w.hip, contract.Link, contract.MobileOTP).TransactionID
	for transaction, status := range map[string]string{mediated: contract.Granted, "nobody's": contract.Granted, direct: "granted"} {
		if _, err := w.cm.Decision(transaction, status); err == nil {
			t.Errorf("%s could be decided %s", transaction, status)
		}
	}
	answer, err := w.cm.Decide(ctx, direct, contract.Denied)
	if err != nil || answer.Status != http.StatusAccepted {
		t.Fatalf("notify was answered %d, %v", answer.Status, err)
	}
	notify := read[contract.NotifyMessage](t, w.next(contract.Notify).body)
	if a := notify.Auth; a.Status != contract.Denied || a.TransactionID != direct || a.AccessToken != "" || a.Patient != nil || a.Validity != nil {
		t.Error("DENIED carries more than the transaction and the status")
	}
	ack := read[contract.OnNotifyMessage](t, w.next(contract.OnNotify).body)
	if ack.Acknowledgement == nil || ack.Resp.RequestID != notify.RequestID {
		t.Errorf("on-notify has acknowledgement %v and resp.requestId %s; the notify had %s", ack.Acknowledgement, ack.Resp.RequestID, notify.RequestID)
	}
	if !w.cm.Acknowledged(direct) || w.cm.Acknowledged(mediated) {
		t.Error("the CM does not know what was acknowledged")
	}
	if _, err := w.cm.Decision(direct, contract.Granted); err == nil {
		t.Error("a transaction could be decided twice")
	}
	late := w.opened(w.hip, contract.Link, contract.Direct).TransactionID
	w.clock.Add(10 * time.Minute)
	if _, err := w.cm.Decide(ctx, late, contract.Granted); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired transaction could be decided: %v", err)
	}
}

func TestCMScriptedAnswers(t *testing.T) {
	delay := 50 * time.Millisecond
	scripts := map[string]*ScriptedAnswer{
		"status": {Status: 503, Header: http.Header{"Retry-After": {"1"}}, Body: []byte(`{"error":{"code":1,"message":"m"}}`)},
		"drop":   {Drop: true},
		"delay":  {Delay: delay},
		"long":   {Delay: time.Hour},
	}
	w := newWorld(t, func(cm *CMOptions, _ *BridgeOptions) {
		cm.Answer = func(_ string, _ *http.Request, body []byte) *ScriptedAnswer {
			var in contract.QueryMessage
			_ = json.Unmarshal(body, &in)
			return scripts[in.Query.ID]
		}
	})
	ask := func(id string) (int, []byte) {
		out := w.hip.Init(contract.Query{ID: id, Purpose: contract.Link})
		return post(t, w.cmURL+contract.MustEndpoint(contract.Init).Path, nil, string(out.Body))
	}
	if status, body := ask("status"); status != 503 || !strings.Contains(string(body), `"code":1`) {
		t.Errorf("the scripted answer was %d %s", status, body)
	}
	if status, _ := ask("drop"); status != 0 {
		t.Errorf("a dropped connection was answered %d", status)
	}
	began := time.Now()
	if status, _ := ask("delay"); status != http.StatusAccepted || time.Since(began) < delay {
		t.Errorf("the delayed answer was %d after %s; expected 202 after %s", status, time.Since(began), delay)
	}
	// Only the delayed one was taken in: its callback is the only one.
	if in := read[contract.OnInitMessage](t, w.next(contract.OnInit).body); in.Error == nil || in.Error.Code != 1414 {
		t.Errorf("the callback has error %v; expected 1414", in.Error)
	}
	ctx, cancel := context.WithTimeout(waitContext(t), delay)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.cmURL+contract.MustEndpoint(contract.Init).Path,
		strings.NewReader(`{"query":{"id":"long"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(req); err == nil {
		t.Error("an answer delayed by an hour came")
	}
}

func TestCMClose(t *testing.T) {
	release := make(chan struct{})
	arrived := make(chan struct{})
	w := newWorld(t, nil)
	w.relay.mu.Lock()
	w.relay.refuse = func(r *http.Request, _ []byte) int {
		if strings.HasSuffix(r.URL.Path, contract.OnInit) {
			close(arrived)
			<-release
		}
		return 0
	}
	w.relay.mu.Unlock()
	w.sent(w.hip, w.hip.Init(contract.Query{ID: hina.ID, Purpose: contract.Link}))
	<-arrived
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.cm.Close(ended); err == nil || !strings.Contains(err.Error(), ": 1 of them") {
		t.Errorf("Close gave %v; expected that it names one send under way", err)
	}
	close(release)
	if err := w.cm.Close(waitContext(t)); err != nil {
		t.Errorf("the second Close gave %v", err)
	}
	status, _ := post(t, w.cmURL+contract.MustEndpoint(contract.Init).Path, nil, "{}")
	if status != http.StatusInternalServerError {
		t.Errorf("a closed CM answered %d; expected 500", status)
	}
}
