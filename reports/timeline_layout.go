package reports

import (
	"strings"
	"time"
	"unicode"
)

// The drawing is narrow and grows downwards: on a telephone it is shown at about its own size, one unit a pixel.
const (
	drawnWidth  = 344
	timeColumn  = 52 // its right edge
	headHeight  = 28
	widestHead  = 78
	smallHeight = 13
)

// placed is a timeline with a place for everything. All lengths are whole units and none is negative.
type placed struct {
	*timeline
	x      []int // middle of each lane
	head   int   // width of a lane's head
	rows   []row
	height int
	quiet  [2]int // top and bottom of the quiet window; both 0 where there is none
}

// row is a step at its place, or a break of the axis before one.
type row struct {
	step  *step
	y     int           // of the arrow or line
	pause time.Duration // of a break; 0 for a step
}

// place arranges a timeline from top to bottom.
func place(t *timeline) *placed {
	p := &placed{timeline: t}
	room := drawnWidth - timeColumn
	p.head = min(widestHead, room/len(t.Lanes)-4)
	first, last := timeColumn+2+p.head/2, drawnWidth-2-p.head/2
	for i := range t.Lanes {
		x := (first + last) / 2
		if len(t.Lanes) > 1 {
			x = first + (last-first)*i/(len(t.Lanes)-1)
		}
		p.x = append(p.x, x)
	}
	y := headHeight
	for i := range t.Steps {
		s := &t.Steps[i]
		if i > 0 {
			if pause := s.at - t.Steps[i-1].at; pause >= breakFrom {
				y += 16
				p.rows = append(p.rows, row{y: y, pause: pause})
				y += 6
			}
		}
		switch s.kind {
		case stepMessage:
			y += 22
			p.rows = append(p.rows, row{step: s, y: y})
			y += smallHeight * len(s.marks)
			if s.related() {
				y += smallHeight
			}
		case stepReply, stepDeadline, stepStop:
			y += 15
			p.rows = append(p.rows, row{step: s, y: y})
		case stepQuietBegin:
			p.quiet[0] = y + 7
			y += 20
			p.rows = append(p.rows, row{step: s, y: y})
		case stepQuietEnd:
			y += 9
			p.quiet[1] = y
		}
	}
	p.height = y + 10
	if p.quiet[1] < p.quiet[0] {
		p.quiet = [2]int{}
	}
	return p
}

// related says whether there is a line about what the message has to do with earlier ones.
func (r relation) related() bool { return r.answers != "" || r.passesOn != "" }

// face is a size and weight of type, in hundredths of a unit of the width of its em.
type face int

// The faces of timeline.css; what is bold is also wider.
const (
	plainFace face = 1150
	smallFace face = 1050
	boldFace  face = 1270
)

// width is about what a text takes in a drawing, rather too much than too little: which font a reader has is not known.
func (f face) width(text string) int {
	percent := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf):
		case strings.ContainsRune("ijlt.,:;'|!()[]/- \u00a0", r):
			percent += 40
		case r < unicode.MaxASCII && r != 'm' && r != 'w' && unicode.IsLower(r):
			percent += 62
		case unicode.IsDigit(r):
			percent += 64
		case runeColumns(r) > 1:
			percent += 105
		case r == 'W' || r == 'M' || r == 'm' || r == 'w' || r == '…':
			percent += 100
		default:
			percent += 72
		}
	}
	return (percent*int(f) + 9_999) / 10_000
}

// fitted is a text that is cut to a width, and the width that it takes.
func fitted(text string, room int, f face) (string, int) {
	width := f.width(text)
	if width <= room {
		return text, width
	}
	runes := []rune(text)
	for len(runes) > 1 && width > room {
		runes = runes[:len(runes)-1]
		width = f.width(string(runes) + "…")
	}
	return string(runes) + "…", min(width, room)
}

// clamp is at, moved so that what is so wide and begins there ends within the drawing and begins right of the times.
func clamp(at, width int) int { return max(min(at, drawnWidth-width), timeColumn+2) }
