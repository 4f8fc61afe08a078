package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// sandboxProcess is a sandbox in a process of its own, with a HIP of ours in this one.
type sandboxProcess struct {
	*process
	base string // with the prefix
	hip  *player.Bridge
	env  []string
	dir  string
	// linked are the bodies of the on-add-contexts that the HIP received.
	linked chan []byte
}

// terminal is one line of what the sandbox says of a bridge.
func terminal(t *testing.T, told, label string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s*` + label + `\s+(\S+)`).FindStringSubmatch(told)
	if found == nil {
		t.Fatalf("it does not say the %s:\n%s", label, told)
	}
	return found[1]
}

// startSandbox starts the sandbox as a developer does, and logs in with what it says on the terminal.
func startSandbox(t *testing.T, env []string, args ...string) *sandboxProcess {
	t.Helper()
	s := &sandboxProcess{dir: t.TempDir(), linked: make(chan []byte, 16)}
	doors := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == contract.PathOnAddContexts {
			body, _ := io.ReadAll(r.Body)
			s.linked <- body
			w.WriteHeader(http.StatusAccepted)
			return
		}
		s.hip.ServeHTTP(w, r)
	}))
	t.Cleanup(doors.Close)
	at := freePort(t)
	s.env = append(env, "SANDBOX_URL=http://"+at)
	s.process = start(t, s.dir, env, append([]string{"serve", "gateway", "--with-cm", "--address", at, "--bridge", "hip=" + doors.URL}, args...)...)
	told := s.stdout.await(t, "Stop it with Ctrl-C", s.stderr)
	fits(t, told)
	s.base = terminal(t, told, "Gateway")
	if s.base != "http://"+at+"/gateway" || terminal(t, told, "base URL") != doors.URL || !strings.Contains(told, "SANDBOX_URL=http://"+at) {
		t.Errorf("it says:\n%s", told)
	}
	s.hip = player.NewBridge(player.BridgeOptions{Role: contract.HIP, ID: "hip-1", CMID: terminal(t, told, "X-CM-ID"), Gateway: s.base,
		Tokens: &player.Login{Gateway: s.base, ClientID: terminal(t, told, "client id"), ClientSecret: terminal(t, told, "client secret")}})
	return s
}

// control runs a command of serve control to its end.
func (s *sandboxProcess) control(t *testing.T, args ...string) ended {
	t.Helper()
	return finish(t, s.dir, s.env, append([]string{"serve", "control"}, args...)...)
}

// does is control for what must be carried out.
func (s *sandboxProcess) does(t *testing.T, args ...string) string {
	t.Helper()
	e := s.control(t, args...)
	e.wants(t, 0)
	fits(t, e.stdout)
	return e.stdout
}

func patientContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// A developer starts one command, with no configuration, and takes a HIP through all that a HIP does.
func TestProcessSandboxServesADeveloper(t *testing.T) {
	t.Parallel()
	s, ctx := startSandbox(t, nil), patientContext(t)
	outcome, err := s.hip.Authenticate(ctx, player.AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.KYCAndLink, AuthCode: "012345"})
	if err != nil || outcome.Patient == nil || outcome.Patient.Name != "Zero Sample" {
		t.Fatalf("the OTP ended %s: %v", outcome.Status, err)
	}
	s.stderr.await(t, "OTP 012345 for zero@sbx")
	if answer, err := s.hip.Send(ctx, s.hip.AddContexts(outcome.AccessToken)); err != nil || answer.Status != http.StatusAccepted {
		t.Fatalf("add-contexts was answered %d: %v", answer.Status, err)
	}
	select {
	case body := <-s.linked:
		if !strings.Contains(string(body), `"status":"SUCCESS"`) {
			t.Errorf("on-add-contexts is %s", body)
		}
	case <-ctx.Done():
		t.Fatal("no on-add-contexts came")
	}

	for verb, status := range map[string]string{"approve": contract.Granted, "deny": contract.Denied} {
		auth, err := s.hip.Open(ctx, "only-direct@sbx", contract.Link, "")
		if err != nil || auth.Mode != contract.Direct {
			t.Fatalf("init ended in mode %s: %v", auth.Mode, err)
		}
		s.stderr.await(t, auth.TransactionID)
		if listed := s.does(t, "sessions"); !strings.Contains(listed, auth.TransactionID+"  awaits-decision") || !strings.Contains(listed, "OTP 012345") {
			t.Errorf("the sessions are:\n%s", listed)
		}
		if said := s.does(t, "sessions", verb, auth.TransactionID); !strings.Contains(said, strings.ToLower(status)) {
			t.Errorf("%s says %s", verb, said)
		}
		if outcome, err := s.hip.Finish(ctx, auth, "", nil); err != nil || outcome.Status != status {
			t.Errorf("%s ended %s: %v", verb, outcome.Status, err)
		}
		s.control(t, "sessions", verb, auth.TransactionID).wants(t, exitUsage, "is decided already")
	}
	listed := s.does(t, "exchanges", "--last", "50")
	for _, want := range []string{"received sessions hip-1: 200", "received add-contexts hip-1: 202", "sent notify hip-1: 202"} {
		if !strings.Contains(listed, want) {
			t.Errorf("no exchange is %q:\n%s", want, listed)
		}
	}
	var whole struct{ Exchanges []player.ExchangeView }
	shown := s.does(t, "patients") // so that the OTPs that follow are those of the sandbox
	raw := s.control(t, "exchanges", "--last", "50", "--output", "json")
	if err := json.Unmarshal([]byte(raw.stdout), &whole); err != nil || len(whole.Exchanges) == 0 {
		t.Errorf("the exchanges are no JSON: %v", err)
	}
	for _, p := range player.SandboxPatients("sbx") {
		if !strings.Contains(shown, p.ID) || p.OTP != "" && strings.Contains(raw.stdout, p.OTP) || strings.Contains(raw.stdout, p.Name) {
			t.Errorf("patient %s is not listed, or stands in an exchange", p.ID)
		}
	}
	if strings.Contains(raw.stdout+s.stderr.String(), outcome.AccessToken) || strings.Contains(raw.stdout+s.stderr.String(), "eyJ") {
		t.Error("a token is shown")
	}
	s.interrupt(t)
	e := s.wait(t)
	e.wants(t, 0)
	fits(t, e.stderr)
}

func TestProcessSandboxDoesWhatItIsTold(t *testing.T) {
	t.Parallel()
	s, ctx := startSandbox(t, nil, "--fault", "no-correlation-id"), patientContext(t)
	init := func() int {
		t.Helper()
		answer, err := s.hip.Send(ctx, s.hip.Init(contract.Query{ID: "new@sbx", Purpose: contract.KYC}))
		if err != nil {
			t.Fatal(err)
		}
		return answer.Status
	}
	if said := s.does(t, "behaviours", "add", "answer", "init", "429", "--times", "2"); !strings.Contains(said, "1  answer init 429, 2 times") {
		t.Errorf("it says %s", said)
	}
	for _, want := range []int{429, 429, 202} {
		if got := init(); got != want {
			t.Errorf("init was answered %d, not %d", got, want)
		}
	}
	s.does(t, "behaviours", "add", "error", "on-init", "1437", "--message", "told so", "--times", "0")
	s.does(t, "behaviours", "add", "delay", "on-confirm", "50ms")
	if said := s.does(t, "behaviours"); !strings.Contains(said, "error on-init 1437, told so, until it is removed") || !strings.Contains(said, "delay on-confirm 50ms, once") {
		t.Errorf("it says %s", said)
	}
	s.does(t, "behaviours", "remove", "2")
	s.does(t, "behaviours", "remove")
	if said := s.does(t, "behaviours"); said != "no behaviour waits\n" {
		t.Errorf("it says %s", said)
	}

	patient := filepath.Join(s.dir, "patient.json")
	if err := os.WriteFile(patient, []byte(`{"id":"new@sbx","name":"New Sample","gender":"F","dateOfBirth":"1980","otp":"000111","modes":["MOBILE_OTP"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(patient)
	if err != nil {
		t.Fatal(err)
	}
	if said := s.does(t, "patients", "add", string(text)); !strings.Contains(said, "new@sbx  OTP 000111") {
		t.Errorf("it says %s", said)
	}
	wrong := player.AuthenticateRequest{PatientID: "new@sbx", Purpose: contract.KYC, AuthCode: "999999"}
	if said := s.does(t, "faults", "on", "inside-any-otp"); said != "on: gateway/inside-any-otp, gateway/no-correlation-id\n" {
		t.Errorf("it says %s", said)
	}
	if outcome, err := s.hip.Authenticate(ctx, wrong); err != nil || outcome.Status != contract.Granted {
		t.Errorf("with inside-any-otp a wrong OTP ended %s: %v", outcome.Status, err)
	}
	if said := s.does(t, "faults"); !strings.Contains(said, "on  gateway/inside-any-otp: ") {
		t.Errorf("it says %s", said)
	}
	if said := s.does(t, "faults", "drop-on"); !strings.Contains(said, "    gateway/drop-on-init: ") {
		t.Errorf("it says %s", said)
	}
	s.does(t, "faults", "off", "no-correlation-id")
	if said := s.does(t, "faults", "off"); said != "no fault is on\n" {
		t.Errorf("it says %s", said)
	}
	if _, err := s.hip.Authenticate(ctx, wrong); err == nil {
		t.Error("without the fault a wrong OTP was granted")
	}
	s.does(t, "patients", "remove", "new@sbx")

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no such session":     {[]string{"sessions", "approve", "nobody"}, "there is no session of transaction nobody"},
		"no such patient":     {[]string{"patients", "remove", "new@sbx"}, "there is no patient new@sbx"},
		"no JSON":             {[]string{"patients", "add", "new@sbx"}, "the patient is no JSON"},
		"a bad patient":       {[]string{"patients", "add", `{"id":"new@other"}`}, "such as someone@sbx"},
		"no such fault":       {[]string{"faults", "on", "inside-any-otpp"}, "the nearest names are inside-any-otp"},
		"no such behaviour":   {[]string{"behaviours", "add", "forget", "init"}, `do is "forget"`},
		"no such endpoint":    {[]string{"behaviours", "add", "withhold", "init"}, "withhold can be done at any, on-fetch-modes"},
		"no value":            {[]string{"behaviours", "add", "answer", "init"}, "answer needs status, such as 429"},
		"a value for naught":  {[]string{"behaviours", "add", "drop", "init", "3"}, "drop takes no value"},
		"a value of no kind":  {[]string{"behaviours", "add", "forget", "init", "3"}, `"forget" is no behaviour`},
		"a value of words":    {[]string{"behaviours", "add", "answer", "init", "many"}, `the status of answer is "many"`},
		"an order that waits": {[]string{"behaviours", "remove", "77"}, "no behaviour 77 waits"},
		"no such command":     {[]string{"behave"}, `unknown command "behave"`},
		"too little":          {[]string{"sessions", "approve"}, "accepts 1 arg"},
		"an output":           {[]string{"sessions", "--output", "xml"}, "--output"},
		"a number":            {[]string{"exchanges", "--last", "0"}, "last is"},
	} {
		t.Run(name, func(t *testing.T) { s.control(t, c.args...).wants(t, exitUsage, c.says) })
	}
}

func TestProcessSandboxControlIsGuarded(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, []string{"SANDBOX_TOKEN=let-me-in"})
	s.does(t, "sessions")
	if strings.Contains(s.stdout.String()+s.stderr.String(), "let-me-in") {
		t.Error("the token of the control API is printed")
	}
	s.env = s.env[1:]
	s.control(t, "sessions").wants(t, exitUsage, "the control API needs its token")
	s.control(t, "sessions", "--token", "let-me-in").wants(t, 0)
	s.control(t, "sessions", "--url", "http://"+freePort(t)).wants(t, exitPreflight, "no sandbox answers at", "serve gateway --with-cm")
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	s.control(t, "sessions", "--url", other.URL).wants(t, exitPreflight, "is no sandbox")
}

// The conformance.yaml of a run that certifies a HIP says who the HIP is, where it is, and where it expects its gateway.
func TestProcessSandboxOfAHIPsConfiguration(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hip", patience)
	p := start(t, s.dir, s.env, "serve", "gateway", "--with-cm", "-c", "conformance.yaml")
	told := p.stdout.await(t, "Stop it with Ctrl-C", p.stderr)
	fits(t, told)
	for _, want := range []string{"http://" + s.harness + "/gateway\n", "HIP hip-7", "client id      bridge-client", "as you configured it", "http://" + s.subject + "/app\n"} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not say %q:\n%s", want, told)
		}
	}
	if strings.Contains(told, s.secrets["hip"]) || strings.Contains(told, "X-HIU-ID") {
		t.Errorf("it says too much:\n%s", told)
	}
	ctx := patientContext(t)
	login := &player.Login{Gateway: "http://" + s.harness, ClientID: "bridge-client", ClientSecret: s.secrets["hip"]}
	if _, err := login.Token(ctx); err != nil {
		t.Errorf("the HIP cannot log in: %v", err)
	}
}

func TestProcessSandboxUsageExits2(t *testing.T) {
	t.Parallel()
	s := newStaging(t, patience)
	s.write(t, "cm.yaml", fmt.Sprintf("subject: {role: cm, url: http://%s}\nidentities:\n  cm: {id: sbx, client-id: c, client-secret: \"${CM_SECRET}\"}\nharness: {listen: %s}\n", s.subject, s.harness))
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"another role":          {[]string{"serve", "hip", "--with-cm"}, "are for serve gateway"},
		"no CM":                 {[]string{"serve", "gateway", "--bridge", "hip=http://127.0.0.1:1"}, "need --with-cm"},
		"flags of a bridge":     {[]string{"serve", "gateway", "--with-cm", "--id", "hip-1"}, "are for serve hip, serve hiu and serve cm"},
		"no such role":          {[]string{"serve", "gateway", "--with-cm", "--bridge", "cm=http://127.0.0.1:1"}, "say hip=URL or hiu=URL"},
		"no URL":                {[]string{"serve", "gateway", "--with-cm", "--bridge", "hip"}, "say hip=URL or hiu=URL"},
		"a host alone":          {[]string{"serve", "gateway", "--with-cm", "--bridge", "hip=127.0.0.1:8080"}, "its URL must be absolute"},
		"an empty id":           {[]string{"serve", "gateway", "--with-cm", "--bridge", "hip=http://127.0.0.1:1,id="}, "id is empty"},
		"an unknown member":     {[]string{"serve", "gateway", "--with-cm", "--bridge", "hip=http://127.0.0.1:1,secret=x"}, `"secret" is unknown`},
		"two of one id":         {[]string{"serve", "gateway", "--with-cm", "--bridge", "hip=http://127.0.0.1:1", "--bridge", "hip=http://127.0.0.1:2"}, "two parties with the role hip"},
		"a fault":               {[]string{"serve", "gateway", "--with-cm", "--fault", "nothing"}, "no fault named"},
		"an address in use":     {[]string{"serve", "gateway", "--with-cm", "--address", "192.0.2.1:1"}, "cannot be listened on"},
		"a file about a CM":     {[]string{"serve", "gateway", "--with-cm", "-c", "cm.yaml"}, "is about a cm"},
		"a secret of two of us": {[]string{"serve", "gateway", "--with-cm", "--bridge", "hip=http://127.0.0.1:1,client-id=a,client-secret=b", "--bridge", "hiu=http://127.0.0.1:1,client-id=a,client-secret=c"}, "two different secrets"},
	} {
		t.Run(name, func(t *testing.T) {
			e := finish(t, s.dir, s.env, c.args...)
			e.wants(t, exitUsage, c.says)
			if e.stdout != "" {
				t.Errorf("it says %s", e.stdout)
			}
		})
	}
}
