package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var acceptable = []string{
	`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `1.5e+3`, `1E-5`, `""`,
	" \t\r\n{ \"a\" : [ 1 , { } , [ ] ] , \"b\" : null } \n",
	`{"a":1,"A":2,"á":3}`,
	`{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}`,
	`"\"\\\/\b\f\n\r\t\u0041\u00e1\u0000"`,
	`"\ud83d\ude00 \uD83D\uDE00 😀 आशा"`,
	`"\ufffd"`, "\"\xef\xbf\xbd\"", "\"\x7f\"", `"\ufeff"`,
	`1e308`, `1e-308`, `1e-400`, `-1.7976931348623157e308`, `0e400`,
	strings.Repeat("9", 300), "1" + strings.Repeat("0", 308), "0." + strings.Repeat("1", 399),
	strings.Repeat("[", 100) + strings.Repeat("]", 100),
	`{"` + strings.Repeat(`a":{"`, 99) + `a":1` + strings.Repeat(`}`, 100),
}

var refused = []struct {
	name, body string
	offset     int64
	pointer    string
	problem    string
}{
	{"empty", ``, 0, "", "empty"},
	{"blank", " \n", 2, "", "empty"},
	{"byte order mark", "\ufeff{}", 0, "", "byte order mark"},
	{"trailing comma of an object", `{"a":1,}`, 7, "/a", "no name of a member"},
	{"trailing comma of an array", `{"a":[1,]}`, 8, "/a/1", "no value"},
	{"trailing text", `{} {}`, 3, "", "more after the end"},
	{"trailing NUL", "{}\x00", 2, "", "more after the end"},
	{"form feed for a space", "{\f}", 1, "", "no name of a member"},
	{"no-break space", "\u00a0{}", 0, "", "no value"},
	{"single quotes", `{'a':1}`, 1, "", "no name of a member"},
	{"name without quotes", `{a:1}`, 1, "", "no name of a member"},
	{"comment", `{"a":1/*x*/}`, 6, "/a", "no comma or the end of the object"},
	{"no colon", `{"a" 1}`, 5, "/a", "no colon"},
	{"no value", `{"a":}`, 5, "/a", "no value"},
	{"open object", `{"a":1`, 6, "/a", "it ends"},
	{"open array", `[1`, 2, "/0", "it ends"},
	{"open array and item", `[`, 1, "/0", "it ends"},
	{"open string", `{"a":"b`, 7, "/a", "ends within a string"},
	{"open escape", `"\`, 1, "", "escape"},
	{"half a literal", `[true,nul]`, 6, "/1", "true, false or null"},
	{"NaN", `{"a":NaN}`, 5, "/a", "no value"},
	{"plus", `+1`, 0, "", "no value"},
	{"leading zero", `{"a":012}`, 5, "/a", "zero"},
	{"minus alone", `-`, 1, "", "a digit"},
	{"point without digits", `1.`, 2, "", "a digit after the point"},
	{"point first", `.5`, 0, "", "no value"},
	{"exponent without digits", `1e+`, 3, "", "a digit of the exponent"},
	{"hexadecimal", `0x10`, 1, "", "more after the end"},
	{"infinite", `{"limit":1e400}`, 9, "/limit", "finite"},
	{"infinite by a little", `1.8e308`, 0, "", "finite"},
	{"infinite without exponent", strings.Repeat("9", 310), 0, "", "finite"},
	{"huge exponent", `[1e10000000]`, 1, "/0", "finite"},
	{"huge negative exponent", `1e-10000000`, 0, "", "finite"},
	{"exponent beyond an int", `1e99999999999999999999999`, 0, "", "finite"},
	{"many digits", "0." + strings.Repeat("1", 400), 0, "", "400 digits"},
	{"control character", "\"a\nb\"", 2, "", "control character"},
	{"unknown escape", `"\x41"`, 1, "", "does not know"},
	{"short unicode escape", `"\u12"`, 1, "", "does not know"},
	{"unicode escape of no digits", `"\u12g4"`, 1, "", "does not know"},
	{"lone high surrogate", `{"a":"\ud83d"}`, 6, "/a", "surrogate"},
	{"high surrogate and letter", `"\ud83dA"`, 1, "", "surrogate"},
	{"two high surrogates", `"\ud83d\ud83d"`, 1, "", "surrogate"},
	{"lone low surrogate", `"\ude00"`, 1, "", "surrogate"},
	{"lone surrogate in a name", `{"\ude00":1}`, 2, "", "surrogate"},
	{"invalid UTF-8", "{\"a\":\"\xff\"}", 6, "/a", "UTF-8"},
	{"cut UTF-8", "\"\xe0\xa4\"", 1, "", "UTF-8"},
	{"overlong UTF-8", "\"\xc0\xaf\"", 1, "", "UTF-8"},
	{"UTF-8 surrogate", "\"\xed\xa0\x80\"", 1, "", "UTF-8"},
	{"UTF-16", "{\x00}\x00", 1, "", "no name of a member"},
	{"twice", `{"a":1,"b":2,"a":3}`, 13, "/a", "named twice"},
	{"twice, escaped", `{"auth":1,"\u0061uth":2}`, 10, "/auth", "named twice"},
	{"twice, nested", `{"x":[{},{"a/b":{"m~n":1,"m~n":1}}]}`, 25, "/x/1/a~1b/m~0n", "named twice"},
	{"twice, empty names", `{"":1,"":1}`, 6, "/", "named twice"},
	{"deep", strings.Repeat("[", 101) + strings.Repeat("]", 101), 100, strings.Repeat("/0", 100), "deeper than 100"},
	{"very deep", strings.Repeat("[", 1<<20), 100, strings.Repeat("/0", 100), "deeper than 100"},
}

func TestStrictAccepts(t *testing.T) {
	for _, body := range acceptable {
		if err := Strict([]byte(body)); err != nil {
			t.Errorf("%.60s: %v", body, err)
		}
		if err := json.Unmarshal([]byte(body), new(any)); err != nil {
			t.Errorf("%.60s: encoding/json refuses it: %v", body, err)
		}
	}
}

func TestStrictRefuses(t *testing.T) {
	for _, tc := range refused {
		t.Run(tc.name, func(t *testing.T) {
			err := Strict([]byte(tc.body))
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a *SyntaxError", err)
			}
			if syntax.Offset != tc.offset || syntax.Pointer != tc.pointer || !strings.Contains(syntax.Problem, tc.problem) {
				t.Errorf("got %+v, want %q at %d in %q", syntax, tc.problem, tc.offset, tc.pointer)
			}
		})
	}
}

// Names are compared in objects of any size, and in time that grows with the body and not with its square.
func TestStrictFindsANameTwiceInALargeObject(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"first":0`)
	for i := range 200_000 {
		fmt.Fprintf(&b, `,"m%d":{"m":%d}`, i, i)
	}
	if err := Strict([]byte(b.String() + `}`)); err != nil {
		t.Fatal(err)
	}
	for _, again := range []string{"first", "m30", "m31", "m199999"} {
		err := Strict([]byte(b.String() + `,"` + again + `":0}`))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Pointer != "/"+again {
			t.Errorf("%s named twice: got %v", again, err)
		}
	}
}

// The error speaks of the place and never of the value.
func TestStrictErrorHoldsNoValue(t *testing.T) {
	const secret = "123456"
	for _, body := range []string{
		`{"credential":{"authCode":"` + secret + "\n\"}}",
		`{"credential":{"authCode":` + secret + `x}}`,
		`{"credential":{"authCode":"` + secret + `"} "x"}`,
		secret + " " + secret,
	} {
		if err := Strict([]byte(body)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestStrictErrorIsASentence(t *testing.T) {
	err := Strict([]byte(`{"auth":{"mode":"x","mode":"y"}}`))
	if want := "the body is not acceptable JSON: a member is named twice in one object, at byte 20 in /auth/mode"; err == nil || err.Error() != want {
		t.Errorf("got %q", err)
	}
}

// What Strict accepts, every parser accepts, and it is no deeper and no longer in numbers than promised; our builder makes
// of it what encoding/json makes of it.
func FuzzStrict(f *testing.F) {
	for _, body := range acceptable {
		f.Add([]byte(body))
	}
	for _, tc := range refused {
		if len(tc.body) < 1000 {
			f.Add([]byte(tc.body))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := Strict(body)
		if err == nil {
			var want any
			decoder := json.NewDecoder(bytes.NewReader(body))
			decoder.UseNumber()
			if err := decoder.Decode(&want); err != nil {
				t.Fatalf("Strict accepts what encoding/json refuses: %v", err)
			}
			if got := valueOf(body); !reflect.DeepEqual(got, want) {
				t.Fatalf("built %#v, encoding/json builds %#v", got, want)
			}
			return
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Fatalf("got %T", err)
		}
		if syntax.Offset < 0 || syntax.Offset > int64(len(body)) || syntax.Problem == "" {
			t.Fatalf("got %+v of %d bytes", syntax, len(body))
		}
	})
}

func BenchmarkStrict(b *testing.B) {
	body := benchmarkBody(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Strict(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	body := benchmarkBody(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := validate("PatientAuthConfirmResponse", body); err != nil || len(got) > 0 {
			b.Fatal(got, err)
		}
	}
}

// benchmarkBody is a full on-confirm, the largest message.
func benchmarkBody(b *testing.B) []byte {
	b.Helper()
	body, err := json.MarshalIndent(fullBody(b, "PatientAuthConfirmResponse"), "", " ")
	if err != nil {
		b.Fatal(err)
	}
	return body
}
