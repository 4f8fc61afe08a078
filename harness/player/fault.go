package player

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/internal/edit"
)

// Fault is one named way in which a player can break the contract.
type Fault struct {
	// Name is the role, a slash and the fault's own name; a member of a family
	// adds what it is about: "gateway/accept-missing:init:/query/id".
	Name string
	// Role is the role whose player can commit it.
	Role contract.Role
	// Summary is what the player then does, in one sentence.
	Summary string
	// Requirements are the ids of the requirements of which at least one is
	// expected to be seen broken; empty for a variant that no requirement forbids.
	Requirements []string
	// Combined says that a Combined commits it and a Gateway alone cannot: it is one of the consent manager inside.
	Combined bool
}

// Short is the name of the fault without its role.
func (f Fault) Short() string {
	_, short, _ := strings.Cut(f.Name, "/")
	return short
}

// faultSources give the faults of each role. A file that adds a role's faults
// registers them in its init function with faultRegister.
var faultSources = map[contract.Role][]func() []Fault{}

// faultRegister adds a source of faults of a role. Names are given without the role.
func faultRegister(role contract.Role, source func() []Fault) {
	faultSources[role] = append(faultSources[role], source)
}

// faultTables builds each role's table once.
var faultTables = sync.OnceValue(func() map[contract.Role][]Fault {
	tables := map[contract.Role][]Fault{}
	for role, sources := range faultSources {
		for _, source := range sources {
			for _, f := range source() {
				f.Name, f.Role = string(role)+"/"+f.Name, role
				tables[role] = append(tables[role], f)
			}
		}
	}
	return tables
})

// Registry returns every fault that the player of a role can commit and that
// breaks a requirement, in the order in which they are written down; nil for a role without any.
func Registry(role contract.Role) []Fault {
	return slices.DeleteFunc(slices.Clone(faultTables()[role]), func(f Fault) bool { return len(f.Requirements) == 0 })
}

// Unforbidden returns what the player of a role can do, by the name of a fault, that no requirement forbids: variants
// that a suite must let pass.
func Unforbidden(role contract.Role) []Fault {
	return slices.DeleteFunc(slices.Clone(faultTables()[role]), func(f Fault) bool { return len(f.Requirements) > 0 })
}

// Faults is an immutable set of faults of one role. The zero value holds none: a conforming player.
type Faults struct {
	role  contract.Role
	names map[string]bool // without the role
}

// ParseFaults makes a set of faults of a role from names with or without the
// role and a slash before them. A name that is in no registry is an error that
// lists the names nearest to it.
func ParseFaults(role contract.Role, names ...string) (Faults, error) {
	set := Faults{role: role, names: map[string]bool{}}
	known := faultNames(role)
	for _, name := range names {
		short := strings.TrimPrefix(name, string(role)+"/")
		if !known[short] {
			return Faults{}, fmt.Errorf("the %s has no fault named %q; the nearest names are %s",
				role, short, strings.Join(faultNearest(short, known, 3), ", "))
		}
		set.names[short] = true
	}
	return set, nil
}

// faultNames are the names of a role's faults without the role.
func faultNames(role contract.Role) map[string]bool {
	names := map[string]bool{}
	for _, f := range faultTables()[role] {
		names[f.Short()] = true
	}
	return names
}

// Has says whether the fault of that name, without its role, is in the set.
// Parts after the first select one fault of a family: Has("drop", "init") asks for "drop:init".
func (f Faults) Has(name string, parts ...string) bool {
	if len(parts) == 0 {
		return f.names[name]
	}
	for one := range f.names { // one, as a rule: no name need be put together
		if rest, ok := strings.CutPrefix(one, name); ok && isParts(rest, parts) {
			return true
		}
	}
	return false
}

// isParts says whether a text is those parts, each after a colon.
func isParts(text string, parts []string) bool {
	for _, part := range parts {
		var ok bool
		if text, ok = strings.CutPrefix(text, ":"); !ok {
			return false
		}
		if text, ok = strings.CutPrefix(text, part); !ok {
			return false
		}
	}
	return text == ""
}

// Any says whether the set holds any fault.
func (f Faults) Any() bool { return len(f.names) > 0 }

// Names are the full names of the faults in the set, sorted.
func (f Faults) Names() []string {
	names := make([]string, 0, len(f.names))
	for name := range f.names {
		names = append(names, string(f.role)+"/"+name)
	}
	slices.Sort(names)
	return names
}

// String lists the names of the faults, separated by commas.
func (f Faults) String() string { return strings.Join(f.Names(), ", ") }

// faultNearest are the n names of known that need the fewest edits to become name.
func faultNearest(name string, known map[string]bool, n int) []string {
	type candidate struct {
		name     string
		distance int
	}
	var all []candidate
	for k := range known {
		all = append(all, candidate{k, edit.Distance(name[:min(len(name), 200)], k)})
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	var nearest []string
	for _, c := range all[:min(n, len(all))] {
		nearest = append(nearest, c.name)
	}
	if nearest == nil {
		return []string{"(none)"}
	}
	return nearest
}
