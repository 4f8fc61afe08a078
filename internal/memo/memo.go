// Package memo remembers what was lately worked out, where the same is asked
// again within moments.
package memo

import "sync"

// Memory holds the latest results of a function that depends on nothing but
// its argument. It has two generations: when the younger one is full, the
// older one is forgotten. A Memory is safe for concurrent use.
type Memory[K comparable, V any] struct {
	mu              sync.Mutex
	most            int // in one generation
	latest, earlier map[K]V
}

// New returns an empty memory of at most so many results.
func New[K comparable, V any](most int) *Memory[K, V] { return &Memory[K, V]{most: max(1, most/2)} }

// Recall returns what was kept for a key, and false where it is not remembered.
func (m *Memory[K, V]) Recall(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, known := m.latest[key]; known {
		return value, true
	}
	value, known := m.earlier[key]
	return value, known
}

// Keep remembers a result.
func (m *Memory[K, V]) Keep(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latest == nil || len(m.latest) >= m.most {
		m.latest, m.earlier = make(map[K]V, m.most), m.latest
	}
	m.latest[key] = value
}

// Of returns what is remembered of a key, or works it out and remembers that.
func (m *Memory[K, V]) Of(key K, work func(K) V) V {
	if value, known := m.Recall(key); known {
		return value
	}
	value := work(key)
	m.Keep(key, value)
	return value
}
