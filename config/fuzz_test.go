package config

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

var located = regexp.MustCompile(`^(?s:conformance\.yaml:[1-9][0-9]*: |--[a-z-]+: |CONFORMANCE_[A-Z_]+: )`)

// FuzzLoad feeds any text as file and as variables: no panic, every problem
// says where it is, and no value of a secret key gets out.
func FuzzLoad(f *testing.F) {
	const secret = "hunter2"
	for _, seed := range []string{
		"", good, "subject: {role: gateway}", "a: &a [*a, *a]", "identities: {hip: {client-secret: hunter2, id: }}", "\x00", "? [a]\n: b",
		"identities: {hip: {token: [hunter2]}}", "patient: {otp: {a: hunter2}}", "identities: {hip: {token: *hunter2}}", "<<: [a]\n---\n",
		"hooks: {start: {http: {body: !!binary hunter2}}}", "subject: {url: 'http://[::1'}", "identities: {hip: {token:hunter2}}", "x: !hunter2 y",
		"identities: {hip: {client-secret: \"file:hunter2\"}}", "identities: {hip: {hunter2}}",
	} {
		f.Add([]byte(seed), "${A}")
	}
	f.Fuzz(func(t *testing.T, text []byte, value string) {
		l := newLoading("conformance.yaml", Overrides{Environ: []string{"CONFORMANCE_PATIENT_OTP=" + value, "CONFORMANCE_SUBJECT_MODES=" + value,
			"CONFORMANCE_HOOKS_START_HTTP_BODY=" + value, "CONFORMANCE_TIMING_ACK=" + value}})
		l.dir = t.TempDir()
		o := Overrides{Flags: []Flag{{"subject-url", value}}}
		var err error
		if l.readYAML(text) {
			_, err = l.finish(&Config{}, o, false)
		} else {
			err = l.err()
		}
		if err == nil {
			return
		}
		var e *Error
		if !errors.As(err, &e) || len(e.Problems) == 0 {
			t.Fatalf("the error is %T %v", err, err)
		}
		for _, p := range e.Problems {
			if !located.MatchString(p.String()) {
				t.Errorf("no file, line, flag or variable in %q", p)
			}
			public := strings.HasPrefix(p.Key, "subject.") || strings.HasPrefix(p.Key, "timing.") || strings.HasPrefix(p.Key, "harness.")
			if !public && strings.Contains(p.Text, secret) {
				t.Errorf("a value of a secret key got out: %q", p)
			}
		}
	})
}
