package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

func TestProcessConformingSubjectExits0(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 10*time.Second)
	gateway := s.serve(t)
	e := s.run(t, "--certificate-operator", "Example Test Laboratory", "--certificate-valid-for", "48h")
	e.wants(t, exitConformant, "Playing")
	r := s.results(t)
	certifies(t, s, r)
	if r.Verdict != suites.Conformant || len(having(r, suites.Pass)) < 40 {
		t.Errorf("verdict %s, %d requirements passed: %s", r.Verdict, len(having(r, suites.Pass)), r.Reason)
	}
	fits(t, e.stdout)
	if report := filepath.Join("out", reports.ReportFile); !strings.Contains(e.stdout, report) {
		t.Errorf("the summary does not name %s:\n%s", report, e.stdout)
	}
	rendersAgain(t, s, exitConformant)

	first := s.out(t, evidenceFile)
	s.run(t).wants(t, exitConformant)
	if kept := s.out(t, "earlier-1/"+evidenceFile); string(kept) != string(first) || string(s.out(t, evidenceFile)) == string(first) {
		t.Error("a second run into the same directory does not keep the evidence of the first beside its own")
	}
	gateway.interrupt(t)
	gateway.wait(t).wants(t, 0)
}

// certifies wants what a certificate says beside its verdict, and what the run saw on its way.
func certifies(t *testing.T, s *staging, r *suites.Results) {
	t.Helper()
	digest := sha256.Sum256(s.out(t, evidenceFile))
	if r.Operator != "Example Test Laboratory" || r.Demonstration || r.ValidUntil == nil || r.ValidUntil.Sub(r.Finished) != 48*time.Hour {
		t.Errorf("operator %q, demonstration %v, finished %s, good until %v", r.Operator, r.Demonstration, r.Finished, r.ValidUntil)
	}
	if e := r.Evidence; e.File != evidenceFile || e.Digest != hex.EncodeToString(digest[:]) || e.Exchanges == 0 || e.Scenarios == 0 {
		t.Errorf("the evidence is %+v, its digest %x", e, digest)
	}
	c := r.Conditions
	if c.OS == "" || c.Concurrency == 0 || len(c.Addresses) != 1 || c.TLS != nil || c.Clock == nil || c.Acknowledgement.Count == 0 {
		t.Errorf("the conditions are %+v", c)
	}
	for _, one := range r.Capabilities {
		if one.Declared && (one.State != suites.CapabilityWorking || one.Exchange == "") {
			t.Errorf("%s %s is %s, shown by %q", one.Kind, one.Name, one.State, one.Exchange)
		}
	}
	if len(r.Variants) < 15 || len(r.Untested) < 5 {
		t.Errorf("%d variants and %d things that are not tested", len(r.Variants), len(r.Untested))
	}
}

func TestProcessRunWithoutTargetCertifiesTheBundledReference(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := finish(t, dir, nil, "run")
	e.wants(t, exitConformant)
	fits(t, e.stdout)
	if r := valid(t, content(t, dir, "conformance-out", reports.ResultsFile)); r.Verdict != suites.Conformant || !r.Demonstration || r.ValidUntil != nil {
		t.Errorf("%s, demonstration %v, good until %v: %s", r.Verdict, r.Demonstration, r.ValidUntil, r.Reason)
	}
}

func TestProcessUsageAndConfigurationExit2(t *testing.T) {
	t.Parallel()
	s := newStaging(t, time.Second)
	s.write(t, "typo.yaml", "subject:\n  role: gateway\n  url: http://127.0.0.1:1/gateway\n  topolgy: routed\n")
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"unknown key":        {[]string{"run", "-c", "typo.yaml"}, []string{"typo.yaml:4", "topolgy", "topology"}},
		"no such file":       {[]string{"run", "-c", "absent.yaml"}, []string{"absent.yaml", "init"}},
		"variable not set":   {[]string{"run", "-c", "unset.yaml"}, []string{"unset.yaml:3", "NOBODY_SET_THIS"}},
		"unknown flag":       {[]string{"run", "--nope"}, []string{"--nope", "run --help"}},
		"bad value":          {[]string{"run", "-c", "conformance.yaml", "--timing-quiet", "soon"}, []string{"--timing-quiet"}},
		"unknown profile":    {[]string{"run", "--profile", "lax"}, []string{"lax", "strict"}},
		"unknown output":     {[]string{"run", "--output", "yaml"}, []string{"yaml", "markdown"}},
		"unknown command":    {[]string{"rum"}, []string{"rum", "did you mean run"}},
		"empty filter":       {[]string{"run", "-c", "conformance.yaml", "--filter", "AUTH-NOPE-001"}, []string{"AUTH-NOPE-001", "conformance list"}},
		"broken filter":      {[]string{"run", "-c", "conformance.yaml", "--filter", "(("}, []string{"--filter"}},
		"port in use":        {[]string{"run", "-c", "conformance.yaml", "--harness-listen", busy.Addr().String()}, []string{busy.Addr().String(), "harness.listen"}},
		"served port in use": {[]string{"serve", "gateway", "-c", "conformance.yaml", "--address", busy.Addr().String()}, []string{busy.Addr().String(), "--address"}},
		"unknown fault":      {[]string{"serve", "gateway", "-c", "conformance.yaml", "--fault", "ack-201"}, []string{"ack-201", "ack-200"}},
		"nothing to judge":   {[]string{"judge", "."}, []string{evidenceFile, "run --out"}},
		"nothing to render":  {[]string{"report", "."}, []string{reports.ResultsFile}},
		"unknown id":         {[]string{"explain", "AUTH-NOPE-001"}, []string{"AUTH-NOPE-001", "conformance list"}},
		"unknown role":       {[]string{"list", "--role", "gatway"}, []string{"gatway", "gateway"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.write(t, "unset.yaml", "subject: {role: gateway, url: 'http://127.0.0.1:1/gateway'}\nidentities:\n  hip: {id: hip-1, token: \"${NOBODY_SET_THIS}\"}\n")
			e := finish(t, s.dir, s.env, c.args...)
			e.wants(t, exitUsage, c.says...)
			if e.stdout != "" || !strings.HasPrefix(e.stderr, "conformance: ") {
				t.Errorf("stdout %q, stderr %q", e.stdout, e.stderr)
			}
		})
	}
	if entries, err := filepath.Glob(filepath.Join(s.dir, "conformance-out", "*")); err != nil || len(entries) > 0 {
		t.Errorf("a run that never began wrote %v, %v", entries, err)
	}
}

func TestProcessPreflightExits3AndKeepsEarlierEvidence(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 5*time.Second)
	if err := os.Mkdir(filepath.Join(s.dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.write(t, "out/"+evidenceFile, "of an earlier run\n")
	t.Run("unreachable", func(t *testing.T) {
		s.run(t).wants(t, exitPreflight, s.subject, "cannot be reached", "start the subject")
	})
	s.serve(t)
	t.Run("wrong client secret", func(t *testing.T) {
		const wrong = "canary-of-a-wrong-secret"
		e := finish(t, s.dir, append(s.env, "HIU_SECRET="+wrong), "run", "-c", "conformance.yaml", "--out", "out")
		e.wants(t, exitPreflight, "login as hiu", "401")
		if strings.Contains(e.stderr+e.stdout, wrong) {
			t.Errorf("the wrong secret is printed:\n%s", e.stderr)
		}
	})
	t.Run("no gateway below that path", func(t *testing.T) {
		s.run(t, "--target", "http://"+s.subject+"/elsewhere").wants(t, exitPreflight, "login as hip", "404")
	})
	if text := s.out(t, evidenceFile); string(text) != "of an earlier run\n" {
		t.Errorf("the evidence of the earlier run is %q now", text)
	}
	if entries, err := os.ReadDir(filepath.Join(s.dir, "out")); err != nil || len(entries) != 1 {
		t.Errorf("runs that never began left %v, %v", entries, err)
	}
}

func TestProcessFilterExits4(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 10*time.Second)
	s.serve(t)
	e := s.run(t, "--filter", "AUTH-GEN-001 || /INIT/")
	e.wants(t, exitIncomplete)
	fits(t, e.stdout)
	r := s.results(t)
	if r.Verdict != suites.Incomplete || len(r.Deviations) != 1 || r.Deviations[0].Kind != "filter" {
		t.Errorf("verdict %s, deviations %+v", r.Verdict, r.Deviations)
	}
	for _, q := range r.Requirements {
		selected := q.ID == "AUTH-GEN-001" || strings.Contains(q.ID, "INIT")
		judged := q.Verdict == suites.Pass || q.Verdict == suites.NotApplicable // some are about a CM inside the subject
		if selected != judged || !selected && q.Verdict != suites.NotRun {
			t.Errorf("%s is %s; the filter selects it: %v", q.ID, q.Verdict, selected)
		}
	}
	rendersAgain(t, s, exitIncomplete)
}

// What cannot be recorded did not happen: a run whose evidence cannot be written is no verdict on anybody.
func TestProcessEvidenceThatCannotBeWrittenExits5(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	t.Run("no file", func(t *testing.T) {
		full := filepath.Join(dir, "full")
		if err := os.Mkdir(full, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/full", filepath.Join(full, evidenceFile)); err != nil {
			t.Fatal(err)
		}
		finish(t, dir, nil, "run", "--out", "full").wants(t, exitInternal, evidenceFile)
	})
	t.Run("full on the way", func(t *testing.T) {
		shell, err := exec.LookPath("bash")
		if err != nil {
			t.Skip("bash, which sets the limit of a file's size, is not on the PATH; install the Debian package bash")
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, shell, "-c", fmt.Sprintf("ulimit -f 400; exec '%s' run --out limited", binary)) // 400 KiB
		cmd.Dir = dir
		stdout, stderr := newSaid(), newSaid()
		cmd.Stdout, cmd.Stderr = stdout, stderr
		_ = cmd.Run() // the exit code tells
		e := ended{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
		e.wants(t, exitInternal, "evidence cannot be recorded")
		if n := strings.Count(e.stderr, "cannot be recorded,"); n != 1 {
			t.Errorf("the same failure is told %d times:\n%s", n, e.stderr)
		}
		r := valid(t, content(t, dir, "limited", reports.ResultsFile))
		if failed := having(r, suites.Fail, suites.Warning); r.Verdict != suites.Incomplete || len(failed) > 0 {
			t.Errorf("verdict %s, and our own failure is laid to the subject's charge: %v", r.Verdict, failed)
		}
	})
}
