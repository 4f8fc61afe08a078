package suites

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

func TestTolerancesNameRequirementsInOrder(t *testing.T) {
	for i, row := range Tolerances {
		if i > 0 && row.ID <= Tolerances[i-1].ID {
			t.Errorf("%s stands after %s", row.ID, Tolerances[i-1].ID)
		}
		if row.Deployed == "" || row.Accepted == "" || len(row.Requirements) == 0 {
			t.Errorf("%s does not say what deployed systems do, what is accepted and where", row.ID)
		}
		for _, id := range row.Requirements {
			if _, ok := Requirements().Lookup(id); !ok {
				t.Errorf("%s softens %s, which requirements.yaml does not have", row.ID, id)
			}
		}
	}
	if row, ok := LookupTolerance("d03"); !ok || row.ID != "D03" {
		t.Errorf("d03 is %v", row)
	}
}

// numbered is a tolerance as the code of the checks names it.
var numbered = regexp.MustCompile(`"(D\d\d)"`)

func TestEveryToleranceOfTheChecksIsListedAndUsed(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var used []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range numbered.FindAllStringSubmatch(string(text), -1) {
			_, listed := LookupTolerance(m[1])
			if !listed && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s names %s, which is not in Tolerances", file, m[1])
			}
			if !strings.HasSuffix(file, "_test.go") && !(filepath.Base(file) == "tolerances.go" && strings.Contains(string(text), `{"`+m[1]+`", `) && strings.Count(string(text), `"`+m[1]+`"`) == 1) {
				used = append(used, m[1])
			}
		}
	}
	for _, row := range Tolerances {
		if !slices.Contains(used, row.ID) {
			t.Errorf("%s is listed and no check applies it", row.ID)
		}
	}
}

// profilesTable is the table of tolerances as docs/profiles.md prints it.
func profilesTable() string {
	var b strings.Builder
	b.WriteString("| id | what deployed systems do | what `field` lets pass, as a warning | requirements |\n|---|---|---|---|\n")
	for _, row := range Tolerances {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", row.ID, row.Deployed, row.Accepted, strings.Join(row.Requirements, ", "))
	}
	return b.String()
}

func TestTheDocumentedTolerancesAreThoseOfTheCode(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "profiles.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), profilesTable()) {
		t.Errorf("docs/profiles.md does not hold this table:\n%s", profilesTable())
	}
}

func TestShapesThatDeployedSystemsWrite(t *testing.T) {
	for _, row := range []struct{ body, pointer, keyword, tolerance string }{
		{`{"timestamp":"2022-04-29T16:16:45.187023"}`, "/timestamp", "format", "D06"},
		{`{"timestamp":"2022-04-29T16:16:45"}`, "/timestamp", "format", "D06"},
		{`{"timestamp":"2022-04-29"}`, "/timestamp", "format", ""},
		{`{"timestamp":"yesterday"}`, "/timestamp", "format", ""},
		{`{"timestamp":1651249005}`, "/timestamp", "type", ""},
		{`{"timestamp":null}`, "/timestamp", "type", ""},
		{`{}`, "/timestamp", "required", ""},
		{`{"error":null}`, "/error", "type", "D06"},
		{`{"auth":{"patient":{"address":{"line":null}}}}`, "/auth/patient/address/line", "type", "D06"},
		{`{"auth":{"mode":null}}`, "/auth/mode", "type", ""},
		{`{"auth":1}`, "/auth", "type", ""},
		{`{"error":{"code":"1441"}}`, "/error/code", "type", "D12"},
		{`{"error":{"code":true}}`, "/error/code", "type", ""},
		{`{"error":{}}`, "/error/code", "required", ""},
	} {
		x := &journal.Exchange{}
		x.Request.Body.JSON = []byte(row.body)
		if got := deployedShape(x, row.pointer, row.keyword); got != row.tolerance {
			t.Errorf("%s at %s (%s) is tolerated as %q, want %q", row.body, row.pointer, row.keyword, got, row.tolerance)
		}
	}
}

func TestWhatIsLeftToTheCallee(t *testing.T) {
	for name, row := range map[string]struct {
		endpoint, pointer string
		astray            bool
		copies, status    int
		tolerance         string
	}{
		"an answer that the bridge refuses":       {contract.OnInit, "/auth/mode", false, 1, 400, "D20"},
		"an answer that the bridge takes":         {contract.OnInit, "/auth/mode", false, 1, 202, ""},
		"an answer at which the bridge breaks":    {contract.OnInit, "/auth/mode", false, 1, 500, ""},
		"an answer delivered twice":               {contract.OnInit, "/auth/mode", false, 2, 400, ""},
		"an answer that also reached another":     {contract.OnInit, "/auth/mode", true, 1, 400, ""},
		"an answer without requestId":             {contract.OnNotify, "/requestId", false, 1, 202, "D19"},
		"an answer with a wrong timestamp":        {contract.OnConfirm, "/timestamp", false, 1, 400, "D19"},
		"a request without requestId":             {contract.Init, "/requestId", false, 1, 202, ""},
		"a request that the CM refuses":           {contract.Init, "/query/id", false, 1, 400, ""},
		"a notify, a request, that is wrong":      {contract.Notify, "/auth/status", false, 1, 400, ""},
		"a wrong requestId that reached two":      {contract.OnInit, "/requestId", true, 1, 202, ""},
		"an answer of the timestamp of something": {contract.OnInit, "/auth/meta/expiry", false, 1, 202, ""},
	} {
		r := Route{Sent: &journal.Exchange{Endpoint: row.endpoint}}
		for range row.copies {
			r.Delivered = append(r.Delivered, &journal.Exchange{Endpoint: row.endpoint, Response: &journal.Response{Status: row.status}})
		}
		if row.astray {
			r.Astray = append(r.Astray, &journal.Exchange{})
		}
		if got := leftToCallee(r, row.pointer, r.Delivered[0]); got != row.tolerance {
			t.Errorf("%s is tolerated as %q, want %q", name, got, row.tolerance)
		}
	}
}

func TestOneFindingWithoutToleranceFailsInFieldToo(t *testing.T) {
	use(t, levels()...)
	r := newRecording().scenario("a", journal.Played)
	r.sent("a", scenario.StepProbe, contract.HIP, contract.Init, 200, "")
	specs := one(func(c *C) {
		c.Each(func(*Flow) {
			c.Judged(1)
			c.Tolerating("D01", func(f Finding) bool { return f.Received == "known" }, func() {
				c.Find(Finding{Received: "known"})
				c.Find(Finding{Received: "unknown"})
			})
		})
	}, "T-MUST")
	results := judge(t, r, Options{Profile: ProfileField}, specs)
	if v := results.Verdict; v != NotConformant {
		t.Errorf("field: %s, want %s", v, NotConformant)
	}
}
