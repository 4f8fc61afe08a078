package suites

import (
	"errors"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

func TestCatalogueRefusesWhatIsIncomplete(t *testing.T) {
	const good = `
version: "1"
requirements:
  - id: T-1
    roles: [gateway]
    level: MUST
    basis: explicit
    title: A title.
    clause: a clause
    remedy: A remedy.
`
	if c, err := parseCatalogue([]byte(good)); err != nil || len(c.Requirements) != 1 {
		t.Fatalf("the good one: %v", err)
	}
	for name, row := range map[string]struct{ old, new, want string }{
		"no title":         {"    title: A title.\n", "", "T-1 lacks"},
		"no clause":        {"    clause: a clause\n", "", "T-1 lacks"},
		"no remedy":        {"    remedy: A remedy.\n", "", "T-1 lacks"},
		"no role":          {"[gateway]", "[]", "T-1 lacks"},
		"unknown level":    {"MUST", "SHALL", `unknown level "SHALL"`},
		"unknown basis":    {"explicit", "guessed", `unknown basis "guessed"`},
		"unknown key":      {"basis:", "bases:", "bases"},
		"unknown endpoint": {"    title:", "    endpoint: on-nothing\n    title:", `unknown endpoint "on-nothing"`},
		"twice the same":   {"requirements:\n", "requirements:\n  - {id: T-1, roles: [cm], level: MAY, basis: derived, title: t, clause: c, remedy: r}\n", "T-1 stands there twice"},
		"no YAML":          {"requirements:", "requirements: [", ""},
	} {
		_, err := parseCatalogue([]byte(strings.Replace(good, row.old, row.new, 1)))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q in it", name, err, row.want)
		}
	}
}

func TestCatalogueLooksUpAndSelects(t *testing.T) {
	c := Catalogue{Requirements: append(levels(), Requirement{ID: "T-CM", Roles: []contract.Role{contract.CM}})}
	if q, ok := c.Lookup("t-must"); !ok || q.ID != "T-MUST" {
		t.Errorf("found %v %v", q.ID, ok)
	}
	if _, ok := c.Lookup("T-NONE"); ok {
		t.Error("what is not there is found")
	}
	if got := c.For(contract.CM); len(got) != 1 || got[0].ID != "T-CM" {
		t.Errorf("for the CM: %v", got)
	}
}

func TestDigestIsStable(t *testing.T) {
	if a, b := Digest(), Digest(); a != b || len(a) != 64 {
		t.Errorf("digests %s and %s", a, b)
	}
}

func TestListFiltered(t *testing.T) {
	specs := one(func(*C) {}, "T-MUST", "T-SHOULD", "T-MAY")
	for filter, want := range map[string]string{
		"T-MUST": "T-MUST", "/SHOULD|MAY/": "T-MAY T-SHOULD", "T-MUST || T-MAY": "T-MAY T-MUST", "!T-MUST": "T-MAY T-SHOULD",
	} {
		found, err := ListFiltered(filter, specs)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
		}
		var got []string
		for _, l := range found {
			got = append(got, l.Requirement)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s selects %v, want %s", filter, got, want)
		}
	}
	if _, err := ListFiltered("T-NONE", specs); !errors.Is(err, ErrEmptyFilter) {
		t.Errorf("an empty filter: %v", err)
	}
	if _, err := ListFiltered("((", specs); err == nil || errors.Is(err, ErrEmptyFilter) || !strings.Contains(err.Error(), "write, for example") {
		t.Errorf("a filter that does not read: %v", err)
	}
}
