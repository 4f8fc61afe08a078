package main

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
)

// newCMStaging writes the conformance.yaml of a consent manager.
func newCMStaging(t *testing.T) *staging {
	t.Helper()
	s := newNetwork(t, "cm")
	s.secrets["cm"] = "canary/" + rand.Text() + `+"&<cm`
	s.env = []string{"CM_SECRET=" + s.secrets["cm"]}
	s.write(t, "conformance.yaml", fmt.Sprintf(`subject: {role: cm, url: "http://%s/cm", name: Example CM}
identities:
  cm: {id: sbx, client-id: cm-client, client-secret: "${CM_SECRET}"}
harness: {listen: "%s"}
hooks:
  decide: {http: {url: "http://%s/cm/decide"}}
timing: {callback: 10s, quiet: 500ms, ack: 10s}
`, s.subject, s.harness, s.subject))
	return s
}

func TestProcessServesAConsentManager(t *testing.T) {
	t.Parallel()
	s := newCMStaging(t)
	s.run(t).wants(t, exitUsage, "no checks for a subject of role cm")
	cm := s.serve(t, "--fault", "ack-200")
	told := cm.stdout.String()
	for _, want := range []string{"The reference CM sbx is served at http://" + s.subject + "/cm\n", "Its gateway is http://" + s.harness,
		"It commits: cm/ack-200\n", "Its decide hook is http://" + s.subject + "/cm/decide"} {
		if !strings.Contains(told, want) {
			t.Errorf("it does not say %q:\n%s", want, told)
		}
	}
	doctor := finish(t, s.dir, s.env, "doctor", "-c", "conformance.yaml")
	doctor.wants(t, 0)
	for _, want := range []string{"init without a token was answered 401", "hooks.decide", "the CM: gateway http://" + s.harness, "client id cm-client, id sbx, the patient of patient.id"} {
		if !strings.Contains(doctor.stdout, want) {
			t.Errorf("doctor does not say %q:\n%s", want, doctor.stdout)
		}
	}
	if strings.Contains(told, "hooks.decide of this configuration") {
		t.Errorf("it does not know its own hook:\n%s", told)
	}
	if listed := finish(t, s.dir, s.env, "serve", "cm", "--list-faults"); !strings.Contains(listed.stdout, "cm/ack-200 ") {
		t.Errorf("the faults are:\n%s", listed.stdout)
	}
}
