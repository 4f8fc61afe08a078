package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// What a run with --unredacted leaves behind holds the secrets, says so everywhere, and is for its owner's eyes alone. Its
// verdicts are those of any run.
func TestProcessUnredactedRunSaysSo(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 3*time.Second)
	s.serve(t, "--fault", "error-leaks")
	const filter = "AUTH-GEN-001 || AUTH-GEN-026 || /INIT/"
	s.run(t, "--filter", filter)
	redacted := s.results(t)
	if redacted.Unredacted || bytes.Contains(s.out(t, evidenceFile), []byte("Bearer eyJ")) {
		t.Fatal("a run without --unredacted is not redacted")
	}
	e := s.run(t, "--filter", filter, "--unredacted")
	if !strings.Contains(e.stderr, "out will hold the secrets and the patient data of this run") || !strings.Contains(e.stdout, "UNREDACTED") {
		t.Errorf("nothing warns:\n%s%s", e.stdout, e.stderr)
	}
	fits(t, e.stdout)
	r := s.results(t)
	if !r.Unredacted || r.ValidUntil != nil {
		t.Errorf("unredacted %v, valid until %v", r.Unredacted, r.ValidUntil)
	}
	secret, _, _ := strings.Cut(s.secrets["HIP"], "+") // what follows may be escaped in more ways than one
	evidence := s.out(t, evidenceFile)
	for _, want := range [][]byte{[]byte("Bearer eyJ"), []byte(secret)} {
		if !bytes.Contains(evidence, want) {
			t.Errorf("the evidence does not hold %s", want)
		}
	}
	if i := bytes.Index(evidence, []byte("‹redacted")); i >= 0 {
		t.Errorf("the evidence holds …%s…", evidence[max(0, i-200):min(len(evidence), i+100)])
	}
	for i, q := range r.Requirements {
		if was := redacted.Requirements[i]; was.ID != q.ID || was.Verdict != q.Verdict {
			t.Errorf("%s is %s, and was %s in the redacted run", q.ID, q.Verdict, was.Verdict)
		}
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v", entry.Name(), info.Mode())
		}
	}
	judged := finish(t, s.dir, nil, "judge", "out")
	if again := s.results(t); !again.Unredacted || !strings.Contains(judged.stdout, "UNREDACTED") {
		t.Error("judged again, it does not say that it is unredacted")
	}
	if len(having(r, suites.Pass)) == 0 {
		t.Error("nothing passed, so this proves nothing")
	}
}
