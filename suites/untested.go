package suites

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v4"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

//go:embed untested.yaml
var untestedYAML []byte

// Untested is something that is in the contract, or that a reader may look for, and that no check judges.
type Untested struct {
	What   string `yaml:"what" json:"what"`
	Clause string `yaml:"clause" json:"clause"`
	Reason string `yaml:"reason" json:"reason"`
	// Requirements are ids of the domain report that stand for it.
	Requirements []string `yaml:"requirements" json:"requirements,omitempty"`
	// Roles are the subjects of which a report says so, and Topology the gateways; "" for both.
	Roles    []contract.Role `yaml:"roles" json:"-"`
	Topology config.Topology `yaml:"topology" json:"-"`
}

// AllUntested returns what is not tested of any subject, in the order of untested.yaml.
var AllUntested = sync.OnceValue(func() []Untested {
	all, err := parseUntested(untestedYAML)
	if err != nil {
		panic("suites/untested.yaml: " + err.Error()) // a build fault: a test reads it
	}
	return all
})

func parseUntested(source []byte) ([]Untested, error) {
	var file struct {
		Untested []Untested `yaml:"untested"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, err
	}
	for _, u := range file.Untested {
		if u.What == "" || u.Clause == "" || u.Reason == "" || len(u.Roles) == 0 {
			return nil, fmt.Errorf("%q lacks what, clause, reason or roles", u.What)
		}
	}
	return file.Untested, nil
}

// untested is what is not tested of a subject.
func untested(s Subject) []Untested {
	return slices.DeleteFunc(slices.Clone(AllUntested()), func(u Untested) bool {
		return !slices.Contains(u.Roles, s.Role) || u.Topology != "" && u.Topology != s.Topology
	})
}
