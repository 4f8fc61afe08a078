package gateway_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"abdm.example/conformance/suites"
)

// exceptions are requirements that are MUST though no clause says so and though they are not of the security set, and why.
// docs/spec-issues.md lists them too.
var exceptions = map[string]string{
	"AUTH-GEN-011":   "a 5xx to a wrong type is an unhandled error, which the document keeps for failures downstream",
	"AUTH-GEN-026":   "names of patients are not ASCII: a gateway that mangles them breaks every comparison after it",
	"AUTH-FM-009":    "silence after a 202 is what no party can tell from a lost message",
	"AUTH-GW-009":    "requestId is a nonce by the document, and a nonce that may be used twice is none",
	"AUTH-OINIT-011": "a confirm after an error would confirm the session of somebody else",
	"AUTH-OCONF-011": "an error grants nothing, and what is linked without a grant is linked to nobody knows whom",
	"AUTH-NTF-014":   "what the patient has denied must not happen",
	"AUTH-SEQ-011":   "a refused confirm grants nothing",
	"AUTH-GW-034":    "the document makes the answer a callback: a gateway that forgets a request within seconds loses lawful answers",
}

func TestLevelsFollowTheBasis(t *testing.T) {
	for _, q := range suites.Requirements().Requirements {
		reason, excepted := exceptions[q.ID]
		switch strict := q.Level == suites.Must && q.Basis != suites.Explicit; {
		case strict && !q.Security && !excepted:
			t.Errorf("%s is MUST, but %s: make it SHOULD, mark it security: true, or add it to the exceptions with the reason", q.ID, q.Basis)
		case excepted && !strict:
			t.Errorf("%s is %s, %s: it needs no exception", q.ID, q.Level, q.Basis)
		case excepted && reason == "":
			t.Errorf("%s is an exception without a reason", q.ID)
		case q.Security && q.Level != suites.Must:
			t.Errorf("%s belongs to the security set and is %s: that set is MUST", q.ID, q.Level)
		}
	}
}

// domainRow is one line of the catalogue in the domain report: "| AUTH-GEN-001 | * | M/X | ...".
var domainRow = regexp.MustCompile(`(?m)^\| (AUTH-[A-Z]+-\d{3}) \| [^|]+ \| ([MSY])/([XDI]) \|`)

// The domain report is not part of the project. Where it lies beside it, both must agree.
func TestCatalogueAgreesWithTheDomainReport(t *testing.T) {
	report := filepath.Join("..", "..", "..", "shared", "domain.md")
	text, err := os.ReadFile(report)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("There is no domain report beside the project (../shared/domain.md), so levels and bases are not compared with it.")
	}
	if err != nil {
		t.Fatal(err)
	}
	level := map[string]suites.Level{"M": suites.Must, "S": suites.Should, "Y": suites.May}
	basis := map[string]string{"X": suites.Explicit, "D": suites.Derived, "I": suites.Inferred}
	rows := domainRow.FindAllStringSubmatch(string(text), -1)
	if len(rows) == 0 {
		t.Fatal("the domain report holds no catalogue")
	}
	both, known := 0, map[string]bool{}
	for _, row := range rows {
		known[row[1]] = true
		q, ok := suites.Requirements().Lookup(row[1])
		if !ok {
			continue
		}
		both++
		if q.Level != level[row[2]] || q.Basis != basis[row[3]] {
			t.Errorf("%s is %s, %s; the domain report says %s, %s", q.ID, q.Level, q.Basis, level[row[2]], basis[row[3]])
		}
	}
	issues, err := os.ReadFile(filepath.Join("..", "..", "docs", "spec-issues.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range suites.Requirements().Requirements {
		if !known[q.ID] && !strings.Contains(string(issues), q.ID) {
			t.Errorf("the domain report has no %s: say in docs/spec-issues.md why the catalogue has it", q.ID)
		}
	}
	t.Logf("%d of the %d requirements of the report are in the catalogue", both, len(rows))
}
