package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// published is the directory of what others read our reports with; the test is skipped where it was not fetched, or fails where CI=true.
func published(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../.tools/report-tools/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not there; run scripts/report-tools.sh", dir)
	}
	t.Skipf("%s is not there; run scripts/report-tools.sh to run this test", dir)
	return ""
}

// specimen is a run that every output must be able to hold.
type specimen struct {
	results  *suites.Results
	evidence *journal.Evidence
}

// specimens are runs of all kinds.
func specimens() map[string]specimen {
	many, manyEvidence := large(20, 60, 3)
	all := map[string]specimen{"sample": {sample(), sampleEvidence()}, "many": {many, manyEvidence}, "empty": {&suites.Results{}, nil},
		"no evidence": {sample(), nil}, "empty evidence": {sample(), &journal.Evidence{}}}
	for name, s := range hostile {
		all["hostile, "+name] = specimen{hostileResults(s), hostileEvidence(s)}
	}
	return all
}

// parsedCase is a testcase as a parser of JUnit saw it.
type parsedCase struct {
	Suite, Name, Classname, Outcome, Message, Body string
	Seconds                                        float64
	Properties, Attachments                        int
}

func TestJUnitAsParsersReadIt(t *testing.T) {
	node, modules := program(t, "node", "nodejs"), published(t)
	dir, all := t.TempDir(), specimens()
	args, names := []string{"testdata/read-junit.cjs", modules}, slices.Sorted(maps.Keys(all))
	for i, name := range names {
		path := filepath.Join(dir, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(path, []byte(render(t, func(b *strings.Builder) error { return JUnit(b, all[name].results) })), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.CommandContext(t.Context(), node, args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	var read []map[string][]parsedCase
	if err := json.Unmarshal(out, &read); err != nil || len(read) != len(names) {
		t.Fatalf("%d of %d files were read: %v", len(read), len(names), err)
	}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			r := all[name].results
			var wants []*junitCase
			for _, endpoint := range endpointsOf(r.Requirements) {
				wants = append(wants, junitSuiteOf(r, endpoint, durationsOf(r)).Cases...)
			}
			if pacts := junitPacts(r); pacts != nil {
				wants = append(wants, pacts.Cases...)
			}
			if len(read[i]) != 2 {
				t.Fatalf("%d parsers read it", len(read[i]))
			}
			for parser, got := range read[i] {
				if len(got) != len(wants) {
					t.Fatalf("%s sees %d testcases, want %d", parser, len(got), len(wants))
				}
				for k, want := range wants {
					if problem := differs(got[k], want, name == "sample" || name == "many"); problem != "" {
						t.Errorf("%s, testcase %d (%s): %s", parser, k+1, line(want.Name, 40), problem)
					}
				}
			}
		})
	}
}

// differs says in what a parser read a testcase in another way than it was meant, "" for nothing; to the letter only on request,
// since a parser may take foreign text for a number.
func differs(got parsedCase, want *junitCase, letter bool) string {
	outcome, said := "", (*junitOutcome)(nil)
	switch {
	case want.Failure != nil:
		outcome, said = "failure", want.Failure
	case want.Error != nil:
		outcome, said = "error", want.Error
	case want.Skipped != nil:
		outcome, said = "skipped", want.Skipped
	}
	if got.Outcome == "failed" && (outcome == "failure" || outcome == "error") { // this parser knows one word for both
		got.Outcome = outcome
	}
	switch {
	case got.Outcome != outcome:
		return fmt.Sprintf("outcome %q, want %q", got.Outcome, outcome)
	case got.Properties > 3 || got.Attachments > 0:
		return fmt.Sprintf("%d properties and %d attachments", got.Properties, got.Attachments)
	case !letter:
		return ""
	case got.Name != want.Name || got.Classname != "" && got.Classname != want.Classname:
		return fmt.Sprintf("name %q, class %q", got.Name, got.Classname)
	case seconds(0) != want.Time && fmt.Sprintf("%.3f", got.Seconds) != want.Time:
		return fmt.Sprintf("%v seconds, want %s", got.Seconds, want.Time)
	case got.Message != "" && (said == nil || got.Message != said.Message):
		return fmt.Sprintf("message %q", got.Message)
	case said != nil && got.Message == "" && outcome != "skipped":
		return "no message"
	case got.Body != "" && said != nil && got.Body != said.Body, got.Body != "" && said == nil && got.Body != want.SystemOut.Body:
		return fmt.Sprintf("body %q", got.Body)
	}
	return ""
}

// compiled is a schema of one of those packages.
func compiled(t *testing.T, dir, main string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema in %s: %v", dir, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("http://schemas.example/"+filepath.Base(file), document); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile("http://schemas.example/" + main)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestCTRFAndHARAsTheirSchemasAsk(t *testing.T) {
	modules := published(t)
	schemas := map[string]*jsonschema.Schema{
		CTRFFile: compiled(t, filepath.Join(modules, "ctrf/dist"), "ctrf-schema-0.0.json"),
		HARFile:  compiled(t, filepath.Join(modules, "har-schema/lib"), "har.json"),
	}
	for name, s := range specimens() {
		for _, o := range outputs {
			if schemas[o.name] == nil {
				continue
			}
			t.Run(o.name+"/"+name, func(t *testing.T) {
				content := render(t, func(b *strings.Builder) error { return o.render(b, s.results, s.evidence, Options{}) })
				document, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
				if err != nil {
					t.Fatal(err)
				}
				if err := schemas[o.name].Validate(document); err != nil {
					t.Errorf("%v", err)
				}
			})
		}
	}
	for name, wrong := range map[string]string{
		CTRFFile: `{"reportFormat":"CTRF","specVersion":"0.0.0","results":{"tool":{"name":"x"},"tests":[]}}`,
		HARFile:  `{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[{}]}}`,
	} {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		if err != nil {
			t.Fatal(err)
		}
		if schemas[name].Validate(document) == nil {
			t.Errorf("the schema of %s takes anything", name)
		}
	}
}

// Whatever a subject said, a parser of GitHub's Markdown makes of our Markdown no element that runs, fetches or leads anywhere.
func TestMarkdownAsAParserReadsIt(t *testing.T) {
	node, modules := program(t, "node", "nodejs"), published(t)
	args, names := []string{"testdata/read-markdown.mjs", modules}, []string{}
	dir := t.TempDir()
	for name, s := range specimens() {
		for _, text := range []string{render(t, func(b *strings.Builder) error { return Markdown(b, s.results) }),
			render(t, func(b *strings.Builder) error { return JobSummary(b, s.results, s.evidence) })} {
			path := filepath.Join(dir, fmt.Sprintf("%d.md", len(names)))
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			args, names = append(args, path), append(names, name)
		}
	}
	out, err := exec.CommandContext(t.Context(), node, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	if err := json.Unmarshal(out, &pages); err != nil || len(pages) != len(names) {
		t.Fatalf("%d pages of %d: %v", len(pages), len(names), err)
	}
	known := map[string]bool{}
	for _, name := range strings.Fields("h1 h2 h3 p strong code em ul ol li table thead tbody tr th td blockquote details summary br") {
		known[name] = true
	}
	for i, page := range pages {
		for _, found := range tag.FindAllStringSubmatch(page, -1) {
			if !known[strings.TrimPrefix(found[1], "/")] {
				t.Errorf("%s: it has the element %s", names[i], found[0])
			}
		}
		rows := strings.Split(page, "<tr>")
		for _, row := range rows[min(1, len(rows)):] {
			row, _, _ = strings.Cut(row, "</tr>")
			if strings.Contains(row, "<td></td>") || strings.Contains(row, "<td align=\"right\"></td>") {
				t.Errorf("%s: a cell of a table is empty: %.300s", names[i], row)
			}
		}
		if strings.Count(page, "<details>") != strings.Count(page, "</details>") {
			t.Errorf("%s: its folds are not closed", names[i])
		}
		if names[i] == "sample" && !strings.Contains(page, "<strong>AUTH-INIT-006</strong>") {
			t.Errorf("the sample became %.500s", page)
		}
	}
}
