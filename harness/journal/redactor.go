package journal

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"abdm.example/conformance/contract"
)

// Redactor replaces secrets and patient data by stable placeholders of the
// form ‹redacted:kind#n›. Equal values get equal placeholders, wherever they
// occur in a run, so that a reader can still see that a token was passed on or
// that two transactions share a patient. It knows what to replace in three
// ways: by the structure of messages and headers, by known values, and by the
// shape of tokens, phone numbers and health numbers in free text. It is safe
// for concurrent use.
type Redactor struct {
	off atomic.Bool

	mu     sync.RWMutex
	marks  map[string]*mark // by value; by kind and value where it is short, for a month is no cookie
	counts map[string]int   // by kind
	issued map[string]bool  // every placeholder that was given out
	public map[string]bool
	owners map[string]contract.Role // by token
	known  index
}

// mark is what a value is replaced by.
type mark struct {
	kind        string
	placeholder string
	searched    bool // the value is replaced wherever it occurs
	told        bool // it was registered by Know, not learnt from structure
}

// Kinds of values that redaction distinguishes.
const (
	kindToken      = "token"
	kindSecret     = "secret"
	kindOTP        = "otp"
	kindPatient    = "patient"
	kindName       = "name"
	kindDOB        = "dob"
	kindYear       = "year"
	kindMonth      = "month"
	kindDay        = "day"
	kindAddress    = "address"
	kindIdentifier = "identifier"
	kindHint       = "hint"
	kindPhone      = "phone"
	kindCookie     = "cookie"
)

// Lengths that decide how a value is searched for, in bytes.
const (
	shortestKnown = 3  // a shorter value is never searched for: it would be found everywhere
	shortestLearn = 6  // a shorter value is redacted where structure tells, but not searched for elsewhere
	bounded       = 12 // a shorter value is found on word boundaries only
)

const (
	placeholderOpen  = "‹redacted:"
	placeholderClose = "›"
)

// NewRedactor returns a redactor that knows no values yet.
func NewRedactor() *Redactor {
	return &Redactor{
		marks:  map[string]*mark{},
		counts: map[string]int{},
		issued: map[string]bool{},
		public: map[string]bool{},
		owners: map[string]contract.Role{},
		known:  newIndex(),
	}
}

// Disable makes the redactor hand everything through unchanged, for runs whose
// owner asked for unredacted evidence. It still learns, so that the facts of an
// exchange are the same. Call it before the journal is made.
func (r *Redactor) Disable() { r.off.Store(true) }

// Know registers a value, for example Know("otp", "123456"), that is replaced
// wherever it occurs: in headers, URLs, texts, JSON strings and errors, also
// when it is JSON-escaped, URL-encoded or base64-encoded. A value shorter than
// 12 bytes is replaced on word boundaries only, one shorter than 3 not at all.
func (r *Redactor) Know(kind, value string) {
	if value = strings.TrimSpace(value); len(value) < shortestKnown {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.markLocked(kind, value)
	m.told = true
	r.marks[value] = m // a short one too: it was told to be one thing
	r.searchLocked(value, m)
}

// KnowToken registers an access token together with the identity to which the
// subject issued it, which the journal tells as Authorization.Owner.
func (r *Redactor) KnowToken(value string, owner contract.Role) {
	r.Know(kindToken, value)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owners[value] = owner
}

// Public registers ids that the suite itself minted, for example a patient id:
// they are no secret, and stay readable.
func (r *Redactor) Public(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range values {
		if v != "" {
			r.public[v] = true
		}
	}
}

// owner is the identity of ours to which this token was issued, "" for none.
func (r *Redactor) owner(token string) contract.Role {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.owners[token]
}

// ownersIn are the identities whose access tokens a text holds, in order.
func (r *Redactor) ownersIn(text string) []contract.Role {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var all []contract.Role
	for token, owner := range r.owners {
		if strings.Contains(text, token) && !slices.Contains(all, owner) {
			all = append(all, owner)
		}
	}
	slices.Sort(all)
	return all
}

func (r *Redactor) isPublic(value string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.public[value]
}

// replace is the placeholder of a value that structure or shape has found.
func (r *Redactor) replace(kind, value string) string {
	r.mu.RLock()
	m, seen := r.markOf(kind, value)
	ours := !seen && r.issued[value]
	r.mu.RUnlock()
	switch {
	case seen:
		return m.placeholder
	case ours: // redacted before
		return value
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.markLocked(kind, value).placeholder
}

// learn makes a value that structure has found known, unless it is too short,
// an ordinary word, or public.
func (r *Redactor) learn(kind, value string) {
	if len(value) < shortestLearn {
		return
	}
	r.mu.RLock()
	m, seen := r.marks[value]
	done := seen && m.searched || r.public[value] || r.issued[value]
	r.mu.RUnlock()
	if done || ordinary(value) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.searchLocked(value, r.markLocked(kind, value))
}

// searched returns the placeholder of a value that is known as a whole.
func (r *Redactor) searched(value string) (string, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if m, seen := r.marks[value]; seen && m.searched {
		return m.placeholder, true
	}
	return "", false
}

// markOf finds the mark of a value; the caller holds the lock.
func (r *Redactor) markOf(kind, value string) (*mark, bool) {
	m, seen := r.marks[value]
	if !seen && len(value) < shortestLearn {
		m, seen = r.marks[kind+"\x00"+value]
	}
	return m, seen
}

func (r *Redactor) markLocked(kind, value string) *mark {
	kind = plainKind(kind)
	if m, seen := r.markOf(kind, value); seen {
		return m
	}
	r.counts[kind]++
	m := &mark{kind: kind, placeholder: placeholderOpen + kind + "#" + strconv.Itoa(r.counts[kind]) + placeholderClose}
	if len(value) < shortestLearn {
		value = kind + "\x00" + value
	}
	r.marks[value] = m
	r.issued[m.placeholder] = true
	for _, jsonType := range []string{"number", "boolean"} {
		r.issued[typed(m.placeholder, jsonType)] = true
	}
	return m
}

func (r *Redactor) searchLocked(value string, m *mark) {
	if m.searched {
		return
	}
	m.searched = true
	r.known.add(value, m)
}

// typed is the placeholder of a value that was no string: 1990 and "1990" must not look equal.
func typed(placeholder, jsonType string) string {
	return strings.TrimSuffix(placeholder, placeholderClose) + " " + jsonType + placeholderClose
}

// plainKind keeps kinds to lower-case letters and hyphens, the alphabet of placeholders.
func plainKind(kind string) string {
	plain := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c == '-' {
			return c
		}
		return -1
	}, strings.ToLower(kind))
	if plain == "" {
		return kindSecret
	}
	return plain
}

// placeholderAt returns the length of the placeholder of ours that starts at i, 0 where there is none. Only
// placeholders that were really given out count: nobody hides a secret by dressing it up as one.
func (r *Redactor) placeholderAt(s string, i int) int {
	if !strings.HasPrefix(s[i:], placeholderOpen) {
		return 0
	}
	end := strings.Index(s[i:], placeholderClose)
	if end < 0 {
		return 0
	}
	end += len(placeholderClose)
	if !r.issued[s[i:i+end]] {
		return 0
	}
	return end
}
