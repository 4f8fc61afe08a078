package schemas

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// string reads a string from its opening quote. It returns the bytes between the quotes and whether any of them is an escape.
func (s *scanner) string() (raw []byte, escaped bool, err *SyntaxError) {
	s.at++
	began := s.at
	for s.at < len(s.body) {
		switch c := s.body[s.at]; {
		case c == '"':
			s.at++
			return s.body[began : s.at-1], escaped, nil
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return nil, true, err
			}
		case c < 0x20:
			return nil, false, s.offence("a control character stands unescaped in a string")
		case c < utf8.RuneSelf:
			s.at++
		default:
			r, size := utf8.DecodeRune(s.body[s.at:])
			if r == utf8.RuneError && size == 1 {
				return nil, false, s.offence("a string is not valid UTF-8")
			}
			s.at += size
		}
	}
	return nil, false, s.offence("it ends within a string")
}

// escape reads an escape from its backslash; a surrogate pair is two escapes that only stand together.
func (s *scanner) escape() *SyntaxError {
	began := s.at
	s.at++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		unit, ok := s.unit()
		if !ok {
			break
		}
		if unit < 0xD800 || unit > 0xDFFF {
			return nil
		}
		if unit < 0xDC00 && s.peek() == '\\' {
			s.at++
			if low, ok := s.unit(); ok && low >= 0xDC00 && low <= 0xDFFF {
				return nil
			}
		}
		s.at = began
		return s.offence("an escape is half of a surrogate pair")
	}
	s.at = began
	return s.offence("a string holds an escape that JSON does not know")
}

// unit reads the u and the four hexadecimal digits of an escape.
func (s *scanner) unit() (unit int, ok bool) {
	if s.peek() != 'u' || len(s.body)-s.at < 5 {
		return 0, false
	}
	for _, c := range s.body[s.at+1 : s.at+5] {
		digit := hexDigit(c)
		if digit < 0 {
			return 0, false
		}
		unit = unit<<4 | digit
	}
	s.at += 5
	return unit, true
}

// number reads a number and refuses one that fits no finite 64-bit float, or that would be costly to compute with.
func (s *scanner) number() *SyntaxError {
	began := s.at
	if s.peek() == '-' {
		s.at++
	}
	whole := s.digits()
	switch {
	case whole == 0:
		return s.unexpected("a digit")
	case whole > 1 && s.body[s.at-whole] == '0':
		s.at = began
		return s.offence("a number begins with a zero that does not belong there")
	}
	fraction := 0
	if s.peek() == '.' {
		s.at++
		if fraction = s.digits(); fraction == 0 {
			return s.unexpected("a digit after the point")
		}
	}
	exponent := 0
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		from := s.at
		if s.digits() == 0 {
			return s.unexpected("a digit of the exponent")
		}
		for _, c := range s.body[from:s.at] {
			exponent = min(exponent*10+int(c-'0'), maxExponent+1)
		}
	}
	tooBig := whole+fraction > maxDigits || exponent > maxExponent
	if !tooBig && whole+exponent > 300 {
		_, err := strconv.ParseFloat(string(s.body[began:s.at]), 64)
		tooBig = err != nil
	}
	if tooBig {
		s.at = began
		return s.offence("a number fits no finite 64-bit float, or has more than " + strconv.Itoa(maxDigits) + " digits")
	}
	return nil
}

// digits reads as many digits as there are and returns their number.
func (s *scanner) digits() int {
	began := s.at
	for s.at < len(s.body) && '0' <= s.body[s.at] && s.body[s.at] <= '9' {
		s.at++
	}
	return s.at - began
}

// decoded is the text of a string that the scanner has accepted, given with its quotes.
func decoded(quoted []byte) []byte {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return quoted // cannot be: every string that the scanner accepts is JSON
	}
	return []byte(text)
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
