package player

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

func sandboxContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), gwPatience)
	t.Cleanup(cancel)
	return ctx
}

// Every patient of the sandbox can be authenticated in each of their modes, for each purpose that the bridge may ask for.
func TestSandboxGrantsEveryPatientInEveryMode(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	for _, p := range SandboxPatients("sbx") {
		modes := p.Modes
		if modes == nil {
			modes = contract.Modes
		}
		for _, mode := range modes {
			for _, purpose := range contract.Purposes {
				auth, err := s.hip.Open(ctx, p.ID, purpose, mode)
				if err != nil {
					t.Fatalf("%s, %s for %s: %v", p.ID, mode, purpose, err)
				}
				if mode == contract.Direct {
					s.must("POST", "/sessions/"+auth.TransactionID+"/approve", nil, nil)
				}
				details := &contract.Demographic{Name: p.Name, Gender: p.Gender, DateOfBirth: p.born()}
				outcome, err := s.hip.Finish(ctx, auth, p.OTP, details)
				if err != nil || outcome.Status != contract.Granted || (outcome.AccessToken != "") != (purpose != contract.KYC) ||
					(outcome.Patient != nil) != (purpose != contract.Link) {
					t.Errorf("%s, %s for %s ended %s: %v", p.ID, mode, purpose, outcome.Status, err)
				}
			}
		}
	}
	outcome, err := s.hiu.Authenticate(ctx, AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.KYC, AuthCode: "012345"})
	if err != nil || outcome.Patient == nil || outcome.Patient.Name != "Zero Sample" {
		t.Errorf("the HIU ended %s: %v", outcome.Status, err)
	}
}

func TestSandboxServesTheGatewayWithAndWithoutItsPrefix(t *testing.T) {
	s := newSandboxStand(t, nil)
	for _, prefix := range []string{"", "/gateway"} {
		for _, path := range []string{contract.PathCerts, contract.PathOpenID} {
			resp, err := http.Get(s.base + prefix + path)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s was answered %d", prefix+path, resp.StatusCode)
			}
		}
	}
}

func TestSandboxLinksWithAnAccessTokenOnce(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	grant := func(purpose string) Outcome {
		t.Helper()
		outcome, err := s.hip.Authenticate(ctx, AuthenticateRequest{PatientID: "zero@sbx", Purpose: purpose, AuthCode: "012345"})
		if err != nil {
			t.Fatal(err)
		}
		return outcome
	}
	link := func(b *Bridge, token string, status int) string {
		t.Helper()
		out := b.AddContexts(token)
		answer, err := b.Send(ctx, out)
		if err != nil || answer.Status != status {
			t.Fatalf("add-contexts was answered %d (%s): %v", answer.Status, answer.Body, err)
		}
		return requestIDOf(out)
	}
	answered := func(asked string, success bool) {
		t.Helper()
		d := s.next(ctx, "on-add-contexts")
		doc, err := gwParse(d.body)
		if err != nil || doc.string("/resp/requestId") != asked || (doc.string("/acknowledgement/status") == "SUCCESS") != success || doc.has("/error") == success ||
			d.header.Get("X-HIP-ID") != "hip-1" {
			t.Errorf("on-add-contexts was %s: %v; linked is to be %v", d.body, err, success)
		}
	}
	token := grant(contract.Link).AccessToken
	answered(link(s.hip, token, http.StatusAccepted), true)
	answered(link(s.hip, token, http.StatusAccepted), false) // validity.limit is 1
	answered(link(s.hip, "no-such-token", http.StatusAccepted), false)

	late := grant(contract.KYCAndLink)
	s.must("POST", "/sessions/"+late.TransactionID+"/expire", nil, nil)
	answered(link(s.hip, late.AccessToken, http.StatusAccepted), false)

	s.orders(Behaviour{Do: doError, At: onAddContexts, Code: 1499})
	fresh := grant(contract.Link).AccessToken
	answered(link(s.hip, fresh, http.StatusAccepted), false)
	answered(link(s.hip, fresh, http.StatusAccepted), true) // the refusal did not spend it

	link(s.hiu, token, http.StatusUnauthorized)
	wrong := s.hip.AddContexts("")
	if answer, err := s.hip.Send(ctx, wrong); err != nil || answer.Status != http.StatusBadRequest || !strings.Contains(string(answer.Body), "/link/accessToken") {
		t.Errorf("add-contexts without an access token was answered %d %s: %v", answer.Status, answer.Body, err)
	}
}

// What the consent manager grants to one HIP is nothing that another can link with.
func TestSandboxLinksForTheHIPThatWasGranted(t *testing.T) {
	s := newSandboxStand(t, nil)
	ctx := sandboxContext(t)
	outcome, err := s.hip.Authenticate(ctx, AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.Link, AuthCode: "012345"})
	if err != nil {
		t.Fatal(err)
	}
	if to, failure := s.sandbox.cm.Link(outcome.AccessToken, []contract.Requester{{Type: "HIP", ID: "hip-2"}}); failure == nil || to.ID != "" {
		t.Errorf("another HIP could link, as %q", to.ID)
	}
}

func TestSandboxDeniesAndExpires(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	auth, err := s.hip.Open(ctx, "only-direct@sbx", contract.KYC, "")
	if err != nil {
		t.Fatal(err)
	}
	at := "/sessions/" + auth.TransactionID
	var session Session
	s.must("GET", at, nil, &session)
	if session.State != AwaitsDecision || session.Mode != contract.Direct || session.OTP != "" {
		t.Errorf("the session is %+v", session)
	}
	s.must("POST", at+"/deny", nil, &session)
	if outcome, err := s.hip.Finish(ctx, auth, "", nil); err != nil || outcome.Status != contract.Denied || session.State != "denied" {
		t.Errorf("denied ended %s, %s: %v", outcome.Status, session.State, err)
	}
	for _, again := range []string{"/approve", "/deny", "/expire"} {
		if status, why := s.ask("POST", at+again, nil, nil); status != http.StatusConflict || why == "" {
			t.Errorf("%s after deny was answered %d %q", again, status, why)
		}
	}
	if status, _ := s.ask("POST", "/sessions/nobody/approve", nil, nil); status != http.StatusNotFound {
		t.Errorf("an unknown session was answered %d", status)
	}

	auth, err = s.hip.Open(ctx, "zero@sbx", contract.KYC, contract.MobileOTP)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := s.ask("POST", "/sessions/"+auth.TransactionID+"/approve", nil, nil); status != http.StatusConflict {
		t.Errorf("the approval of an OTP session was answered %d", status)
	}
	s.must("POST", "/sessions/"+auth.TransactionID+"/expire", nil, &session)
	if session.State != SessionExpired || session.OTP != "012345" {
		t.Errorf("the session is %+v", session)
	}
	var refusal *Refusal
	if _, err = s.hip.Finish(ctx, auth, "012345", nil); !errors.As(err, &refusal) || refusal.Code != errExpired.Code {
		t.Errorf("a confirm after the expiry ended: %v", err)
	}
}

func TestSandboxKnowsThePatientsThatItIsTold(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	s.must("POST", "/patients", SandboxPatient{ID: "new@sbx", Name: "New Sample", Gender: "F", DateOfBirth: "1980", OTP: "000111"}, nil)
	request := AuthenticateRequest{PatientID: "new@sbx", Purpose: contract.KYC, AuthCode: "000111"}
	if outcome, err := s.hip.Authenticate(ctx, request); err != nil || outcome.Patient == nil || outcome.Patient.YearOfBirth != 1980 {
		t.Errorf("a new patient ended %s: %v", outcome.Status, err)
	}
	var listed struct{ Patients []SandboxPatient }
	s.must("GET", "/patients", nil, &listed)
	if len(listed.Patients) != len(SandboxPatients("sbx"))+1 {
		t.Errorf("there are %d patients", len(listed.Patients))
	}
	s.must("DELETE", "/patients/new@sbx", nil, nil)
	var refusal *Refusal
	if _, err := s.hip.Authenticate(ctx, request); !errors.As(err, &refusal) || refusal.Code != errPatient.Code {
		t.Errorf("a removed patient ended: %v", err)
	}
	for _, c := range []struct {
		says string
		p    any
	}{
		{"someone@sbx", SandboxPatient{ID: "new@other", Name: "N", Gender: "F", DateOfBirth: "1980", OTP: "1"}},
		{"someone@sbx", SandboxPatient{ID: "a\nb@sbx", Name: "N", Gender: "F", DateOfBirth: "1980", OTP: "1"}},
		{"name is missing", SandboxPatient{ID: "new@sbx", Gender: "F", DateOfBirth: "1980", OTP: "1"}},
		{"gender", SandboxPatient{ID: "new@sbx", Name: "N", Gender: "female", DateOfBirth: "1980", OTP: "1"}},
		{"dateOfBirth", SandboxPatient{ID: "new@sbx", Name: "N", Gender: "F", DateOfBirth: "1980-02-30", OTP: "1"}},
		{"dateOfBirth", SandboxPatient{ID: "new@sbx", Name: "N", Gender: "F", DateOfBirth: "80", OTP: "1"}},
		{"otp is missing", SandboxPatient{ID: "new@sbx", Name: "N", Gender: "F", DateOfBirth: "1980"}},
		{"modes are", SandboxPatient{ID: "new@sbx", Name: "N", Gender: "F", DateOfBirth: "1980", Modes: []string{"PASSWORD"}}},
		{"pin", map[string]string{"id": "new@sbx", "pin": "1"}},
		{"one JSON object", "new@sbx"},
	} {
		if status, why := s.ask("POST", "/patients", c.p, nil); status != http.StatusBadRequest || !strings.Contains(why, c.says) {
			t.Errorf("%v was answered %d %q, which does not say %q", c.p, status, why, c.says)
		}
	}
	if status, why := s.ask("DELETE", "/patients/nobody@sbx", nil, nil); status != http.StatusNotFound || why == "" {
		t.Errorf("the removal of nobody was answered %d %q", status, why)
	}
}

func TestSandboxSwitchesFaultsForWhatComesNext(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	request := AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.KYC, AuthCode: "999999", Mode: contract.MobileOTP}
	granted := func() bool {
		t.Helper()
		_, err := s.hip.Authenticate(ctx, request)
		var refusal *Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		return err == nil
	}
	if granted() {
		t.Error("a wrong OTP was granted without a fault")
	}
	var on struct{ On []string }
	s.must("POST", "/faults", map[string]any{"on": []string{"inside-any-otp", "gateway/no-correlation-id"}}, &on)
	if !granted() || len(on.On) != 2 {
		t.Errorf("with %v a wrong OTP was refused", on.On)
	}
	s.must("POST", "/faults", map[string]any{"off": []string{"inside-any-otp"}}, &on)
	if granted() || len(on.On) != 1 {
		t.Errorf("with %v a wrong OTP was granted", on.On)
	}
	s.must("DELETE", "/faults", nil, &on)
	var listed struct {
		On     []string
		Faults []faultView
	}
	s.must("GET", "/faults?name=inside-any", nil, &listed)
	if len(on.On)+len(listed.On) != 0 || len(listed.Faults) != 2 || listed.Faults[0].Summary == "" {
		t.Errorf("the faults are %+v", listed)
	}
	for _, in := range []any{map[string]any{"on": []string{"no-such-fault"}}, map[string]any{}, map[string]any{"off": []string{"no-such-fault"}}} {
		if status, why := s.ask("POST", "/faults", in, nil); status != http.StatusBadRequest || why == "" {
			t.Errorf("%v was answered %d %q", in, status, why)
		}
	}
}

// A conversation that is under way when a fault is switched goes on: tokens, memory and sessions are kept.
func TestSandboxKeepsItsMemoryOverASwitch(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	auth, err := s.hip.Open(ctx, "zero@sbx", contract.KYC, contract.MobileOTP)
	if err != nil {
		t.Fatal(err)
	}
	s.orders(Behaviour{Do: doDelay, At: contract.OnConfirm, After: "200ms"})
	s.must("POST", "/faults", map[string]any{"on": []string{"ack-200"}}, nil)
	if outcome, err := s.hip.Finish(ctx, auth, "012345", nil); err != nil || outcome.Status != contract.Granted {
		t.Errorf("the conversation ended %s: %v", outcome.Status, err)
	}
}

func TestSandboxTellsWhatHappens(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	outcome, err := s.hip.Authenticate(ctx, AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.Link, AuthCode: "012345"})
	if err != nil {
		t.Fatal(err)
	}
	told := s.told(ctx, "received sessions from hip-1: 200") + s.told(ctx, "OTP 012345 for zero@sbx, LINK for hip hip-1, transaction "+outcome.TransactionID) +
		s.told(ctx, "sent on-init to hip-1: 202") + s.told(ctx, "sent on-confirm to hip-1: 202")
	if _, err := s.hip.Send(ctx, Compose(contract.Init, contract.CM, "sbx", struct{}{})); err != nil {
		t.Fatal(err)
	}
	told += s.told(ctx, "received init from hip-1: 400 /query is missing")
	if _, err := s.hip.AskModes(ctx, "nobody@sbx", contract.KYC); err == nil {
		t.Error("nobody was known")
	}
	told += s.told(ctx, "sent on-fetch-modes to hip-1: 202 (error 1414, Patient id is invalid.)")
	if strings.Contains(told, outcome.AccessToken) || strings.Contains(told, "hip-secret") {
		t.Error("a secret was told")
	}
}

func TestSandboxSpeaksTheDialectOfTheField(t *testing.T) {
	s, ctx := newSandboxStand(t, func(o *SandboxOptions) { o.Dialect = DialectField }), sandboxContext(t)
	outcome, err := s.hip.Authenticate(ctx, AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.Link, AuthCode: "012345"})
	if err != nil {
		t.Fatal(err)
	}
	out := s.hip.AddContexts(outcome.AccessToken)
	for _, want := range []int{http.StatusAccepted, http.StatusTooManyRequests} { // the second is a replay
		if answer, err := s.hip.Send(ctx, out); err != nil || answer.Status != want {
			t.Errorf("add-contexts was answered %d, not %d: %v", answer.Status, want, err)
		}
	}
	if told := s.next(ctx, onAddContexts); !strings.Contains(string(told.body), `"SUCCESS"`) {
		t.Errorf("on-add-contexts is %s", told.body)
	}
}

func TestSandboxNeedsABridge(t *testing.T) {
	if _, err := NewSandbox(SandboxOptions{}); err == nil {
		t.Error("a sandbox without a bridge was made")
	}
	if _, err := NewSandbox(SandboxOptions{Bridges: []Registration{{Role: contract.HIP, ID: "hip-1", ClientID: "c", ClientSecret: "s", URL: "nowhere"}}}); err == nil {
		t.Error("a sandbox with a bridge that cannot be reached was made")
	}
}
