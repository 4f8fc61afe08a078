package reports

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/suites"
)

// program finds a program that a test needs: without it the test is skipped, or fails where CI=true.
func program(t *testing.T, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not on the PATH; install the Debian package %s", name, debianPackage)
	}
	t.Skipf("%s is not on the PATH; install the Debian package %s to run this test", name, debianPackage)
	return ""
}

func TestJUnitFollowsTheGrammar(t *testing.T) {
	xmllint := program(t, "xmllint", "libxml2-utils")
	many, _ := large(20, 60, 3)
	runs := map[string]*suites.Results{"sample": sample(), "many": many, "no requirement": {}}
	for name, s := range hostile {
		if s != "" { // a requirement without an id is none
			runs[name] = hostileResults(s)
		}
	}
	for name, r := range runs {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), JUnitFile)
			content := render(t, func(b *strings.Builder) error { return JUnit(b, r) })
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, grammar := range []string{"testdata/junit.xsd", "testdata/jenkins.xsd"} {
				cmd := exec.CommandContext(t.Context(), xmllint, "--nonet", "--noout", "--schema", grammar, path)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", grammar, err, out)
				}
			}
		})
	}
}

func TestJUnitOutcomeOfEveryVerdictAndLevel(t *testing.T) {
	wants := map[suites.Verdict]map[suites.Level]string{
		suites.Pass:          {suites.Must: "", suites.Should: "", suites.May: ""},
		suites.Warning:       {suites.Must: "", suites.Should: "", suites.May: ""},
		suites.Fail:          {suites.Must: "failure", suites.Should: "failure", suites.May: "failure"},
		suites.ErrorVerdict:  {suites.Must: "error", suites.Should: "error", suites.May: "error"},
		suites.NotApplicable: {suites.Must: "skipped", suites.Should: "skipped", suites.May: "skipped"},
		suites.Inconclusive:  {suites.Must: "error", suites.Should: "skipped", suites.May: "skipped"},
		suites.NotRun:        {suites.Must: "error", suites.Should: "skipped", suites.May: "skipped"},
		"splendid":           {suites.Must: "error", suites.Should: "error", suites.May: "error"},
	}
	for verdict, levels := range wants {
		for level, want := range levels {
			c := junitCaseOf(suites.RequirementResult{ID: "AUTH-INIT-006", Level: level, Verdict: verdict})
			got := ""
			switch {
			case c.Failure != nil:
				got = "failure"
			case c.Error != nil:
				got = "error"
			case c.Skipped != nil:
				got = "skipped"
			}
			if got != want || c.Name != "AUTH-INIT-006" {
				t.Errorf("%s %s: outcome %q of %q, want %q", level, verdict, got, c.Name, want)
			}
			if verdict == suites.Pass && c.SystemOut == nil {
				t.Errorf("%s: what passes does not tell what it asks for", level)
			}
			if warned := c.SystemOut != nil && strings.Contains(c.SystemOut.Body, "WARNING"); warned != (verdict == suites.Warning) {
				t.Errorf("%s %s: system-out %+v", level, verdict, c.SystemOut)
			}
		}
	}
}
