package schemas

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// screen knows bodies that plainly keep a schema, at a fraction of what the validator takes. It is never the judge of
// others: what it does not know as valid is for the validator, and so is all that it does not understand.
type screen struct {
	unsure    bool // the schema asks for something that a screen does not look at
	kind      string
	enum      []string
	holds     func(text string) bool // format and pattern
	minLength int
	minimum   float64
	required  []string
	members   map[string]*screen
	items     *screen
}

// newScreen reads a schema. Schemas that refer to themselves are none of ours.
func newScreen(node, definitions object) *screen {
	if ref := node.text("$ref"); ref != "" {
		return newScreen(definitions.object(strings.TrimPrefix(ref, definitionPrefix)), definitions)
	}
	s := &screen{minimum: math.Inf(-1), members: map[string]*screen{}}
	for _, keyword := range node {
		s.read(keyword, definitions)
	}
	return s
}

// read takes one keyword.
func (s *screen) read(keyword member, definitions object) {
	text, isText := keyword.value.(string)
	switch keyword.name {
	case "$schema", "title", "description", "definitions":
	case "type":
		s.kind, s.unsure = text, s.unsure || !isText
	case "enum":
		values, _ := keyword.value.([]any)
		for _, value := range values {
			word, isWord := value.(string)
			s.enum, s.unsure = append(s.enum, word), s.unsure || !isWord
		}
	case "format":
		formats := map[string]func(string) bool{"uuid": isUUID, "date-time": IsDateTime}
		s.unsure = s.unsure || s.holds != nil || formats[text] == nil
		s.holds = formats[text]
	case "pattern":
		shape, err := regexp.Compile(text)
		s.unsure = s.unsure || s.holds != nil || err != nil
		if err == nil {
			s.holds = shape.MatchString
		}
	case "minLength":
		s.minLength = object{keyword}.integer("minLength")
	case "minimum":
		number, _ := keyword.value.(json.Number)
		least, err := number.Float64()
		s.minimum, s.unsure = least, s.unsure || err != nil
	case "required":
		s.required = object{keyword}.texts("required")
	case "properties":
		properties, _ := keyword.value.(object)
		for _, p := range properties {
			s.members[p.name] = newScreen(object{p}.object(p.name), definitions)
		}
	case "items":
		s.items = newScreen(object{keyword}.object("items"), definitions)
	default:
		s.unsure = true
	}
}

// keeps says whether a body that Strict accepts plainly keeps the schema.
func (s *screen) keeps(body []byte) bool {
	b := builder{body: body}
	return s.value(&b)
}

// value reads one value. Where it returns false, the place of the builder means nothing.
func (s *screen) value(b *builder) bool {
	switch c := b.token(); {
	case s.unsure:
		return false
	case c == '{':
		return s.kind == "object" && s.object(b)
	case c == '[':
		return s.kind == "array" && s.array(b)
	case c == '"':
		return s.kind == "string" && s.text(b)
	case c == 't' || c == 'f':
		b.value()
		return s.kind == "boolean"
	case c == 'n':
		return false
	}
	return s.kind == "integer" && s.integer(b)
}

func (s *screen) object(b *builder) bool {
	met := 0
	for more := b.enter('}'); more; more = b.more('}') {
		name := b.string()
		b.token()
		b.at++ // the colon
		b.token()
		if slices.Contains(s.required, name) { // once, for Strict takes no name twice
			met++
		}
		switch below, known := s.members[name]; {
		case !known:
			b.skip()
		case !below.value(b):
			return false
		}
	}
	return met == len(s.required)
}

func (s *screen) array(b *builder) bool {
	for more := b.enter(']'); more; more = b.more(']') {
		switch {
		case s.items == nil:
			b.skip()
		case !s.items.value(b):
			return false
		}
	}
	return true
}

func (s *screen) text(b *builder) bool {
	text, plain := b.plain()
	switch {
	case s.enum == nil && s.holds == nil && s.minLength == 0:
		return true
	case !plain, utf8.RuneCountInString(text) < s.minLength:
		return false
	}
	return (s.enum == nil || slices.Contains(s.enum, text)) && (s.holds == nil || s.holds(text))
}

// integer knows those that are written as such and are not large.
func (s *screen) integer(b *builder) bool {
	number, isNumber := b.value().(json.Number)
	n, err := strconv.ParseInt(string(number), 10, 32)
	return isNumber && err == nil && float64(n) >= s.minimum
}
