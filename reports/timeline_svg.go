package reports

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// svg draws a timeline. It is compact, since a report holds many: all lines of one kind are one path, and the shapes of marks
// are drawn once for the whole page. Colours are those of the page's style sheet. Every text goes through escaped.
func (t *timeline) svg(ix *index) template.HTML {
	p := place(t)
	var lines, replies, heads, open, shapes, rules strings.Builder
	texts := map[string]*strings.Builder{}
	text := func(class string, x, y int, s string) {
		if texts[class] == nil {
			texts[class] = &strings.Builder{}
		}
		fmt.Fprintf(texts[class], `<text x="%d" y="%d">%s</text>`, x, y, escaped(s))
	}
	start := func(class string, x, y int, f face, s string) {
		s, width := fitted(s, drawnWidth-timeColumn-2, f)
		text(class, clamp(x, width), y, s)
	}
	for _, r := range p.rows {
		if r.pause > 0 {
			fmt.Fprintf(&rules, `<use href="#tl-break" y="%d"/>`, r.y)
			text("c s", (timeColumn+drawnWidth)/2, r.y+3, ix.m.T("timeline.break", "Time", took(r.pause)))
			continue
		}
		s := r.step
		text("s", 0, r.y+3, t.since(s.at))
		from, to := p.x[s.from], p.x[s.to]
		left := min(from, to)
		switch s.kind {
		case stepMessage:
			p.arrow(&lines, &heads, from, to, r.y, s.unsent, "l%d -4v8z")
			label, width := fitted(line(s.exchange.ID, 20)+" "+s.message, drawnWidth-timeColumn-2, plainFace)
			text("c", clamp((from+to-width)/2, width)+width/2, r.y-5, label)
			y := r.y
			if s.related() {
				y += smallHeight
				start("s", left+5, y, smallFace, s.relation.words(ix))
			}
			for _, m := range s.marks {
				y += smallHeight
				said, width := fitted(m.Text, drawnWidth-timeColumn-16, boldFace)
				x := clamp(left+5, width+14)
				fmt.Fprintf(&shapes, `<use href="#tl-%s" x="%d" y="%d"/>`, anchorOf(m.Shape), x, y-9)
				text("b", x+13, y, said)
			}
		case stepReply:
			p.arrow(&replies, &open, from, to, r.y, false, "l%d -4m0 8")
			fmt.Fprintf(&open, "L%d %d", to, r.y)
			text("c s", (from+to)/2, r.y+3, s.message)
		case stepDeadline:
			fmt.Fprintf(&rules, `<path class="d" d="M%d %dH%d"/>`, timeColumn, r.y, drawnWidth)
			start("b", timeColumn+4, r.y-3, boldFace, s.message)
		case stepQuietBegin:
			start("s", timeColumn+6, r.y+3, smallFace, s.message)
		case stepStop:
			fmt.Fprintf(&shapes, `<use href="#tl-stop" x="%d" y="%d"/>`, timeColumn+4, r.y-6)
			said, _ := fitted(s.message, drawnWidth-timeColumn-17, boldFace)
			text("b", timeColumn+17, r.y+3, said)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="tl" viewBox="0 0 %d %d" role="img" aria-labelledby="%[3]s.t" aria-describedby="%[3]s.d"><title id="%[3]s.t">%[4]s</title><desc id="%[3]s.d">%[5]s</desc>`,
		drawnWidth, p.height, t.Anchor, escaped(ix.m.T("timeline.title", "Scenario", t.Name)), escaped(t.described(ix)))
	if p.quiet[1] > 0 {
		fmt.Fprintf(&b, `<rect class="q" x="%d" y="%d" width="%d" height="%d"/>`, timeColumn, p.quiet[0], drawnWidth-timeColumn-1, p.quiet[1]-p.quiet[0])
	}
	p.lanes(ix, &b, text)
	b.WriteString(rules.String())
	for _, path := range []struct {
		class string
		d     *strings.Builder
	}{{"m", &lines}, {"r", &replies}, {"o", &open}, {"h", &heads}} {
		if path.d.Len() > 0 {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, path.class, path.d)
		}
	}
	b.WriteString(shapes.String())
	for _, class := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(&b, `<g class="%s">%s</g>`, class, texts[class])
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// arrow draws a line from one lane to another, and its head, whose shape goes on from its tip; one that was never sent ends
// half way.
func (p *placed) arrow(lines, heads *strings.Builder, from, to, y int, unsent bool, shape string) {
	if unsent {
		fmt.Fprintf(lines, "M%d %dH%d", from, y, (from+to)/2)
		return
	}
	back := -7
	if to < from {
		back = 7
	}
	fmt.Fprintf(lines, "M%d %dH%d", from, y, to)
	fmt.Fprintf(heads, "M%d %d"+shape, to, y, back)
}

// lanes draws the heads of the lanes and their lines, the subject's stronger than those of our players.
func (p *placed) lanes(ix *index, b *strings.Builder, text func(class string, x, y int, s string)) {
	var ours, subject strings.Builder
	for i, l := range p.Lanes {
		d := &ours
		title, _ := fitted(l.Title, p.head, boldFace)
		if l.Subject {
			d = &subject
			text("c b", p.x[i], 12, title)
			sub, _ := fitted(ix.m.T("timeline.subject"), p.head, smallFace)
			text("c s", p.x[i], 22, sub)
		} else {
			text("c", p.x[i], 17, title)
		}
		fmt.Fprintf(d, "M%d 1h%dv%dh-%dzM%d %dV%d", p.x[i]-p.head/2, p.head, headHeight-3, p.head, p.x[i], headHeight-2, p.height)
	}
	fmt.Fprintf(b, `<path class="l" d="%s"/><path class="l y" d="%s"/>`, ours.String(), subject.String())
}

// escaped is a text as the content of an element of SVG within HTML, and of XML.
func escaped(s string) string { return template.HTMLEscapeString(visible(s)) }
