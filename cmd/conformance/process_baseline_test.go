package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

func TestProcessBaselineAcceptsFailuresForATime(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 3*time.Second)
	s.serve(t, "--fault", "resp-not-mapped")
	s.run(t).wants(t, exitNotConformant)
	failing := having(s.results(t), suites.Fail)
	finish(t, s.dir, nil, "baseline", "init", "out", "--owner", "Gateway team", "--reason", "Mended in 2.4", "--expires", "2999-12-31").wants(t, exitConformant)
	finish(t, s.dir, nil, "baseline", "init", "out", "--owner", "a", "--reason", "b", "--expires", "2999-12-31").wants(t, exitUsage, "is there already")

	e := s.run(t, "--baseline", "accepted.yaml")
	e.wants(t, exitConformant)
	fits(t, e.stdout)
	if !strings.HasPrefix(e.stdout, "ACCEPTED: not a certificate") {
		t.Errorf("the summary does not say that this is no certificate:\n%s", e.stdout)
	}
	r := s.results(t)
	if r.Verdict != suites.Incomplete || !r.Accepted() || r.ValidUntil != nil || len(r.Baseline.Entries) != len(failing) || len(r.Deviations) < len(failing) {
		t.Errorf("verdict %s, baseline %+v, deviations %v", r.Verdict, r.Baseline, r.Deviations)
	}
	junit := s.out(t, reports.JUnitFile)
	if bytes.Contains(junit, []byte("<failure")) || !bytes.Contains(junit, []byte(`<skipped message="accepted until 2999-12-31 by Gateway team: Mended in 2.4`)) {
		t.Error("junit.xml does not skip what is accepted")
	}
	keepsJUnitGrammar(t, s)
	for _, name := range []string{reports.ReportFile, reports.SummaryFile} {
		if !bytes.Contains(s.out(t, name), []byte("ccepted until 2999-12-31 by Gateway team: Mended in 2.4")) {
			t.Errorf("%s does not say what is accepted", name)
		}
	}
	finish(t, s.dir, nil, "judge", "out", "--baseline", "accepted.yaml").wants(t, exitConformant)
	if again := s.results(t); again.Baseline.Digest != r.Baseline.Digest || again.Reason != r.Reason {
		t.Error("judging again with the same baseline says something else")
	}

	entries := string(content(t, s.dir, "accepted.yaml"))
	for name, c := range map[string]struct {
		file  string
		code  int
		wants string
	}{
		"passing": {entries + "    - {id: AUTH-GEN-019, reason: r, owner: o, expires: 2999-12-31}\n", exitNotConformant, "AUTH-GEN-019 does not fail any more"},
		"expired": {strings.Replace(entries, "2999", "2001", 1), exitNotConformant, "expired on 2001-12-31"},
		"fewer":   {"accepted: []\n", exitNotConformant, failing[0]},
		"unknown": {strings.Replace(entries, failing[0], "AUTH-NONE-001", 1), exitUsage, ""},
	} {
		s.write(t, "other.yaml", c.file)
		e := finish(t, s.dir, nil, "judge", "out", "--baseline", "other.yaml")
		if e.code != c.code || !strings.Contains(strings.Join(strings.Fields(e.stdout), " "), c.wants) {
			t.Errorf("%s: exit %d\n%s%s", name, e.code, e.stdout, e.stderr)
		}
	}
	finish(t, s.dir, nil, "judge", "out").wants(t, exitNotConformant)
}

func TestProcessBaselineThatIsWrongIsRefusedBeforeTheRun(t *testing.T) {
	t.Parallel()
	s := newStaging(t, patience)
	s.write(t, "accepted.yaml", "accepted:\n  - {id: AUTH-GEN-001, reason: r, owner: o, expires: soon}\n")
	s.run(t, "--baseline", "accepted.yaml").wants(t, exitUsage, "accepted.yaml:2: expires")
	s.run(t, "--baseline", "none.yaml").wants(t, exitUsage, "none.yaml:1")
}
