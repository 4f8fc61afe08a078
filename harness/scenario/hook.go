package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
)

// Parameters are what a hook is told; they replace the templates {{name}} in its body or arguments. What is no text
// stands in a text as JSON, and in a body where the template is the whole text as it is.
type Parameters map[string]any

// template is a parameter's place in a hook: {{transactionId}}.
var template = regexp.MustCompile(`\{\{\s*\.?([A-Za-z]+)\s*\}\}`)

// fill replaces the templates of a text. The error names a template that the hook has no parameter for.
func (p Parameters) fill(text string) (string, error) {
	var unknown error
	filled := template.ReplaceAllStringFunc(text, func(place string) string {
		name := template.FindStringSubmatch(place)[1]
		if _, ok := p[name]; !ok {
			unknown = fmt.Errorf("the hook has the template %s, and there is no such parameter", place)
		}
		return p.text(name)
	})
	return filled, unknown
}

// text is a parameter as text.
func (p Parameters) text(name string) string {
	switch v := p[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		raw, _ := json.Marshal(v) // of what our own code makes
		return string(raw)
	}
}

// told are the parameters that say something.
func (p Parameters) told() Parameters {
	told := Parameters{}
	for name, value := range p {
		if value != nil && value != "" {
			told[name] = value
		}
	}
	return told
}

// body is the JSON body of an HTTP hook: its own with the templates filled in, or the parameters.
func (p Parameters) body(own any) ([]byte, error) {
	if own == nil {
		return json.Marshal(p.told())
	}
	filled, err := p.value(own)
	if err != nil {
		return nil, err
	}
	return json.Marshal(filled)
}

// value fills the templates in every text of a JSON value, names of members included.
func (p Parameters) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if place := template.FindStringSubmatch(v); place != nil && place[0] == v {
			if value, ok := p[place[1]]; ok {
				return value, nil
			}
		}
		return p.fill(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			filled, err := p.value(item)
			if err != nil {
				return nil, err
			}
			out[i] = filled
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			filled, err := p.value(item)
			if err != nil {
				return nil, err
			}
			out[name] = filled
		}
		return out, nil
	case map[any]any:
		out := map[string]any{}
		for name, item := range v {
			out[fmt.Sprint(name)] = item
		}
		return p.value(out)
	}
	return v, nil
}
