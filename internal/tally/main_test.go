package main

import (
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	for name, c := range map[string]struct {
		events, before string
		well           bool
		want           string
	}{
		"all well": {`{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Elapsed":1.25}
{"Action":"skip","Package":"no/tests"}
`, "", true, "ok   p 1.2s (1 passed, 0 failed, 1 skipped)\n1 passed, 0 failed, 1 skipped\n"},
		"two runs, and something to tell": {`{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    tally: 300 faults\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
{"Action":"fail","Package":"p"}
`, "", false, "ok   p 0.0s (1 passed, 0 failed, 0 skipped)\n300 faults\nFAIL p (0 passed, 1 failed, 0 skipped)\nFAIL p (0 passed, 0 failed, 0 skipped)\n1 passed, 2 failed, 0 skipped\n"},
		"one failed": {`{"Action":"output","Package":"p","Test":"TestA","Output":"a.go:1: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}
`, "", false, "a.go:1: wrong\nFAIL p (0 passed, 1 failed, 0 skipped)\n0 passed, 1 failed, 0 skipped\n"},
		"does not build": {`{"ImportPath":"p","Action":"build-output","Output":"a.go:1: undefined: x\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
{"Action":"pass","Package":"q","Test":"TestA"}
`, "", false, "a.go:1: undefined: x\nFAIL p (0 passed, 0 failed, 0 skipped)\n1 passed, 1 failed, 0 skipped\n"},
		"breaks off": {`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: x\n"}
{"Action":"fail","Package":"p"}
`, "", false, "panic: x\nFAIL p (0 passed, 0 failed, 0 skipped)\n0 passed, 1 failed, 0 skipped\n"},
		"step before": {`{"Action":"pass","Package":"p","Test":"TestA"}`, "make lint", false, "FAIL make lint\n1 passed, 1 failed, 0 skipped\n"},
		"nothing ran": {"go: no such module\n", "", false, "go: no such module\nNo test ran.\n0 passed, 0 failed, 0 skipped\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if well := tally(strings.NewReader(c.events), &out, c.before); well != c.well || out.String() != c.want {
				t.Errorf("well is %t, printed\n%swant %t\n%s", well, out.String(), c.well, c.want)
			}
		})
	}
}
