package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
)

func TestSelftestTextFitsATerminal(t *testing.T) {
	long := selftest.Catch{Requirement: "AUTH-GW-002", Finding: suites.Finding{Received: strings.Repeat("अनुमति नहीं ", 20) + strings.Repeat("x", 200)}}
	for _, o := range []selftest.Outcome{
		{Name: "gateway/" + strings.Repeat("a-very-long-name", 9), Expected: []string{"AUTH-GW-002"}, Caught: []selftest.Catch{long}, Right: true},
		{Name: "variant/x", Variant: true, Caught: []selftest.Catch{long}, Undecided: []string{"AUTH-GEN-001 inconclusive", "AUTH-GEN-002 inconclusive"}},
		{Name: "variant/y", Error: strings.Repeat("no disk ", 30)},
	} {
		text := outcomeText(o)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("a line of %d columns: %s", n, line)
			}
		}
		if !strings.HasSuffix(text, "\n") || !strings.HasPrefix(text, strings.ToUpper(o.Word())) {
			t.Errorf("the text of %s is %q", o.Name, text)
		}
	}
	if got := wrapped("A ", "b c"); got != "A b c\n" {
		t.Errorf("a short text becomes %q", got)
	}
}
