package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// newBridgeStaging writes the conformance.yaml of a HIP or HIU.
func newBridgeStaging(t *testing.T, role string, callback time.Duration) *staging {
	t.Helper()
	s := newNetwork(t, role)
	s.secrets[role] = "canary/" + rand.Text() + `+"&<` + role
	s.env = []string{"BRIDGE_SECRET=" + s.secrets[role]}
	s.write(t, "conformance.yaml", fmt.Sprintf(`subject:
  role: %s
  url: http://%s/app
  name: Example Bridge
identities:
  %s: {id: %s-7, client-id: bridge-client, client-secret: "${BRIDGE_SECRET}"}
  cm: {id: sbx}
harness:
  listen: %s
hooks:
  start: {http: {url: "http://%s/app/start"}}
timing: {callback: %s, quiet: 500ms, ack: 10s}
`, role, s.subject, role, role, s.harness, s.subject, callback))
	return s
}

// tellsNothing fails the test where a process printed a secret, a patient or a token.
func (s *staging) tellsNothing(t *testing.T, all string) {
	t.Helper()
	for role, secret := range s.secrets {
		if strings.Contains(all, secret) {
			t.Errorf("the secret of the %s is printed", role)
		}
	}
	for _, words := range []string{"eyJ", "@sbx", "patientId", "Sample"} {
		if strings.Contains(all, words) {
			t.Errorf("%q is printed:\n%.2000s", words, all)
		}
	}
}

func TestProcessServedBridgeIsCertified(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"hip", "hiu"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newBridgeStaging(t, role, 10*time.Second)
			bridge := s.serve(t)
			told := bridge.stdout.String()
			for _, want := range []string{"The reference " + strings.ToUpper(role) + " " + role + "-7 is served at http://" + s.subject + "/app\n",
				"Its gateway is http://" + s.harness, "client id bridge-client", "curl -H 'Content-Type: application/json' -d '{"} {
				if !strings.Contains(told, want) {
					t.Errorf("it does not say %q:\n%s", want, told)
				}
			}
			e := s.run(t)
			e.wants(t, exitConformant, "Playing")
			fits(t, e.stdout)
			r := s.results(t)
			if r.Verdict != suites.Conformant || string(r.Subject.Role) != role || len(having(r, suites.Pass)) < 5 || len(having(r, suites.NotApplicable)) > 0 {
				t.Errorf("verdict %s, %d requirements passed: %s", r.Verdict, len(having(r, suites.Pass)), r.Reason)
			}
			rendersAgain(t, s, exitConformant)
			s.run(t).wants(t, exitConformant) // the bridge still uses the token of the first run
			bridge.interrupt(t)
			steps := bridge.wait(t)
			steps.wants(t, 0, "asked by the start hook to flow MOBILE_OTP", "sent POST /v0.5/sessions, answered 200", "received on-init, answered 202, requestId ", "a message was not authorized, endpoint on-init, because the access token has expired", "an authentication came to its decision, status DENIED, mode DIRECT")
			s.tellsNothing(t, steps.stderr)
		})
	}
}

func TestProcessFaultyBridgeIsNotConformant(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hip", 3*time.Second)
	bridge := s.serve(t, "--fault", "ack-200")
	if told := bridge.stdout.String(); !strings.Contains(told, "It commits: hip/ack-200\n") {
		t.Errorf("it does not say which fault it commits:\n%s", told)
	}
	e := s.run(t, "--filter", "AUTH-GEN-001")
	e.wants(t, exitNotConformant)
	if failed := having(s.results(t), suites.Fail); !slices.Contains(failed, "AUTH-GEN-001") || !strings.Contains(e.stdout, "AUTH-GEN-001") {
		t.Errorf("failed: %v\n%s", failed, e.stdout)
	}
}

// Without hooks what needs none is judged, and the summary says what was not; list says the same before.
func TestProcessBridgeWithoutHooks(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hip", 10*time.Second)
	s.serve(t)
	text := string(content(t, s.dir, "conformance.yaml"))
	before, after, _ := strings.Cut(text, "hooks:")
	_, after, _ = strings.Cut(after, "timing:")
	s.write(t, "conformance.yaml", before+"timing:"+after)
	e := s.run(t)
	e.wants(t, exitConformant)
	fits(t, e.stdout)
	said := strings.Join(strings.Fields(e.stdout), " ")
	if !strings.Contains(said, "hooks.start is not set: ") || !strings.Contains(said, "not judged; configure it as http, exec or manual.") {
		t.Errorf("the summary does not say what was not judged:\n%s", e.stdout)
	}
	r := s.results(t)
	if len(r.Deviations) != 1 || r.Deviations[0].Kind != suites.HookDeviation {
		t.Errorf("deviations %+v", r.Deviations)
	}
	var all []struct{ ID, Needs string }
	if err := json.Unmarshal([]byte(finish(t, s.dir, nil, "list", "--role", "hip", "--output", "json").stdout), &all); err != nil {
		t.Fatal(err)
	}
	lacking, needing := having(r, suites.NotApplicable), 0
	for _, q := range all {
		if q.Needs != "hooks.start" {
			continue
		}
		if needing++; !slices.Contains(lacking, q.ID) {
			t.Errorf("%s: list says that it needs hooks.start, and it was judged without", q.ID)
		}
	}
	if needing == 0 || needing == len(all) {
		t.Errorf("list says that %d of %d requirements need hooks.start", needing, len(all))
	}
}

// A bridge that no file describes talks to a gateway that is not ours.
func TestProcessServedBridgeTalksToAnyGateway(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 5*time.Second)
	s.serve(t)
	at := freePort(t)
	bridge := start(t, s.dir, s.env, "serve", "hiu", "--gateway", "http://"+s.subject+"/gateway", "--id", "hiu-1", "--client-id", "hiu-client",
		"--client-secret", "${HIU_SECRET}", "--cm", "sbx", "--address", at)
	bridge.stdout.await(t, "Stop it with Ctrl-C", bridge.stderr)
	resp, err := http.Post("http://"+at+"/start", "application/json", strings.NewReader(`{"action":"fetch-modes","patientId":"hinapatel@sbx","purpose":"KYC"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("the start hook answered %d", resp.StatusCode)
	}
	steps := bridge.stderr.await(t, "sent fetch-modes, answered 202, requestId ")
	if !strings.Contains(steps, "asked by the start hook to fetch-modes KYC, answered 202\n") {
		t.Errorf("it said:\n%s", steps)
	}
	s.tellsNothing(t, steps)
}

// What the patient enters may come when the session is open.
func TestProcessServedBridgeIsCertifiedByBothHooks(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hip", 10*time.Second)
	text := string(content(t, s.dir, "conformance.yaml"))
	s.write(t, "conformance.yaml", strings.Replace(text, "hooks:\n", "hooks:\n  enter: {http: {url: \"http://"+s.subject+"/app/enter\"}}\n", 1))
	bridge := s.serve(t)
	if told := bridge.stdout.String(); strings.Contains(told, "of this configuration") {
		t.Errorf("its own hooks are not known:\n%s", told)
	}
	s.run(t, "--filter", "/SEQ-00[1-4]/").wants(t, exitIncomplete)
	if r := s.results(t); len(having(r, suites.Pass)) != 4 {
		t.Errorf("passed: %v; %s", having(r, suites.Pass), r.Reason)
	}
	steps := bridge.stderr.String()
	for _, want := range []string{"waiting for what the patient enters, mode MOBILE_OTP, transactionId ", "told by the enter hook what the patient enters, answered 202\n"} {
		if !strings.Contains(steps, want) {
			t.Errorf("its log does not say %q", want)
		}
	}
	s.tellsNothing(t, steps)
}

// The configuration of a run that certifies a gateway tells where that delivers to its bridges.
func TestProcessServedBridgeOfAGatewaysConfiguration(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 5*time.Second)
	bridge := start(t, s.dir, s.env, "serve", "hip", "-c", "conformance.yaml")
	told := bridge.stdout.await(t, "Stop it with Ctrl-C", bridge.stderr)
	for _, want := range []string{"is served at http://" + s.harness + "/hip\n", "Its gateway is http://" + s.subject + "/gateway, "} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not say %q:\n%s", want, told)
		}
	}
}

func TestProcessServeBridgeUsageExits2(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hip", time.Second)
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"no gateway":          {[]string{"serve", "hip", "--id", "hip-1"}, []string{"--gateway is missing"}},
		"file and flags":      {[]string{"serve", "hip", "-c", "conformance.yaml", "--gateway", "http://127.0.0.1:1"}, []string{"leave out -c"}},
		"no secret":           {[]string{"serve", "hip", "--gateway", "http://127.0.0.1:1"}, []string{"identities.hip.client-secret"}},
		"variable not set":    {[]string{"serve", "hip", "--gateway", "http://127.0.0.1:1", "--client-secret", "${NOBODY_SET_THIS}"}, []string{"NOBODY_SET_THIS"}},
		"of another role":     {[]string{"serve", "hiu", "-c", "conformance.yaml"}, []string{"about a hip"}},
		"flags of a bridge":   {[]string{"serve", "gateway", "--id", "g"}, []string{"serve hip, serve hiu and serve cm"}},
		"dialect of a bridge": {[]string{"serve", "hip", "--dialect", "field"}, []string{"serve gateway"}},
		"unknown fault":       {[]string{"serve", "hip", "-c", "conformance.yaml", "--fault", "ack-201"}, []string{"ack-201", "ack-200"}},
	} {
		t.Run(name, func(t *testing.T) { finish(t, s.dir, s.env, c.args...).wants(t, exitUsage, c.says...) })
	}
	dir := t.TempDir()
	finish(t, dir, nil, "serve", "hiu").wants(t, exitUsage, "--gateway", "init --role hiu")
}
