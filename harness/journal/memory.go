package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"abdm.example/conformance/schemas"
)

// Keep opens a journal that keeps its evidence in memory and writes no file, for evidence that is judged at once and then
// thrown away. In all else it is Create, whose errors it has as far as they are not about the file.
func Keep(run Run, r *Redactor) (*Journal, error) { return open(nil, true, run, r) }

// Evidence is what Read would give of this journal had it been written to a file. It is an error where the journal was not
// opened by Keep, has not been closed, or could not record something.
func (j *Journal) Evidence() (*Evidence, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.memory == nil:
		return nil, errors.New("this journal was written to a file: read that")
	case j.err != nil:
		return nil, j.err
	case !j.closed:
		return nil, errors.New("this journal is still being written: close it first")
	}
	return j.memory.inOrder(), nil
}

// reread is a copy of a record as it would be read back from a line of a file. The many records, of exchanges and of
// scenarios, get there without the detour through JSON; the tests compare the two ways.
func (r record) reread() (record, error) {
	switch {
	case r.Exchange != nil:
		x, err := r.Exchange.reread()
		r.Exchange = x
		return r, err
	case r.Scenario != nil:
		r.Scenario = r.Scenario.reread()
		return r, nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	var again record
	err = json.Unmarshal(line, &again)
	return again, err
}

// reread copies a scenario as record.reread does.
func (s Scenario) reread() *Scenario {
	readable(&s.Name, &s.Reason, &s.At)
	readable(&s.Status)
	notes := make(map[string]string, len(s.Notes))
	for name, value := range s.Notes {
		readable(&name, &value)
		notes[name] = value
	}
	if s.Notes = nil; len(notes) > 0 {
		s.Notes = notes
	}
	return &s
}

// reread copies an exchange as record.reread does.
func (e Exchange) reread() (*Exchange, error) {
	readable(&e.ID, &e.Scenario, &e.AttributedBy, &e.Step, &e.Endpoint)
	readable(&e.Direction)
	readable(&e.Player)
	e.Conflicts = readableList(e.Conflicts)
	readable(&e.Request.Method, &e.Request.URL, &e.Request.Proto)
	e.Request.Header = readableHeader(e.Request.Header)
	e.Request.Body.reread()
	if e.Response != nil {
		response := *e.Response
		response.Header = readableHeader(response.Header)
		response.Body.reread()
		e.Response = &response
	}
	if e.Failure != nil {
		failure := *e.Failure
		readable(&failure.Kind, &failure.Text)
		e.Failure = &failure
	}
	e.Facts.reread()
	return &e, rereadTime(&e.Started)
}

func (f *Facts) reread() {
	readable(&f.JSON, &f.ResponseJSON, &f.Authorization.Scheme, &f.Authorization.Algorithm, &f.Authorization.Flaw)
	readable(&f.Authorization.Owner)
	f.ForeignTokens, f.Leaks = readableList(f.ForeignTokens), readableList(f.Leaks)
	f.Violations, f.ErrorViolations = readableViolations(f.Violations), readableViolations(f.ErrorViolations)
}

func (b *Body) reread() {
	readable(&b.Text)
	b.JSON = compacted(b.JSON)
}

// rereadTime forgets the monotonic clock.
func rereadTime(t *time.Time) error {
	if year := t.Year(); t.Location() == time.UTC && year >= 0 && year <= 9999 {
		*t = t.Round(0)
		return nil
	}
	text, err := t.MarshalJSON()
	if err != nil {
		return err
	}
	return t.UnmarshalJSON(text)
}

// readable puts U+FFFD for each byte of the texts that is no UTF-8, as encoding/json does.
func readable[S ~string](texts ...*S) {
	for _, s := range texts {
		if !utf8.ValidString(string(*s)) {
			*s = S([]rune(string(*s)))
		}
	}
}

// readableList is such a list as a member that is left out where it is empty.
func readableList(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	if slices.ContainsFunc(list, unreadable) {
		list = slices.Clone(list)
		for i := range list {
			readable(&list[i])
		}
	}
	return list
}

func unreadable(s string) bool { return !utf8.ValidString(s) }

func readableViolations(list []schemas.Violation) []schemas.Violation {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list)
	for i := range list {
		readable(&list[i].Pointer, &list[i].Keyword, &list[i].Expected, &list[i].Received)
	}
	return list
}

func readableHeader(h map[string][]string) map[string][]string {
	if len(h) == 0 {
		return nil
	}
	for name, values := range h {
		if !unreadable(name) && !slices.ContainsFunc(values, unreadable) {
			continue
		}
		whole := make(map[string][]string, len(h))
		for name, values := range h {
			readable(&name)
			if len(values) > 0 {
				values = readableList(values)
			}
			whole[name] = values
		}
		return whole
	}
	return h
}

// compacted is valid JSON without the white space between its tokens, nil where there is none.
func compacted(raw json.RawMessage) json.RawMessage {
	quoted := false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\':
			i++
		case !quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			var short bytes.Buffer
			if json.Compact(&short, raw) != nil { // cannot be: the redactor gives JSON
				return raw
			}
			return short.Bytes()
		}
	}
	if len(raw) == 0 {
		return nil
	}
	return raw
}
