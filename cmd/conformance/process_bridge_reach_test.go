package main

import (
	"strings"
	"testing"
	"time"
)

func TestProcessDoctorOfABridge(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hiu", time.Second)
	bridge := s.serve(t)
	for _, c := range []struct {
		args string
		code int
		says []string
	}{
		{"", 0, []string{"POST /v0.5/users/auth/on-init without a token was answered 401", "(it was not called); it gets a POST such as {\"action\":\"flow\",", `"patientId":"patient@sbx"`,
			"to configure   the HIU: gateway http://" + s.harness + " (or http://" + s.harness + "/gateway), client id bridge-client, id hiu-7, consent manager sbx\n"}},
		{"--target http://" + s.subject + "/elsewhere", 0, []string{"warn  HTTP", "no on-init is served there; is subject.url"}},
		{"--hooks-start-http-url http://" + freePort(t), exitPreflight, []string{"fail  hooks.start", "connection refused; start what serves it, or mend hooks.start.http.url"}},
		{`--hooks-start-http-body ["{{patinetId}}"]`, exitPreflight, []string{"fail  hooks.start", "{{patinetId}}", "it is told action, authCode"}},
	} {
		e := finish(t, s.dir, s.env, append([]string{"doctor", "-c", "conformance.yaml"}, strings.Fields(c.args)...)...)
		if e.code != c.code {
			t.Errorf("%s: exit %d\n%s%s", c.args, e.code, e.stdout, e.stderr)
		}
		for _, want := range c.says {
			if !strings.Contains(e.stdout, want) {
				t.Errorf("%s: it does not say %q:\n%s", c.args, want, e.stdout)
			}
		}
	}
	if steps := bridge.stderr.String(); strings.Contains(steps, "start hook") || strings.Contains(steps, "sent ") {
		t.Errorf("doctor made the subject act:\n%s", steps)
	}
}

// A subject that has another gateway cannot know our keys and cannot answer us: that is the network's doing, not its own.
func TestProcessBridgeThatNeverReachesUsExits3(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hiu", 3*time.Second)
	bridge := start(t, s.dir, s.env, "serve", "hiu", "-c", "conformance.yaml", "--harness-public-url", "http://"+freePort(t))
	bridge.stdout.await(t, "Stop it with Ctrl-C", bridge.stderr)
	s.run(t).wants(t, exitPreflight, "times that the subject begins, and not one message", "http://"+s.harness+" (harness.public-url)")
	s.run(t, "--filter", "AUTH-GEN-001").wants(t, exitPreflight, "not one message")
	s.run(t, "--hooks-start-http-url", "http://"+freePort(t)+"/start").wants(t, exitIncomplete)
	text := string(content(t, s.dir, "conformance.yaml"))
	s.write(t, "conformance.yaml", strings.Replace(text, "  start: {http", "  decide: {http", 1))
	s.run(t, "--filter", "AUTH-GEN-001").wants(t, exitPreflight, "answered every valid message with 401", "identities.gateway.token")
}
