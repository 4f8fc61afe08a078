package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxFile is the largest file that is read, in bytes: the template has 4 KiB.
const maxFile = 1 << 20

// readFile reads and walks the file, and says whether there was a document to walk.
func (l *loading) readFile(path string) bool {
	text, err := readRegular(path, maxFile)
	if err != nil {
		l.atLine(1, "", "%v; `conformance init` writes a commented file", err)
		return false
	}
	for _, name := range Variables(text) {
		l.referred[name] = true
	}
	return l.readYAML(text)
}

// readRegular reads a regular file of at most the given size. Its errors name no path.
func readRegular(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return nil, errors.New("we may not read the file")
	case err != nil:
		return nil, errors.New("the file cannot be read")
	case !info.Mode().IsRegular():
		return nil, errors.New("this is not a regular file")
	case info.Size() > most:
		return nil, errors.New("the file is too large")
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, errors.New("we may not read the file")
	}
	if err != nil {
		return nil, errors.New("the file cannot be read")
	}
	return text, nil
}

// readYAML walks the one document of the text.
func (l *loading) readYAML(text []byte) bool {
	if line := firstBadRune(text); line > 0 {
		l.atLine(line, "", "this is not YAML text in UTF-8; remove the control character or save the file as UTF-8")
		return false
	}
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		l.atLine(1, "", "the file cannot be read as YAML")
		return false
	}
	var document, next yaml.Node
	if err := loader.Load(&document); err != nil {
		l.syntax(err)
		return false
	}
	if err := loader.Load(&next); !errors.Is(err, io.EOF) {
		if err != nil {
			l.syntax(err)
		} else {
			l.atLine(next.Line, "", "a second document begins here; a configuration is one document, so remove the line ---")
		}
		return false
	}
	if len(document.Content) != 1 || isNull(document.Content[0]) {
		l.syntax(io.EOF)
		return false
	}
	l.walkSection(document.Content[0], root)
	return true
}

// syntax records why the text is no YAML, without showing the text.
func (l *loading) syntax(err error) {
	if errors.Is(err, io.EOF) {
		l.atLine(1, "", "the file is empty; `conformance init` writes a commented one")
		return
	}
	line, why := 1, "the text does not follow the rules of YAML"
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line, why = at.Mark.Line, at.Message
		// The only messages that quote the file are those that name an anchor or a tag.
		if strings.Contains(why, "anchor") || strings.Contains(why, "alias") || strings.Contains(why, "tag") {
			why = "an anchor, alias or tag is not understood; put quotes around a value that begins with &, * or !"
		}
	}
	l.atLine(line, "", "not YAML: %s; look at the indentation, the colons and the quotes here and on the line before", why)
}

// firstBadRune is the line of the first byte that YAML does not allow; 0 for none.
func firstBadRune(text []byte) int {
	line := 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '\n':
			line++
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\t' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85:
			return line
		}
		i += size
	}
	return 0
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// walkSection reads a mapping against the section that it should be.
func (l *loading) walkSection(n *yaml.Node, section *node) {
	if n.Kind != yaml.MappingNode {
		l.spoilAll(section)
		if n.Kind == yaml.AliasNode {
			l.atLine(n.Line, section.path, "aliases are not understood here; write the value out")
			return
		}
		l.atLine(n.Line, section.path, "must be a mapping with the keys %s (is a space missing after a colon?)", strings.Join(section.names(), ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode || name.ShortTag() == "!!merge" {
			l.atLine(name.Line, section.path, "aliases, merge keys and keys that are no names are not understood here; write the values out")
			continue
		}
		child := section.child(name.Value)
		if child == nil {
			l.unknown(name, section)
			continue
		}
		if first, twice := seen[child.name]; twice {
			l.atLine(name.Line, child.path, "duplicate key; it is on line %d already, so remove one of the two", first)
			continue
		}
		seen[child.name] = name.Line
		switch {
		case isNull(value): // as if it were not there
		case child.key != nil:
			l.walkValue(value, child.key)
		default:
			l.sections[child.path] = name.Line
			l.walkSection(value, child)
		}
	}
}

// walkValue reads the value of a key.
func (l *loading) walkValue(n *yaml.Node, k *Key) {
	if aliased(n) {
		l.atLine(n.Line, k.Path, "aliases and merge keys are not understood here; write the value out")
		return
	}
	s := setting{line: n.Line}
	switch k.Type {
	case TypeList:
		if n.Kind != yaml.SequenceNode {
			l.atLine(n.Line, k.Path, "must be a list, such as [A, B]")
			return
		}
		s.items = []string{}
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode || isNull(item) {
				l.atLine(item.Line, k.Path, "every item of the list must be one value")
				return
			}
			s.items = append(s.items, item.Value)
		}
	case TypeJSON:
		body, why := jsonValue(n)
		if why != "" {
			l.atLine(n.Line, k.Path, "%s", why)
			return
		}
		s.body = body
	default:
		if n.Kind != yaml.ScalarNode {
			l.atLine(n.Line, k.Path, "must be one value, not a list or a mapping (does a value with [ or { need quotes?)")
			return
		}
		s.text = n.Value // as written: an OTP keeps its zeros and a version its dots
	}
	if s.text != "" || s.items != nil || s.body != nil {
		l.settings[k.Path] = s
	}
}

// aliased says whether an alias or merge key is in a value: one could stand for a billion values, or for itself.
func aliased(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!merge" {
		return true
	}
	for _, c := range n.Content {
		if aliased(c) {
			return true
		}
	}
	return false
}

// unknown records a key that does not exist, with the key that was probably meant.
func (l *loading) unknown(name *yaml.Node, section *node) {
	prefix := ""
	if section.path != "" {
		prefix = section.path + "."
	}
	known := "Known keys here: " + strings.Join(section.names(), ", ")
	if before, _, found := strings.Cut(name.Value, ":"); found && section.child(before) != nil {
		l.spoilAll(section.child(before))
		l.atLine(name.Line, prefix+before, "a space is missing after the colon")
		return
	}
	near := nearest(name.Value, section.names())
	meant := elsewhere(name.Value)
	// What is no plain name, or like no other where secrets are, may be a value in the wrong place.
	if !plainName.MatchString(name.Value) || section.path != "" && section.holdsSecrets() && near == "" && meant == "" {
		l.atLine(name.Line, section.path, "a key here is not a known key. %s", known)
		return
	}
	text := "unknown key."
	if near != "" {
		meant = prefix + near
		l.spoilAll(section.child(near))
	}
	if meant != "" {
		text = "unknown key; did you mean " + meant + "?"
	}
	l.atLine(name.Line, prefix+name.Value, "%s %s", text, known)
}

// elsewhere returns the path of the first key of exactly that name anywhere in the file.
func elsewhere(name string) string {
	found := ""
	root.each(func(n *node) {
		if n.name == name && found == "" {
			found = n.path
		}
	})
	return found
}

// spoilAll keeps the keys below a broken section from being called missing.
func (l *loading) spoilAll(n *node) { n.each(func(k *node) { l.spoilt[k.path] = true }) }
