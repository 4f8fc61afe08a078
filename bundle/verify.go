package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// Verification is what was found on a bundle.
type Verification struct {
	Schema string `json:"schema"` // conformance-verification/1
	// Good says that the signature is by the key, every file is as it was signed, and this build does not judge otherwise
	// where it judges by the same catalogue and schemas.
	Good  bool   `json:"good"`
	KeyID string `json:"keyid"`
	// Signed says that the envelope is by the key. Where it is not, nothing else was looked at, and Problem says why.
	Signed  bool   `json:"signed"`
	Problem string `json:"problem,omitempty"`
	// Files are those that are not as they were signed.
	Files []FileProblem `json:"files"`
	// Named is how many files the signature is on.
	Named    int      `json:"files_signed"`
	Run      *RunSaid `json:"run,omitempty"` // nil where the results cannot be believed
	Judgment Judgment `json:"judgment"`
}

// VerificationSchema names the format of a verification as JSON.
const VerificationSchema = "conformance-verification/1"

// FileProblem is one file that is not as it was signed.
type FileProblem struct {
	Name string `json:"name"`
	What string `json:"what"` // missing, changed, added, not a file
	// Byte is the offset of the first byte that is another, and Line its line; nil and 0 where that cannot be known.
	Byte *int   `json:"byte,omitempty"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"` // one sentence
}

// RunSaid is what the signed results say of the run.
type RunSaid struct {
	Subject    string         `json:"subject"`
	Verdict    suites.Verdict `json:"verdict"`
	Reason     string         `json:"reason"`
	Finished   time.Time      `json:"finished"`
	ValidUntil *time.Time     `json:"valid_until,omitempty"`
	Suite      string         `json:"suite_version"`
	Digest     string         `json:"suite_sha256"`
}

// Judgment is what this build says of the evidence.
type Judgment struct {
	// Repeated says that the evidence was as it was signed, and was judged again.
	Repeated bool `json:"repeated"`
	// Indicative says that this build judges by another catalogue or other schemas, so that another verdict proves nothing.
	Indicative bool           `json:"indicative"`
	Verdict    suites.Verdict `json:"verdict,omitempty"`
	Differs    []Differing    `json:"differs"`
	Problem    string         `json:"problem,omitempty"` // why it was not judged
}

// Differing is one verdict that this build gives otherwise. ID is that of the requirement, "" for the run.
type Differing struct {
	ID   string         `json:"id"`
	Said suites.Verdict `json:"said"`
	Now  suites.Verdict `json:"now"`
}

// Judge judges evidence as that run was judged, with its profile, baseline and pacts.
type Judge func(*journal.Evidence, *suites.Results) (*suites.Results, error)

// Verify verifies a signed bundle. The error says that there is none, or that it cannot be read; what is wrong with it
// stands in the verification.
func Verify(ctx context.Context, dir string, key *Key, judge Judge) (*Verification, error) {
	v := &Verification{Schema: VerificationSchema, KeyID: key.id, Files: []FileProblem{}, Judgment: Judgment{Differs: []Differing{}}}
	payload, err := signedBy(ctx, dir, key)
	if err != nil {
		var unsigned *notSignedError
		if errors.As(err, &unsigned) {
			v.Problem = unsigned.Error()
			return v, nil
		}
		return nil, err
	}
	s, err := readStatement(payload)
	if err != nil {
		v.Problem = "the envelope is signed, but " + err.Error()
		return v, nil
	}
	v.Signed, v.Named = true, len(s.digests)
	changed, err := v.compare(dir, s)
	if err != nil {
		return nil, err
	}
	r, ev := v.read(dir, changed)
	if r != nil && !changed[reports.ResultsFile] {
		v.Run = &RunSaid{r.Subject.Name, r.Verdict, r.Reason, r.Finished, r.ValidUntil, r.Suite.Version, r.Suite.Digest}
		if !s.saysTheSame(r) {
			v.Files = append(v.Files, FileProblem{Name: EnvelopeFile, What: "changed", Text: "its statement says something else of the run than results.json"})
		}
	}
	v.judge(r, ev, judge)
	v.locate(dir, changed, s, r, ev, judge)
	slices.SortStableFunc(v.Files, func(a, b FileProblem) int { return compareNames(a.Name, b.Name) })
	v.Good = len(v.Files) == 0 && v.Judgment.Problem == "" && (v.Judgment.Indicative || len(v.Judgment.Differs) == 0)
	return v, nil
}

// notSignedError says why an envelope is not by the key.
type notSignedError struct{ error }

// signedBy is the statement in the envelope of a directory that the key signed.
func signedBy(ctx context.Context, dir string, key *Key) ([]byte, error) {
	file, err := openIn(dir, EnvelopeFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &notSignedError{fmt.Errorf("%s is missing: the run was not signed, or the signature was taken away", EnvelopeFile)}
	case errors.Is(err, errNotPlain):
		return nil, &notSignedError{fmt.Errorf("%s is no regular file", EnvelopeFile)}
	case err != nil:
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	content, err := io.ReadAll(io.LimitReader(file, maxEnvelope+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", EnvelopeFile, err)
	}
	e, err := ReadEnvelope(content)
	if err != nil {
		return nil, &notSignedError{fmt.Errorf("%s is not an envelope as it was signed: %w", EnvelopeFile, err)}
	}
	payload, err := open(ctx, key, e)
	if err != nil {
		return nil, &notSignedError{fmt.Errorf("%s: %w", EnvelopeFile, err)}
	}
	return payload, nil
}

// compare finds the files that are missing, are others, or were added. It returns the names of those that were signed and are
// not as they were.
func (v *Verification) compare(dir string, s *statement) (changed map[string]bool, err error) {
	changed = map[string]bool{}
	bad := func(name, what, text string) {
		changed[name] = true
		v.Files = append(v.Files, FileProblem{Name: name, What: what, Text: text})
	}
	for _, name := range slices.Sorted(maps.Keys(s.digests)) {
		digest, err := digestOf(dir, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			bad(name, "missing", "it was signed, and is not there")
		case errors.Is(err, errNotPlain):
			bad(name, "not a file", "it was signed as a file, and is a link, a directory or a device")
		case err != nil:
			return nil, err
		case digest != s.digests[name]:
			bad(name, "changed", "it is not what was signed")
		}
	}
	names, err := namesIn(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if s.digests[name] == "" {
			v.Files = append(v.Files, FileProblem{Name: name, What: "added", Text: "it was not signed, and is no part of the bundle; move it elsewhere"})
		}
	}
	return changed, nil
}

// read reads the results and the evidence, nil where they cannot be read or, for the evidence, are not what was signed.
func (v *Verification) read(dir string, changed map[string]bool) (*suites.Results, *journal.Evidence) {
	var r *suites.Results
	if v.isFile(reports.ResultsFile) {
		found, err := reports.ReadResults(filepath.Join(dir, reports.ResultsFile))
		if err == nil {
			r = found
		} else {
			v.unreadable(reports.ResultsFile, changed, err)
		}
	}
	if !v.isFile(journal.EvidenceFile) {
		return r, nil
	}
	ev, err := journal.Read(filepath.Join(dir, journal.EvidenceFile))
	if err != nil {
		v.unreadable(journal.EvidenceFile, changed, err)
	}
	if err != nil || changed[journal.EvidenceFile] {
		return r, nil
	}
	return r, ev
}

// isFile says that a file of the bundle is there and plain: nothing that is linked to, or that never ends, is read.
func (v *Verification) isFile(name string) bool {
	return !slices.ContainsFunc(v.Files, func(f FileProblem) bool { return f.Name == name && f.What != "changed" })
}

// unreadable records that a file cannot be read: with what is wrong with it, where that is because it was changed.
func (v *Verification) unreadable(name string, changed map[string]bool, err error) {
	if !changed[name] {
		v.Judgment.Problem = name + " is what was signed, but this build cannot read it: " + err.Error()
		return
	}
	for i := range v.Files {
		if f := &v.Files[i]; f.Name == name && f.What == "changed" {
			f.Text += ": " + err.Error()
		}
	}
}

// judge judges the evidence again and compares the verdicts with those of the results.
func (v *Verification) judge(r *suites.Results, ev *journal.Evidence, judge Judge) {
	j := &v.Judgment
	if j.Problem != "" {
		return
	}
	if ev == nil || r == nil {
		j.Problem = "what is not as it was signed is not judged again"
		return
	}
	if r.Evidence.Digest != ev.Digest {
		j.Problem = "results.json is not about this evidence.jsonl"
		return
	}
	again, err := judge(ev, r)
	if err != nil {
		j.Problem = "this build cannot judge it: " + err.Error()
		return
	}
	j.Repeated, j.Verdict, j.Indicative = true, again.Verdict, again.Suite.Digest != r.Suite.Digest
	if again.Verdict != r.Verdict {
		j.Differs = append(j.Differs, Differing{"", r.Verdict, again.Verdict})
	}
	said := map[string]suites.Verdict{}
	for _, q := range r.Requirements {
		said[q.ID] = q.Verdict
	}
	for _, q := range again.Requirements {
		if said[q.ID] != q.Verdict {
			j.Differs = append(j.Differs, Differing{q.ID, said[q.ID], q.Verdict})
		}
		delete(said, q.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		j.Differs = append(j.Differs, Differing{id, said[id], ""})
	}
}
