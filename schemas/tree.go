package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// object is a JSON object with its members in the order of the text: the order in which schemas are composed and their members listed.
type object []member

type member struct {
	name  string
	value any // object, []any, string, json.Number, bool or nil
}

// get is the value of a member, nil where there is none.
func (o object) get(name string) any {
	if i := slices.IndexFunc(o, func(m member) bool { return m.name == name }); i >= 0 {
		return o[i].value
	}
	return nil
}

// object is a member that is an object, nil where there is none.
func (o object) object(name string) object {
	child, _ := o.get(name).(object)
	return child
}

// text is a member that is a string, "" where there is none.
func (o object) text(name string) string {
	s, _ := o.get(name).(string)
	return s
}

// texts is a member that is a list of strings; anything else in the list is left out.
func (o object) texts(name string) []string {
	list, _ := o.get(name).([]any)
	var texts []string
	for _, item := range list {
		if s, ok := item.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// integer is a member that is a whole number, 0 where there is none.
func (o object) integer(name string) int {
	n, _ := o.get(name).(json.Number)
	i, _ := n.Int64()
	return int(i)
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// parseObject reads an object and keeps the order of its members.
func parseObject(text []byte) (object, error) {
	if err := Strict(text); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder)
	if err != nil {
		return nil, err
	}
	o, ok := value.(object)
	if !ok {
		return nil, fmt.Errorf("the text is not a JSON object")
	}
	return o, nil
}

func parseValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseMembers(decoder)
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			item, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := decoder.Token()
		return list, err
	}
	return token, nil
}

func parseMembers(decoder *json.Decoder) (any, error) {
	members := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(decoder)
		if err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if !ok {
			return nil, io.ErrUnexpectedEOF
		}
		members = append(members, member{text, value})
	}
	_, err := decoder.Token()
	return members, err
}

// escapeSegment writes a member name as one segment of a JSON Pointer.
func escapeSegment(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// shorten cuts a text that a message must not be flooded with, at a whole character.
func shorten(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	return strings.ToValidUTF8(text[:bytes], "") + "..."
}
