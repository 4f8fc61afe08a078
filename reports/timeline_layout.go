package reports

import (
	"time"
	"unicode/utf8"
)

// The drawing is narrow and grows downwards: on a telephone it is shown at about its own size, one unit a pixel.
const (
	drawnWidth  = 344
	timeColumn  = 52 // its right edge
	headHeight  = 28
	widestHead  = 78
	labelWidth  = 7 // of a character, rather too much than too little
	smallWidth  = 6
	boldWidth   = 7
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

// fitted is a text that is cut to a width, and the width that it takes, in characters of so many units.
func fitted(text string, room, character int) (string, int) {
	n := utf8.RuneCountInString(text)
	if most := max(room/character, 2); n > most {
		runes := []rune(text)
		text, n = string(runes[:most-1])+"…", most
	}
	return text, n * character
}

// clamp is at, moved so that what is so wide and begins there ends within the drawing and begins right of the times.
func clamp(at, width int) int { return max(min(at, drawnWidth-width), timeColumn+2) }
