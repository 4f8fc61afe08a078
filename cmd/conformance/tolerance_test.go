package main

import (
	"strings"
	"testing"

	"abdm.example/conformance/suites"
)

func TestProcessExplainsTolerances(t *testing.T) {
	row, _ := suites.LookupTolerance("D03")
	for _, c := range []struct {
		id    string
		exit  int
		wants []string
	}{
		{"d03", 0, []string{"D03", row.Deployed, row.Accepted, "Softens: " + strings.Join(row.Requirements, ", ")}},
		{row.Requirements[0], 0, []string{"D03, as a warning: " + row.Accepted}},
		{"D99", exitUsage, []string{"D99"}},
	} {
		e := finish(t, t.TempDir(), nil, "explain", c.id)
		if e.code != c.exit {
			t.Errorf("explain %s ends with %d, want %d", c.id, e.code, c.exit)
		}
		for _, want := range c.wants {
			if !strings.Contains(e.stdout+e.stderr, want) {
				t.Errorf("explain %s does not say %q:\n%s%s", c.id, want, e.stdout, e.stderr)
			}
		}
	}
}

func TestProcessRefusesAnUnknownDialect(t *testing.T) {
	e := finish(t, t.TempDir(), nil, "serve", "gateway", "--dialect", "lax")
	e.wants(t, exitUsage, `"lax"`, "field")
}
