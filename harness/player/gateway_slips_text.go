package player

import (
	"bytes"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"abdm.example/conformance/contract"
)

// textSlips commits the faults in texts, lists and small values.
func (g *Gateway) textSlips(e contract.Endpoint, body []byte) []byte {
	if change := gwTextChange(g.faults); change != nil {
		body = gwEdited(body, func(d *gwDocument) []gwEdit { return d.texts(d.root, "", change) })
	}
	if change := gwNumberChange(g.faults); change != nil {
		body = gwEdited(body, func(d *gwDocument) []gwEdit { return d.numbers(d.root, change) })
	}
	if g.faults.Has("lists-sorted") {
		body = gwEdited(body, func(d *gwDocument) []gwEdit { return d.sortLists(d.root) })
	}
	if g.faults.Has("empty-omitted") {
		body = gwEdited(body, func(d *gwDocument) []gwEdit {
			var out bytes.Buffer
			d.writeNonEmpty(&out, d.root)
			return []gwEdit{{d.root.start, d.root.end, out.String()}}
		})
	}
	if g.faults.Has("lists-first") {
		body = gwEdited(body, func(d *gwDocument) []gwEdit {
			if n := d.node("/auth/patient/identifiers"); n != nil && len(n.items) > 1 {
				return []gwEdit{{n.items[0].end, n.end - 1, ""}}
			}
			return nil
		})
	}
	if g.faults.Has("meta-remembered") && e.Name == contract.OnInit {
		body = gwEdited(body, func(d *gwDocument) []gwEdit {
			if n := d.node("/auth"); n != nil && n.kind == '{' && !d.has("/auth/meta") {
				return []gwEdit{{n.start + 1, n.start + 1, `"meta":{"hint":"+91-XXXXX0017"},`}}
			}
			return nil
		})
	}
	return body
}

// gwTextChange is what a fault makes of every text, nil for nothing; at is the name of the member.
func gwTextChange(faults Faults) func(at, text string) string {
	always := func(change func(string) string) func(at, text string) string {
		return func(_, text string) string { return change(text) }
	}
	switch {
	case faults.Has("texts-trimmed"):
		return always(strings.TrimSpace)
	case faults.Has("texts-escaped"):
		return always(html.EscapeString)
	case faults.Has("texts-composed"):
		return always(norm.NFC.String)
	case faults.Has("joiners-lost"):
		return always(strings.NewReplacer("\u200c", "", "\u200d", "").Replace)
	case faults.Has("texts-cut"):
		return always(func(text string) string {
			runes := []rune(text)
			return string(runes[:min(len(runes), 255)])
		})
	case faults.Has("ids-lower-case"):
		return func(at, text string) string {
			if at == "id" {
				return strings.ToLower(text)
			}
			return text
		}
	}
	return nil
}

// gwNumberChange is what a fault makes of every number, nil for nothing.
func gwNumberChange(faults Faults) func(text string) string {
	switch {
	case faults.Has("minus-lost"):
		return func(text string) string { return strings.TrimPrefix(text, "-") }
	case faults.Has("numbers-rounded"):
		return func(text string) string {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil || !strings.ContainsAny(text, ".eE") {
				return text
			}
			return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64)
		}
	}
	return nil
}

// texts are the edits that change every text, save the members of the envelope.
func (d *gwDocument) texts(n *gwNode, at string, change func(at, text string) string) []gwEdit {
	if n.kind == '"' {
		old := gwUnquote(d.text[n.start:n.end])
		if changed := change(at, old); changed != old {
			return []gwEdit{{n.start, n.end, string(encodeJSON(changed))}}
		}
		return nil
	}
	var edits []gwEdit
	for _, m := range n.members {
		if m.name != "requestId" && m.name != "timestamp" {
			edits = append(edits, d.texts(m.value, m.name, change)...)
		}
	}
	for _, item := range n.items {
		edits = append(edits, d.texts(item, at, change)...)
	}
	return edits
}

// numbers are the edits that change every number.
func (d *gwDocument) numbers(n *gwNode, change func(text string) string) []gwEdit {
	if n.kind == '0' {
		return []gwEdit{{n.start, n.end, change(string(d.text[n.start:n.end]))}}
	}
	var edits []gwEdit
	for _, m := range n.members {
		edits = append(edits, d.numbers(m.value, change)...)
	}
	for _, item := range n.items {
		edits = append(edits, d.numbers(item, change)...)
	}
	return edits
}

// sortLists are the edits that sort the lists of texts.
func (d *gwDocument) sortLists(n *gwNode) []gwEdit {
	var edits []gwEdit
	for _, m := range n.members {
		edits = append(edits, d.sortLists(m.value)...)
	}
	var items []string
	for _, item := range n.items {
		if item.kind != '"' {
			return edits
		}
		items = append(items, string(d.text[item.start:item.end]))
	}
	if len(items) > 1 {
		slices.Sort(items)
		edits = append(edits, gwEdit{n.start, n.end, "[" + strings.Join(items, ",") + "]"})
	}
	return edits
}

// writeNonEmpty writes a value without the members that are empty, false or 0, as a serializer does that takes them for not there.
func (d *gwDocument) writeNonEmpty(out *bytes.Buffer, n *gwNode) {
	if n.kind != '{' {
		out.Write(d.text[n.start:n.end])
		return
	}
	out.WriteByte('{')
	first := true
	for _, m := range n.members {
		if slices.Contains([]string{`""`, "[]", "{}", "false", "0"}, string(d.text[m.value.start:m.value.end])) {
			continue
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		out.Write(d.text[m.start:m.value.start])
		d.writeNonEmpty(out, m.value)
	}
	out.WriteByte('}')
}
