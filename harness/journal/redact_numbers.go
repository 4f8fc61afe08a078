package journal

import (
	"strings"
	"time"
)

// group is a run of digits in a text.
type group struct{ start, end int }

// replaceNumbers replaces phone, Aadhaar and ABHA numbers.
func (r *Redactor) replaceNumbers(s string) string {
	digits := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			digits++
		}
	}
	if digits < 10 {
		return s
	}
	var out strings.Builder
	var room [4]group
	last := 0
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		if !startsNumber(s, i) {
			for i < len(s) && isDigit(s[i]) {
				i++
			}
			continue
		}
		groups := groupsAt(s, i, &room)
		end := groups[len(groups)-1].end
		kind, stop := numberKind(s, groups)
		if kind == "" || insideID(s, i, stop) || r.isPublic(s[i:stop]) {
			i = groups[0].end
			continue
		}
		start := i
		if i > 0 && s[i-1] == '+' {
			start--
		}
		out.WriteString(s[last:start])
		out.WriteString(r.replace(kind, s[start:stop]))
		last, i = stop, min(stop, end)
	}
	if last == 0 {
		return s
	}
	out.WriteString(s[last:])
	return out.String()
}

// groupsAt returns up to four runs of digits from i on, each but the first after one space or hyphen. It puts them where
// there is room.
func groupsAt(s string, i int, room *[4]group) []group {
	groups := room[:0]
	for {
		end := i
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		groups = append(groups, group{i, end})
		if len(groups) == 4 || end+1 >= len(s) || s[end] != ' ' && s[end] != '-' || !isDigit(s[end+1]) {
			return groups
		}
		i = end + 1
	}
}

// startsNumber says whether a number of its own starts at i: not the rest of a word, of a decimal or of a longer number.
func startsNumber(s string, i int) bool {
	if i == 0 {
		return true
	}
	before := s[i-1]
	return !isAlnum(before) && before != '_' && before != '.' && before < 0x80
}

// endsNumber says whether a number of its own ends before i.
func endsNumber(s string, i int) bool {
	if i >= len(s) {
		return true
	}
	return !isAlnum(s[i]) && s[i] != '_' && (s[i] != '.' || i+1 >= len(s) || !isDigit(s[i+1]))
}

// numberKind says what personal number the groups begin with, the longest first, and where it ends.
func numberKind(s string, groups []group) (string, int) {
	plus := groups[0].start > 0 && s[groups[0].start-1] == '+'
	for n := len(groups); n > 0; n-- {
		end := groups[n-1].end
		if !endsNumber(s, end) {
			continue
		}
		var shape, digits []byte
		for _, g := range groups[:n] {
			shape = append(shape, byte('a'+min(g.end-g.start, 25)))
			digits = append(digits, s[g.start:g.end]...)
		}
		if kind := personal(string(shape), string(digits), plus); kind != "" {
			return kind, end
		}
	}
	return "", 0
}

// personal names the kind of a number; shape has one letter for each group, a for 0 digits, b for 1 and so on.
func personal(shape, digits string, plus bool) string {
	mobile := func(d string) bool { return len(d) == 10 && d[0] >= '6' }
	india := strings.HasPrefix(digits, "91")
	switch shape {
	case "ceee": // 2-4-4-4
		return kindIdentifier
	case "eee": // 4-4-4
		if digits[0] >= '2' {
			return kindIdentifier
		}
	case "o": // 14 digits
		if _, err := time.Parse("20060102150405", digits); err != nil {
			return kindIdentifier
		}
	case "k", "ff", "dde", "dh", "eg", "ge": // 10 digits, also written in two or three groups
		if mobile(digits) || plus && len(digits) >= 10 {
			return kindPhone
		}
	case "l": // 0 and 10 digits
		if digits[0] == '0' && mobile(digits[1:]) || plus {
			return kindPhone
		}
	case "m": // 12 digits: 91 and a mobile number, or an Aadhaar number
		if plus || india && mobile(digits[2:]) {
			return kindPhone
		}
		if digits[0] >= '2' {
			return kindIdentifier
		}
	case "ck", "cff", "cdde": // 91 and 10 digits
		if plus || india && mobile(digits[2:]) {
			return kindPhone
		}
	case "n", "p":
		if plus {
			return kindPhone
		}
	}
	return ""
}

// insideID says whether s[start:end] is a part, and not the whole, of a UUID or of a timestamp.
func insideID(s string, start, end int) bool {
	if end-start >= 36 {
		return false
	}
	for k := max(0, end-36); k <= start && k+36 <= len(s); k++ {
		if end-start < 36 && isUUID(s[k:k+36]) {
			return true
		}
	}
	for k := max(0, start-26); k <= start; k++ {
		if stop := timestampEnd(s, k); stop >= end && stop-k > end-start {
			return true
		}
	}
	return false
}

// isUUID says whether s has the form 8-4-4-4-12 of hexadecimal digits in any case.
func isUUID(s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			continue
		}
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// timestampEnd returns where the timestamp that starts at k ends (its date, time, fraction and offset), 0 where none starts.
func timestampEnd(s string, k int) int {
	const form = "0000-00-00T00:00"
	if len(s) < k+len(form) {
		return 0
	}
	for i := range len(form) {
		c := s[k+i]
		switch form[i] {
		case '0':
			if !isDigit(c) {
				return 0
			}
		case 'T':
			if c != 'T' && c != 't' && c != ' ' {
				return 0
			}
		default:
			if c != form[i] {
				return 0
			}
		}
	}
	end := k + len(form)
	for end < len(s) && (isDigit(s[end]) || strings.IndexByte(":.+-Zz", s[end]) >= 0) && end-k < 40 {
		end++
	}
	return end
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
