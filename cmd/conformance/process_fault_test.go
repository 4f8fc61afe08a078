package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// faulty are gateways that break one sentence of the contract each, the requirement that must say so, and the exit
// code: a broken MUST is 1; a broken SHOULD is a warning, and the subject conforms.
var faulty = []struct {
	fault, requirement string
	code               int
}{
	{"ack-200", "AUTH-GEN-001", exitNotConformant},
	{"auth-unchecked", "AUTH-GEN-019", exitNotConformant},
	{"garbage-token-accepted", "AUTH-GEN-020", exitNotConformant},
	{"malformed-as-500", "AUTH-GEN-006", exitNotConformant},
	{"resp-not-mapped", "AUTH-GW-002", exitNotConformant},
	{"request-id-reused", "AUTH-GW-003", exitNotConformant},
	{"id-not-uuid", "AUTH-GEN-012", exitNotConformant},
	{"forward-caller-token", "AUTH-GW-006", exitNotConformant},
	{"forward-no-token", "AUTH-GW-006", exitNotConformant},
	{"header-always-hip", "AUTH-GW-007", exitNotConformant},
	{"drop-on-init", "AUTH-GW-002", exitNotConformant},
	{"drop-confirm", "AUTH-GW-001", exitNotConformant},
	{"drop-notify", "AUTH-NTF-007", exitNotConformant},
	{"double-on-init", "AUTH-GW-002", exitNotConformant},
	{"misroute:on-init", "AUTH-GW-002", exitNotConformant},
	{"swap-paths", "AUTH-GW-002", exitNotConformant},
	{"url-double-slash", "AUTH-GW-001", exitNotConformant},
	{"missing-timestamp", "AUTH-GW-027", exitNotConformant},
	{"err-callback-with-auth", "AUTH-GW-027", exitNotConformant},
	{"err-callback-client-id", "AUTH-GW-028", exitNotConformant},
	{"ack-body", "AUTH-GEN-002", exitConformant},
	{"error-body-flat", "AUTH-GEN-018", exitConformant},
}

// whole are the faults against which everything is played. The others are played only as far as their requirement
// needs, to spare a small machine: a MUST that failed is a verdict also where a filter was used.
var whole = []string{"ack-200", "resp-not-mapped", "missing-timestamp"}

func TestProcessFaultySubjects(t *testing.T) {
	t.Parallel()
	for _, c := range faulty {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			patience, verdict := 3*time.Second, suites.Fail
			if c.code == exitConformant { // nothing is waited for in vain, so there is no need to be short
				patience, verdict = 10*time.Second, suites.Warning
			}
			s := newStaging(t, patience)
			s.serve(t, "--fault", c.fault)
			var args []string
			if whole := c.code == exitConformant || slices.Contains(whole, c.fault); !whole {
				args = []string{"--filter", c.requirement}
			}
			e := s.run(t, args...)
			e.wants(t, c.code)
			fits(t, e.stdout)
			r := s.results(t)
			if found := having(r, verdict); !slices.Contains(found, c.requirement) {
				t.Errorf("%s is not among those with %s: %v", c.requirement, verdict, found)
			}
			if failed := having(r, suites.Fail); c.code == exitNotConformant &&
				(!strings.Contains(e.stdout, "NOT CONFORMANT") || !strings.Contains(e.stdout, failed[0])) {
				t.Errorf("the summary does not say what is wrong:\n%s", e.stdout)
			}
			if c.fault == "resp-not-mapped" || c.fault == "error-body-flat" {
				rendersAgain(t, s, c.code)
				keepsJUnitGrammar(t, s)
			}
		})
	}
}
