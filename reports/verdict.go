package reports

import (
	"slices"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// leadOf is the verdict of the run with what it rests on, in one sentence.
func leadOf(m *messages.Catalogue, r *suites.Results) string {
	must := count(r.Requirements)[suites.Must]
	all := 0
	for _, n := range must {
		all += n
	}
	args := func(n int) []any {
		return []any{"Subject", subjectName(m, r), "API", api, "Role", roleName(m, r.Subject.Role), "N", n, "All", all}
	}
	switch open := must[suites.Inconclusive] + must[suites.NotRun] + must[suites.ErrorVerdict]; {
	case r.Accepted():
		return sentence(m, r)
	case r.Verdict == suites.Conformant:
		return m.T("lead.conformant", args(must[suites.Pass]+must[suites.Warning])...)
	case r.Verdict == suites.NotConformant && must[suites.Fail] > 0:
		return m.T("lead.not-conformant", args(must[suites.Fail])...)
	case open > 0:
		return m.T("lead.incomplete", args(open)...)
	}
	return sentence(m, r)
}

// remarksOf are what a reader of the verdict must know beside it, a sentence each.
func remarksOf(m *messages.Catalogue, r *suites.Results, causes []*cause) []string {
	counts := count(r.Requirements)
	var all []string
	say := func(key string, n int) {
		if n > 0 {
			all = append(all, m.T("remark."+key, "N", n))
		}
	}
	say("pacts", pactsFailed(r))
	failing := 0
	for _, c := range causes {
		if c.weight(r) == 0 {
			failing++
		}
	}
	if counts[suites.Must][suites.Fail] > 1 {
		say("causes", failing)
	}
	must := counts[suites.Must]
	if open := must[suites.Inconclusive] + must[suites.NotRun] + must[suites.ErrorVerdict]; r.Verdict == suites.NotConformant {
		say("open", open)
	}
	if r.Verdict == suites.Conformant {
		say("not-applicable", must[suites.NotApplicable])
	}
	say("tolerated", must[suites.Warning])
	say("warnings", counts[suites.Should][suites.Warning])
	if filtered(r) {
		all = append(all, m.T("remark.filter"))
	}
	return all
}

// noticesOf are what a reader must know before the verdict is read.
func noticesOf(m *messages.Catalogue, ev *journal.Evidence) []string {
	if ev == nil {
		return []string{m.T("notice.no-evidence")}
	}
	var notices []string
	if ev.Run.Bundled {
		notices = append(notices, m.T("notice.bundled"))
	}
	switch {
	case ev.Ended == nil:
		notices = append(notices, m.T("notice.cut-off"))
	case ev.Ended.Interrupted:
		notices = append(notices, m.T("notice.interrupted"))
	}
	if ev.Ended != nil && ev.Ended.Error != "" {
		notices = append(notices, m.T("notice.suite-failed", "Error", line(ev.Ended.Error, maxLine)))
	}
	return notices
}

// roleName is a role within a sentence.
func roleName(m *messages.Catalogue, role contract.Role) string {
	if slices.Contains(contract.Roles, role) {
		return m.T("role." + string(role))
	}
	return line(string(role), 40)
}
