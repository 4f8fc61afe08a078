package scenario_test

import (
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
)

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		pattern, name string
		want          bool
	}{
		{"flow/hip", "flow/hip", true},
		{"flow/hip", "flow/hiu", false},
		{"flow/hip", "flow/hip/direct", false},
		{"flow/*", "flow/hip", true},
		{"flow/*", "flow/hip/direct", false},
		{"flow/h*", "flow/hip", true},
		{"flow/*/direct", "flow/hip/direct", true},
		{"flow/...", "flow/hip", true},
		{"flow/...", "flow/hip/direct/kyc/granted", true},
		{"flow/...", "flow", false},
		{"flow/...", "flows/hip", false},
		{"flow/*/direct/...", "flow/hiu/direct/kyc/denied", true},
		{"flow/*/direct/...", "flow/hiu/demographics/kyc", false},
		{"flow/*/direct/...", "flow/hiu/direct", false},
		{"...", "anything/at/all", true},
		{"...", "anything", true},
		{"a|b", "a", true},
		{"a|b", "b", true},
		{"a|b", "a|b", false},
		{"a/...|b/*", "b/c", true},
		{"a/...|b/*", "b/c/d", false},
		{"invalid/*/missing:query.id", "invalid/init/missing:query.id", true},
		{"invalid/*/missing:query.id", "invalid/init/missing:query_id", false},
		{"", "", true},
		{"", "a", false},
		{"[", "a", false}, // no pattern at all selects nothing
		{"[/...", "a/b", false},
	} {
		if got := scenario.Matches(row.pattern, row.name); got != row.want {
			t.Errorf("%q selects %q: %t, want %t", row.pattern, row.name, got, row.want)
		}
	}
}

// A scenario can be selected by its own name, and by that alone.
func TestANameMatchesItselfOnly(t *testing.T) {
	all := scenario.For(contract.Gateway)
	if len(all) == 0 {
		t.Fatal("there are no scenarios for a gateway")
	}
	for _, s := range all {
		if strings.ContainsAny(s.Name, `*?[]\|`) || strings.HasSuffix(s.Name, "...") || strings.Trim(s.Name, "/ ") != s.Name || s.Name == "" {
			t.Errorf("%q would be read as a pattern", s.Name)
		}
		if got := scenario.Select(all, []string{s.Name}); len(got) != 1 || got[0].Name != s.Name {
			t.Errorf("%q selects %d scenarios", s.Name, len(got))
		}
		family, _, _ := strings.Cut(s.Name, "/")
		if !scenario.Matches(family+"/...", s.Name) {
			t.Errorf("%s/... does not select %s", family, s.Name)
		}
	}
}

func TestSelectKeepsTheOrderAndTakesNothingTwice(t *testing.T) {
	all := []scenario.Scenario{{Name: "b/1"}, {Name: "a/1"}, {Name: "b/2"}}
	got := scenario.Select(all, []string{"b/...", "...", "a/1"})
	if len(got) != 3 || got[0].Name != "b/1" || got[1].Name != "a/1" || got[2].Name != "b/2" {
		t.Errorf("selected %v", got)
	}
	if got := scenario.Select(all, nil); len(got) != 0 {
		t.Errorf("no pattern selects %v", got)
	}
}

func TestAnUnknownRoleHasNoScenarios(t *testing.T) {
	if got := scenario.For("nobody"); len(got) != 0 {
		t.Errorf("it has %d", len(got))
	}
}

func FuzzMatches(f *testing.F) {
	for _, seed := range [][2]string{{"flow/...", "flow/hip"}, {"a|b", "a"}, {"*/x", "y/x"}, {"[", "["}, {`\`, "a"}, {"...|", ""}, {"a//...", "a//b"}, {"é*", "éa"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		got := scenario.Matches(pattern, name)
		one := false
		for _, p := range strings.Split(pattern, "|") {
			one = one || scenario.Matches(p, name)
		}
		if got != one {
			t.Errorf("%q selects %q: %t, its alternatives: %t", pattern, name, got, one)
		}
		if !scenario.Matches("...", name) {
			t.Errorf("... does not select %q", name)
		}
		if !strings.ContainsAny(name, `*?[\|`) && !strings.HasSuffix(name, "...") && !scenario.Matches(name, name) {
			t.Errorf("%q does not select itself", name)
		}
		if head, rest, ok := strings.Cut(name, "/"); ok && !strings.ContainsAny(head, `*?[\|`) && !scenario.Matches(head+"/...", name) {
			t.Errorf("%q/... does not select %q (%q)", head, name, rest)
		}
	})
}
