package selftest

import (
	"slices"
	"strings"

	"abdm.example/conformance/contract"
)

// Subject is a fault or a lawful variant of the reference, as the selftest plays it.
type Subject struct {
	Name, Summary string
	// Variant says that it conforms, in an unusual way.
	Variant bool
}

// Subjects are all that the selftest of a role plays against, or those whose name contains one of these.
func Subjects(role contract.Role, only []string) []Subject {
	var all []Subject
	for _, s := range subjectsOf(role) {
		if len(only) == 0 || slices.ContainsFunc(only, func(part string) bool { return strings.Contains(s.name, part) }) {
			all = append(all, Subject{Name: s.name, Summary: s.summary, Variant: s.variant})
		}
	}
	return all
}
