// Package schemas holds a JSON Schema (draft-07) for every message of the
// contract and the one validator that judges foreign bodies against them.
package schemas

// Violation is one offence of a body against its schema.
type Violation struct {
	// Pointer is the JSON Pointer (RFC 6901) of the offending member; for a missing member, of the member that should be there.
	Pointer string `json:"pointer"`
	// Keyword is the JSON Schema keyword that was offended: required, type, enum, format, pattern, minLength, minimum...
	Keyword string `json:"keyword"`
	// Expected says in words what the schema asks, for example "one of HIP, HIU".
	Expected string `json:"expected"`
	// Received says in words what was there: its JSON type, and its value only where that is a number or a string of the contract's own enums.
	Received string `json:"received"`
}
