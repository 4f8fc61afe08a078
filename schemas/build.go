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

func (b *builder) object() map[string]any {
	members := map[string]any{}
	for b.at++; ; b.at++ { // the brace, and every comma
		if b.token() == '}' {
			break
		}
		name := b.string()
		b.token()
		b.at++ // the colon
		members[name] = b.value()
		if b.token() == '}' {
			break
		}
	}
	b.at++
	return members
}

func (b *builder) array() []any {
	items := []any{}
	for b.at++; ; b.at++ { // the bracket, and every comma
		if b.token() == ']' {
			break
		}
		items = append(items, b.value())
		if b.token() == ']' {
			break
		}
	}
	b.at++
	return items
}

func (b *builder) string() string {
	began, escaped := b.at, false
	for b.at++; b.body[b.at] != '"'; b.at++ {
		if b.body[b.at] == '\\' {
			escaped = true
			b.at++
		}
	}
	b.at++
	quoted := b.body[began:b.at]
	if escaped {
		return string(decoded(quoted))
	}
	return string(quoted[1 : len(quoted)-1])
}
