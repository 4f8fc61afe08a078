package journal

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON redacts a JSON text. Member order, number spelling, duplicate members
// and white space stay as they are; a redacted value becomes a string, whose
// placeholder says where it was none (‹redacted:year#1 number›). Empty strings
// and null stay, since they hold no secret. It returns nil where raw is not
// JSON: such a body is Text.
func (r *Redactor) JSON(raw []byte) json.RawMessage {
	if !json.Valid(raw) {
		return nil
	}
	if !utf8.Valid(raw) {
		raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	if r.off.Load() {
		return bytes.Clone(raw)
	}
	return r.rewrite(raw, 0)
}

// learnt redacts a body as JSON does, for one whose structure has told what it tells. It is nil where the body is no JSON.
func (r *Redactor) learnt(w wire) json.RawMessage {
	switch {
	case !w.json:
		return nil
	case w.offence != nil: // perhaps it is no UTF-8
		return r.JSON(w.raw)
	case r.off.Load():
		return bytes.Clone(w.raw)
	}
	return r.replaceIn(w.raw, 0)
}

// rewrite redacts valid JSON: one walk to learn the values that structure tells, one to replace them wherever they are.
func (r *Redactor) rewrite(raw []byte, depth int) []byte {
	r.learnJSON(raw, depth)
	return r.replaceIn(raw, depth)
}

// replaceIn is the second of these walks.
func (r *Redactor) replaceIn(raw []byte, depth int) []byte {
	w := walker{redactor: r, src: raw, depth: depth, out: make([]byte, 0, len(raw)+256)}
	w.value(place{})
	w.space()
	return w.out
}

// learnJSON makes the values known that structure tells; raw must be valid JSON.
func (r *Redactor) learnJSON(raw []byte, depth int) {
	w := walker{redactor: r, src: raw, depth: depth, learning: true}
	w.value(place{})
}

// place is where in a message a value stands.
type place struct {
	kind    string // the kind of every leaf below; "" where leaves are free
	parent  string // normal name of the innermost member
	patient bool   // somewhere below a patient or a demographic
}

// child is the place of a member's value.
func (p place) child(name string) place {
	n := normal(name)
	below := place{kind: p.kind, parent: n, patient: p.patient || n == "patient" || strings.HasPrefix(n, "demographic")}
	switch {
	case p.kind == kindIdentifier && n == "type":
		below.kind = ""
	case p.kind == "":
		below.kind = memberKind(n, p)
	}
	return below
}

// walker goes once over valid JSON, token by token.
type walker struct {
	redactor *Redactor
	src      []byte
	pos      int
	depth    int // levels of JSON inside JSON strings
	learning bool
	out      []byte
}

// copy takes over the source up to end.
func (w *walker) copy(end int) {
	if !w.learning {
		w.out = append(w.out, w.src[w.pos:end]...)
	}
	w.pos = end
}

func (w *walker) space() {
	end := w.pos
	for end < len(w.src) && (w.src[end] == ' ' || w.src[end] == '\t' || w.src[end] == '\n' || w.src[end] == '\r') {
		end++
	}
	w.copy(end)
}

func (w *walker) value(at place) {
	w.space()
	switch w.src[w.pos] {
	case '{':
		w.members(at)
	case '[':
		w.elements(at)
	case '"':
		w.text(at)
	default:
		w.scalar(at)
	}
}

func (w *walker) members(at place) {
	w.copy(w.pos + 1)
	for {
		w.space()
		switch w.src[w.pos] {
		case '}':
			w.copy(w.pos + 1)
			return
		case ',':
			w.copy(w.pos + 1)
			continue
		}
		literal, name := w.string()
		if w.learning || contractMember(name) {
			w.write(literal)
		} else {
			w.replaced(literal, name, w.redactor.replaceKnown(name))
		}
		w.space()
		w.copy(w.pos + 1) // the colon
		w.value(at.child(name))
	}
}

func (w *walker) elements(at place) {
	w.copy(w.pos + 1)
	for {
		w.space()
		switch w.src[w.pos] {
		case ']':
			w.copy(w.pos + 1)
			return
		case ',':
			w.copy(w.pos + 1)
			continue
		}
		w.value(at)
	}
}

// string reads the string at the position: its literal with quotes and its value.
func (w *walker) string() ([]byte, string) {
	end := w.pos + 1
	escaped := false
	for w.src[end] != '"' {
		if w.src[end] == '\\' {
			escaped = true
			end++
		}
		end++
	}
	literal := w.src[w.pos : end+1]
	w.pos = end + 1
	if !escaped {
		return literal, string(literal[1 : len(literal)-1])
	}
	var value string
	if err := json.Unmarshal(literal, &value); err != nil { // not for a literal of valid JSON
		value = string(literal)
	}
	return literal, value
}

func (w *walker) text(at place) {
	if w.learning && at.kind == "" {
		r := idReader{src: w.src, pos: w.pos}
		r.pass()
		w.pos = r.pos
		return
	}
	literal, value := w.string()
	kept := at.kind == "" || w.redactor.kept(at.kind, value)
	if w.learning {
		if !kept {
			w.redactor.learn(at.kind, value)
			if i := strings.LastIndexByte(value, ' '); i >= 0 && at.kind == kindToken { // "Bearer …" where the token alone belongs
				w.redactor.learn(at.kind, value[i+1:])
			}
		}
		return
	}
	switch {
	case !kept:
		w.replaced(literal, value, w.redactor.replace(at.kind, value))
	case at.kind == "":
		w.replaced(literal, value, w.redactor.text(value, w.depth))
	default:
		w.write(literal)
	}
}

// scalar goes over a number, true, false or null.
func (w *walker) scalar(at place) {
	end := w.pos
	for end < len(w.src) && strings.IndexByte(" \t\r\n,]}", w.src[end]) < 0 {
		end++
	}
	literal := string(w.src[w.pos:end])
	jsonType := "number"
	switch literal {
	case "null":
		w.copy(end)
		return
	case "true", "false":
		jsonType = "boolean"
	}
	switch {
	case w.learning && at.kind != "" && jsonType == "number":
		w.redactor.learn(at.kind, plain(literal))
	case w.learning:
	case at.kind != "":
		w.pos = end
		w.quote(typed(w.redactor.replace(at.kind, plain(literal)), jsonType))
		return
	case len(literal) >= shortestLearn:
		if placeholder, known := w.redactor.searched(literal); known {
			w.pos = end
			w.quote(typed(placeholder, jsonType))
			return
		}
	}
	w.copy(end)
}

// plain is an integer as most write it: 1972.0 and 1.972e3 are the same number as 1972, and so have one placeholder.
func plain(literal string) string {
	const exact = 1 << 53 // beyond it not every integer is a float64
	if n, err := strconv.ParseFloat(literal, 64); err == nil && n == math.Trunc(n) && math.Abs(n) < exact {
		return strconv.FormatInt(int64(n), 10)
	}
	return literal
}

// replaced writes a string: its own literal where redaction did not change the value.
func (w *walker) replaced(literal []byte, before, after string) {
	if before == after {
		w.write(literal)
		return
	}
	w.quote(after)
}

func (w *walker) write(literal []byte) {
	if !w.learning {
		w.out = append(w.out, literal...)
	}
}

func (w *walker) quote(s string) { w.out = append(w.out, quoted(s)...) }

// quoted is s as a JSON string that does not escape what only HTML would mind.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // no string fails to encode
		return []byte(`""`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
