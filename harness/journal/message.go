package journal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// message is what correlation reads of a body: its ids in the order in which they tell.
type message struct{ ids []pointed }

type pointed struct{ pointer, value string }

// idPointers are the members that are ids, in the order in which they tell.
var idPointers = []string{
	"/resp/requestId", "/auth/transactionId", "/transactionId", "/query/id", "/auth/patient/id", pointerSpent, "/requestId", pointerGranted, "/timestamp",
}

// idMembers are the same as a tree.
var idMembers = func() *idMember {
	root := &idMember{}
	for n, pointer := range idPointers {
		at := root
		for segment := range strings.SplitSeq(pointer[1:], "/") {
			below := at.named([]byte(segment))
			if below == nil {
				below = &idMember{name: []byte(segment), number: n}
				at.below = append(at.below, below)
			}
			at = below
		}
	}
	return root
}()

// idMember is a member that is an id, or an object that holds one.
type idMember struct {
	name   []byte
	number int // in idPointers
	below  []*idMember
}

// named is a member of the object, nil where it is none of ours. Names are compared as encoding/json compares them,
// without regard to case.
func (m *idMember) named(name []byte) *idMember {
	for _, b := range m.below {
		if bytes.EqualFold(b.name, name) {
			return b
		}
	}
	return nil
}

// readMessage finds the ids of a body: the strings and numbers at idPointers, and the last of those that stand there twice.
// Of a body that is no JSON it takes every UUID, with the pointer "text".
func readMessage(body wire) message {
	if !body.json {
		return textMessage(body.raw)
	}
	values := make([]string, len(idPointers))
	r := idReader{src: body.raw}
	r.read(idMembers, values)
	var m message
	for n, value := range values {
		if value != "" {
			m.ids = append(m.ids, pointed{idPointers[n], value})
		}
	}
	return m
}

// idReader goes once over JSON. It reads the few members that it knows and passes over the others, since every
// message is read before anything else can be done with it.
type idReader struct {
	src []byte
	pos int
}

// read reads what an object holds; of anything else it takes nothing.
func (r *idReader) read(object *idMember, values []string) {
	if r.next() != '{' {
		r.skip()
		return
	}
	for r.pos++; r.next() == '"'; {
		switch member := object.named(r.string()); {
		case member == nil:
			r.skip()
		case len(member.below) > 0:
			r.read(member, values)
		default:
			r.id(&values[member.number])
		}
	}
	r.pos++
}

// id reads a string or a number, and skips anything else.
func (r *idReader) id(into *string) {
	switch c := r.next(); {
	case c == '"':
		*into = string(r.string())
	case c == '-' || isDigit(c):
		began := r.pos
		r.skip()
		*into = string(r.src[began:r.pos])
	default:
		r.skip()
	}
}

// Member is the value at a JSON Pointer (RFC 6901) of a JSON text whose every segment is the name of a member; nil where
// there is none, where a segment would lead into an array, and where the text is cut off. Of members that stand there twice
// it is the last one.
func Member(text json.RawMessage, pointer string) json.RawMessage {
	if pointer == "" {
		return text
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		name := pointerUnescaper.Replace(segment)
		text = member(text, func(n []byte) bool { return string(n) == name })
	}
	return text
}

// pointerUnescaper reads the segments of a JSON Pointer.
var pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")

// member is the value of the last member of an object whose name is such.
func member(text json.RawMessage, such func(name []byte) bool) json.RawMessage {
	r := idReader{src: text}
	if r.next() != '{' {
		return nil
	}
	var value json.RawMessage
	for r.pos++; r.next() == '"'; {
		wanted := such(r.string())
		r.next()
		began := r.pos
		r.skip()
		if wanted {
			value = text[began:r.pos:r.pos]
		}
	}
	return value
}

// next is the first byte of the next token that is more than a separator.
func (r *idReader) next() byte {
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; c {
		case ' ', '\t', '\n', '\r', ',', ':':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

// string reads a string and undoes its escapes.
func (r *idReader) string() []byte {
	began := r.pos
	if escaped := r.pass(); !escaped {
		return r.src[began+1 : max(began+1, r.pos-1)]
	}
	var value string
	if err := json.Unmarshal(r.src[began:r.pos], &value); err != nil { // not for a string of valid JSON
		return r.src[began:r.pos]
	}
	return []byte(value)
}

// skip passes over a value, however deep it is.
func (r *idReader) skip() {
	for depth := 0; ; {
		switch r.next() {
		case 0: // the text is cut off
			return
		case '{', '[':
			depth++
			r.pos++
		case '}', ']':
			depth--
			r.pos++
		case '"':
			r.pass()
		default:
			for r.pos < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:]}"), r.src[r.pos]) < 0 {
				r.pos++
			}
		}
		if depth == 0 {
			return
		}
	}
}

// pass goes behind the string at the position, and says whether it holds an escape.
func (r *idReader) pass() (escaped bool) {
	for r.pos++; r.pos < len(r.src) && r.src[r.pos] != '"'; r.pos++ {
		if r.src[r.pos] == '\\' {
			escaped = true
			r.pos++
		}
	}
	r.pos = min(r.pos+1, len(r.src))
	return escaped
}

// textMessage takes the UUIDs of a text, each once.
func textMessage(body []byte) message {
	var m message
	const enough = 16
	for i := 0; i+36 <= len(body) && len(m.ids) < enough; i++ {
		if body[i+8] != '-' || !isUUID(string(body[i:i+36])) {
			continue
		}
		id := pointed{"text", string(body[i : i+36])}
		if !slices.Contains(m.ids, id) {
			m.ids = append(m.ids, id)
		}
		i += 35
	}
	return m
}
