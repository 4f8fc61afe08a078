package journal

import (
	"encoding/json"
	"net/url"
	"strings"
)

// nesting is how many levels of JSON inside JSON strings are looked into.
const nesting = 4

// Text redacts free text: an error, a body that is not JSON, a header value.
// It replaces known values, values that follow a telling name ("authCode":"…",
// client_secret=…, <accessToken>…), bearer tokens, JWTs, Indian phone numbers,
// Aadhaar and ABHA numbers. UUIDs and timestamps stay as they are.
func (r *Redactor) Text(s string) string {
	if r.off.Load() {
		return s
	}
	return r.text(s, 0)
}

func (r *Redactor) text(s string, depth int) string {
	if len(s) < shortestKnown || r.isPublic(s) {
		return s
	}
	if nested, ok := r.nestedJSON(s, depth); ok {
		return nested
	}
	s = r.replacePairs(s)
	s = r.replaceJWTs(s)
	s = r.replaceKnown(s)
	s = r.replaceNumbers(s)
	if strings.IndexByte(s, '%') >= 0 && depth < nesting {
		// A secret can hide behind needless percent escapes: read them, and keep that reading only where it tells something.
		if plain, err := url.PathUnescape(s); err == nil && plain != s {
			if redacted := r.text(plain, depth+1); redacted != plain {
				return redacted
			}
		}
	}
	return s
}

// nestedJSON redacts a string that is itself a JSON object or array.
func (r *Redactor) nestedJSON(s string, depth int) (string, bool) {
	if depth >= nesting {
		return "", false
	}
	trimmed := strings.TrimSpace(s)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' || !json.Valid([]byte(trimmed)) {
		return "", false
	}
	return string(r.rewrite([]byte(trimmed), depth+1)), true
}

// replaceJWTs replaces what begins like a JWT: base64url parts joined by dots, the first of them starting with eyJ.
func (r *Redactor) replaceJWTs(s string) string {
	var out strings.Builder
	last := 0
	for from := 0; ; {
		i := strings.Index(s[from:], "eyJ")
		if i < 0 {
			break
		}
		start := from + i
		end, parts := start, 1
		for end < len(s) && (isAlnum(s[end]) || s[end] == '-' || s[end] == '_' || s[end] == '.') {
			if s[end] == '.' {
				parts++
			}
			end++
		}
		for end > start && s[end-1] == '.' && parts > 3 { // the full stop of a sentence
			end, parts = end-1, parts-1
		}
		from = end
		if parts < 2 && end-start < 20 || end-start < 12 {
			continue
		}
		token := s[start:end]
		r.learn(kindToken, token)
		out.WriteString(s[last:start])
		out.WriteString(r.replace(kindToken, token))
		last = end
	}
	if last == 0 {
		return s
	}
	out.WriteString(s[last:])
	return out.String()
}

// replacePairs replaces values by the names before them, in the notations name=value, name: value,
// "name":"value" and <name>value</name>, and tokens by the scheme before them.
func (r *Redactor) replacePairs(s string) string {
	if !strings.ContainsAny(s, ":=<") && !strings.Contains(s, "earer ") {
		return s
	}
	var out strings.Builder
	last := 0
	for i := 0; i < len(s); {
		if !isAlnum(s[i]) {
			i++
			continue
		}
		end := i
		for end < len(s) && (isAlnum(s[end]) || s[end] == '_' || s[end] == '-') {
			end++
		}
		kind, start, stop := pairAt(s, i, end)
		if kind == "" {
			i = end
			continue
		}
		value := s[start:stop]
		if !r.kept(kind, value) {
			if mixed(value) && (kind == kindToken || kind == kindSecret || kind == kindOTP) {
				r.learn(kind, value)
			}
			out.WriteString(s[last:start])
			out.WriteString(r.replace(kind, value))
			last = stop
		}
		i = max(stop, end)
	}
	if last == 0 {
		return s
	}
	out.WriteString(s[last:])
	return out.String()
}

// kept says whether a value that structure has found stays readable.
func (r *Redactor) kept(kind, value string) bool {
	return value == "" || value == "null" || kind == kindPatient && r.isPublic(value)
}

// pairAt looks whether the word s[i:end] names a secret, and returns its kind and where its value lies.
func pairAt(s string, i, end int) (kind string, start, stop int) {
	none := func() (string, int, int) { return "", 0, 0 }
	name := normal(s[i:end])
	if name == "bearer" && end < len(s) && s[end] == ' ' {
		start = end + 1
		stop = start + strings.IndexFunc(s[start:]+" ", endsWord)
		if stop-start >= 8 && mixed(s[start:stop]) {
			return kindToken, start, stop
		}
		return none()
	}
	certain := memberKind(name, place{})
	kind = certain
	if kind == "" {
		kind = memberKind(name, place{patient: true, parent: "patient"})
	}
	if kind == "" && (name == "hint" || name == "value") {
		kind = kindHint
	}
	if kind == "" || end >= len(s) {
		return none()
	}
	if i > 0 && s[i-1] == '<' { // XML
		open := strings.IndexByte(s[end:], '>')
		if open < 0 {
			return none()
		}
		start = end + open + 1
		stop = start + strings.IndexByte(s[start:]+"<", '<')
		return kind, start, stop
	}
	at := end
	quoted := false
	for at < len(s) && (s[at] == '\\' || s[at] == '"' || s[at] == '\'') {
		quoted = true
		at++
	}
	for at < len(s) && s[at] == ' ' {
		at++
	}
	if at >= len(s) || s[at] != ':' && s[at] != '=' {
		return none()
	}
	for at++; at < len(s) && (s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r'); at++ {
	}
	start = at
	for start < len(s) && (s[start] == '\\' || s[start] == '"' || s[start] == '\'') {
		start++
	}
	switch {
	case quoted && start > at: // "name":"value", to the closing quote, escaped quotes included
		stop = closingQuote(s, start, s[start-1], strings.Count(s[at:start], `\`))
	case quoted || certain != "":
		stop = start + strings.IndexFunc(s[start:]+" ", endsWord)
	default:
		return none()
	}
	value := s[start:stop]
	if kind == kindPatient && !strings.Contains(value, "@") { // "id" may be anybody's
		return none()
	}
	if !quoted && !mixed(value) { // "token: missing" tells nothing
		return none()
	}
	return kind, start, stop
}

// closingQuote finds the end of a quoted value that began with so many backslashes before its quote.
func closingQuote(s string, start int, quote byte, escapes int) int {
	for i := start; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		n := 0
		for i-n > start && s[i-n-1] == '\\' {
			n++
		}
		if n <= escapes {
			return i - n
		}
	}
	return len(s)
}

// endsWord says whether an unquoted value ends before c.
func endsWord(c rune) bool {
	return strings.ContainsRune(" \t\r\n\"'&,;<>{}()[]", c)
}

// mixed says whether an unquoted word looks minted rather than written: it has a digit or is long.
func mixed(word string) bool {
	return len(word) >= 20 || len(word) >= 4 && strings.ContainsAny(word, "0123456789")
}
