package selftest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
	"abdm.example/conformance/suites"
)

func TestMatrixIsWrittenAsJSONAndAsOnePage(t *testing.T) {
	caught := selftest.Catch{Requirement: "AUTH-GEN-001", Verdict: suites.Fail, Check: "acknowledges", Finding: suites.Finding{Expected: "202", Received: "200 <script>", Exchange: "e7"}}
	m := &selftest.Matrix{Schema: selftest.MatrixSchema, Role: contract.Gateway, Suite: "1", Digest: "d", Unproven: []string{"AUTH-GW-001: forwards"}, DurationMS: 61000,
		Outcomes: []selftest.Outcome{
			{Name: "gateway/ack-200", Summary: "acknowledges with 200", Expected: []string{"AUTH-GEN-001"}, Caught: []selftest.Catch{caught, caught}, Right: true},
			{Name: "gateway/ack-late", Summary: "acknowledges late", Expected: []string{"AUTH-GW-022"}, Caught: []selftest.Catch{caught}},
			{Name: "gateway/drop-init", Summary: "drops init", Expected: []string{"AUTH-GW-001"}},
			{Name: "variant/charset", Summary: "sends a charset", Variant: true, Right: true},
			{Name: "variant/http2", Summary: "speaks HTTP/2", Variant: true, Caught: []selftest.Catch{caught}},
		}}
	dir := filepath.Join(t.TempDir(), "made")
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, selftest.MatrixJSON))
	if err != nil {
		t.Fatal(err)
	}
	var again selftest.Matrix
	if err := json.Unmarshal(text, &again); err != nil || len(again.Outcomes) != len(m.Outcomes) || again.Summary() != m.Summary() {
		t.Errorf("%v: %s", err, again.Summary())
	}
	if want := "3 faults, 2 lawful variants, 3 not as they must be, 1 checks unproven, 61 s"; m.Summary() != want {
		t.Errorf("the summary is %q", m.Summary())
	}
	raw, err := os.ReadFile(filepath.Join(dir, selftest.MatrixHTML))
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	for _, want := range []string{"caught", "elsewhere", "missed", "green", "false alarm", "AUTH-GW-001: forwards", "200 &lt;script&gt;", "prefers-color-scheme", "width=device-width"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	if found := regexp.MustCompile(`<script|src=|href=|url\(|@import`).FindString(page); found != "" {
		t.Errorf("the page holds %q: it must need no other file and run no script", found)
	}
}

func TestMatrixTellsWhereItCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := new(selftest.Matrix).Write(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("written into a file: %v", err)
	}
}
