package reports

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Limits of an excerpt: of the body that it is taken from and of one value, in bytes; of its depth; and of the
// neighbours shown on each level.
const (
	maxExcerptBody  = 64 << 10
	maxExcerptValue = 90
	maxExcerptDepth = 12
	maxNeighbours   = 4
)

// excerptLine is one line of a message as JSON. Marked is the one that a finding is about.
type excerptLine struct {
	Text   string
	Marked bool
}

// excerpt is the part of a message around the member that a finding is about.
type excerpt struct {
	Of    string // what it is taken from, in words
	Lines []excerptLine
}

// excerptOf shows the member at a pointer of the message that a finding cites, nil where there is nothing to show.
func (ix *index) excerptOf(f suites.Finding) *excerpt {
	x := ix.record.exchanges[f.Exchange]
	if x == nil || f.Pointer == "" {
		return nil
	}
	notThere := len(suites.Member(x, f.Pointer)) == 0
	if notThere && x.Direction == journal.Sent && !inAnswer(x, f.Pointer) && ix.record.scenarios[x.Scenario].Notes[scenario.NotePointer] != f.Pointer {
		return nil // the finding is about what came of the message, not about a member that was left out on purpose
	}
	part, content := "request", x.Request.Body
	if inAnswer(x, f.Pointer) {
		part, content = "response", x.Response.Body
	}
	lines := excerptLines(content.JSON, f.Pointer, ix.m.T("card.no-member"))
	if lines == nil {
		return nil
	}
	return &excerpt{ix.m.T("card.excerpt-"+part, "Exchange", line(x.ID, 80)), lines}
}

// inAnswer says whether a finding is about the body of the answer: it is an error, and the member is only there.
func inAnswer(x *journal.Exchange, pointer string) bool {
	return x.Direction == journal.Sent && x.Response != nil && x.Response.Status >= 400 && len(x.Response.Body.JSON) > 0 &&
		strings.HasPrefix(pointer, "/error") && len(suites.Member(x, pointer)) == 0
}

// excerptLines prints the objects and arrays on the way to a pointer, with some of their other members, and marks what is
// there; or, with the text none, where it should be.
func excerptLines(content json.RawMessage, pointer, none string) []excerptLine {
	segments := strings.Split(pointer, "/")
	if len(content) > maxExcerptBody || segments[0] != "" || len(segments) < 2 || len(segments) > maxExcerptDepth {
		return nil
	}
	e := &excerpting{none: none}
	opening, closing := brackets(content)
	e.put(0, false, opening)
	if !e.inside(content, segments[1:], 1) {
		return nil
	}
	e.put(0, false, closing)
	return e.lines
}

// excerpting is an excerpt on its way.
type excerpting struct {
	none  string
	lines []excerptLine
}

func (e *excerpting) put(depth int, marked bool, text string) {
	e.lines = append(e.lines, excerptLine{strings.Repeat("  ", depth) + text, marked})
}

// inside prints the members of an object or array, and goes into the one on the way. It is false for any other value.
func (e *excerpting) inside(content json.RawMessage, segments []string, depth int) bool {
	members, isArray, ok := membersOf(content)
	if !ok {
		return false
	}
	name := pointerUnescaper.Replace(segments[0])
	label := func(name string) string {
		if isArray {
			return ""
		}
		return line(strconv.Quote(name), maxExcerptValue) + ": "
	}
	at := -1
	for i, m := range members {
		if m.name == name {
			at = i
		}
	}
	from, to := window(len(members), at)
	if from > 0 {
		e.put(depth, false, "…")
	}
	for i, m := range members[from:to] {
		if from+i != at {
			e.put(depth, false, label(m.name)+abridged(m.value))
			continue
		}
		before := len(e.lines)
		opening, closing := brackets(m.value)
		e.put(depth, false, label(m.name)+opening)
		if len(segments) == 1 || !e.inside(m.value, segments[1:], depth+1) {
			e.lines = e.lines[:before]
			e.put(depth, true, label(m.name)+abridged(m.value))
			continue
		}
		e.put(depth, false, closing)
	}
	if to < len(members) {
		e.put(depth, false, "…")
	}
	if at < 0 {
		e.put(depth, true, label(name)+e.none)
	}
	return true
}

// window is the part of n members that is shown: the one at a position, -1 for none, with its neighbours.
func window(n, at int) (from, to int) {
	if at < 0 {
		return 0, min(n, maxNeighbours)
	}
	from = max(0, min(at-maxNeighbours/2, n-maxNeighbours-1))
	return from, min(n, from+maxNeighbours+1)
}

// jsonMember is a member of an object, or an item of an array with its position as name.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// membersOf lists the members of an object, or the items of an array, in their order. It is false for any other value.
func membersOf(content json.RawMessage) (members []jsonMember, isArray, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	opening, err := decoder.Token()
	if err != nil || opening != json.Delim('{') && opening != json.Delim('[') {
		return nil, false, false
	}
	isArray = opening == json.Delim('[')
	for decoder.More() {
		m := jsonMember{name: strconv.Itoa(len(members))}
		if !isArray {
			name, err := decoder.Token()
			if err != nil {
				return nil, false, false
			}
			m.name, _ = name.(string)
		}
		if decoder.Decode(&m.value) != nil {
			return nil, false, false
		}
		members = append(members, m)
	}
	if _, err := decoder.Token(); err != nil { // it is cut off
		return nil, false, false
	}
	return members, isArray, true
}

func brackets(value json.RawMessage) (opening, closing string) {
	if bytes.HasPrefix(bytes.TrimSpace(value), []byte("[")) {
		return "[", "]"
	}
	return "{", "}"
}

// abridged is a value on one line; what is in objects and arrays is left out.
func abridged(value json.RawMessage) string {
	value = bytes.TrimSpace(value)
	if len(value) > 2 && (value[0] == '{' || value[0] == '[') {
		opening, closing := brackets(value)
		return opening + "…" + closing
	}
	return line(string(value), maxExcerptValue)
}

// pointerUnescaper reads a segment of a JSON Pointer (RFC 6901, 4).
var pointerUnescaper = strings.NewReplacer("~1", "/", "~0", "~")
