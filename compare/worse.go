package compare

import (
	"slices"

	"abdm.example/conformance/suites"
)

// Absent stands for the verdict of what one of the runs does not have.
const Absent suites.Verdict = "absent"

// Row is one row of the table of what is worse.
type Row struct {
	From suites.Verdict
	To   []suites.Verdict
	Why  string
}

// Table says what is worse. What stands in no row is not: a change for the better, a requirement that is new and does
// not fail, other findings under the same verdict, and other circumstances.
var Table = []Row{
	{suites.Conformant, []suites.Verdict{suites.NotConformant, suites.Incomplete}, "the run was a certificate and is none"},
	{suites.Incomplete, []suites.Verdict{suites.NotConformant}, "a MUST failed"},
	{suites.Pass, []suites.Verdict{suites.Fail, suites.Warning, suites.Inconclusive, suites.NotRun, suites.ErrorVerdict, suites.NotApplicable, Absent},
		"it was proven and is not"},
	{suites.NotApplicable, []suites.Verdict{suites.Fail, suites.Warning, suites.Inconclusive, suites.NotRun, suites.ErrorVerdict},
		"it was not asked for, and is not met or not judged"},
	{suites.Warning, []suites.Verdict{suites.Fail, suites.Inconclusive, suites.NotRun, suites.ErrorVerdict}, "it was not met, and now fails or is not judged"},
	{suites.Inconclusive, []suites.Verdict{suites.Fail}, "it fails"},
	{suites.NotRun, []suites.Verdict{suites.Fail}, "it fails"},
	{suites.ErrorVerdict, []suites.Verdict{suites.Fail}, "it fails"},
	{Absent, []suites.Verdict{suites.Fail}, "it is new and fails"},
}

// Worse says whether the second verdict is worse than the first, by Table.
func Worse(from, to suites.Verdict) bool {
	return slices.ContainsFunc(Table, func(r Row) bool { return r.From == from && slices.Contains(r.To, to) })
}
