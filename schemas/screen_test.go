package schemas

import (
	"encoding/json"
	"testing"
)

// Every message that is as it should be is known as valid, and nothing that offends a keyword is.
func TestTheScreenKnowsValidMessages(t *testing.T) {
	for _, name := range Names() {
		s, err := loaded(name)
		if err != nil {
			t.Fatal(err)
		}
		full, err := json.MarshalIndent(fullBody(t, name), " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if !s.screen.keeps(full) {
			t.Errorf("%s: the screen does not know %s", name, full)
		}
		for _, o := range occurrencesOf(t, name) {
			if s.screen.keeps(o.body) {
				t.Errorf("%s: the screen lets %s pass, which offends %s at %s", name, o.body, o.keyword, o.pointer)
			}
		}
	}
}

// What a screen does not understand it leaves to the validator.
func TestAScreenIsUnsureOfWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{
		`{"type":["string","null"]}`, `{"type":"string","const":"a"}`, `{"type":"string","enum":["a",1]}`, `{"type":"string","format":"email"}`,
		`{"type":"string","pattern":"a","format":"uuid"}`, `{"type":"string","pattern":"("}`, `{}`, `{"type":"number"}`,
	} {
		node, err := parseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{`"a"`, `1`, `1.5`, `null`} {
			if newScreen(node, nil).keeps([]byte(body)) {
				t.Errorf("%s is taken for valid by a screen of %s", body, text)
			}
		}
	}
}
