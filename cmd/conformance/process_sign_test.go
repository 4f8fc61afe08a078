package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/bundle"
	"abdm.example/conformance/reports"
)

func TestProcessSignsAndVerifies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	finish(t, dir, nil, "keygen", "--out", "signer").wants(t, exitConformant)
	finish(t, dir, nil, "keygen", "--out", "signer").wants(t, exitUsage, "signer.pem")
	finish(t, dir, nil, "keygen", "--out", "other").wants(t, exitConformant)
	private := string(content(t, dir, "signer.pem"))
	env := []string{"SIGNER=" + private}
	run := finish(t, dir, env, "run", "--out", "out", "--sign", "${SIGNER}")
	run.wants(t, exitConformant)
	keepsKey(t, private, run, filepath.Join(dir, "out"))
	e := finish(t, dir, nil, "verify", "out", "--key", "signer.pub")
	e.wants(t, exitConformant)
	if !strings.HasPrefix(e.stdout, "GOOD") || !strings.Contains(e.stdout, "again by this build, with the same verdicts") {
		t.Errorf("the bundle is not good:\n%s", e.stdout)
	}
	if e = finish(t, dir, nil, "verify", "out", "--key", "other.pub"); e.code != exitNotConformant || !strings.HasPrefix(e.stdout, "NOT SIGNED by this key") {
		t.Errorf("another key: exit %d\n%s", e.code, e.stdout)
	}
	for _, args := range [][]string{{"judge", "out"}, {"report", "out"}} {
		finish(t, dir, nil, args...).wants(t, exitUsage, "is signed", bundle.EnvelopeFile)
	}
	finish(t, dir, nil, "verify", "out", "--key", "signer.pub").wants(t, exitConformant)

	// The report says by which key it is signed, and a byte behind that is still found where it is.
	page := filepath.Join(dir, "out", reports.ReportFile)
	report := content(t, page)
	var said struct{ KeyID string }
	if err := json.Unmarshal([]byte(finish(t, dir, nil, "verify", "out", "--key", "signer.pub", "--output", "json").stdout), &said); err != nil || !bytes.Contains(report, []byte("by key "+said.KeyID)) {
		t.Errorf("%s does not name the key %q (%v)", reports.ReportFile, said.KeyID, err)
	}
	end := bytes.LastIndex(report, []byte("</footer>"))
	if err := os.WriteFile(page, bytes.Replace(report, []byte("</footer>"), []byte("!/footer>"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if e = finish(t, dir, nil, "verify", "out", "--key", "signer.pub", "--output", "json"); !strings.Contains(e.stdout, fmt.Sprintf(`"byte": %d,`, end)) {
		t.Errorf("byte %d of %s is not named:\n%s", end, reports.ReportFile, e.stdout)
	}
	if err := os.WriteFile(page, report, 0o600); err != nil {
		t.Fatal(err)
	}

	results := filepath.Join(dir, "out", reports.ResultsFile)
	was := content(t, results)
	at := bytes.Index(was, []byte(`"verdict": "pass"`)) + len(`"verdict": "`)
	if err := os.WriteFile(results, bytes.Replace(was, []byte(`"verdict": "pass"`), []byte(`"verdict": "fail"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	e = finish(t, dir, nil, "verify", "out", "--key", "signer.pub", "--output", "json")
	if e.code != exitNotConformant || !strings.Contains(e.stdout, `"name": "results.json"`) || !strings.Contains(e.stdout, fmt.Sprintf(`"byte": %d,`, at)) {
		t.Errorf("exit %d, and byte %d is not named:\n%s", e.code, at, e.stdout)
	}
	finish(t, dir, nil, "verify", "out", "--key", "signer.pem").wants(t, exitUsage, "private key")
	finish(t, dir, nil, "verify", "out", "--key", "none.pub").wants(t, exitUsage, "none.pub")
	finish(t, dir, nil, "verify", "none", "--key", "signer.pub").wants(t, exitUsage, "none")
	finish(t, dir, nil, "verify", "out").wants(t, exitUsage, "key")
	if err := os.WriteFile(results, was, 0o600); err != nil {
		t.Fatal(err)
	}

	// A later run moves the whole bundle aside, and there it is as good.
	finish(t, dir, nil, "run", "--out", "out", "--filter", "AUTH-GEN-001").wants(t, exitIncomplete)
	finish(t, dir, nil, "verify", filepath.Join("out", "earlier-1"), "--key", "signer.pub").wants(t, exitConformant)
	finish(t, dir, nil, "verify", "out", "--key", "signer.pub").wants(t, exitNotConformant)
	finish(t, dir, env, "sign", "out", "--key", "signer.pem").wants(t, exitConformant)
	finish(t, dir, nil, "verify", "out", "--key", "signer.pub").wants(t, exitConformant)
}

// keepsKey fails the test where a private key, in PEM or as its base64, stands in what a run said or wrote.
func keepsKey(t *testing.T, private string, e ended, dir string) {
	t.Helper()
	said := e.stdout + e.stderr
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		said += string(content(t, dir, entry.Name()))
	}
	for line := range strings.Lines(private) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "---") && strings.Contains(said, line) {
			t.Error("the private key stands in what the run wrote")
		}
	}
}

func TestProcessKeysThatCannotSign(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	finish(t, dir, nil, "keygen", "--out", "signer").wants(t, exitConformant)
	private := string(content(t, dir, "signer.pem"))
	for name, c := range map[string]struct {
		args  []string
		wants string
	}{
		"public":     {[]string{"--sign", "signer.pub"}, "public key"},
		"missing":    {[]string{"--sign", "none.pem"}, "none.pem"},
		"no var":     {[]string{"--sign", "${NO_SUCH_KEY}"}, "NO_SUCH_KEY"},
		"itself":     {[]string{"--sign", private}, "list of processes"},
		"unredacted": {[]string{"--sign", "signer.pem", "--unredacted"}, "exclude each other"},
	} {
		e := finish(t, dir, nil, append([]string{"run", "--out", "out"}, c.args...)...)
		e.wants(t, exitUsage, c.wants)
		if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
			t.Errorf("%s: something was played", name)
		}
		keepsKey(t, private, e, t.TempDir())
	}
}
