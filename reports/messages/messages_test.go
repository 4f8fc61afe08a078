package messages

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v4"
)

var placeholder = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

// fileOf is the file of a language as it stands, by key.
func fileOf(t *testing.T, l Language) map[string]*i18n.Message {
	t.Helper()
	content, err := files.ReadFile(string(l) + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := i18n.ParseMessageBytes(content, yaml.Unmarshal)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]*i18n.Message{}
	for _, m := range all {
		byKey[m.ID] = m
	}
	return byKey
}

// placeholders are the names that a text asks for, each once, sorted.
func placeholders(text string) []string {
	names := map[string]bool{}
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		names[found[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func TestEveryLanguageSaysTheSame(t *testing.T) {
	english := fileOf(t, English)
	if len(english) < 50 {
		t.Fatalf("only %d messages were read", len(english))
	}
	for _, l := range Languages {
		file := fileOf(t, l)
		for key := range english {
			if file[key] == nil {
				t.Errorf("%s.yaml lacks %s", l, key)
			}
		}
		for key, m := range file {
			source := english[key]
			if source == nil {
				t.Errorf("%s.yaml has %s, which en.yaml has not", l, key)
				continue
			}
			if m.Zero+m.Two+m.Few+m.Many != "" {
				t.Errorf("%s.yaml: %s has a plural form that this language does not know", l, key)
			}
			if (m.One == "") != (source.One == "") {
				t.Errorf("%s.yaml: %s must have the form \"one\" where en.yaml has it, and only there", l, key)
			}
			for form, text := range map[string]string{"one": m.One, "other": m.Other} {
				if text == "" && (form == "other" || m.One != "") {
					t.Errorf("%s.yaml: %s has no text for %q", l, key, form)
				}
				if text != strings.TrimSpace(text) || strings.Contains(text, "  ") {
					t.Errorf("%s.yaml: %s has white space that nobody sees", l, key)
				}
				if rest := placeholder.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}<>") {
					t.Errorf("%s.yaml: %s has markup or a placeholder that is none: %s", l, key, text)
				}
			}
			if got, want := placeholders(m.One+m.Other), placeholders(source.Other); !slices.Equal(got, want) {
				t.Errorf("%s.yaml: %s has the placeholders %v, en.yaml has %v", l, key, got, want)
			}
			// In Hindi "one" is also the form of 0, so that it cannot spell the number out.
			if l == Hindi && m.One != "" && !strings.Contains(m.One, "{{.N}}") {
				t.Errorf("hi.yaml: %s must show {{.N}} in the form \"one\"", key)
			}
		}
	}
}

// latin are messages that are the same in Hindi: names of the protocol.
var latin = []string{"facts.url", "exchange.url", "role.hip", "role.hiu", "role.cm", "party.hip", "party.hiu", "party.cm"}

func TestHindiIsWrittenInDevanagari(t *testing.T) {
	devanagari := regexp.MustCompile(`\p{Devanagari}`)
	words := regexp.MustCompile(`[a-z]{2,} [a-z]{2,}`)
	for key, m := range fileOf(t, Hindi) {
		text := placeholder.ReplaceAllString(m.One+" "+m.Other, "")
		if devanagari.MatchString(text) == slices.Contains(latin, key) {
			t.Errorf("hi.yaml: %s is not translated, or stands among the names in Latin letters without need: %s", key, m.Other)
		}
		if found := words.FindString(text); found != "" {
			t.Errorf("hi.yaml: %s holds the words %q", key, found)
		}
	}
}

func TestT(t *testing.T) {
	for _, c := range []struct {
		in   Language
		key  string
		args []any
		want string
	}{
		{English, "verdict.pass", nil, "Pass"},
		{Hindi, "verdict.pass", nil, "उत्तीर्ण"},
		{English, "evidence.exchanges", []any{"N", 0}, "0 exchanges"},
		{English, "evidence.exchanges", []any{"N", 1}, "1 exchange"},
		{English, "evidence.exchanges", []any{"N", 1234}, "1234 exchanges"},
		{Hindi, "evidence.scenarios", []any{"N", 0}, "0 परिदृश्य"},
		{Hindi, "evidence.scenarios", []any{"N", 2}, "2 परिदृश्यों"},
		{English, "evidence.more", []any{"N", 1}, "and 1 more"},
		{English, "notice.suite-failed", []any{"Error", "{{.N}} <b>"}, "The suite itself failed: {{.N}} <b>"},
		{"xx", "verdict.pass", nil, "Pass"},
	} {
		if got := In(c.in).T(c.key, c.args...); got != c.want {
			t.Errorf("%s in %s with %v: %q, want %q", c.key, c.in, c.args, got, c.want)
		}
	}
	if got := In(Hindi).Language; got != Hindi {
		t.Errorf("the catalogue in Hindi says that it is in %q", got)
	}
}

func TestParse(t *testing.T) {
	for name, want := range map[string]Language{"": English, "en": English, "hi": Hindi} {
		if got, err := Parse(name); err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := Parse("de"); err == nil || !strings.Contains(err.Error(), `"de"`) || !strings.Contains(err.Error(), "en, hi") {
		t.Errorf("an unknown language must be named, with those that there are: %v", err)
	}
}
