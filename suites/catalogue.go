package suites

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

//go:embed requirements.yaml
var requirementsYAML []byte

// Basis says how the contract supports a requirement.
const (
	Explicit = "explicit" // a sentence or a schema of the API document
	Derived  = "derived"  // deployed systems and the documentation around the document
	Inferred = "inferred" // safety and consistency
)

// Requirement is one testable sentence of the contract.
type Requirement struct {
	ID string `yaml:"id" json:"id"`
	// Roles are the subjects that it binds.
	Roles []contract.Role `yaml:"roles" json:"roles"`
	Level Level           `yaml:"level" json:"level"`
	Basis string          `yaml:"basis" json:"basis"`
	// Security says that it belongs to the set that is MUST even where no clause says so.
	Security bool `yaml:"security" json:"security,omitempty"`
	// Endpoint is the endpoint that it is about, "" for all.
	Endpoint string `yaml:"endpoint" json:"endpoint"`
	Title    string `yaml:"title" json:"title"`
	// Clause is where the contract says so.
	Clause string `yaml:"clause" json:"clause"`
	// Why says what goes wrong in the network where it is not kept.
	Why string `yaml:"why" json:"why,omitempty"`
	// Remedy tells the vendor what to do.
	Remedy string `yaml:"remedy" json:"remedy"`
}

// Catalogue is every requirement that the suite judges, in the order of requirements.yaml.
type Catalogue struct {
	Version      string        `yaml:"version"`
	Requirements []Requirement `yaml:"requirements"`
}

// Requirements returns the catalogue that is embedded in the build.
var Requirements = sync.OnceValue(func() Catalogue {
	c, err := parseCatalogue(requirementsYAML)
	if err != nil {
		panic("suites/requirements.yaml: " + err.Error()) // a build fault: a test reads it
	}
	return c
})

func parseCatalogue(source []byte) (Catalogue, error) {
	var c Catalogue
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		return c, err
	}
	seen := map[string]bool{}
	for _, r := range c.Requirements {
		switch {
		case seen[r.ID]:
			return c, fmt.Errorf("%s stands there twice", r.ID)
		case len(r.Roles) == 0 || r.Title == "" || r.Clause == "" || r.Remedy == "":
			return c, fmt.Errorf("%s lacks roles, title, clause or remedy", r.ID)
		case !slices.Contains(Levels, r.Level):
			return c, fmt.Errorf("%s: unknown level %q", r.ID, r.Level)
		case !slices.Contains([]string{Explicit, Derived, Inferred}, r.Basis):
			return c, fmt.Errorf("%s: unknown basis %q", r.ID, r.Basis)
		}
		if _, ok := contract.EndpointNamed(r.Endpoint); r.Endpoint != "" && !ok {
			return c, fmt.Errorf("%s: unknown endpoint %q", r.ID, r.Endpoint)
		}
		seen[r.ID] = true
	}
	return c, nil
}

// Lookup returns the requirement with that id, and false where the catalogue has none.
func (c Catalogue) Lookup(id string) (Requirement, bool) {
	i := slices.IndexFunc(c.Requirements, func(r Requirement) bool { return strings.EqualFold(r.ID, id) })
	if i < 0 {
		return Requirement{}, false
	}
	return c.Requirements[i], true
}

// For returns the requirements that bind a role.
func (c Catalogue) For(role contract.Role) []Requirement {
	var out []Requirement
	for _, r := range c.Requirements {
		if slices.Contains(r.Roles, role) {
			out = append(out, r)
		}
	}
	return out
}

// Digest identifies what is judged and by which schemas: sha256 in hex over the catalogue and the schemas.
func Digest() string {
	h := sha256.New()
	h.Write(requirementsYAML)
	h.Write([]byte(schemas.Digest()))
	return hex.EncodeToString(h.Sum(nil))
}
