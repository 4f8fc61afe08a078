package selftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// sending is a RoundTripper made from a function.
type sending func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (s sending) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

// bodies changes the body of every message that the subject sends.
func bodies(change func([]byte) ([]byte, error)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return sending(func(r *http.Request) (*http.Response, error) {
			if r.Body == nil { // it asks for a document
				return next.RoundTrip(r)
			}
			body, err := io.ReadAll(r.Body)
			if err == nil {
				body, err = change(body)
			}
			if err != nil {
				return nil, fmt.Errorf("the variant cannot write a message in its own way: %w", err)
			}
			r = r.Clone(r.Context())
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			r.GetBody = nil
			return next.RoundTrip(r)
		})
	}
}

// member is one member of an object whose order counts.
type member struct {
	name  string
	value json.RawMessage
}

// members reads an object in its order; false for any other value.
func members(raw json.RawMessage) ([]member, bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, false
	}
	var all []member
	for decoder.More() {
		var m member
		name, err := decoder.Token()
		if err != nil || decoder.Decode(&m.value) != nil {
			return nil, false
		}
		m.name, _ = name.(string)
		all = append(all, m)
	}
	return all, true
}

// object writes members in their order.
func object(all []member) ([]byte, error) {
	var out bytes.Buffer
	for i, m := range all {
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		out.WriteString([]string{"{", ","}[min(i, 1)])
		fmt.Fprintf(&out, "%s:%s", name, m.value)
	}
	if len(all) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// edited changes the members of a message that is an object.
func edited(body []byte, change func([]member) []member) ([]byte, error) {
	all, ok := members(body)
	if !ok {
		return body, nil
	}
	return object(change(all))
}

func upper(value json.RawMessage) json.RawMessage { return bytes.ToUpper(value) }

// envelopeIDs changes requestId and resp.requestId.
func envelopeIDs(change func(json.RawMessage) json.RawMessage) func([]byte) ([]byte, error) {
	var walk func(all []member) []member
	walk = func(all []member) []member {
		for i, m := range all {
			switch m.name {
			case "requestId":
				all[i].value = change(m.value)
			case "resp":
				if inner, err := edited(m.value, walk); err == nil {
					all[i].value = inner
				}
			}
		}
		return all
	}
	return func(body []byte) ([]byte, error) { return edited(body, walk) }
}

// stamped gives each message the time at which it is sent.
func stamped(layout string, zone *time.Location) func([]byte) ([]byte, error) {
	return func(body []byte) ([]byte, error) {
		return edited(body, func(all []member) []member {
			for i, m := range all {
				if m.name == "timestamp" {
					all[i].value = json.RawMessage(`"` + time.Now().In(zone).Format(layout) + `"`)
				}
			}
			return all
		})
	}
}

func pretty(body []byte) ([]byte, error) {
	var out bytes.Buffer
	err := json.Indent(&out, body, "", "  ")
	return out.Bytes(), err
}

// reversed writes the members of every object in reverse order.
func reversed(body []byte) ([]byte, error) {
	return edited(body, func(all []member) []member {
		slices.Reverse(all)
		for i, m := range all {
			if inner, err := reversed(m.value); err == nil {
				all[i].value = inner
			}
		}
		return all
	})
}

// escaped writes characters beyond ASCII as escapes (RFC 8259, 7).
func escaped(body []byte) ([]byte, error) {
	var out strings.Builder
	for _, r := range string(body) {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return []byte(out.String()), nil
}

var yearOfBirth = regexp.MustCompile(`"yearOfBirth":\s*\d+`)

// decimal writes the year of birth as 1972.0, which is the same number.
func decimal(body []byte) ([]byte, error) { return yearOfBirth.ReplaceAll(body, []byte("$0.0")), nil }

// annotated adds members that the document does not name to what the gateway itself writes: callbacks with an error only.
func annotated(body []byte) ([]byte, error) {
	return edited(body, func(all []member) []member {
		names := func(name string) bool { return slices.ContainsFunc(all, func(m member) bool { return m.name == name }) }
		if !names("error") || names("auth") || names("acknowledgement") {
			return all
		}
		return append(all, member{"path", json.RawMessage(`"downstream"`)}, member{"retryable", json.RawMessage(`true`)})
	})
}
