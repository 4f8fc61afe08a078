package journal

import (
	"encoding/json"

	"abdm.example/conformance/schemas"
)

// wire is a body as it went over the wire, and how it reads.
type wire struct {
	raw []byte
	cut bool // it was longer than MaxWire
	// json says that it is JSON; offence is what keeps every parser from reading it alike, nil also where there is no body.
	json    bool
	offence error
}

// readBody looks at a body once.
func readBody(raw []byte, cut bool) wire {
	w := wire{raw: raw, cut: cut}
	if len(raw) == 0 {
		return w
	}
	w.offence = schemas.Strict(raw)
	w.json = w.offence == nil || json.Valid(raw)
	return w
}
