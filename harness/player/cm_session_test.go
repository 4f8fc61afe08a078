package player

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func TestCMFetchModes(t *testing.T) {
	w := newWorld(t, nil)
	only := hina
	only.ID, only.Modes = "only@sbx", []string{contract.Demographics}
	w.cm.AddAccount(only)
	cases := []struct {
		name    string
		bridge  *Bridge
		query   contract.Query
		modes   []string
		refused int
	}{
		{"all modes, one-time password first", w.hip, contract.Query{ID: hina.ID, Purpose: contract.Link}, contract.Modes, 0},
		{"the account's own modes", w.hip, contract.Query{ID: only.ID, Purpose: contract.KYCAndLink}, only.Modes, 0},
		{"HIU for KYC", w.hiu, contract.Query{ID: hina.ID, Purpose: contract.KYC}, contract.Modes, 0},
		{"HIU for LINK", w.hiu, contract.Query{ID: hina.ID, Purpose: contract.Link}, nil, 1400},
		{"unknown patient", w.hip, contract.Query{ID: "nobody@sbx", Purpose: contract.Link}, nil, 1414},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := c.bridge.FetchModes(c.query)
			w.sent(c.bridge, out)
			event := w.next(contract.OnFetchModes)
			in := read[contract.OnFetchModesMessage](t, event.body)
			if in.Resp.RequestID != requestIDOf(out) {
				t.Errorf("resp.requestId is %s; the request had %s", in.Resp.RequestID, requestIDOf(out))
			}
			if got := event.header.Get(c.bridge.role.Header()); got != c.bridge.id {
				t.Errorf("%s is %q; the requester is %q", c.bridge.role.Header(), got, c.bridge.id)
			}
			if event.status != http.StatusAccepted {
				t.Errorf("the bridge answered %d; the contract says 202", event.status)
			}
			if c.refused != 0 {
				if in.Error == nil || in.Error.Code != c.refused || in.Auth != nil {
					t.Errorf("the callback has auth %v and error %v; expected error code %d alone", in.Auth, in.Error, c.refused)
				}
				return
			}
			if in.Auth == nil || in.Auth.Purpose != c.query.Purpose || strings.Join(in.Auth.Modes, " ") != strings.Join(c.modes, " ") {
				t.Errorf("auth is %+v; expected purpose %s and modes %v", in.Auth, c.query.Purpose, c.modes)
			}
		})
	}
}

func TestCMInit(t *testing.T) {
	w := newWorld(t, nil)
	direct := hina
	direct.ID, direct.Modes = "direct@sbx", []string{contract.Direct}
	w.cm.AddAccount(direct)
	cases := []struct {
		name    string
		bridge  *Bridge
		query   contract.Query
		mode    string
		refused int
	}{
		{"no mode asked: the first mediated", w.hip, contract.Query{ID: hina.ID, Purpose: contract.Link}, contract.MobileOTP, 0},
		{"no mode asked: only DIRECT there", w.hip, contract.Query{ID: direct.ID, Purpose: contract.Link}, contract.Direct, 0},
		{"AADHAAR_OTP", w.hip, contract.Query{ID: hina.ID, Purpose: contract.Link, AuthMode: contract.AadhaarOTP}, contract.AadhaarOTP, 0},
		{"DEMOGRAPHICS for a HIU", w.hiu, contract.Query{ID: hina.ID, Purpose: contract.KYC, AuthMode: contract.Demographics}, contract.Demographics, 0},
		{"DIRECT", w.hip, contract.Query{ID: hina.ID, Purpose: contract.KYC, AuthMode: contract.Direct}, contract.Direct, 0},
		{"unavailable mode", w.hip, contract.Query{ID: direct.ID, Purpose: contract.Link, AuthMode: contract.MobileOTP}, "", 1400},
		{"unknown patient", w.hip, contract.Query{ID: "nobody@sbx", Purpose: contract.Link}, "", 1414},
		{"HIU for KYC_AND_LINK", w.hiu, contract.Query{ID: hina.ID, Purpose: contract.KYCAndLink}, "", 1400},
	}
	ids := map[string]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := c.bridge.Init(c.query)
			w.sent(c.bridge, out)
			in := read[contract.OnInitMessage](t, w.next(contract.OnInit).body)
			if in.Resp.RequestID != requestIDOf(out) {
				t.Errorf("resp.requestId is %s; the request had %s", in.Resp.RequestID, requestIDOf(out))
			}
			if c.refused != 0 {
				if in.Error == nil || in.Error.Code != c.refused || in.Auth != nil {
					t.Errorf("the callback has auth %v and error %v; expected error code %d alone", in.Auth, in.Error, c.refused)
				}
				return
			}
			if in.Auth == nil || in.Auth.Mode != c.mode || ids[in.Auth.TransactionID] {
				t.Fatalf("auth is %+v; expected mode %s and a new transactionId", in.Auth, c.mode)
			}
			ids[in.Auth.TransactionID] = true
			if in.Auth.Meta.Expiry != Timestamp(w.clock.Now().Add(10*time.Minute)) {
				t.Errorf("meta.expiry is %s; expected ten minutes from now", in.Auth.Meta.Expiry)
			}
			if in.Auth.Meta.Hint == "" || strings.Contains(in.Auth.Meta.Hint, hina.Mobile[3:9]) || strings.Contains(in.Auth.Meta.Hint, hina.Name) {
				t.Errorf("meta.hint is not masked")
			}
		})
	}
}

// TestCMConfirm walks every row of the session machine that a confirm can take.
func TestCMConfirm(t *testing.T) {
	right := contract.Credential{AuthCode: hina.OTP}
	wrong := contract.Credential{AuthCode: "000000"}
	details := contract.Credential{Demographic: &hinaDetails}
	change := func(f func(*contract.Demographic)) contract.Credential {
		d := hinaDetails
		f(&d)
		return contract.Credential{Demographic: &d}
	}
	const ok = 0
	type step struct {
		credential contract.Credential
		code       int           // expected error code, 0 for a grant
		wait       time.Duration // before the step
	}
	cases := []struct {
		name  string
		mode  string
		steps []step
	}{
		{"right code", contract.MobileOTP, []step{{right, ok, 0}}},
		{"right Aadhaar code", contract.AadhaarOTP, []step{{right, ok, 0}}},
		{"wrong code, then right", contract.MobileOTP, []step{{wrong, 1405, 0}, {right, ok, 0}}},
		{"replay after a grant", contract.MobileOTP, []step{{right, ok, 0}, {right, 1441, 0}, {wrong, 1441, 0}}},
		{"attempts exceeded", contract.MobileOTP, []step{{wrong, 1405, 0}, {wrong, 1405, 0}, {wrong, 1405, 0}, {right, 1408, 0}, {wrong, 1408, 0}}},
		{"just in time", contract.MobileOTP, []step{{right, ok, 10*time.Minute - time.Millisecond}}},
		{"expired", contract.MobileOTP, []step{{right, 1406, 10 * time.Minute}, {right, 1406, 0}}},
		{"code for DEMOGRAPHICS", contract.Demographics, []step{{right, 1441, 0}}},
		{"details for MOBILE_OTP", contract.MobileOTP, []step{{details, 1441, 0}, {right, ok, 0}}},
		{"both kinds", contract.MobileOTP, []step{{contract.Credential{AuthCode: hina.OTP, Demographic: &hinaDetails}, 1441, 0}}},
		{"confirm on DIRECT", contract.Direct, []step{{right, 1441, 0}, {details, 1441, 0}}},
		{"exact details", contract.Demographics, []step{{details, ok, 0}}},
		{"other name", contract.Demographics, []step{{change(func(d *contract.Demographic) { d.Name = "हिना" }), 1441, 0}}},
		{"other gender", contract.Demographics, []step{{change(func(d *contract.Demographic) { d.Gender = "O" }), 1441, 0}}},
		{"other date of birth", contract.Demographics, []step{{change(func(d *contract.Demographic) { d.DateOfBirth = "1972-02-28" }), 1441, 0}}},
		{"other mobile", contract.Demographics, []step{{change(func(d *contract.Demographic) {
			d.Identifier = &contract.Identifier{Type: "MOBILE", Value: "+910000000000"}
		}), 1441, 0}}},
		{"right mobile", contract.Demographics, []step{{change(func(d *contract.Demographic) {
			d.Identifier = &contract.Identifier{Type: "MOBILE", Value: hina.Mobile}
		}), ok, 0}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			auth := w.opened(w.hip, contract.KYCAndLink, c.mode)
			for i, s := range c.steps {
				w.clock.Add(s.wait)
				in := w.confirmed(w.hip, auth.TransactionID, s.credential)
				switch {
				case s.code == ok && (in.Error != nil || in.Auth == nil || in.Auth.AccessToken == "" || in.Auth.Patient == nil):
					t.Errorf("step %d: error %v; expected a grant", i, in.Error)
				case s.code != ok && (in.Auth != nil || in.Error == nil || in.Error.Code != s.code):
					t.Errorf("step %d: error %v, auth there: %t; expected error code %d alone", i, in.Error, in.Auth != nil, s.code)
				}
			}
		})
	}
}

func TestCMYearOnlyAccount(t *testing.T) {
	a := hina
	a.DateOfBirth = "1972"
	d := hinaDetails
	if d.DateOfBirth = "1972-01-01"; !a.matches(d) {
		t.Error("an account that knows the year only is to match the first of January")
	}
	if a.matches(hinaDetails) {
		t.Error("another day of the year matches")
	}
	if got := a.patient().YearOfBirth; got != 1972 {
		t.Errorf("yearOfBirth is %d; expected 1972", got)
	}
}

// TestCMOwnership: whoever confirms, the grant goes to the requester of the init.
func TestCMOwnership(t *testing.T) {
	w := newWorld(t, nil)
	auth := w.opened(w.hiu, contract.KYC, contract.MobileOTP)
	w.sent(w.hip, w.hip.Confirm(auth.TransactionID, contract.Credential{AuthCode: hina.OTP}))
	event := w.next(contract.OnConfirm)
	if event.header.Get(contract.HeaderHIU) != "hiu-1" || event.header.Get(contract.HeaderHIP) != "" {
		t.Errorf("the grant is addressed to HIP %q, HIU %q; the requester of the init is HIU hiu-1",
			event.header.Get(contract.HeaderHIP), event.header.Get(contract.HeaderHIU))
	}
}

func TestCMUnknownTransaction(t *testing.T) {
	w := newWorld(t, nil)
	w.sent(w.hip, w.hip.Confirm(NewRequestID(), contract.Credential{AuthCode: hina.OTP}))
	event := w.next(contract.Confirm)
	if in := read[contract.ErrorResponse](t, event.answer); event.status != http.StatusBadRequest || in.Error.Code != 1427 {
		t.Errorf("confirm of an unknown transaction was answered %d with code %d; expected 400 with 1427", event.status, in.Error.Code)
	}
	if _, err := w.cm.Reply(contract.Confirm, event.body); err == nil {
		t.Error("Reply composes a callback for a transaction that is nobody's")
	}
}

func TestCMOldSessionsAreForgotten(t *testing.T) {
	w := newWorld(t, nil)
	old := w.cm.open(hina, contract.Query{}, contract.MobileOTP)
	w.cm.notifies["n"] = old
	w.clock.Add(time.Hour)
	for len(w.cm.sessions) < keptSessions {
		w.cm.open(hina, contract.Query{}, contract.MobileOTP)
	}
	w.cm.open(hina, contract.Query{}, contract.MobileOTP)
	if w.cm.sessions[old.id] != nil || len(w.cm.notifies) != 0 {
		t.Error("a session that expired long ago is still remembered")
	}
}
