package journal

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// index finds known values in a text in one pass, however many are known.
type index struct {
	first [1024]uint64 // a bit for each pair of bytes with which a pattern begins
	by    map[[3]byte][]pattern
}

// pattern is one spelling of a known value.
type pattern struct {
	text  string
	mark  *mark
	plain bool // the value itself, not an encoding of it
	word  bool // found on word boundaries only
	run   bool // part of a base64 text: the whole text is replaced
}

func newIndex() index { return index{by: map[[3]byte][]pattern{}} }

// add registers every spelling of a value.
func (x *index) add(value string, m *mark) {
	x.insert(pattern{text: value, mark: m, plain: true, word: len(value) < bounded})
	for _, spelling := range spellings(value) {
		x.insert(pattern{text: spelling, mark: m, word: len(value) < bounded})
	}
	if len(value) < 4 {
		return
	}
	if len(value) < shortestLearn {
		x.insert(pattern{text: base64.RawStdEncoding.EncodeToString([]byte(value)), mark: m, word: true})
		return
	}
	for _, core := range base64Cores(value) {
		x.insert(pattern{text: core, mark: m, run: true})
	}
}

func (x *index) insert(p pattern) {
	if len(p.text) < shortestKnown {
		return
	}
	pair := uint16(p.text[0])<<8 | uint16(p.text[1])
	x.first[pair>>6] |= 1 << (pair & 63)
	key := [3]byte{p.text[0], p.text[1], p.text[2]}
	for _, old := range x.by[key] {
		if old.text == p.text {
			return
		}
	}
	at, _ := slices.BinarySearchFunc(x.by[key], p, func(a, b pattern) int { return len(b.text) - len(a.text) }) // the longest first
	x.by[key] = slices.Insert(x.by[key], at, p)
}

// begins says whether a pattern begins with these bytes.
func (x *index) begins(a, b byte) bool {
	pair := uint16(a)<<8 | uint16(b)
	return x.first[pair>>6]&(1<<(pair&63)) != 0
}

// at returns the longest pattern that occurs in s at i, and whether there is one.
func (x *index) at(s string, i int) (pattern, bool) {
	if !x.begins(s[i], s[i+1]) {
		return pattern{}, false
	}
	for _, p := range x.by[[3]byte{s[i], s[i+1], s[i+2]}] {
		if !strings.HasPrefix(s[i:], p.text) {
			continue
		}
		end := i + len(p.text)
		if p.word && !onWordBoundaries(s, i, end) || !p.run && insideID(s, i, end) {
			continue
		}
		return p, true
	}
	return pattern{}, false
}

// replaceKnown replaces every known value in s.
func (r *Redactor) replaceKnown(s string) string {
	if len(s) < shortestKnown {
		return s
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out strings.Builder
	last := 0
	for i := 0; i+shortestKnown <= len(s); {
		if !r.known.begins(s[i], s[i+1]) && s[i] != placeholderOpen[0] {
			i++
			continue
		}
		if s[i] == placeholderOpen[0] {
			if n := r.placeholderAt(s, i); n > 0 {
				i += n
				continue
			}
		}
		p, ok := r.known.at(s, i)
		if !ok {
			i++
			continue
		}
		start, end := i, i+len(p.text)
		if p.run {
			start, end = base64Run(s, last, start, end)
		}
		out.WriteString(s[last:start])
		out.WriteString(p.mark.placeholder)
		last, i = end, end
	}
	if last == 0 {
		return s
	}
	out.WriteString(s[last:])
	return out.String()
}

// tellsSecret says whether a text holds a token, an OTP or a secret in plain: one that was registered, or one
// that was learnt and is long and mixed enough to be no coincidence.
func (r *Redactor) tellsSecret(s string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i := 0; i+shortestLearn <= len(s); i++ {
		p, ok := r.known.at(s, i)
		if !ok || !p.plain || len(p.text) < shortestLearn {
			continue
		}
		switch p.mark.kind {
		case kindToken, kindSecret, kindOTP:
			if p.mark.told || len(p.text) >= 16 && strings.ContainsAny(p.text, "0123456789") {
				return true
			}
		}
	}
	return false
}

// unescapedHTML undoes the escapes of encoding/json that only HTML asks for.
var unescapedHTML = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

// spellings are the ways in which JSON, HTML and URLs write a value, where they differ from the value.
func spellings(value string) []string {
	if strings.IndexFunc(value, spelt) < 0 {
		return nil
	}
	quoted, err := json.Marshal(value)
	if err != nil { // no string fails to marshal
		quoted = []byte(`""`)
	}
	escaped := strings.Trim(string(quoted), `"`)
	unhtml := unescapedHTML.Replace(escaped)
	query, path := url.QueryEscape(value), url.PathEscape(value)
	all := []string{
		escaped, unhtml, strings.ReplaceAll(unhtml, "/", `\/`), asciiJSON(unhtml, "0123456789abcdef"), asciiJSON(unhtml, "0123456789ABCDEF"),
		asciiJSON(escaped, "0123456789abcdef"), html.EscapeString(value), query, path, strings.ReplaceAll(query, "+", "%20"), lowerHex(query), lowerHex(path),
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == value })
}

// spelt says whether a character is written in another way anywhere.
func spelt(c rune) bool {
	return c >= utf8.RuneSelf || !isAlnum(byte(c)) && strings.IndexByte("-_.~", byte(c)) < 0
}

// asciiJSON escapes what is not ASCII as \uXXXX.
func asciiJSON(s, hex string) string {
	var b strings.Builder
	for _, c := range s {
		if c < utf8.RuneSelf {
			b.WriteRune(c)
			continue
		}
		units := []rune{c}
		if c >= 0x10000 {
			c -= 0x10000
			units = []rune{0xd800 + c>>10, 0xdc00 + c&0x3ff}
		}
		for _, u := range units {
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hex[u>>shift&15])
			}
		}
	}
	return b.String()
}

// lowerHex writes percent escapes in lower case.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// base64Cores are the characters by which a value shows in a base64 text that holds it anywhere: one for each
// of the three alignments, without the characters that its neighbours share.
func base64Cores(value string) []string {
	var cores []string
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			text := encoding.EncodeToString(append(make([]byte, offset), value...))
			cores = append(cores, text[(offset*8+5)/6:(offset+len(value))*8/6])
		}
	}
	slices.Sort(cores)
	return slices.Compact(cores)
}

// base64Run widens a match to the base64 text around it, but not to the left of from.
func base64Run(s string, from, start, end int) (int, int) {
	for start > from && isBase64(s[start-1]) {
		start--
	}
	for end < len(s) && (isBase64(s[end]) || s[end] == '=') {
		end++
	}
	return start, end
}

func isBase64(c byte) bool {
	return isAlnum(c) || c == '+' || c == '/' || c == '-' || c == '_'
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// onWordBoundaries says whether no letter, mark or digit of any script touches s[start:end].
func onWordBoundaries(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return !wordRune(before) && !wordRune(after)
}

func wordRune(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c)
}

// replaceUnlessOff is replaceKnown for texts in which only known values can be secret, such as JSON pointers.
func (r *Redactor) replaceUnlessOff(s string) string {
	if r.off.Load() {
		return s
	}
	parts := strings.Split(s, "/")
	for i, part := range parts {
		if !contractMember(part) {
			parts[i] = r.replaceKnown(part)
		}
	}
	return strings.Join(parts, "/")
}
