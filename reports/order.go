package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// api names what is certified.
const api = "ABDM gateway v0.5 users/auth"

// general is the name of the group of requirements that hold on every endpoint.
const general = "general"

// verdictOf is the verdict of a requirement; one that the suite does not know is an error of the suite.
func verdictOf(q suites.RequirementResult) suites.Verdict {
	if slices.Contains(suites.Verdicts, q.Verdict) {
		return q.Verdict
	}
	return suites.ErrorVerdict
}

// levelOf is the level of a requirement; one that the suite does not know is read as the strongest.
func levelOf(q suites.RequirementResult) suites.Level {
	if slices.Contains(suites.Levels, q.Level) {
		return q.Level
	}
	return suites.Must
}

func endpointOf(q suites.RequirementResult) string {
	if q.Endpoint == "" {
		return general
	}
	return line(q.Endpoint, 80)
}

// endpoint is the name of an endpoint as a page shows it.
func (ix *index) endpoint(name string) string {
	if name == general {
		return ix.m.T("matrix.general")
	}
	return name
}

// endpointsOf lists the endpoints that requirements name: general first, then in the order of a conversation, then any others.
func endpointsOf(requirements []suites.RequirementResult) []string {
	rank := func(name string) int {
		if name == general {
			return -1
		}
		if i := slices.IndexFunc(contract.Endpoints, func(e contract.Endpoint) bool { return e.Name == name }); i >= 0 {
			return i
		}
		return len(contract.Endpoints)
	}
	var names []string
	seen := map[string]bool{}
	for _, q := range requirements {
		if name := endpointOf(q); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return names
}

// withVerdict lists the requirements of one verdict, the strongest level first, then in catalogue order.
func withVerdict(requirements []suites.RequirementResult, v suites.Verdict) []suites.RequirementResult {
	var found []suites.RequirementResult
	for _, level := range suites.Levels {
		for _, q := range requirements {
			if verdictOf(q) == v && levelOf(q) == level {
				found = append(found, q)
			}
		}
	}
	return found
}

// sighting is one fact of a requirement and every place where it was seen.
type sighting struct {
	suites.Finding
	Check     string
	Exchanges []string // ids, in the order of the findings; empty where there is no exchange
	Times     int
}

// sightings are the findings of the checks, with those that say the same thing put together.
func sightings(checks []suites.CheckResult) []sighting {
	type key struct{ check, pointer, expected, received, hint, tolerance string }
	var all []sighting
	at := map[key]int{}
	for _, c := range checks {
		for _, f := range c.Findings {
			k := key{c.Name, f.Pointer, f.Expected, f.Received, f.Hint, f.Tolerance}
			i, known := at[k]
			if !known {
				i = len(all)
				at[k] = i
				all = append(all, sighting{Finding: f, Check: c.Name})
			}
			all[i].Times++
			if f.Exchange != "" && !slices.Contains(all[i].Exchanges, f.Exchange) {
				all[i].Exchanges = append(all[i].Exchanges, f.Exchange)
			}
		}
	}
	return all
}

// gist says on one line why a requirement has its verdict.
func gist(q suites.RequirementResult) string {
	all := sightings(q.Checks)
	if len(all) == 0 {
		for _, c := range q.Checks {
			if c.Reason != "" && c.Verdict == q.Verdict {
				return line(c.Reason, maxLine)
			}
		}
		return line(q.Title, maxLine)
	}
	f := all[0]
	var b strings.Builder
	if f.Pointer != "" {
		fmt.Fprintf(&b, "%s: ", line(f.Pointer, 120))
	}
	fmt.Fprintf(&b, "expected %s; received %s", line(f.Expected, 200), line(f.Received, 200))
	if len(all) > 1 {
		fmt.Fprintf(&b, " (and %d more)", len(all)-1)
	}
	return b.String()
}

// subjectName is the subject with its version, on one line.
func subjectName(m *messages.Catalogue, r *suites.Results) string {
	name := subjectTitle(m, r)
	if r.Subject.Version == "" {
		return name
	}
	return name + " " + line(r.Subject.Version, 60)
}

// subjectTitle is the name of the subject without its version.
func subjectTitle(m *messages.Catalogue, r *suites.Results) string {
	if name := line(r.Subject.Name, 120); name != "" {
		return name
	}
	return m.T("sentence.nameless")
}

// sentence is the verdict of the run in one sentence.
func sentence(m *messages.Catalogue, r *suites.Results) string {
	args := []any{"Subject", subjectName(m, r), "API", api, "Role", roleName(m, r.Subject.Role)}
	switch {
	case r.Accepted():
		return m.T("sentence.accepted", args...)
	case r.Verdict == suites.Conformant:
		return m.T("sentence.conformant", args...)
	case r.Verdict == suites.NotConformant:
		return m.T("sentence.not-conformant", args...)
	}
	return m.T("sentence.incomplete", args...)
}

// headline is the verdict of the run in capitals.
func headline(r *suites.Results) string {
	if r.Accepted() {
		return "ACCEPTED: not a certificate"
	}
	return strings.ToUpper(strings.ReplaceAll(line(string(r.Verdict), 40), "-", " "))
}
