package pacts

import (
	"strings"

	"abdm.example/conformance/schemas"
)

// Regular expressions of the contract's formats, anchored: Pact's own accept too little of one and too much of the other.
const (
	uuidPattern = `^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`
	timePattern = `^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`
	datePattern = `^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`
)

// TextPattern is the regular expression that a Pact file asks of a string member.
func TextPattern(m schemas.Member) string {
	switch {
	case len(m.Enum) > 0:
		return "^(" + strings.Join(m.Enum, "|") + ")$"
	case m.Format == "uuid":
		return uuidPattern
	case m.Format == "date-time":
		return timePattern
	case m.Format == "date":
		return datePattern
	}
	return `^.+$`
}
