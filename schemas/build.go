package schemas

import (
	"bytes"
	"encoding/json"
)

// builder makes the values of a text that Strict accepts, as json.Decoder makes them with UseNumber, only faster: it need
// not look for what is wrong.
type builder struct {
	body []byte
	at   int // bytes read
}

// valueOf is the value of a text that Strict accepts: map[string]any, []any, string, json.Number, bool or nil.
func valueOf(body []byte) any {
	b := builder{body: body}
	return b.value()
}

func (b *builder) value() any {
	switch b.token() {
	case '{':
		return b.object()
	case '[':
		return b.array()
	case '"':
		return b.string()
	case 't':
		b.at += len("true")
		return true
	case 'f':
		b.at += len("false")
		return false
	case 'n':
		b.at += len("null")
		return nil
	}
	began := b.at
	for b.at < len(b.body) && bytes.IndexByte([]byte("+-.0123456789eE"), b.body[b.at]) >= 0 {
		b.at++
	}
	return json.Number(b.body[began:b.at])
}

// token is the first byte of the next token, after the white space before it.
func (b *builder) token() byte {
	for {
		switch c := b.body[b.at]; c {
		case ' ', '\t', '\n', '\r':
			b.at++
		default:
			return c
		}
	}
}

// enter goes into an object or array that ends with that byte, and says whether it holds anything.
func (b *builder) enter(end byte) bool {
	b.at++
	if b.token() == end {
		b.at++
		return false
	}
	return true
}

// more goes on after a value of an object or array, and says whether there is another one.
func (b *builder) more(end byte) bool {
	last := b.token() == end
	b.at++ // the end, or a comma
	if !last {
		b.token()
	}
	return !last
}

func (b *builder) object() map[string]any {
	members := map[string]any{}
	for more := b.enter('}'); more; more = b.more('}') {
		name := b.string()
		b.token()
		b.at++ // the colon
		members[name] = b.value()
	}
	return members
}

func (b *builder) array() []any {
	items := []any{}
	for more := b.enter(']'); more; more = b.more(']') {
		items = append(items, b.value())
	}
	return items
}

func (b *builder) string() string {
	began := b.at
	text, plain := b.plain()
	if plain {
		return text
	}
	return string(decoded(b.body[began:b.at]))
}

// plain reads a string; it is false, and the text means nothing, where the string holds an escape.
func (b *builder) plain() (string, bool) {
	began := b.at
	if escaped := b.pass(); escaped {
		return "", false
	}
	return string(b.body[began+1 : b.at-1]), true
}

// pass goes behind the string at the place, and says whether it holds an escape.
func (b *builder) pass() (escaped bool) {
	for b.at++; b.body[b.at] != '"'; b.at++ {
		if b.body[b.at] == '\\' {
			escaped = true
			b.at++
		}
	}
	b.at++
	return escaped
}

// skip goes behind the value at the place.
func (b *builder) skip() {
	for depth := 0; ; {
		switch b.token() {
		case '{', '[':
			depth++
			b.at++
		case '}', ']':
			depth--
			b.at++
		case ',', ':':
			b.at++
			continue
		case '"':
			b.pass()
		default:
			b.value()
		}
		if depth == 0 {
			return
		}
	}
}
