package main

import (
	"os"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/contract"
)

// parse gives the flags of a run to a command in an empty directory.
func parse(t *testing.T, args ...string) (*configFlags, *runFlags) {
	t.Helper()
	t.Chdir(t.TempDir())
	cmd := &cobra.Command{Use: "try"}
	f, r := addConfigFlags(cmd), addRunFlags(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	return f, r
}

func TestWithoutFileAndTargetTheBundledNetworkIsUsed(t *testing.T) {
	f, _ := parse(t, "--role", "hip", "--timing-ack", "1s", "--timing-ack", "2s")
	c, bundled, err := f.load()
	if err != nil || !bundled || c.Subject.Role != contract.HIP || c.Timing.Ack != 2*time.Second || c.Harness.Listen != "127.0.0.1:0" {
		t.Errorf("%+v, bundled %t, %v", c, bundled, err)
	}
	f, _ = parse(t)
	if c, bundled, err = f.load(); err != nil || !bundled || c.Subject.Role != contract.Gateway {
		t.Errorf("%+v, bundled %t, %v", c, bundled, err)
	}
	f, _ = parse(t, "--role", "gatway")
	want := `--role: subject.role: "gatway" is not a role; roles are gateway, hip, hiu and cm; did you mean gateway?`
	if _, _, err = f.load(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestATargetMakesARunAgainstASubject(t *testing.T) {
	f, _ := parse(t, "--role=cm", "--target=http://127.0.0.1:1/cm")
	t.Setenv("CONFORMANCE_IDENTITIES_CM_CLIENT_SECRET", "x")
	if c, bundled, err := f.load(); err != nil || bundled || c.Identities.CM.ClientSecret != "x" {
		t.Errorf("%+v, bundled %t, %v", c, bundled, err)
	}
	f, _ = parse(t, "--role=cm")
	t.Setenv("CONFORMANCE_SUBJECT_URL", "http://127.0.0.1:1/cm")
	if c, bundled, err := f.load(); err != nil || bundled || c.Subject.URL != "http://127.0.0.1:1/cm" {
		t.Errorf("%+v, bundled %t, %v", c, bundled, err)
	}
}

func TestTheFileOfTheDirectoryIsRead(t *testing.T) {
	f, _ := parse(t)
	if err := os.WriteFile(defaultFile, []byte("subject: {role: hip, url: 'http://127.0.0.1:1'}\nidentities: {hip: {id: h, token: t}, cm: {id: sbx}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, bundled, err := f.load(); err != nil || bundled || c.Identities.HIP.ID != "h" {
		t.Errorf("%+v, bundled %t, %v", c, bundled, err)
	}
	f, _ = parse(t, "-c", "other.yaml")
	if _, _, err := f.load(); err == nil || err.Error() != "other.yaml:1: there is no such file; `conformance init` writes a commented file" {
		t.Errorf("the error is %v", err)
	}
}

func TestFlagsOfARunAreChecked(t *testing.T) {
	_, r := parse(t)
	if err := r.check(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	_, r = parse(t, "--profile=lax", "--out=", "--concurrency=0", "--rate=NaN")
	want := `--profile "lax" is neither strict nor field; --out names no directory; --concurrency 0 must be at least 1; --rate must be 0 or more; see conformance run --help`
	if err := r.check(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
