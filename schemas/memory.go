package schemas

import (
	"slices"
	"sync"
)

// A body is often judged again within moments: by whoever received it and by whoever recorded it. What was found the
// first time still holds, for a judgement depends on nothing but the schema and the bytes.
var recent = memory{latest: map[judged][]Violation{}}

// Bounds of the memory: it holds between half of it and the whole of it.
const (
	memoryBodies = 2048
	memoryBody   = 8 << 10 // bytes; a longer body is not remembered
)

// judged is what was judged.
type judged struct{ schema, body string }

// memory holds the latest judgements of valid JSON, in two generations: the older one is forgotten when the younger one is full.
type memory struct {
	mu              sync.Mutex
	latest, earlier map[judged][]Violation
}

// recall returns a copy of what was found in a body, and false where that is not remembered.
func (m *memory) recall(schema string, body []byte) ([]Violation, bool) {
	if len(body) > memoryBody {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found, known := m.latest[judged{schema, string(body)}]
	if !known {
		found, known = m.earlier[judged{schema, string(body)}]
	}
	return slices.Clone(found), known
}

// keep remembers a copy of what was found in a body.
func (m *memory) keep(schema string, body []byte, found []Violation) {
	if len(body) > memoryBody {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.latest) >= memoryBodies/2 {
		m.latest, m.earlier = make(map[judged][]Violation, memoryBodies/2), m.latest
	}
	m.latest[judged{schema, string(body)}] = slices.Clone(found)
}
