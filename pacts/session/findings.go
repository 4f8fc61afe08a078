package session

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/worker"
	"abdm.example/conformance/suites"
)

// judge puts the verdict on the interaction that was verified. The error says that nobody answers at the subject's URL.
func (c *current) judge(out *suites.PactInteraction, i pacts.FileInteraction, verified worker.Result) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.dead != nil:
		out.Verdict, out.Reason = suites.Inconclusive, "the subject could not be reached"
		return fmt.Errorf("%w: %w", ErrUnreachable, c.dead)
	case c.cannot != "":
		out.Verdict, out.Reason = suites.Inconclusive, c.cannot
		if c.lacking {
			out.Verdict = suites.NotApplicable
		}
	case c.silent != nil:
		out.Verdict = weight(c.pact.Foreign, i.Status, true)
		out.Findings = []suites.Finding{{Pointer: "/response", Expected: fmt.Sprintf("an answer with status %d", i.Status), Received: "none: " + c.silent.Error(),
			Hint: "Answer every message within timing.ack."}}
	case verified.Matched():
		out.Verdict = suites.Pass
	case len(verified.Mismatches) == 0:
		out.Verdict, out.Reason = suites.Inconclusive, "libpact_ffi could not verify it: "+cmp.Or(verified.Failure, "it gave no reason")
	default:
		out.Findings = findings(verified.Mismatches)
		wrong := slices.ContainsFunc(verified.Mismatches, func(m worker.Mismatch) bool { return m.Type == statusMismatch && !alike(i.Status, m.Actual) })
		out.Verdict = weight(c.pact.Foreign, i.Status, wrong)
	}
	return nil
}

// weight is how heavy a disagreement is. Of our own pacts the contract fixes the statuses of what is accepted, invalid or
// not authorized (MUST); how an error is written down is a SHOULD, and 500 stands for whatever goes wrong inside. What a
// vendor's pact asks for, all of it was asked for.
func weight(foreign bool, status int, wrongStatus bool) suites.Verdict {
	if !foreign && (!wrongStatus || status == http.StatusInternalServerError) {
		return suites.Warning
	}
	return suites.Fail
}

// alike says whether a status that came refuses an invalid message as 400 does: no requirement forbids 422.
func alike(expected int, actual any) bool {
	status, _ := actual.(float64) // as JSON has it
	return expected == http.StatusBadRequest && suites.BlamesMessage(int(status))
}

// statusMismatch is the type of a mismatch in the status of an answer.
const statusMismatch = "StatusMismatch"

// shown is a value of a mismatch as text.
func shown(value any) string {
	if text := fmt.Sprint(value); value != nil && text != "" {
		return text
	}
	return "nothing"
}

// findings are the mismatches in the words of the suite.
func findings(all []worker.Mismatch) []suites.Finding {
	var out []suites.Finding
	for _, m := range all {
		f := suites.Finding{Expected: shown(m.Expected), Received: shown(m.Actual), Hint: m.Text}
		switch m.Type {
		case statusMismatch: // its text says no more than the two
			f.Pointer, f.Expected, f.Received, f.Hint = "/response/status", "status "+f.Expected, "status "+f.Received, ""
		case "HeaderMismatch":
			f.Pointer = "/response/headers/" + escaped.Replace(m.Key)
		default:
			f.Pointer = "/response/body" + pointer(m.Path)
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// escaped writes a name as a part of a JSON pointer.
var escaped = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is a JSON path, as libpact_ffi writes it ($.error.code, $['a b'][0]), as a JSON pointer.
func pointer(path string) string {
	var b strings.Builder
	for path = strings.TrimPrefix(path, "$"); path != ""; {
		var name string
		switch {
		case strings.HasPrefix(path, "['"):
			name, path, _ = strings.Cut(path[2:], "']")
		case path[0] == '[':
			name, path, _ = strings.Cut(path[1:], "]")
		default:
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			name, path = path[:end], path[end:]
		}
		if name != "" {
			b.WriteString("/" + escaped.Replace(name))
		}
	}
	return b.String()
}
