package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

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

func TestEveryCheckJudgesARequirementOfTheCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, check := range suites.List(gateway.Specs) {
		q, ok := suites.Requirements().Lookup(check.Requirement)
		switch {
		case !ok || q.ID != check.Requirement:
			t.Errorf("%q judges %s, which requirements.yaml does not have", check.Name, check.Requirement)
		case !slices.Contains(q.Roles, contract.Gateway):
			t.Errorf("%q judges %s, which does not bind a gateway", check.Name, check.Requirement)
		}
		if check.Name == "" || seen[check.Name] {
			t.Errorf("%q: the name of a check must be there and be its own", check.Name)
		}
		seen[check.Name] = true
	}
}

func TestEveryRequirementOfAGatewayHasACheck(t *testing.T) {
	checked := map[string]bool{}
	for _, check := range suites.List(gateway.Specs) {
		checked[check.Requirement] = true
	}
	for _, q := range suites.Requirements().For(contract.Gateway) {
		if !checked[q.ID] {
			t.Errorf("%s (%s) has no check, so no gateway can ever conform: write one in suites/gateway", q.ID, q.Title)
		}
	}
}

func TestEveryPatternSelectsAScenario(t *testing.T) {
	all := scenario.For(contract.Gateway)
	for _, check := range suites.List(gateway.Specs) {
		if len(scenario.Select(all, []string{check.Flows})) == 0 {
			t.Errorf("%s, %q: no scenario has a name like %q", check.Requirement, check.Name, check.Flows)
		}
		for _, pattern := range alternatives(check.Flows) {
			if len(scenario.Select(all, []string{pattern})) == 0 {
				t.Errorf("%s, %q: no scenario has a name like %q", check.Requirement, check.Name, pattern)
			}
		}
	}
}

func TestEveryScenarioIsJudged(t *testing.T) {
	checks := suites.List(gateway.Specs)
	for _, s := range scenario.For(contract.Gateway) {
		if !slices.ContainsFunc(checks, func(c suites.Listed) bool { return scenario.Matches(c.Flows, s.Name) }) {
			t.Errorf("%s is played and no check looks at it", s.Name)
		}
	}
}

func TestScenariosAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenario.For(contract.Gateway) {
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
		for note, known := range map[string][]string{s.Needs.Mode: contract.Modes, s.Notes[scenario.NoteMode]: contract.Modes,
			s.Needs.Purpose: contract.Purposes, s.Notes[scenario.NotePurpose]: contract.Purposes} {
			if note != "" && !slices.Contains(known, note) {
				t.Errorf("%s: %q is none of %v", s.Name, note, known)
			}
		}
	}
}
