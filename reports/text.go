package reports

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Longest foreign texts that a report shows, in bytes. results.json holds them whole.
const (
	maxLine = 400
	maxText = 4000
)

// line is s on one line: at most limit bytes of it, runs of white space as one
// space, and everything that could steer a terminal, break XML 1.0 or reorder
// text made visible.
func line(s string, limit int) string {
	s, note := clip(strings.TrimSpace(s), limit)
	return visible(strings.Join(strings.FieldsFunc(s, isBlank), " ")) + note
}

// OneLine is foreign text as a report shows it on one line.
func OneLine(s string) string { return line(s, maxLine) }

// block is s as preformatted text: at most limit bytes of it, with line feeds and tabs kept and the rest as in line.
func block(s string, limit int) string {
	s, note := clip(s, limit)
	return visible(strings.ReplaceAll(s, "\r\n", "\n")) + note
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// clip cuts s to limit bytes at the end of a rune and says in its note how long it was.
func clip(s string, limit int) (kept, note string) {
	if len(s) <= limit {
		return s, ""
	}
	cut := limit
	for cut > 0 && cut > limit-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut], fmt.Sprintf("… [cut: %d bytes in all]", len(s))
}

// visible replaces every character that does not show itself. Control
// characters become their Unicode pictures (ESC is ␛), bytes that are not
// UTF-8 become \xNN, other invisible characters become \uNNNN.
func visible(s string) string {
	if !strings.ContainsFunc(s, mustShow) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !mustShow(r):
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune('␀' + r)
		case r == 0x7f:
			b.WriteRune('␡')
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// shown is a JSON text in which every character that must show is written as an escape of JSON: it means the same, and
// steers no terminal. Outside of strings JSON has no such character.
func shown(text []byte) []byte {
	var b []byte // nil while nothing has changed
	for i := 0; i < len(text); {
		if c := text[i]; c < 0x7f {
			if b != nil {
				b = append(b, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case !mustShow(r):
			if b != nil {
				b = append(b, text[i:i+size]...)
			}
		default:
			if b == nil {
				b = append(make([]byte, 0, len(text)+256), text[:i]...)
			}
			for _, unit := range utf16.AppendRune(nil, r) {
				b = fmt.Appendf(b, `\u%04x`, unit)
			}
		}
		i += size
	}
	if b == nil {
		return text
	}
	return b
}

// mustShow says whether a rune is invisible where it stands: control and
// format characters (bidirectional overrides among them), separators of lines
// and noncharacters. The joiners stay: Devanagari is written with them.
func mustShow(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == '\u200c', r == '\u200d':
		return false
	case r < 0x7f:
		return r < 0x20
	case r == '\u2028', r == '\u2029', r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf)
}

// columns is the number of terminal columns that s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// fit cuts s to at most limit columns, with "…" at the end where something is missing.
func fit(s string, limit int) string {
	if columns(s) <= limit {
		return s
	}
	used := 0
	for i, r := range s {
		if used += runeColumns(r); used > limit-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// fitEnd is fit for paths: it keeps the end.
func fitEnd(s string, limit int) string {
	if columns(s) <= limit {
		return s
	}
	runes := []rune(s)
	used, from := 1, len(runes)
	for from > 0 && used+runeColumns(runes[from-1]) <= limit {
		from--
		used += runeColumns(runes[from])
	}
	return "…" + string(runes[from:])
}
