package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func TestFlagBeforeVariableBeforeFileBeforeDefault(t *testing.T) {
	path := write(t, good)
	for _, c := range []struct {
		env  string
		flag []Flag
		want time.Duration
	}{
		{"", nil, 3 * time.Second},
		{"4s", nil, 4 * time.Second},
		{"4s", []Flag{{"timing-callback", "5s"}}, 5 * time.Second},
	} {
		got, err := Load(path, Overrides{Environ: append([]string{"CONFORMANCE_TIMING_CALLBACK=" + c.env}, environ...), Flags: c.flag})
		if err != nil {
			t.Fatal(err)
		}
		if got.Timing.Callback != c.want || got.Timing.Ack != 5*time.Second {
			t.Errorf("variable %q, flags %v: %+v, want a callback of %s", c.env, c.flag, got.Timing, c.want)
		}
	}
}

func TestEveryKindOfKeyHasFlagAndVariable(t *testing.T) {
	c, err := Load(write(t, good), Overrides{
		Environ: append([]string{
			"CONFORMANCE_IDENTITIES_HIP_CLIENT_SECRET=${HIP_SECRET}!", "CONFORMANCE_SUBJECT_MODES=DIRECT, MOBILE_OTP",
			`CONFORMANCE_HOOKS_START_HTTP_BODY={"a": [1]}`, "CONFORMANCE_DEBUG=1", "CONFORMANCE_PACT_DIR=."}, environ...),
		Flags: []Flag{{"target", "http://127.0.0.1:1"}, {"subject-url", "http://127.0.0.1:1"}, {"hooks-start-http-url", "http://a/b/"},
			{"hooks-decide-exec", `["./d", "a,b", "${NOT_OURS}"]`}, {"patient-demographic-date-of-birth", "2000-01-01"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Subject.URL != "http://127.0.0.1:1" || c.Identities.HIP.ClientSecret != "hip-hush!" || !slices.Equal(c.Subject.Modes, []string{"DIRECT", "MOBILE_OTP"}) ||
		c.Hooks.Start.HTTP.URL != "http://a/b/" || c.Hooks.Start.HTTP.Body == nil ||
		!slices.Equal(c.Hooks.Decide.Exec, []string{"./d", "a,b", "${NOT_OURS}"}) || c.Patient.Demographic.DateOfBirth != "2000-01-01" {
		t.Errorf("loaded %+v", c)
	}
}

func TestProblemsOfOverridesNameFlagOrVariable(t *testing.T) {
	got := problems(t, good, Overrides{
		Environ: append([]string{"CONFORMANCE_TIMNG_QUIET=1s", "CONFORMANCE_TIMING_ACK=soon", "CONFORMANCE_PATIENT_OTP=${NONE}"}, environ...),
		Flags: []Flag{{"target", "ftp://a"}, {"subject-url", "http://b"}, {"subject-modes", "[DIRECT"}, {"role", "gatewy"},
			{"hooks-start-http-body", "{"}, {"nothing", "x"}},
	})
	want := []string{
		"CONFORMANCE_TIMNG_QUIET: unknown variable; unset it, or see `conformance run --help` for the names of all keys; did you mean CONFORMANCE_TIMING_QUIET?",
		"--subject-url: subject.url: --target has given another value already; give one of the two",
		"--subject-modes: subject.modes: must be a list, such as A,B or [A, B]",
		"--hooks-start-http-body: hooks.start.http.body: must be a JSON value",
		"--nothing: unknown flag",
		"CONFORMANCE_PATIENT_OTP: patient.otp: the variable NONE is not set; export it before the run",
		`CONFORMANCE_TIMING_ACK: timing.ack: "soon" is not a duration; write a number and a unit, such as 500ms or 10s`,
		`--role: subject.role: "gatewy" is not a role; roles are gateway, hip, hiu and cm; did you mean gateway?`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAVariableThatTheFileRefersToIsKnown(t *testing.T) {
	text := strings.Replace(good, "${HIP_SECRET}", "${CONFORMANCE_HIP}", 1)
	if got := problems(t, text, Overrides{Environ: append([]string{"CONFORMANCE_HIP=x"}, environ...)}); got != nil {
		t.Errorf("problems: %v", got)
	}
}

func TestLoadWithoutFileNeedsSecretsOfTheBundledNetwork(t *testing.T) {
	flags := []Flag{{"role", "gateway"}, {"target", "http://127.0.0.1:8080/gateway"}}
	_, err := Load("", Overrides{Flags: flags})
	want := "identities.hip.client-secret: missing; a login needs client-id and client-secret (or give a static token as identities.hip.token); give it in CONFORMANCE_IDENTITIES_HIP_CLIENT_SECRET"
	if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), "\n") != 2 {
		t.Fatalf("the error is\n%v\nwant three lines, the first of which is\n%s", err, want)
	}
	c, err := Load("", Overrides{Flags: flags, Environ: []string{"CONFORMANCE_IDENTITIES_HIP_CLIENT_SECRET=a",
		"CONFORMANCE_IDENTITIES_HIU_TOKEN=b", "CONFORMANCE_IDENTITIES_CM_CLIENT_SECRET=c"}})
	if err != nil {
		t.Fatal(err)
	}
	want3 := Identities{HIP: Identity{ID: "hip-1", ClientID: "hip-client", ClientSecret: "a"}, HIU: Identity{ID: "hiu-1", Token: "b"}, CM: Identity{ID: "sbx", ClientID: "cm-client", ClientSecret: "c"}}
	if c.Identities != want3 {
		t.Errorf("identities %+v, want %+v", c.Identities, want3)
	}
}

func TestBundled(t *testing.T) {
	for _, role := range contract.Roles {
		a, b := Bundled(role), Bundled(role)
		if a.Identities.HIP.ClientSecret == b.Identities.HIP.ClientSecret || len(a.Identities.CM.ClientSecret) < 20 {
			t.Error("the secrets are not random")
		}
		if a.Harness.Listen != "127.0.0.1:0" || a.Harness.PublicURL != "" || a.Timing != (Timing{10 * time.Second, time.Second, 5 * time.Second}) ||
			a.Identities.HIP.ID != "hip-1" || a.Identities.HIU.ID != "hiu-1" || a.Identities.CM.ID != "sbx" || a.Patient.ID == "" {
			t.Errorf("%s: %+v", role, a)
		}
		c, err := BundledWith(role, Overrides{Flags: []Flag{{"timing-ack", "1s"}}})
		if err != nil || c.Timing.Ack != time.Second {
			t.Errorf("%s with a flag: %v, %v", role, c, err)
		}
		if _, err := BundledWith(role, Overrides{Environ: []string{"CONFORMANCE_X=1"}}); err == nil {
			t.Error("an unknown variable was accepted")
		}
	}
}

func TestTemplateLoadsOnceItsVariablesAreSet(t *testing.T) {
	for _, role := range contract.Roles {
		for _, target := range []string{"", "http://127.0.0.1:8080/a%20b/~c,d"} {
			text := Template(role, target)
			path := filepath.Join(t.TempDir(), "conformance.yaml")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path, Overrides{}); err == nil {
				t.Errorf("%s: loaded without its variables", role)
			}
			var environ []string
			for _, name := range Variables(text) {
				environ = append(environ, name+"=hush")
			}
			c, err := Load(path, Overrides{Environ: environ})
			if err != nil {
				t.Fatalf("%s: %v\n%s", role, err, text)
			}
			if c.Subject.Role != role || target != "" && c.Subject.URL != target || len(environ) == 0 {
				t.Errorf("%s: loaded %+v", role, c.Subject)
			}
		}
	}
}

func TestEffectiveHidesSecretsAndPatients(t *testing.T) {
	path := write(t, good+"hooks: {start: {exec: [curl, hunter2]}}\n")
	c, err := Load(path, Overrides{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range c.Effective() {
		got[s.Name] = s.Value
		for _, secret := range []string{"hush", "hunter2", "012345", "hinapatel", "1972", "Sample"} {
			if strings.Contains(s.Value, secret) {
				t.Errorf("%s shows %q", s.Name, s.Value)
			}
		}
	}
	for name, want := range map[string]string{"subject.role": "gateway", "subject.modes": "MOBILE_OTP, AADHAAR_OTP, DEMOGRAPHICS, DIRECT",
		"identities.hip.client-secret": "set", "identities.hip.token": "not set", "identities.hip.id": "hip-1", "patient.otp": "hidden",
		"hooks.start.exec": "set", "hooks.decide.exec": "not set", "hooks.decide.http.url": "", "timing.callback": "3s"} {
		if v, there := got[name]; !there || v != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	if len(got) != len(Keys()) {
		t.Errorf("%d settings, %d keys", len(got), len(Keys()))
	}
}

func TestKeysAreUniqueAndDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		for _, name := range []string{k.Path, k.Flag, k.Env} {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if k.Doc == "" || k.Type == "" {
			t.Errorf("%s has no description or no type", k.Path)
		}
	}
	for _, want := range []string{"subject.url", "subject-url", "CONFORMANCE_SUBJECT_URL", "CONFORMANCE_IDENTITIES_HIP_CLIENT_SECRET", "hooks.start.http.body"} {
		if !seen[want] {
			t.Errorf("there is no %s", want)
		}
	}
}
