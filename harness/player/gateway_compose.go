package player

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// compose is the body of the second hop: the text that came, with requestId
// and resp.requestId changed and not a byte else, so that numbers, unknown
// members, their order and every character survive.
func (g *Gateway) compose(m *gwMessage) []byte {
	outgoing := m.outgoing
	switch {
	case g.faults.Has("id-not-uuid"):
		outgoing = strings.ReplaceAll(outgoing, "-", "_")
	}
	edits := m.doc.set("/requestId", outgoing)
	unmapped := g.faults.Has("resp-not-mapped", m.endpoint.Name) || g.faults.Has("resp-not-mapped") ||
		g.faults.Has("on-notify-error-unmapped") && m.endpoint.Name == contract.OnNotify && m.doc.has("/error")
	if m.answered != nil && !unmapped {
		answers := m.answered.callerID
		if g.faults.Has("request-not-rewritten") {
			answers = gwDerived(m.answered.id)
		}
		edits = append(edits, m.doc.set("/resp/requestId", answers)...)
	}
	if m.answered != nil && (g.inField() || g.faults.Has("timestamp-zone-less")) {
		edits = append(edits, m.doc.set("/timestamp", time.Now().UTC().Format(gwZoneLess))...)
	}
	if g.faults.Has("timestamp-comma") {
		edits = append(edits, m.doc.set("/timestamp", strings.Replace(Timestamp(time.Now()), ".", ",", 1))...)
	}
	body := m.doc.apply(edits...)
	if g.faults.Any() {
		body = g.textSlips(m.endpoint, g.spoil(m.endpoint, body))
	}
	return body
}

// gwDerived is a UUID that depends on another one only.
func gwDerived(id string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(gwUUID(id))).String()
}

// spoil commits the faults that change what a message says.
func (g *Gateway) spoil(e contract.Endpoint, body []byte) []byte {
	for _, member := range schemas.Members(e.Schema) {
		if g.faults.Has("member-lost", e.Name, member.Pointer) {
			body = gwEdited(body, func(d *gwDocument) []gwEdit { return d.drop(member.Pointer) })
		}
		if g.faults.Has("member-changed", e.Name, member.Pointer) {
			body = gwEdited(body, func(d *gwDocument) []gwEdit { return d.change(member.Pointer) })
		}
	}
	if g.faults.Has("unknown-members-stripped") {
		body = gwEdited(body, func(d *gwDocument) []gwEdit {
			return []gwEdit{{d.root.start, d.root.end, string(gwKnownOnly(e, d.text))}}
		})
	}
	if g.faults.Has("nulls-added") && e.Answers != "" {
		body = gwEdited(body, func(d *gwDocument) []gwEdit {
			if d.node("/error") != nil {
				return nil
			}
			return []gwEdit{{d.root.start + 1, d.root.start + 1, `"error":null,`}}
		})
	}
	if g.faults.Has("numbers-as-strings") {
		body = gwEdited(body, func(d *gwDocument) []gwEdit { return d.quoteNumbers(d.root) })
	}
	if g.faults.Has("members-reordered") {
		var tree any
		if json.Unmarshal(body, &tree) == nil {
			body = encodeJSON(tree) // maps marshal in the order of their names
		}
	}
	if g.faults.Has("non-ascii-mangled") {
		body = bytes.Map(func(r rune) rune {
			if r > 0x7f {
				return '?'
			}
			return r
		}, body)
	}
	return body
}

// gwEdited applies edits to a text that is a JSON object.
func gwEdited(text []byte, edits func(*gwDocument) []gwEdit) []byte {
	d, err := gwParse(text)
	if err != nil {
		return text
	}
	return d.apply(edits(d)...)
}

// gwKnownOnly is a body with nothing but the members that its schema names.
func gwKnownOnly(e contract.Endpoint, text []byte) []byte {
	known := map[string]bool{}
	for _, m := range schemas.Members(e.Schema) {
		known[m.Pointer] = true
	}
	d, err := gwParse(text)
	if err != nil {
		return text
	}
	var out bytes.Buffer
	d.writeKnown(&out, d.root, "", known)
	return out.Bytes()
}

// gwHasUnknown says whether a body has a member that its schema does not name.
func gwHasUnknown(e contract.Endpoint, text []byte) bool {
	var all, known bytes.Buffer
	return json.Compact(&all, text) == nil && json.Compact(&known, gwKnownOnly(e, text)) == nil && all.Len() != known.Len()
}

// gwHasNull says whether a member anywhere in a value is null.
func gwHasNull(n *gwNode) bool {
	return n.kind == 'n' ||
		slices.ContainsFunc(n.members, func(m gwMember) bool { return gwHasNull(m.value) }) ||
		slices.ContainsFunc(n.items, gwHasNull)
}

func (d *gwDocument) writeKnown(out *bytes.Buffer, n *gwNode, pointer string, known map[string]bool) {
	switch n.kind {
	case '{':
		out.WriteByte('{')
		first := true
		for _, m := range n.members {
			below := pointer + "/" + gwEscape(m.name)
			if !known[below] {
				continue
			}
			if !first {
				out.WriteByte(',')
			}
			first = false
			out.Write(d.text[m.start:m.value.start])
			d.writeKnown(out, m.value, below, known)
		}
		out.WriteByte('}')
	case '[':
		out.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				out.WriteByte(',')
			}
			d.writeKnown(out, item, pointer+"/0", known)
		}
		out.WriteByte(']')
	default:
		out.Write(d.text[n.start:n.end])
	}
}

// change is the edit that makes another value of the same type of the one at a pointer.
func (d *gwDocument) change(pointer string) []gwEdit {
	n := d.node(pointer)
	if n == nil {
		return nil
	}
	switch n.kind {
	case '"':
		return d.set(pointer, d.string(pointer)+"x")
	case '0':
		number, err := strconv.ParseInt(string(d.text[n.start:n.end]), 10, 64)
		if err != nil {
			return nil
		}
		return []gwEdit{{n.start, n.end, strconv.FormatInt(number+1, 10)}}
	case '[':
		if len(n.items) < 2 {
			return []gwEdit{{n.start, n.end, "[]"}}
		}
		return []gwEdit{{n.start, n.items[1].start, "["}}
	}
	return nil
}

// quoteNumbers are the edits that write every number as a string, save the code of an error.
func (d *gwDocument) quoteNumbers(n *gwNode) []gwEdit {
	if n.kind == '0' {
		return []gwEdit{{n.start, n.end, `"` + string(d.text[n.start:n.end]) + `"`}}
	}
	var edits []gwEdit
	for _, m := range n.members {
		if m.name != "code" {
			edits = append(edits, d.quoteNumbers(m.value)...)
		}
	}
	for _, item := range n.items {
		edits = append(edits, d.quoteNumbers(item)...)
	}
	return edits
}

// addressees are further parties that get a message under the fault broadcast: every other bridge.
func (g *Gateway) addressees(m *gwMessage, to Registration) gwDirectory {
	if !g.faults.Has("broadcast") || to.Role == contract.CM {
		return nil
	}
	return g.parties.inRoles(contract.Bridges)
}

// misrouted is another bridge under the fault misroute, and to itself without it.
func (g *Gateway) misrouted(m *gwMessage, to Registration) Registration {
	if g.faults.Has("misroute", m.endpoint.Name) {
		if other, ok := g.parties.other(to, m.endpoint.Callees); ok {
			return other
		}
	}
	return to
}

// gwSharedHeader is the mutable state of the fault shared-header: the callee of whichever message came last.
type gwSharedHeader struct {
	mu   sync.Mutex
	last Registration
}

func (s *gwSharedHeader) set(p Registration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Role != contract.CM {
		s.last = p
	}
}

// get waits a moment, in which another message may change the state, and reads it.
func (s *gwSharedHeader) get(ctx context.Context, own Registration) Registration {
	gwPause(ctx, 30*time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last.ID == "" {
		return own
	}
	return s.last
}
