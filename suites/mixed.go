package suites

import (
	"strings"

	"abdm.example/conformance/harness/journal"
)

// Mixed says in words which ids of other conversations a message holds.
func Mixed(x *journal.Exchange) string {
	var all []string
	for _, conflict := range x.Conflicts {
		pointer, owner, _ := strings.Cut(conflict, " ")
		all = append(all, "its "+pointer+" is one of "+owner)
	}
	return strings.Join(all, ", ")
}
