package suites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	for _, row := range []struct {
		want, got string
		found     string // pointer: expected / received, and so on
	}{
		{`{"a":1,"b":[true,null]}`, ` { "b" : [ true , null ], "a" : 1 } `, ""},
		{`1`, `1.0`, ""},
		{`1`, `1e0`, ""},
		{`0.10`, `0.1`, ""},
		{`100`, `1E2`, ""},
		{`1`, `2`, "/m: 1 / 2"},
		{`1`, `"1"`, `/m: 1 / "1"`},
		{`12345678901234567890`, `12345678901234567891`, "/m: 12345678901234567890 / 12345678901234567891"},
		{`true`, `"true"`, `/m: true / "true"`},
		{`null`, `false`, "/m: null / false"},
		{`{"a":null}`, `{}`, "/m/a: null / no such member"},
		{`{}`, `{"a":null}`, "/m/a: no such member / null"},
		{`{"a":null}`, `{"a":null}`, ""},
		{`"é"`, `"\u00e9"`, ""},
		{`"\u00e9"`, `"e\u0301"`, "/m: \"é\" / \"e\u0301\""},
		{`"हिना"`, `"\u0939\u093f\u0928\u093e"`, ""},
		{`"😀"`, `"\ud83d\ude00"`, ""},
		{`"a/b"`, `"a\/b"`, ""},
		{`["a","b"]`, `["b","a"]`, `/m/0: "a" / "b"; /m/1: "b" / "a"`},
		{`["a"]`, `["a","b"]`, `/m: ["a"] / ["a","b"]`},
		{`{"x/y":{"~":1}}`, `{"x/y":{"~":2}}`, "/m/x~1y/~0: 1 / 2"},
		{`{"a":1}`, `[1]`, `/m: {"a":1} / [1]`},
		{`{"b":1,"a":1}`, `{"b":2,"a":2}`, "/m/a: 1 / 2; /m/b: 1 / 2"},
		{``, ``, ""},
		{`1`, ``, "/m: 1 / no such member"},
		{``, `1`, "/m: no such member / 1"},
	} {
		var found []string
		for _, f := range compare("/m", json.RawMessage(row.want), json.RawMessage(row.got)) {
			found = append(found, fmt.Sprintf("%s: %s / %s", f.Pointer, f.Expected, f.Received))
		}
		if got := strings.Join(found, "; "); got != row.found {
			t.Errorf("%s against %s: %q, want %q", row.want, row.got, got, row.found)
		}
		if equal := equalJSON(json.RawMessage(row.want), json.RawMessage(row.got)); equal != (row.found == "") {
			t.Errorf("%s equals %s: %t", row.want, row.got, equal)
		}
	}
}

func TestShownCutsWhatIsLongBetweenCharacters(t *testing.T) {
	long := Shown(json.RawMessage(`"` + strings.Repeat("ह", 500) + `"`))
	if n := len([]rune(long)); n != 161 || !strings.HasSuffix(long, "ह…") {
		t.Errorf("%d characters: %s", n, long)
	}
	if got := Shown(nil); got != "no such member" {
		t.Errorf("nothing is shown as %q", got)
	}
}

// Two values differ in one direction exactly where they differ in the other, a value never differs from itself however
// it is written, and every difference has its place.
func FuzzCompare(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a":1}`, `{"a":1.0,"b":null}`}, {`[1,"x",null]`, `[1e0,"y"]`}, {`"é"`, `"\u00e9"`}, {`-0`, `0`}, {`{"":{"~/":[]}}`, `{}`}, {`1e999`, `1e999`}, {`{"a":1,"a":2}`, `{"a":2}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if !json.Valid(a) || !json.Valid(b) {
			compare("/m", a, b) // must not panic
			return
		}
		forth, back := compare("/m", a, b), compare("/m", b, a)
		if len(forth) != len(back) {
			t.Errorf("%s against %s: %d differences one way and %d the other", a, b, len(forth), len(back))
		}
		for _, d := range forth {
			if d.Pointer != "/m" && !strings.HasPrefix(d.Pointer, "/m/") || d.Expected == "" || d.Received == "" {
				t.Errorf("difference %+v", d)
			}
		}
		var spaced bytes.Buffer
		if err := json.Indent(&spaced, a, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		if found := compare("/m", a, spaced.Bytes()); len(found) != 0 {
			t.Errorf("%s differs from itself with white space: %v", a, found)
		}
	})
}
