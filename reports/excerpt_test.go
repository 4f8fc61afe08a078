package reports

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestExcerptLines(t *testing.T) {
	const message = `{"requestId":"1","auth":{"modes":["A","B","C"],"purpose":"LINK","meta":{"hint":null}},"a/b":{"~":1},"c":1,"d":2,"e":3,"resp":{"requestId":"2"}}`
	for pointer, want := range map[string]string{
		"/requestId":      "{\n> \"requestId\": \"1\"\n  \"auth\": {…}\n  \"a/b\": {…}\n  \"c\": 1\n  \"d\": 2\n  …\n}",
		"/resp/requestId": "{\n  …\n  \"a/b\": {…}\n  \"c\": 1\n  \"d\": 2\n  \"e\": 3\n  \"resp\": {\n>   \"requestId\": \"2\"\n  }\n}",
		"/resp/none":      "{\n  …\n  \"a/b\": {…}\n  \"c\": 1\n  \"d\": 2\n  \"e\": 3\n  \"resp\": {\n    \"requestId\": \"2\"\n>   \"none\": none\n  }\n}",
		"/auth/modes/1":   "{\n  \"requestId\": \"1\"\n  \"auth\": {\n    \"modes\": [\n      \"A\"\n>     \"B\"\n      \"C\"\n    ]\n    \"purpose\": \"LINK\"\n    \"meta\": {…}\n  }\n  \"a/b\": {…}\n  \"c\": 1\n  \"d\": 2\n  …\n}",
		"/auth/modes/3":   "{\n  \"requestId\": \"1\"\n  \"auth\": {\n    \"modes\": [\n      \"A\"\n      \"B\"\n      \"C\"\n>     none\n    ]\n    \"purpose\": \"LINK\"\n    \"meta\": {…}\n  }\n  \"a/b\": {…}\n  \"c\": 1\n  \"d\": 2\n  …\n}",
		"/c/below":        "{\n  …\n  \"auth\": {…}\n  \"a/b\": {…}\n> \"c\": 1\n  \"d\": 2\n  \"e\": 3\n  …\n}",
		"/a~1b/~0":        "{\n  \"requestId\": \"1\"\n  \"auth\": {…}\n  \"a/b\": {\n>   \"~\": 1\n  }\n  \"c\": 1\n  \"d\": 2\n  …\n}",
		"":                "",
		"requestId":       "",
	} {
		var lines []string
		for _, l := range excerptLines(json.RawMessage(message), pointer, "none") {
			if l.Marked {
				l.Text = ">" + strings.TrimPrefix(l.Text, " ")
			}
			lines = append(lines, l.Text)
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", pointer, got, want)
		}
	}
	for _, none := range []string{``, `"text"`, `{`, `{"a":`, `17`, `{"a":` + strings.Repeat(" ", maxExcerptBody) + `1}`} {
		if lines := excerptLines(json.RawMessage(none), "/a", "none"); lines != nil {
			t.Errorf("%.40s gives %v", none, lines)
		}
	}
	deep := strings.Repeat(`[`, 5_000) + strings.Repeat(`]`, 5_000)
	if lines := excerptLines(json.RawMessage(`{"a":`+deep+`}`), "/a/0/0", "none"); len(lines) != 7 {
		t.Errorf("a deep body gives %v", lines)
	}
	if lines := excerptLines(json.RawMessage(deep), strings.Repeat("/0", 40), "none"); lines != nil {
		t.Errorf("a deep pointer gives %v", lines)
	}
}
