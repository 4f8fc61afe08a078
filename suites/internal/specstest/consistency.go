// Package specstest holds the tests that the checks of every role must pass: that requirements, checks and scenarios fit
// together, and that verdicts follow from evidence.
package specstest

import (
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Consistent tests that the requirements, the checks and the scenarios of a role fit together.
func Consistent(t *testing.T, role contract.Role, specs suites.Specs) {
	checks, scenarios := suites.List(specs), scenario.For(role)
	t.Run("every check judges a requirement of the catalogue", func(t *testing.T) { judging(t, role, checks) })
	t.Run("every requirement has a check", func(t *testing.T) { checked(t, role, checks) })
	t.Run("every pattern selects a scenario", func(t *testing.T) { selecting(t, checks, scenarios) })
	t.Run("every scenario is judged", func(t *testing.T) { judged(t, checks, scenarios) })
	t.Run("scenarios are well formed", func(t *testing.T) { wellFormed(t, scenarios) })
}

func judging(t *testing.T, role contract.Role, checks []suites.Listed) {
	seen := map[string]bool{}
	for _, check := range checks {
		q, ok := suites.Requirements().Lookup(check.Requirement)
		switch {
		case !ok || q.ID != check.Requirement:
			t.Errorf("%q judges %s, which requirements.yaml does not have", check.Name, check.Requirement)
		case !slices.Contains(q.Roles, role):
			t.Errorf("%q judges %s, which does not bind a %s", check.Name, check.Requirement, role)
		}
		if check.Name == "" || seen[check.Name] {
			t.Errorf("%q: the name of a check must be there and be its own", check.Name)
		}
		seen[check.Name] = true
	}
}

func checked(t *testing.T, role contract.Role, checks []suites.Listed) {
	for _, q := range suites.Requirements().For(role) {
		if !slices.ContainsFunc(checks, func(c suites.Listed) bool { return c.Requirement == q.ID }) {
			t.Errorf("%s (%s) has no check, so no %s can ever conform: write one", q.ID, q.Title, role)
		}
	}
}

func selecting(t *testing.T, checks []suites.Listed, all []scenario.Scenario) {
	for _, check := range checks {
		for _, pattern := range append(alternatives(check.Flows), check.Flows) {
			if len(scenario.Select(all, []string{pattern})) == 0 {
				t.Errorf("%s, %q: no scenario has a name like %q", check.Requirement, check.Name, pattern)
			}
		}
	}
}

// alternatives are the patterns of a check that "|" separates. One for all cases of a kind at one endpoint, such as
// "invalid/init/prose:*", stands for that kind at any endpoint: not every message can be wrong in every way.
func alternatives(pattern string) []string {
	all := strings.Split(pattern, "|")
	for i, p := range all {
		if parts := strings.Split(p, "/"); len(parts) == 3 && strings.HasSuffix(p, ":*") {
			parts[1] = "*"
			all[i] = strings.Join(parts, "/")
		}
	}
	return all
}

func judged(t *testing.T, checks []suites.Listed, all []scenario.Scenario) {
	for _, s := range all {
		told := scenario.Matches(scenario.UndeclaredFlows, s.Name) // among the capabilities, and no check judges it
		if !told && !slices.ContainsFunc(checks, func(c suites.Listed) bool { return scenario.Matches(c.Flows, s.Name) }) {
			t.Errorf("%s is played and no check looks at it", s.Name)
		}
	}
}

func wellFormed(t *testing.T, all []scenario.Scenario) {
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s.Name] {
			t.Errorf("%s stands there twice", s.Name)
		}
		seen[s.Name] = true
		if s.Title == "" || s.Play == nil {
			t.Errorf("%s has no title or no play function", s.Name)
		}
		if e := s.Notes[scenario.NoteEndpoint]; e != "" {
			if _, ok := contract.EndpointNamed(e); !ok {
				t.Errorf("%s is about %q, which is no endpoint", s.Name, e)
			}
		}
		if b := s.Notes[scenario.NoteBridge]; b != "" && !slices.Contains(contract.Bridges, contract.Role(b)) {
			t.Errorf("%s is played by %q, which is no bridge", s.Name, b)
		}
		for word, known := range map[string][]string{s.Needs.Mode: contract.Modes, s.Notes[scenario.NoteMode]: contract.Modes,
			s.Needs.Purpose: contract.Purposes, s.Notes[scenario.NotePurpose]: contract.Purposes} {
			if word != "" && !slices.Contains(known, word) {
				t.Errorf("%s: %q is none of %v", s.Name, word, known)
			}
		}
	}
}
