package schemas

import (
	"slices"
	"strings"
)

// Member is one member of a message as its schema describes it.
type Member struct {
	// Pointer is the JSON Pointer (RFC 6901) of the member in a body; the items of an array have the segment "0".
	Pointer string
	// Required says that the object that holds the member must have it; the items of an array are never required.
	Required bool
	// ParentRequired says that every ancestor is required, so that a Required member is one that every body must have.
	ParentRequired bool
	// Type is the JSON type: object, array, string, integer, number or boolean.
	Type string
	// Enum lists the values of a closed set, nil for any value.
	Enum []string
	// Format is the format of a string, for example "uuid"; "" for any.
	Format string
	// Pattern is the regular expression of a string; "" for any.
	Pattern string
	// MinLength is the least number of characters of a string.
	MinLength int
}

// Members lists every member of a message's schema, in the order of the
// schema, each before what is nested in it. The name is one of Names, or
// ResultsName; any other has no members. The list is everybody's: read it only.
func Members(name string) []Member {
	s, err := loaded(name)
	if err != nil {
		return nil
	}
	return s.members
}

// membersOf lists the members of a schema.
func membersOf(tree object) []Member {
	l := lister{definitions: tree.object("definitions")}
	l.children("", tree, true)
	return slices.Clip(l.members)
}

// lister walks a schema and collects members.
type lister struct {
	definitions object
	members     []Member
}

// children lists the members of an object and the items of an array. Required says that the node itself and all its ancestors are.
func (l *lister) children(pointer string, node object, required bool) {
	must := node.texts("required")
	for _, property := range node.object("properties") {
		demanded := slices.Contains(must, property.name)
		l.member(pointer+"/"+escapeSegment(property.name), property.value, demanded, required)
	}
	if items := node.get("items"); items != nil {
		l.member(pointer+"/0", items, false, required)
	}
}

func (l *lister) member(pointer string, value any, required, parentRequired bool) {
	node, _ := value.(object)
	if ref := node.text("$ref"); ref != "" {
		node = l.definitions.object(strings.TrimPrefix(ref, definitionPrefix))
	}
	l.members = append(l.members, Member{
		Pointer:        pointer,
		Required:       required,
		ParentRequired: parentRequired,
		Type:           node.text("type"),
		Enum:           node.texts("enum"),
		Format:         node.text("format"),
		Pattern:        node.text("pattern"),
		MinLength:      node.integer("minLength"),
	})
	l.children(pointer, node, required && parentRequired)
}
