package schemas

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Bounds of Strict. They are far beyond any lawful body and keep a hostile one from costing time or memory.
const (
	maxDepth    = 100 // open objects and arrays
	maxDigits   = 400 // digits of one number, before its exponent
	maxExponent = 400 // of a number, in either direction
)

// SyntaxError says where and why a body is not one unambiguous JSON text. It never holds a value of the body.
type SyntaxError struct {
	// Offset counts the bytes before the offence.
	Offset int64
	// Pointer is the JSON Pointer (RFC 6901) of the value in which the offence is; "" for the whole body.
	Pointer string
	// Problem says what is wrong, in words.
	Problem string
}

// Error is the problem with its place.
func (e *SyntaxError) Error() string {
	place := ""
	if e.Pointer != "" {
		place = " in " + shorten(e.Pointer, 200)
	}
	return fmt.Sprintf("the body is not acceptable JSON: %s, at byte %d%s", e.Problem, e.Offset, place)
}

// Strict says whether a body is one JSON text (RFC 8259) that every parser
// reads alike. Beyond the grammar it refuses what parsers differ on: members
// named twice in one object (names are compared decoded), data after the
// text, invalid UTF-8, escapes of half a surrogate pair, a byte order mark,
// numbers that fit no finite 64-bit float, and nesting deeper than 100. The
// error is a *SyntaxError.
func Strict(body []byte) error {
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	s.body, s.at, s.depth, s.names = body, 0, 0, s.few[:0]
	if err := s.text(); err != nil {
		return err
	}
	return nil
}

// scanners are used again: one is larger than most bodies.
var scanners = sync.Pool{New: func() any { return new(scanner) }}

// scanner reads a body once, from left to right.
type scanner struct {
	body  []byte
	at    int // bytes read
	depth int
	path  [maxDepth]step // of the open objects and arrays, outermost first
	names [][]byte       // decoded names of the members of all open objects, innermost last
	few   [48][]byte     // room for the names of an ordinary body
}

// step is where the scanner is within one open object or array.
type step struct {
	name  []byte // decoded name of the member being read; nil in an array, and in an object before its first member
	index int    // of the item being read; -1 in an object
}

// text reads the whole body.
func (s *scanner) text() *SyntaxError {
	if strings.HasPrefix(string(s.body[:min(3, len(s.body))]), "\ufeff") {
		return s.offence("it begins with a byte order mark")
	}
	s.space()
	if s.at == len(s.body) {
		return s.offence("it is empty")
	}
	if err := s.value(); err != nil {
		return err
	}
	s.space()
	if s.at < len(s.body) {
		return s.offence("there is more after the end of the JSON text")
	}
	return nil
}

// value reads one value of any type, from its first byte.
func (s *scanner) value() *SyntaxError {
	switch c := s.peek(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '"':
		_, _, err := s.string()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.unexpected("a value")
}

// open enters an object or array and reads its first byte.
func (s *scanner) open(index int) *SyntaxError {
	if s.depth == maxDepth {
		return s.offence("it is nested deeper than " + strconv.Itoa(maxDepth))
	}
	s.path[s.depth] = step{index: index}
	s.depth++
	s.at++
	s.space()
	return nil
}

// close reads the last byte of an object or array and leaves it.
func (s *scanner) close() {
	s.depth--
	s.at++
}

func (s *scanner) array() *SyntaxError {
	if err := s.open(0); err != nil {
		return err
	}
	for first := true; ; first = false {
		if first && s.peek() == ']' {
			s.close()
			return nil
		}
		if err := s.value(); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ']':
			s.close()
			return nil
		case ',':
			s.at++
			s.space()
			s.path[s.depth-1].index++
		default:
			return s.unexpected("a comma or the end of the array")
		}
	}
}

func (s *scanner) object() *SyntaxError {
	if err := s.open(-1); err != nil {
		return err
	}
	here := &s.path[s.depth-1]
	mine := len(s.names) // names of this object begin here
	var many map[string]struct{}
	for first := true; ; first = false {
		if first && s.peek() == '}' {
			s.close()
			return nil
		}
		if s.peek() != '"' {
			return s.unexpected("the name of a member")
		}
		began := s.at
		raw, escaped, err := s.string()
		if err != nil {
			return err
		}
		if escaped {
			raw = decoded(s.body[began:s.at])
		}
		here.name = raw
		if many, err = s.distinct(raw, s.names[mine:], many, began); err != nil {
			return err
		}
		s.names = append(s.names, raw)
		s.space()
		if s.peek() != ':' {
			return s.unexpected("a colon after the name of a member")
		}
		s.at++
		s.space()
		if err := s.value(); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case '}':
			s.names = s.names[:mine]
			s.close()
			return nil
		case ',':
			s.at++
			s.space()
		default:
			return s.unexpected("a comma or the end of the object")
		}
	}
}

// distinct refuses a name that its object already has. From 32 names on it keeps them in a map, so that no body takes quadratic time.
func (s *scanner) distinct(name []byte, earlier [][]byte, many map[string]struct{}, at int) (map[string]struct{}, *SyntaxError) {
	twice := false
	switch {
	case len(earlier) < 32:
		for _, e := range earlier {
			if string(e) == string(name) {
				twice = true
			}
		}
	default:
		if many == nil {
			many = make(map[string]struct{}, 2*len(earlier))
			for _, e := range earlier {
				many[string(e)] = struct{}{}
			}
		}
		_, twice = many[string(name)]
		many[string(name)] = struct{}{}
	}
	if twice {
		s.at = at
		return many, s.offence("a member is named twice in one object")
	}
	return many, nil
}

func (s *scanner) literal(word string) *SyntaxError {
	if len(s.body)-s.at < len(word) || string(s.body[s.at:s.at+len(word)]) != word {
		return s.unexpected("true, false or null")
	}
	s.at += len(word)
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.body) {
		switch s.body[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end. A 0 in the body is not JSON anywhere that peek decides.
func (s *scanner) peek() byte {
	if s.at < len(s.body) {
		return s.body[s.at]
	}
	return 0
}

func (s *scanner) unexpected(wanted string) *SyntaxError {
	if s.at >= len(s.body) {
		return s.offence("it ends where " + wanted + " should be")
	}
	return s.offence("there is no " + strings.TrimPrefix(strings.TrimPrefix(wanted, "a "), "the ") + " where one should be")
}

func (s *scanner) offence(problem string) *SyntaxError {
	var pointer strings.Builder
	for _, p := range s.path[:s.depth] {
		switch {
		case p.index >= 0:
			pointer.WriteString("/" + strconv.Itoa(p.index))
		case p.name != nil:
			pointer.WriteString("/" + escapeSegment(string(p.name)))
		}
	}
	return &SyntaxError{Offset: int64(s.at), Pointer: pointer.String(), Problem: problem}
}
