package player

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"abdm.example/conformance/schemas"
)

// gwDocument is a JSON object as it was sent, with the places of its members,
// so that a hub can change two strings of it and leave every other byte alone.
type gwDocument struct {
	text []byte
	root *gwNode
}

// gwNode is one value and where it stands in the text.
type gwNode struct {
	start, end int
	kind       byte // { [ " 0 t n: object, array, string, number, boolean, null
	members    []gwMember
	items      []*gwNode
}

// gwMember is one member of an object; start is where its name begins.
type gwMember struct {
	name  string
	start int
	value *gwNode
}

// gwEdit replaces one stretch of a text.
type gwEdit struct {
	start, end int
	with       string
}

// gwParse reads a body strictly: one JSON object in UTF-8, no member twice, nothing after it.
func gwParse(text []byte) (*gwDocument, error) {
	if err := schemas.Strict(text); err != nil {
		return nil, err
	}
	p := gwParser{text: text}
	root := p.value()
	if root.kind != '{' {
		return nil, errors.New("the body is JSON but not an object")
	}
	return &gwDocument{text: text, root: root}, nil
}

// gwParser walks a text that schemas.Strict has accepted, so it meets no syntax error.
type gwParser struct {
	text []byte
	at   int
}

func (p *gwParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *gwParser) value() *gwNode {
	p.space()
	n := &gwNode{start: p.at, kind: p.text[p.at]}
	switch n.kind {
	case '{':
		p.object(n)
	case '[':
		p.array(n)
	case '"':
		p.string()
	default: // a number, true, false or null
		switch {
		case n.kind == '-' || n.kind >= '0' && n.kind <= '9':
			n.kind = '0'
		case n.kind == 'f':
			n.kind = 't'
		}
		for p.at < len(p.text) && strings.IndexByte(",]} \t\r\n", p.text[p.at]) < 0 {
			p.at++
		}
	}
	n.end = p.at
	return n
}

func (p *gwParser) object(n *gwNode) {
	p.at++
	for p.space(); p.text[p.at] != '}'; p.space() {
		if p.text[p.at] == ',' {
			p.at++
			p.space()
		}
		m := gwMember{start: p.at}
		p.string()
		m.name = gwUnquote(p.text[m.start:p.at])
		p.space()
		p.at++ // the colon
		m.value = p.value()
		n.members = append(n.members, m)
	}
	p.at++
}

func (p *gwParser) array(n *gwNode) {
	p.at++
	for p.space(); p.text[p.at] != ']'; p.space() {
		if p.text[p.at] == ',' {
			p.at++
		}
		n.items = append(n.items, p.value())
	}
	p.at++
}

func (p *gwParser) string() {
	for p.at++; p.text[p.at] != '"'; p.at++ {
		if p.text[p.at] == '\\' {
			p.at++
		}
	}
	p.at++
}

// gwUnquote reads a JSON string.
func gwUnquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return ""
	}
	return s
}

// Segments of JSON pointers, from names of members and back.
var (
	gwPointerEscaper   = strings.NewReplacer("~", "~0", "/", "~1")
	gwPointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

func gwEscape(name string) string {
	return gwPointerEscaper.Replace(name)
}

// member is the value of a member of an object; nil where there is none.
func (n *gwNode) member(name string) *gwNode {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// node is the value at a JSON pointer through objects; nil where there is none.
func (d *gwDocument) node(pointer string) *gwNode {
	n := d.root
	if pointer == "" {
		return n
	}
	for name := range strings.SplitSeq(pointer[1:], "/") {
		if n = n.member(gwPointerUnescaper.Replace(name)); n == nil {
			return nil
		}
	}
	return n
}

// has says whether there is a value other than null at a pointer.
func (d *gwDocument) has(pointer string) bool {
	n := d.node(pointer)
	return n != nil && n.kind != 'n'
}

// string is the string at a pointer; "" where there is no string.
func (d *gwDocument) string(pointer string) string {
	n := d.node(pointer)
	if n == nil || n.kind != '"' {
		return ""
	}
	return gwUnquote(d.text[n.start:n.end])
}

// set is the edit that writes a string at a pointer. A missing top-level member is added in front; a deeper one is not added.
func (d *gwDocument) set(pointer, value string) []gwEdit {
	quoted, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	if n := d.node(pointer); n != nil {
		return []gwEdit{{n.start, n.end, string(quoted)}}
	}
	name := strings.TrimPrefix(pointer, "/")
	if strings.Contains(name, "/") {
		return nil
	}
	added := strconv.Quote(name) + ":" + string(quoted)
	if len(d.root.members) > 0 {
		added += ","
	}
	return []gwEdit{{d.root.start + 1, d.root.start + 1, added}}
}

// drop is the edit that takes the member at a pointer out, with the comma that belonged to it.
func (d *gwDocument) drop(pointer string) []gwEdit {
	cut := strings.LastIndexByte(pointer, '/')
	parent := d.root
	if cut > 0 {
		parent = d.node(pointer[:cut])
	}
	if parent == nil {
		return nil
	}
	name := pointer[cut+1:]
	kept := slices.DeleteFunc(slices.Clone(parent.members), func(m gwMember) bool { return gwEscape(m.name) == name })
	if len(kept) == len(parent.members) {
		return nil
	}
	return []gwEdit{d.keep(parent, kept)}
}

// keep is the edit that leaves only some members of an object.
func (d *gwDocument) keep(n *gwNode, members []gwMember) gwEdit {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = string(d.text[m.start:m.value.end])
	}
	return gwEdit{n.start, n.end, "{" + strings.Join(parts, ",") + "}"}
}

// apply makes the edits, which must not overlap, and returns the new text.
func (d *gwDocument) apply(edits ...gwEdit) []byte {
	slices.SortFunc(edits, func(a, b gwEdit) int { return a.start - b.start })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(d.text[at:e.start])
		out.WriteString(e.with)
		at = e.end
	}
	out.Write(d.text[at:])
	return out.Bytes()
}

// withoutNulls is the text with every member whose value is null taken out:
// deployed parties write null for an optional member that is absent.
func (d *gwDocument) withoutNulls() []byte {
	if !bytes.Contains(d.text, []byte("null")) {
		return d.text
	}
	var out bytes.Buffer
	d.writeWithoutNulls(&out, d.root)
	return out.Bytes()
}

func (d *gwDocument) writeWithoutNulls(out *bytes.Buffer, n *gwNode) {
	switch n.kind {
	case '{':
		out.WriteByte('{')
		first := true
		for _, m := range n.members {
			if m.value.kind == 'n' {
				continue
			}
			if !first {
				out.WriteByte(',')
			}
			first = false
			out.Write(d.text[m.start:m.value.start])
			d.writeWithoutNulls(out, m.value)
		}
		out.WriteByte('}')
	case '[':
		out.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				out.WriteByte(',')
			}
			d.writeWithoutNulls(out, item)
		}
		out.WriteByte(']')
	default:
		out.Write(d.text[n.start:n.end])
	}
}
