package reports

import (
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// badge is a verdict as a reader sees it: a sign, a word and a class for the colour.
type badge struct{ Class, Sign, Word string }

var signs = map[suites.Verdict]badge{
	suites.Pass:          {Class: "pass", Sign: "✓"},
	suites.Fail:          {Class: "fail", Sign: "✗"},
	suites.Warning:       {Class: "warning", Sign: "▲"},
	suites.Inconclusive:  {Class: "open", Sign: "?"},
	suites.NotApplicable: {Class: "none", Sign: "–"},
	suites.NotRun:        {Class: "open", Sign: "○"},
	suites.ErrorVerdict:  {Class: "error", Sign: "!"},
	suites.Conformant:    {Class: "pass", Sign: "✓"},
	suites.NotConformant: {Class: "fail", Sign: "✗"},
	suites.Incomplete:    {Class: "open", Sign: "?"},
}

func badgeOf(m *messages.Catalogue, v suites.Verdict) badge {
	if b, ok := signs[v]; ok {
		b.Word = m.T("verdict." + string(v))
		return b
	}
	return badge{"error", "!", line(string(v), 40)}
}
