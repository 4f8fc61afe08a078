package suites

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// Every requirement of the domain report is judged, or is said not to be and why; and none is both.
func TestWhatIsNotJudgedIsSaid(t *testing.T) {
	said := map[string]string{}
	for _, u := range AllUntested() {
		for _, id := range u.Requirements {
			if _, judged := Requirements().Lookup(id); judged {
				t.Errorf("%s is in the catalogue: take it out of %q in untested.yaml", id, u.What)
			}
			if other, twice := said[id]; twice {
				t.Errorf("%s stands under %q and under %q", id, other, u.What)
			}
			said[id] = u.What
		}
	}
	report, err := os.ReadFile("../../shared/domain.md")
	if os.IsNotExist(err) {
		t.Skip("The domain report is not here to be compared with.")
	}
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (AUTH-[A-Z]+-\d+) \|`).FindAllStringSubmatch(string(report), -1)
	if len(rows) < 199 {
		t.Fatalf("the domain report lists %d requirements: the test looks at the wrong place", len(rows))
	}
	for _, row := range rows {
		if _, judged := Requirements().Lookup(row[1]); !judged && said[row[1]] == "" {
			t.Errorf("%s is neither in requirements.yaml nor, with a reason, in untested.yaml", row[1])
		}
		delete(said, row[1])
	}
	for id := range said {
		t.Errorf("untested.yaml names %s, which the domain report does not have", id)
	}
}

func TestWhatIsNotTestedOfASubject(t *testing.T) {
	for _, row := range []struct {
		subject Subject
		has, no string
	}{
		{Subject{Role: contract.Gateway, Topology: config.Routed}, "refused during confirm", "say to each other"},
		{Subject{Role: contract.Gateway, Topology: config.Combined}, "say to each other", "refused during confirm"},
		{Subject{Role: contract.HIU}, "HIU does with a grant", "linking of care contexts"},
		{Subject{Role: contract.HIP}, "linking of care contexts", "HEALTH_LOCKER"},
	} {
		var whats []string
		for _, u := range untested(row.subject) {
			whats = append(whats, u.What)
		}
		if text := strings.Join(whats, "\n"); !strings.Contains(text, row.has) || strings.Contains(text, row.no) {
			t.Errorf("%s %s: %q must be there and %q not:\n%s", row.subject.Role, row.subject.Topology, row.has, row.no, text)
		}
	}
}

func TestUntestedRefusesWhatIsNotWhole(t *testing.T) {
	for _, source := range []string{"untested: [{what: x, clause: c, reason: r}]", "untested: [{what: x, roles: [hip], clause: c}]", "untested: [{what: x, why: y}]"} {
		if _, err := parseUntested([]byte(source)); err == nil {
			t.Errorf("%s is taken", source)
		}
	}
}
