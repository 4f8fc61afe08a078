package pacts

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// lineWidth is how long a line of a Pact file may be before a value gets lines for its members, in bytes.
const lineWidth = 120

// layout writes a value as JSON to be read: what fits on a line stands on one, so that a rule, of which a Pact file has
// hundreds, is a line and not ten.
func layout(value any) ([]byte, error) {
	plain, err := plainly(value)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := lay(&b, plain, 0, 0); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// plainly is a value in maps, lists, texts and numbers as they are written.
func plainly(value any) (plain any, err error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return plain, decoder.Decode(&plain)
}

// lay writes a value at a depth, after that many bytes of its line.
func lay(b *bytes.Buffer, value any, depth, before int) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	if before+len(raw) <= lineWidth || !isObject && !isList {
		b.Write(raw)
		return nil
	}
	indent := strings.Repeat("  ", depth+1)
	next := func(n int, name string) (used int) {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + indent + name)
		return len(indent) + len(name)
	}
	if isObject {
		b.WriteByte('{')
		for n, name := range slices.Sorted(maps.Keys(object)) {
			quoted, err := json.Marshal(name)
			if err != nil {
				return err
			}
			if err := lay(b, object[name], depth+1, next(n, string(quoted)+": ")); err != nil {
				return err
			}
		}
	} else {
		b.WriteByte('[')
		for n, item := range list {
			if err := lay(b, item, depth+1, next(n, "")); err != nil {
				return err
			}
		}
	}
	b.WriteString("\n" + indent[2:] + map[bool]string{true: "}", false: "]"}[isObject])
	return nil
}
