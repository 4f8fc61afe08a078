package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// notSigned are names of what lies in the directory of a run and is no part of it: the envelope itself, the lock, and
// earlier runs.
var notSigned = regexp.MustCompile(`^(?:` + regexp.QuoteMeta(EnvelopeFile) + `|\.conformance\.lock|earlier-\d+)$`)

// Sign signs the directory of a run: every file of it, and what the results say. It replaces an envelope that is there. The
// error says why the run cannot be signed.
func Sign(ctx context.Context, dir string, key *Key) error {
	r, err := reports.ReadResults(filepath.Join(dir, reports.ResultsFile))
	if err != nil {
		return err
	}
	ev, err := journal.Read(filepath.Join(dir, journal.EvidenceFile))
	if err != nil {
		return err
	}
	if err := signable(r, ev); err != nil {
		return err
	}
	digests, err := digestsOf(dir)
	if err != nil {
		return err
	}
	for _, name := range append(reports.Files(), journal.EvidenceFile) {
		if digests[name] == "" {
			return fmt.Errorf("%s is missing in %s: render the run again with 'conformance report'", name, dir)
		}
	}
	statement, err := statementOf(r, digests)
	if err != nil {
		return fmt.Errorf("the statement cannot be written: %w", err)
	}
	envelope, err := seal(ctx, key, statement)
	if err != nil {
		return fmt.Errorf("the run cannot be signed: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, EnvelopeFile), envelope, 0o644)
}

// signable says why a run must not be signed, nil where it may.
func signable(r *suites.Results, ev *journal.Evidence) error {
	switch {
	case r.Unredacted || ev.Run.Unredacted:
		return errors.New("the run is unredacted: it holds secrets and patient data, and is not for others; run again without --unredacted")
	case ev.Ended == nil || ev.Ended.Interrupted:
		return errors.New("the run was interrupted: there is nothing whole to sign; run again to the end")
	case ev.Ended.Error != "":
		return errors.New("the suite failed during the run, so there is no verdict to sign; run again")
	case r.Evidence.Digest != ev.Digest:
		return errors.New("results.json is not about this evidence.jsonl: judge it again with 'conformance judge'")
	}
	return nil
}

// digestsOf are the SHA-256, in hex, of every file of a run by name. The error names what is no plain file.
func digestsOf(dir string) (map[string]string, error) {
	names, err := namesIn(dir)
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, name := range names {
		if !plainName.MatchString(name) {
			return nil, fmt.Errorf("%q in %s is no file of a run: a signed bundle holds the files of the run and nothing else; move it elsewhere", name, dir)
		}
		digest, err := digestOf(dir, name)
		if err != nil {
			return nil, err
		}
		digests[name] = digest
	}
	return digests, nil
}

// namesIn are the names of everything in a directory that is, or pretends to be, part of the run, sorted.
func namesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", dir, err)
	}
	var names []string
	for _, e := range entries {
		if !notSigned.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return slices.Clip(names), nil
}

// errNotPlain says that a name is that of a link, a directory or a device.
var errNotPlain = errors.New("it is no regular file")

// digestOf is the SHA-256 of a file in hex. It follows no link out of the directory, nor any other.
func digestOf(dir, name string) (string, error) {
	file, err := openIn(dir, name)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// openIn opens a regular file of a directory.
func openIn(dir, name string) (fs.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", dir, err)
	}
	defer root.Close() //nolint:errcheck // what is opened below it stays open
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s cannot be read: %w", name, errNotPlain)
	}
	return root.Open(name)
}
