package schemas

import (
	"time"

	"github.com/xeipuuv/gojsonschema"
)

// The format checkers of gojsonschema are one table for the whole process. Its
// own "uuid" knows lower case only and its own "date-time" takes a bare date, a
// bare time and times without a zone, so ours replace them, once.
func init() {
	gojsonschema.FormatCheckers.Add("uuid", stringFormat(isUUID)).Add("date-time", stringFormat(IsDateTime))
}

// stringFormat is a format that only judges strings, as JSON Schema has it.
type stringFormat func(text string) bool

// IsFormat says whether a value is of the format; a value that is no string is.
func (f stringFormat) IsFormat(value any) bool {
	text, ok := value.(string)
	return !ok || f(text)
}

// isUUID accepts the canonical form of 8-4-4-4-12 hexadecimal digits in any case (RFC 9562, section 4), of any version and variant.
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		switch i {
		case 8, 13, 18, 23:
			if text[i] != '-' {
				return false
			}
		default:
			if hexDigit(text[i]) < 0 {
				return false
			}
		}
	}
	return true
}

// IsDateTime says whether a text is a date-time of RFC 3339, section 5.6: with a zone, T and Z
// in either case, any number of fraction digits, on a day that the calendar
// has, and second 60 only where it is 23:59:60 in UTC.
func IsDateTime(text string) bool {
	t := clockText{text: text, ok: true}
	year, month, day := t.number(4), t.after('-', 2), t.after('-', 2)
	t.oneOf('T', 't')
	hour, minute, second := t.number(2), t.after(':', 2), t.after(':', 2)
	if t.next() == '.' {
		t.oneOf('.', '.')
		t.number(1)
		for '0' <= t.next() && t.next() <= '9' {
			t.number(1)
		}
	}
	offset := t.zone()
	if !t.ok || t.text != "" || hour > 23 || minute > 59 || second > 60 {
		return false
	}
	if month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return false
	}
	const minutesOfDay = 24 * 60
	utc := (hour*60 + minute - offset + 2*minutesOfDay) % minutesOfDay
	return second < 60 || utc == minutesOfDay-1
}

// daysIn is the number of days of a month: the day before the first of the next one.
func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// clockText is what is left to read of a date-time; ok turns false at the first offence and stays so.
type clockText struct {
	text string
	ok   bool
}

func (t *clockText) next() byte {
	if t.text == "" {
		return 0
	}
	return t.text[0]
}

// oneOf reads one of two bytes.
func (t *clockText) oneOf(a, b byte) {
	if c := t.next(); c == 0 || c != a && c != b {
		t.ok = false
		return
	}
	t.text = t.text[1:]
}

// number reads exactly so many digits.
func (t *clockText) number(digits int) int {
	n := 0
	for range digits {
		c := t.next()
		if c < '0' || c > '9' {
			t.ok = false
			return 0
		}
		n = n*10 + int(c-'0')
		t.text = t.text[1:]
	}
	return n
}

// after reads a separator and then so many digits.
func (t *clockText) after(separator byte, digits int) int {
	t.oneOf(separator, separator)
	return t.number(digits)
}

// zone reads Z or an offset, and returns it in minutes east of UTC.
func (t *clockText) zone() int {
	sign := 1
	switch t.next() {
	case 'Z', 'z':
		t.text = t.text[1:]
		return 0
	case '-':
		sign = -1
	case '+':
	default:
		t.ok = false
		return 0
	}
	t.text = t.text[1:]
	hours, minutes := t.number(2), t.after(':', 2)
	if hours > 23 || minutes > 59 {
		t.ok = false
	}
	return sign * (hours*60 + minutes)
}
