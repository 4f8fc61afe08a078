package schemas

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// occurrence is one keyword at one place of a schema, with a body that offends it and nothing else.
type occurrence struct {
	keyword string
	pointer string // of the violation that the body must have
	body    []byte
}

// annotations are the keywords that ask nothing of a body by themselves.
var annotations = []string{"$schema", "title", "description", "definitions", "$ref", "properties", "items"}

// fullBody is a valid body that has every member of a schema, with one item in each array.
func fullBody(t testing.TB, name string) object {
	t.Helper()
	s, err := loaded(name)
	if err != nil {
		t.Fatal(err)
	}
	return example(t, s.tree, s.tree).(object)
}

// resolve follows the $ref of a schema node.
func resolve(node, root object) object {
	if ref := node.text("$ref"); ref != "" {
		return root.object("definitions").object(strings.TrimPrefix(ref, definitionPrefix))
	}
	return node
}

// example is a valid value for a schema node, with every member that it knows.
func example(t testing.TB, node, root object) any {
	t.Helper()
	node = resolve(node, root)
	if enum, ok := node.get("enum").([]any); ok {
		return enum[len(enum)-1]
	}
	if value := node.get("const"); value != nil {
		return value
	}
	switch node.text("type") {
	case "object":
		o := object{}
		for _, p := range node.object("properties") {
			o = append(o, member{p.name, example(t, p.value.(object), root)})
		}
		return o
	case "array":
		return []any{example(t, node.object("items"), root)}
	case "integer", "number":
		return json.Number("1")
	case "boolean":
		return true
	case "string":
		switch {
		case node.text("format") == "uuid":
			return "5f7a535d-a3fd-416b-b069-c97d021fbacd"
		case node.text("format") == "date-time":
			return "2026-01-02T03:04:05.678Z"
		case strings.Contains(node.text("pattern"), "[0-9]{4}-"):
			return "1972-02-29"
		case strings.Contains(node.text("pattern"), "{64}"):
			return strings.Repeat("0a", 32)
		case strings.HasPrefix(node.text("pattern"), "^D"):
			return "D06"
		case strings.HasPrefix(node.text("pattern"), "^e"), strings.HasPrefix(node.text("pattern"), "^(e"):
			return "e17"
		case strings.HasPrefix(node.text("pattern"), "^(/"):
			return "/resp/requestId"
		}
		return "text"
	}
	t.Fatalf("no example for the schema node %v", node)
	return nil
}

// collector walks a schema beside its full body.
type collector struct {
	t    *testing.T
	root object
	full object
	all  []occurrence
}

func occurrencesOf(t *testing.T, name string) []occurrence {
	t.Helper()
	s, err := loaded(name)
	if err != nil {
		t.Fatal(err)
	}
	c := collector{t: t, root: s.tree, full: fullBody(t, name)}
	c.node(s.tree, nil)
	return c.all
}

// node derives one offending body per keyword of a node and goes on to its children. A keyword that it does not know fails the test.
func (c *collector) node(node object, at []string) {
	node = resolve(node, c.root)
	for _, k := range node {
		switch k.name {
		case "type":
			c.add("type", at, wrongType(k.value.(string)))
			c.add("type", at, nil)
		case "enum":
			c.add("enum", at, "SOMETHING_ELSE")
		case "const":
			c.add("const", at, "something else")
		case "format":
			c.add("format", at, "neither")
		case "pattern":
			c.add("pattern", at, "~2")
		case "minLength":
			c.add("minLength", at, "")
		case "minimum":
			c.add("minimum", at, json.Number("-1"))
		case "required":
			for _, name := range node.texts("required") {
				c.change("required", append(slices.Clone(at), name), func(o object) object {
					return slices.DeleteFunc(o, func(m member) bool { return m.name == name })
				})
			}
		case "additionalProperties":
			value := any(json.Number("1"))
			keyword := "type"
			if k.value == false {
				keyword = "additionalProperties"
			}
			c.change(keyword, append(slices.Clone(at), "not ~known/"), func(o object) object {
				return append(o, member{"not ~known/", value})
			})
		default:
			if !slices.Contains(annotations, k.name) {
				c.t.Errorf("%s: this test does not know the keyword %s: teach it, or nothing exercises it", pointerTo(at), k.name)
			}
		}
	}
	for _, p := range node.object("properties") {
		c.node(p.value.(object), append(slices.Clone(at), p.name))
	}
	if items := node.object("items"); items != nil {
		c.node(items, append(slices.Clone(at), "0"))
	}
}

// add derives a body with another value at a place.
func (c *collector) add(keyword string, at []string, value any) {
	if len(at) == 0 {
		c.body(keyword, at, value)
		return
	}
	c.body(keyword, at, replaced(c.full, at, func(any) any { return value }))
}

// change derives a body in which the object that holds a place is another.
func (c *collector) change(keyword string, at []string, edit func(object) object) {
	c.body(keyword, at, replaced(c.full, at[:len(at)-1], func(old any) any { return edit(slices.Clone(old.(object))) }))
}

func (c *collector) body(keyword string, at []string, document any) {
	text, err := json.Marshal(document)
	if err != nil {
		c.t.Fatal(err)
	}
	c.all = append(c.all, occurrence{keyword, pointerTo(at), text})
}

// replaced is a document with another value at a place; the document itself stays as it is.
func replaced(node any, at []string, edit func(any) any) any {
	if len(at) == 0 {
		return edit(node)
	}
	switch node := node.(type) {
	case object:
		copied := slices.Clone(node)
		i := slices.IndexFunc(copied, func(m member) bool { return m.name == at[0] })
		copied[i].value = replaced(copied[i].value, at[1:], edit)
		return copied
	case []any:
		copied := slices.Clone(node)
		i, _ := strconv.Atoi(at[0])
		copied[i] = replaced(copied[i], at[1:], edit)
		return copied
	}
	return node
}

func wrongType(jsonType string) any {
	if jsonType == "string" {
		return []any{}
	}
	return "text"
}

func pointerTo(segments []string) string {
	var p strings.Builder
	for _, s := range segments {
		p.WriteString("/" + escapeSegment(s))
	}
	return p.String()
}
