package config

import (
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Kinds of values that a key takes.
const (
	TypeString   = "string"
	TypeList     = "list"     // in flags and variables: A,B or [A, B]
	TypeDuration = "duration" // such as 500ms or 10s
	TypeJSON     = "json"     // in flags and variables: a JSON or YAML text
)

// variablePrefix begins the name of every variable of the suite.
const variablePrefix = "CONFORMANCE_"

// The CONFORMANCE_* variables that are no keys.
const (
	// DebugVariable makes a panic print its stack, with the value 1.
	DebugVariable = variablePrefix + "DEBUG"
	// PactVariable names the directory of conformance-pact and libpact_ffi where they do not lie beside the static binary.
	PactVariable = variablePrefix + "PACT_DIR"
)

// Key is one key of conformance.yaml that holds a value, with its flag and its variable.
type Key struct {
	// Path is the dotted path in the file, for example "identities.hip.client-secret".
	Path string
	// Flag is the name of the flag without its dashes, for example "identities-hip-client-secret".
	Flag string
	// Short is a second, shorter flag without its dashes ("role" or "target"); "" for most keys.
	Short string
	// Env is the name of the variable, for example "CONFORMANCE_IDENTITIES_HIP_CLIENT_SECRET".
	Env string
	// Type is one of TypeString, TypeList, TypeDuration and TypeJSON.
	Type string
	// Secret says that the value must never be printed: credentials, patient data, bodies and commands of hooks.
	Secret bool
	// Doc is what the value is, in half a sentence.
	Doc string

	index []int // of the field in Config, for reflection
}

// node is a section or a key in the tree of the file.
type node struct {
	path, name, doc string
	key             *Key // nil for a section
	children        []*node
}

// shorts are the flags that a caller types most.
var shorts = map[string]string{"subject.role": "role", "subject.url": "target"}

// root is the tree of keys, in the order of the file.
var root = buildTree(reflect.TypeFor[Config](), &node{}, nil)

// Keys returns every key that holds a value, in the order of the file.
func Keys() []Key {
	var all []Key
	root.each(func(n *node) { all = append(all, *n.key) })
	return all
}

// buildTree adds the fields of a struct type below a node.
func buildTree(t reflect.Type, parent *node, index []int) *node {
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() { // what is made of a key is none
			continue
		}
		name := field.Tag.Get("yaml")
		child := &node{name: name, path: name, doc: field.Tag.Get("doc")}
		if parent.path != "" {
			child.path = parent.path + "." + name
		}
		at := append(slices.Clone(index), i)
		parent.children = append(parent.children, child)
		inner := field.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			buildTree(inner, child, at)
			continue
		}
		words := kebab(child.path)
		child.key = &Key{
			Path: child.path, Flag: words, Short: shorts[child.path],
			Env:  variablePrefix + strings.ToUpper(strings.ReplaceAll(words, "-", "_")),
			Type: typeOf(inner), Secret: field.Tag.Get("secret") == "true", Doc: child.doc, index: at,
		}
	}
	return parent
}

func typeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return TypeDuration
	case t.Kind() == reflect.Slice:
		return TypeList
	case t.Kind() == reflect.Interface:
		return TypeJSON
	}
	return TypeString
}

// kebab turns a dotted path into lower-case words with dashes: patient.demographic.dateOfBirth becomes patient-demographic-date-of-birth.
func kebab(path string) string {
	var b strings.Builder
	for _, r := range path {
		switch {
		case r == '.':
			b.WriteByte('-')
		case unicode.IsUpper(r):
			b.WriteByte('-')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// each visits the keys below a node in the order of the file.
func (n *node) each(visit func(*node)) {
	if n.key != nil {
		visit(n)
	}
	for _, c := range n.children {
		c.each(visit)
	}
}

// child returns the section or key of that name directly below a node, or nil.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// names lists what may be written directly below a node.
func (n *node) names() []string {
	var names []string
	for _, c := range n.children {
		names = append(names, c.name)
	}
	return names
}

// holdsSecrets says whether a value below a node must not be printed.
func (n *node) holdsSecrets() bool {
	found := false
	n.each(func(k *node) { found = found || k.key.Secret })
	return found
}

// keyAt returns the key of a path. The paths are written in this package, so that a wrong one is a defect of ours.
func keyAt(path string) *Key {
	var found *Key
	root.each(func(n *node) {
		if n.path == path {
			found = n.key
		}
	})
	return found
}

// in returns the field of the key in a configuration. Sections behind a nil
// pointer are made where make is set; else the result is the zero Value.
func (k *Key) in(c *Config, make bool) reflect.Value {
	v := reflect.ValueOf(c).Elem()
	for _, i := range k.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !make {
					return reflect.Value{}
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}
