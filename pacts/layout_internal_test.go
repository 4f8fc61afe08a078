package pacts

import (
	"reflect"
	"strings"
	"testing"
)

func TestLayoutKeepsTheValueAndTheWidth(t *testing.T) {
	long := strings.Repeat("long ", 30)
	value := map[string]any{"a": map[string]any{"n": 1, "t": "<&>"}, "b": []any{map[string]any{"x": long}, []any{}, nil, 1.5},
		"c": map[string]any{"d": strings.Repeat("w", 60), "e": strings.Repeat("w", 60)}}
	text, err := layout(value)
	if err != nil {
		t.Fatal(err)
	}
	want, err := plainly(value)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if got, err = plainly(rawText(text)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nis not what was laid out:\n%s", err, text)
	}
	if !strings.Contains(string(text), "\n  \"a\": {\"n\":1,\"t\":\"\\u003c\\u0026\\u003e\"},\n") {
		t.Errorf("what fits on a line does not stand on one:\n%s", text)
	}
	for line := range strings.Lines(string(text)) {
		if len(line) > lineWidth+2 && !strings.Contains(line, long) {
			t.Errorf("too long: %s", line)
		}
	}
}

// rawText is JSON that marshals as itself.
type rawText []byte

func (r rawText) MarshalJSON() ([]byte, error) { return r, nil }
