package player

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

func TestRegistryNames(t *testing.T) {
	for _, role := range contract.Roles {
		seen := map[string]bool{}
		for _, f := range Registry(role) {
			if f.Role != role || !strings.HasPrefix(f.Name, string(role)+"/") || f.Summary == "" {
				t.Errorf("the fault %+v is not whole", f)
			}
			if seen[f.Name] {
				t.Errorf("two faults are named %s", f.Name)
			}
			seen[f.Name] = true
			for _, id := range f.Requirements {
				if !regexp.MustCompile(`^AUTH-[A-Z]+-\d{3}$`).MatchString(id) {
					t.Errorf("%s names the requirement %q", f.Name, id)
				}
			}
			set, err := ParseFaults(role, f.Name, f.Short())
			if err != nil || !set.Has(f.Short()) || !slices.Equal(set.Names(), []string{f.Name}) {
				t.Errorf("%s does not parse to itself: %v %v", f.Name, set, err)
			}
		}
	}
	for role, least := range map[contract.Role]int{contract.Gateway: 300, contract.HIP: 500, contract.HIU: 300} {
		if n := len(Registry(role)); n < least {
			t.Errorf("the %s has %d faults; the families are missing", role, n)
		}
	}
}

// TestEveryGatewayMutantIsAFault: the mutants GM01 to GM55 of the domain report.
func TestEveryGatewayMutantIsAFault(t *testing.T) {
	var summaries strings.Builder
	for _, f := range append(Registry(contract.Gateway), Unforbidden(contract.Gateway)...) {
		summaries.WriteString(f.Summary + "\n")
	}
	for i := 1; i <= 55; i++ {
		if name := fmt.Sprintf("GM%02d", i); !strings.Contains(summaries.String(), name) {
			t.Errorf("no fault of the gateway is %s", name)
		}
	}
}

func TestParseFaultsNamesTheNearest(t *testing.T) {
	_, err := ParseFaults(contract.Gateway, "gateway/ack-201")
	if err == nil || !strings.Contains(err.Error(), "ack-200") {
		t.Errorf("the error is %v; want one that names ack-200", err)
	}
	if _, err := ParseFaults(contract.Gateway, ""); err == nil {
		t.Error("an empty name was taken")
	}
	none, err := ParseFaults(contract.Gateway)
	if err != nil || none.Any() || none.Has("ack-200") || none.String() != "" {
		t.Errorf("no names give %v, %v; want a set of none", none, err)
	}
}

func TestFaultsOfAnotherRoleAreRefused(t *testing.T) {
	set := Faults{role: contract.HIP, names: map[string]bool{"x": true}}
	if _, err := NewGateway(GatewayOptions{Faults: set}); err == nil {
		t.Error("a gateway took the faults of a hip")
	}
}

// TestGatewayFaultsAreHonoured reads the gateway's source: every fault that it asks for is registered, and every registered one is asked for.
func TestGatewayFaultsAreHonoured(t *testing.T) {
	files, err := filepath.Glob("gateway*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	uses := regexp.MustCompile(`[fF]aults\.Has\("([^"]+)"`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range uses.FindAllStringSubmatch(string(text), -1) {
			asked[use[1]] = true
		}
	}
	for _, name := range []string{"combined_faults.go", "combined_decisions.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range regexp.MustCompile(`f\.has\("([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
			asked["inside-"+use[1]] = true
		}
	}
	registered := map[string]bool{}
	for _, f := range append(Registry(contract.Gateway), Unforbidden(contract.Gateway)...) {
		family, _, _ := strings.Cut(f.Short(), ":")
		for _, prefix := range []string{"drop-", "double-"} {
			if strings.HasPrefix(family, prefix) {
				family = prefix
			}
		}
		registered[family] = true
		if !asked[family] {
			t.Errorf("%s is registered and nothing asks for it", f.Name)
		}
	}
	for name := range asked {
		if !registered[name] {
			t.Errorf("the gateway asks for the fault %s, which is not registered", name)
		}
	}
}
