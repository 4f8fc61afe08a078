package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/reports"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

// staging is one vendor's staging network: a directory with a conformance.yaml, and the secrets of its parties in the environment.
type staging struct {
	dir     string
	role    string // of the subject
	subject string // host:port on which the subject is served
	harness string // host:port on which the run listens
	env     []string
	secrets map[string]string // by role, as planted in the environment
}

// newStaging writes a conformance.yaml. The callback is waited for only where it does not come.
func newStaging(t *testing.T, callback time.Duration) *staging {
	t.Helper()
	s := newNetwork(t, "gateway")
	for _, role := range []string{"HIP", "HIU", "CM"} {
		s.secrets[role] = "canary/" + rand.Text() + `+"&<` + role // what JSON, XML and URLs write otherwise
		s.env = append(s.env, role+"_SECRET="+s.secrets[role])
	}
	s.write(t, "conformance.yaml", fmt.Sprintf(`subject:
  role: gateway
  url: http://%s/gateway
  name: Example Gateway
  version: "2.3.1"
identities:
  hip: {id: hip-1, client-id: hip-client, client-secret: "${HIP_SECRET}"}
  hiu: {id: hiu-1, client-id: hiu-client, client-secret: "${HIU_SECRET}"}
  cm: {id: sbx, client-id: cm-client, client-secret: "${CM_SECRET}"}
harness:
  listen: %s
timing: {callback: %s, quiet: 500ms, ack: 10s}
`, s.subject, s.harness, callback))
	return s
}

// newNetwork is a staging network without a configuration.
func newNetwork(t *testing.T, role string) *staging {
	t.Helper()
	return &staging{dir: t.TempDir(), role: role, subject: freePort(t), harness: freePort(t), secrets: map[string]string{}}
}

func (s *staging) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve serves the reference of the subject's role in a process of its own until the test ends.
func (s *staging) serve(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, s.dir, s.env, append([]string{"serve", s.role, "-c", "conformance.yaml"}, args...)...)
	p.stdout.await(t, "Stop it with Ctrl-C", p.stderr)
	t.Cleanup(func() { // it is asked to end only after the last run
		select {
		case <-p.ended:
			if p.cmd.ProcessState.ExitCode() != 0 {
				t.Errorf("the %s ended during the test (%s):\n%s", s.role, p.cmd.ProcessState, p.stderr)
			}
		default:
		}
	})
	return p
}

// run certifies the subject of the file; results lie in out.
func (s *staging) run(t *testing.T, args ...string) ended {
	t.Helper()
	return finish(t, s.dir, s.env, append([]string{"run", "-c", "conformance.yaml", "--out", "out"}, args...)...)
}

// out reads a file of the run's directory.
func (s *staging) out(t *testing.T, name string) []byte { return content(t, s.dir, "out", name) }

func content(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// outputs are the files that a run leaves behind, beside its evidence.
var outputs = reports.Files()

// results reads results.json, once it has kept its published schema.
func (s *staging) results(t *testing.T) *suites.Results {
	t.Helper()
	return valid(t, s.out(t, reports.ResultsFile))
}

func valid(t *testing.T, body []byte) *suites.Results {
	t.Helper()
	violations, err := schemas.ValidateResults(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(violations) > 0 {
		v := violations[0]
		t.Errorf("results.json offends its schema in %d places; at %s: expected %s, received %s", len(violations), v.Pointer, v.Expected, v.Received)
	}
	var r suites.Results
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// having are the ids of the requirements with one of the verdicts.
func having(r *suites.Results, verdicts ...suites.Verdict) []string {
	var ids []string
	for _, q := range r.Requirements {
		for _, v := range verdicts {
			if q.Verdict == v {
				ids = append(ids, q.ID)
			}
		}
	}
	return ids
}

// displayWidth is how many columns of a terminal a line of Latin text takes.
func displayWidth(line string) int { return len([]rune(line)) }

// fits fails the test where a line is wider than a terminal of 80 columns.
func fits(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); displayWidth(line) > 80 {
			t.Errorf("a line of %d columns: %s", displayWidth(line), line)
		}
	}
}
