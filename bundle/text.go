package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// maxTold is how many verdicts that differ the text names; the JSON has all.
const maxTold = 10

// JSON writes a verification as JSON.
func (v *Verification) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Text writes a verification for a person. now is for whether the certificate is still good.
func (v *Verification) Text(w io.Writer, now time.Time) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, reports.OneLine(fmt.Sprintf(format, args...)))
	}
	switch {
	case !v.Signed:
		b.WriteString("NOT SIGNED by this key\n")
	case len(v.Files) > 0:
		b.WriteString("TAMPERED: the bundle is not what was signed\n")
	case !v.Good:
		b.WriteString("OTHER VERDICT: the bundle is what was signed, but its verdict cannot be repeated\n")
	default:
		b.WriteString("GOOD: the bundle is what was signed\n")
	}
	row("Key", "%s", v.KeyID)
	if !v.Signed {
		row("Why", "%s", v.Problem)
		_, err := io.WriteString(w, b.String())
		return err
	}
	wrong := 0
	for _, f := range v.Files {
		if f.What != "added" && f.Name != EnvelopeFile {
			wrong++
		}
	}
	row("Files", "%d of %d are as they were signed", v.Named-wrong, v.Named)
	for _, f := range v.Files {
		fmt.Fprintf(&b, "%-10s %s: %s: %s\n", "", reports.OneLine(f.Name), f.What, reports.OneLine(f.Text))
	}
	if v.Run != nil {
		v.Run.text(row, now)
	}
	v.Judgment.text(row, v.Run)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *RunSaid) text(row func(string, string, ...any), now time.Time) {
	row("Subject", "%s", r.Subject)
	row("Verdict", "%s: %s", r.Verdict, r.Reason)
	switch {
	case r.ValidUntil == nil:
		row("Valid", "it is no certificate")
	case now.After(*r.ValidUntil):
		row("Valid", "no more: until %s", r.ValidUntil.UTC().Format(time.RFC3339))
	default:
		row("Valid", "until %s", r.ValidUntil.UTC().Format(time.RFC3339))
	}
}

func (j *Judgment) text(row func(string, string, ...any), said *RunSaid) {
	switch {
	case j.Problem != "":
		row("Judged", "not again: %s", j.Problem)
		return
	case len(j.Differs) == 0:
		row("Judged", "again by this build, with the same verdicts")
	default:
		row("Judged", "again by this build: %s", j.Verdict)
	}
	if j.Indicative {
		row("", "This build judges by another catalogue or other schemas, so its verdicts are only indicative; the run was judged by version %s.", version(said))
	}
	for i, d := range j.Differs {
		if i == maxTold {
			row("", "and %d more", len(j.Differs)-i)
			break
		}
		name := d.ID
		if name == "" {
			name = "the run"
		}
		row("", "%s: %s in results.json, %s now", name, orNone(d.Said), orNone(d.Now))
	}
}

func version(said *RunSaid) string {
	if said == nil || said.Suite == "" {
		return "unknown"
	}
	return said.Suite
}

func orNone(v suites.Verdict) string {
	if v == "" {
		return "no verdict"
	}
	return string(v)
}
