package reports

import (
	"strings"
	"testing"
)

var hostile = map[string]string{
	"script":      `</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"attribute":   `" onmouseover="alert(1)" x='`,
	"template":    `{{.Reason}} {{template "badge"}} ]]> <![CDATA[ &amp; &#0;`,
	"ansi":        "\x1b[2J\x1b]0;title\x07\x9b31m\u009b31m\rpassed\x00\x7f\b",
	"invalid":     "\xff\xfe\xc3\x28\xed\xa0\x80 \ufffe\uffff\U0001ffff",
	"direction":   "abc\u202edef\u2066ghi\u2028\u2029\ufeff\u200b\U000e0041",
	"markdown":    "`` ` `` | [x](javascript:alert(1)) **b** <b> @team #1 ![i](http://h/x) https://h/ www.h\n# head\n| a |",
	"ten million": strings.Repeat("<é\x1b\xff>", 1_700_000),
	"javascript":  "javascript:alert(1)",
	"surrogates":  `{"a":"\ud800","b":"\udc00\ud83d","c":"\u0000\u001b[31m\u202e"}`,
	"deep":        strings.Repeat(`[{"a":`, 3_000),
	"numbers":     "1e999999 -0 " + strings.Repeat("9", 5_000) + " 0x10 NaN Infinity 1_000",
	"marks":       "[[ATTACHMENT|/etc/passwd]] [[PROPERTY|level=MAY]] ::set-output name=x::y ##[error]",
	"formula":     "=HYPERLINK(\"http://h/\") +1 -1 @SUM(A1)",
	"fold":        "</summary></details></table></svg>-->\n\n<details open>\n# head\n```\n~~~\n| a | b |\n|---|---|",
	"one line":    strings.Repeat("x", 20_000),
	"empty":       "",
}

var ours = func() map[string]bool {
	names := map[string]bool{"!doctype": true, "desc": true, "g": true, "rect": true, "text": true, "use": true} // the latter are drawn (timeline_svg.go)
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		content, err := templateFiles.ReadFile("templates/" + f.Name())
		if err != nil {
			panic(err)
		}
		for _, found := range tag.FindAllStringSubmatch(string(content), -1) {
			names[strings.TrimPrefix(strings.ToLower(found[1]), "/")] = true
		}
	}
	return names
}()

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"\x1b[31m\x00\x7f":      "␛[31m␀␡",
		"\xff":                  `\xff`,
		"\ufffd":                "\ufffd",
		"\u202eab\u009b":        `\u202eab\u009b`,
		"\U000e0041":            `\U000e0041`,
		"a\r\nb":                "a\nb",
		"a\rb":                  "a␍b",
		"हिना\u200d पटेल\ufffe": "हिना\u200d पटेल\\ufffe",
	} {
		if got := block(in, 100); got != want {
			t.Errorf("block(%q) = %q, want %q", in, got, want)
		}
	}
	if got := line(" a\n\t b\r\n", 100); got != "a b" {
		t.Errorf("line: %q", got)
	}
	if got := line("ééé", 3); got != "é… [cut: 6 bytes in all]" {
		t.Errorf("a cut inside a character: %q", got)
	}
	if got := fit("界界界", 5); got != "界界…" {
		t.Errorf("fit: %q", got)
	}
	if got := fitEnd("/a/long/path", 6); got != "…/path" {
		t.Errorf("fitEnd: %q", got)
	}
}

func FuzzReadResults(f *testing.F) {
	var b strings.Builder
	if err := JSON(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(b.String()))
	f.Add([]byte(`{"schema":"conformance-results/1","verdict":"incomplete","requirements":[{"level":"MUST","verdict":"pass","checks":null}]}`))
	f.Add([]byte(`{"schema":"conformance-results/1","counts":{"MUST":null}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if r, err := decode(content); err == nil {
			for _, x := range renderings {
				x.isSafe(t, r, nil)
			}
		}
	})
}
