package schemas

import (
	"slices"

	"abdm.example/conformance/internal/memo"
)

// A body is often judged again within moments: by whoever received it and by whoever recorded it. What was found the
// first time still holds, for a judgement depends on nothing but the schema and the bytes.
var recent = memo.New[judged, []Violation](2048)

// memorable is the length, in bytes, of the longest body that is remembered.
const memorable = 8 << 10

// judged is what was judged.
type judged struct{ schema, body string }

// recall returns a copy of what was found in a body, and false where that is not remembered.
func recall(schema string, body []byte) ([]Violation, bool) {
	if len(body) > memorable {
		return nil, false
	}
	found, known := recent.Recall(judged{schema, string(body)})
	return slices.Clone(found), known
}

// remember keeps a copy of what was found in a body.
func remember(schema string, body []byte, found []Violation) {
	if len(body) <= memorable {
		recent.Keep(judged{schema, string(body)}, slices.Clone(found))
	}
}
