package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	reference "github.com/santhosh-tekuri/jsonschema/v6"
)

var everySchema = append(Names(), ResultsName)

// Every keyword of every schema is met by a body that keeps it and by one that offends it and nothing else.
func TestEveryKeywordIsExercised(t *testing.T) {
	for _, name := range everySchema {
		t.Run(name, func(t *testing.T) {
			full, err := json.Marshal(fullBody(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Validate(name, full); err != nil || len(got) > 0 {
				t.Fatalf("the full body %s is refused: %v %v", full, got, err)
			}
			occurrences := occurrencesOf(t, name)
			if len(occurrences) < 3 {
				t.Fatalf("only %d occurrences of keywords found", len(occurrences))
			}
			for _, o := range occurrences {
				got, err := Validate(name, o.body)
				if err != nil {
					t.Errorf("%s at %q: %v", o.keyword, o.pointer, err)
					continue
				}
				if len(got) != 1 || got[0].Pointer != o.pointer || got[0].Keyword != o.keyword {
					t.Errorf("%s at %q: got %+v", o.keyword, o.pointer, got)
					continue
				}
				if got[0].Expected == "" || got[0].Received == "" {
					t.Errorf("%s at %q: no words: %+v", o.keyword, o.pointer, got[0])
				}
			}
		})
	}
}

// Every keyword that a schema uses has a name, and every format and pattern of the messages has words.
func TestEveryKeywordHasWords(t *testing.T) {
	for _, name := range Names() {
		for _, m := range Members(name) {
			if m.Format != "" && formats[m.Format] == "" {
				t.Errorf("%s %s: format %s has no words", name, m.Pointer, m.Format)
			}
			if m.Pattern != "" && patterns[m.Pattern] == "" {
				t.Errorf("%s %s: pattern %s has no words", name, m.Pointer, m.Pattern)
			}
		}
	}
}

// An independent validator agrees with ours on every derived body and on the field's own bodies.
func TestAnotherValidatorAgrees(t *testing.T) {
	for _, name := range everySchema {
		other := compileReference(t, name)
		full, _ := json.Marshal(fullBody(t, name))
		bodies := [][]byte{full, []byte(`{}`), []byte(`[]`), []byte(`null`), []byte(`"x"`), []byte(`1`)}
		for _, o := range occurrencesOf(t, name) {
			bodies = append(bodies, o.body)
		}
		for _, text := range slices.Concat(goodDateTimes, badDateTimes, goodUUIDs, badUUIDs, []string{"", "MOBILE_OTP", "2026-13-01"}) {
			bodies = append(bodies, everyStringIs(t, name, text)...)
		}
		for _, number := range []string{"0", "1.0", "1.5", "-1", "1e2", "1e300", "9007199254740993", "123456789012345678901234567890"} {
			bodies = append(bodies, everyMemberIs(t, name, "integer", json.Number(number))...)
		}
		for _, body := range bodies {
			ours, err := Validate(name, body)
			if err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			document, err := reference.UnmarshalJSON(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			theirs := other.Validate(document)
			if (len(ours) == 0) != (theirs == nil) {
				t.Errorf("%s: ours says %v, the other says %v, of\n%s", name, ours, theirs, body)
			}
		}
	}
}

func compileReference(t *testing.T, name string) *reference.Schema {
	t.Helper()
	source, err := Source(name)
	if err != nil {
		t.Fatal(err)
	}
	document, err := reference.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	compiler := reference.NewCompiler()
	compiler.AssertFormat()
	address := fmt.Sprintf("mem:///%s.json", name)
	if err := compiler.AddResource(address, document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(address)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// everyStringIs derives, for each string of a schema, the full body with this text in its place.
func everyStringIs(t *testing.T, name, text string) [][]byte {
	return everyMemberIs(t, name, "string", text)
}

func everyMemberIs(t *testing.T, name, jsonType string, value any) [][]byte {
	t.Helper()
	full := fullBody(t, name)
	var bodies [][]byte
	for _, m := range Members(name) {
		if m.Type != jsonType {
			continue
		}
		body, err := json.Marshal(replaced(full, segmentsOf(m.Pointer), func(any) any { return value }))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}
