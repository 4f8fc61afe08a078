//go:build pact

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/suites"
)

// pactDir is a directory with conformance-pact and libpact_ffi, as a release has them; it lies beside the binary under test.
var pactDir = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(filepath.Dir(binary), "pact")
	build := exec.Command("go", "build", "-tags", "pact", "-o", filepath.Join(dir, "conformance-pact"), "../conformance-pact")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("conformance-pact cannot be built: %w\n%s", err, out)
	}
	name := map[string]string{"darwin": "libpact_ffi.dylib", "windows": "pact_ffi.dll"}[runtime.GOOS]
	if name == "" {
		name = "libpact_ffi.so"
	}
	library, err := os.ReadFile(filepath.Join("..", "..", ".tools", "pact", "lib", name))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), library, 0o600)
	}
	return dir, err
})

// withPact is the environment of a process that has the Pact part, and what else it is told.
func withPact(t *testing.T, env ...string) []string {
	t.Helper()
	dir, err := pactDir()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{config.PactVariable + "=" + dir}, env...)
}

// tally counts the interactions of pacts by verdict.
func tally(all []suites.PactResult) map[suites.Verdict]int {
	n := map[suites.Verdict]int{}
	for _, p := range all {
		for _, i := range p.Interactions {
			n[i.Verdict]++
		}
	}
	return n
}

func TestProcessPactVerifiesTheBundledReferences(t *testing.T) {
	t.Parallel()
	for role, interactions := range map[string]int{"gateway": 60, "hip": 16, "hiu": 16, "cm": 16} {
		dir := t.TempDir()
		e := finish(t, dir, withPact(t), "pact", "verify", "--role", role, "--out", "out")
		e.wants(t, 0, "Verifying")
		fits(t, e.stdout)
		r := valid(t, content(t, dir, "out", "results.json"))
		if n := tally(r.Pacts); n[suites.Pass] != interactions || len(n) != 1 || r.Verdict != suites.Incomplete {
			t.Errorf("%s: %v, verdict %s", role, n, r.Verdict)
		}
	}
}

func TestProcessPactVerifiesASubject(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 5*time.Second)
	env := withPact(t, s.env...)
	verify := []string{"pact", "verify", "-c", "conformance.yaml", "--out", "out"}
	finish(t, s.dir, env, verify...).wants(t, exitPreflight, s.subject, "cannot be reached")
	if _, err := os.Stat(filepath.Join(s.dir, "out", pactsFile)); err == nil {
		t.Error("a verification that never began left results")
	}
	s.serve(t, "--fault", "ack-200")
	s.run(t, "--filter", "AUTH-GEN-001").wants(t, exitNotConformant)
	e := finish(t, s.dir, env, verify...)
	e.wants(t, exitNotConformant)
	fits(t, e.stdout)
	r := s.results(t)
	n := tally(r.Pacts)
	if n[suites.Fail] != 12 || n[suites.Inconclusive] != 12 || !strings.Contains(r.Reason, "of its pacts failed") || len(r.Requirements) == 0 {
		t.Errorf("%v: %s", n, r.Reason)
	}
	for _, i := range r.Pacts[0].Interactions {
		if i.Key == "init-202" && (len(i.Findings) != 1 || i.Findings[0].Exchange == "" || i.Findings[0].Received != "status 200") {
			t.Errorf("%+v", i)
		}
		if i.Key == "init-500" && !strings.Contains(i.Reason, "configure hooks.states") {
			t.Errorf("a state that nothing handles: %+v", i)
		}
	}
	for name, want := range map[string]string{"junit.xml": `name="hip-gateway/init-202"`, "report.html": "Interactions of hip-gateway.json"} {
		if !strings.Contains(string(s.out(t, name)), want) {
			t.Errorf("%s does not hold the pacts", name)
		}
	}
	keepsJUnitGrammar(t, s)
	rendersAgain(t, s, exitNotConformant) // judge and report keep the pacts

	elsewhere := append(env, "CONFORMANCE_SUBJECT_URL=http://127.0.0.1:1/gateway")
	finish(t, s.dir, elsewhere, verify...).wants(t, exitUsage, "another subject")
}

// Without a hook for its states a provider that keeps its contract is not whole, and has not failed.
func TestProcessPactStateThatNothingHandlesExits4(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 10*time.Second)
	s.serve(t)
	verify := []string{"pact", "verify", "-c", "conformance.yaml", "--out", "out"}
	finish(t, s.dir, withPact(t, s.env...), verify...).wants(t, exitIncomplete, "12 of 60 interactions could not be verified")
	hook := "#!/bin/sh\necho '{'\n"
	if err := os.WriteFile(filepath.Join(s.dir, "hook"), []byte(hook), 0o700); err != nil {
		t.Fatal(err)
	}
	env := withPact(t, append(s.env, "CONFORMANCE_HOOKS_STATES_EXEC="+filepath.Join(s.dir, "hook"))...)
	finish(t, s.dir, env, verify...).wants(t, exitIncomplete)
	for _, i := range s.results(t).Pacts[0].Interactions {
		if i.Key == "init-500" && !strings.Contains(i.Reason, "JSON object") {
			t.Errorf("a hook that answers no JSON: %+v", i)
		}
	}
}

func TestProcessPactLeavesNoSecretBehind(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 3*time.Second)
	inbound, outbound := newWire(t, "http://"+s.harness), newWire(t, "http://"+s.subject)
	s.env = append(s.env, "CONFORMANCE_HARNESS_PUBLIC_URL="+inbound.url)
	s.serve(t, "--fault", "error-leaks", "--fault", "error-body-text", "--fault", "forward-caller-token", "--fault", "accept-missing:confirm:/requestId")
	s.run(t, "--target", outbound.url+"/gateway", "--filter", "AUTH-GEN-001 || /CONF/")
	before := len(outbound.passages())
	e := finish(t, s.dir, withPact(t, s.env...), "pact", "verify", "-c", "conformance.yaml", "--target", outbound.url+"/gateway", "--out", "out")
	e.wants(t, exitNotConformant)
	if len(outbound.passages())-before < 60 {
		t.Errorf("only %d messages of the pacts travelled", len(outbound.passages())-before)
	}
	if n := tally(s.results(t).Pacts); n[suites.Warning] == 0 || n[suites.Fail] == 0 {
		t.Errorf("%v: nothing that leaks was found", n)
	}
	all := canaries(t, inbound, outbound)
	keepsSecrets(t, s, e, all)
	keepsSecrets(t, s, finish(t, s.dir, withPact(t), "pact", "messages", "out"), all)
}

func TestProcessPactChecksAVendorsPact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var pact map[string]any
	if err := json.Unmarshal(ownPact(t), &pact); err != nil {
		t.Fatal(err)
	}
	pact["consumer"] = map[string]any{"name": "acme"}
	for _, item := range pact["interactions"].([]any) {
		if i := item.(map[string]any); i["key"] == "init-202" {
			i["response"].(map[string]any)["status"] = 200
		}
	}
	text, err := json.Marshal(pact)
	if err != nil {
		t.Fatal(err)
	}
	e := finish(t, dir, withPact(t), "pact", "check", "--consumer", "hip", "--out", "out", written(t, "acme.json", text))
	e.wants(t, exitNotConformant)
	fits(t, e.stdout)
	var found []suites.PactResult
	if err := json.Unmarshal(content(t, dir, "out", pactCheckFile), &found); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(found[0].Interactions, func(i suites.PactInteraction) bool { return i.Key == "init-202" })
	if n := tally(found); n[suites.Fail] != 1 || n[suites.Pass] != 19 || !found[0].Foreign {
		t.Errorf("%v", n)
	}
	if f := found[0].Interactions[at].Findings; len(f) == 0 || !strings.Contains(f[0].Hint, "202") {
		t.Errorf("%+v", f)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", pactsFile)); err == nil {
		t.Error("the check of a consumer stands among the results of a subject")
	}
	finish(t, dir, withPact(t), "pact", "check", "--out", "out", written(t, "own.json", ownPact(t))).wants(t, 0)
}

func TestProcessPactJudgesCapturedMessages(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 3*time.Second)
	s.serve(t, "--fault", "id-not-uuid")
	s.run(t, "--filter", "AUTH-GW-002 || AUTH-GEN-012").wants(t, exitNotConformant) // both judge conversations
	e := finish(t, s.dir, withPact(t), "pact", "messages", "out")
	e.wants(t, exitNotConformant)
	fits(t, e.stdout)
	var missed int
	for _, p := range s.results(t).Pacts {
		for _, i := range p.Interactions {
			for _, f := range i.Findings {
				if f.Pointer == "/requestId" && f.Exchange != "" && f.Scenario != "" {
					missed++
				}
			}
		}
	}
	if missed == 0 {
		t.Errorf("nothing was found on messages whose requestId is no UUID:\n%s", e.stdout)
	}
	dir := t.TempDir()
	finish(t, dir, nil, "run", "--filter", "AUTH-GW-002", "--out", "out").wants(t, exitIncomplete)
	finish(t, dir, withPact(t), "pact", "messages", "out").wants(t, 0)
	if n := tally(valid(t, content(t, dir, "out", "results.json")).Pacts); n[suites.Pass] < 15 || n[suites.Fail] > 0 {
		t.Errorf("%v", n)
	}
	finish(t, dir, withPact(t), "pact", "messages", ".").wants(t, exitUsage, evidenceFile)
}

// A consent manager is verified at its URL: the patient of the configuration, and a decide hook, bring its states about.
func TestProcessPactVerifiesAConsentManager(t *testing.T) {
	t.Parallel()
	s := newCMStaging(t)
	cm := s.serve(t)
	e := finish(t, s.dir, withPact(t, s.env...), "pact", "verify", "-c", "conformance.yaml", "--out", "out")
	e.wants(t, exitIncomplete, "4 of 16 interactions could not be verified")
	fits(t, e.stdout)
	r := s.results(t)
	if n := tally(r.Pacts); n[suites.Pass] != 12 || n[suites.Inconclusive] != 4 {
		t.Errorf("%v", n)
	}
	keepsJUnitGrammar(t, s)
	cm.interrupt(t)
	steps := cm.wait(t)
	steps.wants(t, 0, "a session awaits its decision", "told by the decide hook what the patient decides, answered 204", "sent notify, answered 202")
	s.tellsNothing(t, steps.stderr)
	for _, name := range []string{pactEvidenceFile, pactsFile, "results.json", "report.html"} {
		if text := string(s.out(t, name)); strings.Contains(text, s.secrets["cm"]) || strings.Contains(text, "eyJ") || strings.Contains(text, "hinapatel") {
			t.Errorf("%s holds a secret, a token or a patient", name)
		}
	}
	s.serve(t, "--fault", "ack-200")
	finish(t, s.dir, withPact(t, s.env...), "pact", "verify", "-c", "conformance.yaml", "--out", "out").wants(t, exitNotConformant)
	if n := tally(s.results(t).Pacts); n[suites.Fail] != 4 {
		t.Errorf("%v", n)
	}
	silent := strings.Replace(string(content(t, s.dir, "conformance.yaml")), "/cm/decide", "/cm/absent", 1)
	s.write(t, "conformance.yaml", silent)
	finish(t, s.dir, withPact(t, s.env...), "pact", "verify", "-c", "conformance.yaml", "--out", "out").wants(t, exitNotConformant)
	for _, i := range s.results(t).Pacts[0].Interactions {
		if i.Key == "on-notify-202" && (i.Verdict != suites.Inconclusive || !strings.Contains(i.Reason, "hooks.decide failed: its URL answered 404")) {
			t.Errorf("without a decision: %+v", i)
		}
	}
}
