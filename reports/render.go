package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Names of the files that RenderAll writes.
const (
	ResultsFile = "results.json"
	ReportFile  = "report.html"
	JUnitFile   = "junit.xml"
	SummaryFile = "summary.md"
	CTRFFile    = "ctrf.json"
	HARFile     = "evidence.har"
	BadgeFile   = "badge.svg"
	ShieldFile  = "badge.json"
)

// Options say how results are rendered. The zero value is what a run does where nothing else is asked for.
type Options struct {
	// Language is the language of report.html; "" is English.
	Language messages.Language
	// SignedBy is the id of the key that signs what is rendered, "" where nothing is signed.
	SignedBy string
}

// output is one file of a run's directory that is rendered from the results and the evidence.
type output struct {
	name   string
	render func(io.Writer, *suites.Results, *journal.Evidence, Options) error
}

// outputs are all files that RenderAll writes. Whoever adds one adds it here, and to the table in the README.
var outputs = []output{
	{ReportFile, HTML}, // the slowest first: they are rendered side by side
	{HARFile, ofEvidence(HAR)},
	{ResultsFile, ofResults(JSON)},
	{CTRFFile, ofResults(CTRF)},
	{JUnitFile, ofResults(JUnit)},
	{SummaryFile, ofEvidence(JobSummary)},
	{BadgeFile, ofResults(Badge)},
	{ShieldFile, ofResults(Shield)},
}

// ofResults is a renderer that needs no evidence.
func ofResults(render func(io.Writer, *suites.Results) error) func(io.Writer, *suites.Results, *journal.Evidence, Options) error {
	return func(w io.Writer, r *suites.Results, _ *journal.Evidence, _ Options) error { return render(w, r) }
}

// ofEvidence is a renderer that has no options.
func ofEvidence(render func(io.Writer, *suites.Results, *journal.Evidence) error) func(io.Writer, *suites.Results, *journal.Evidence, Options) error {
	return func(w io.Writer, r *suites.Results, ev *journal.Evidence, _ Options) error { return render(w, r, ev) }
}

// Files are the names of the files that RenderAll writes, results.json first.
func Files() []string {
	names := []string{ResultsFile}
	for _, o := range outputs {
		if o.name != ResultsFile {
			names = append(names, o.name)
		}
	}
	return names
}

// Render is one of Files, rendered, which need not be written. The error says that there is no file of that name.
func Render(name string, r *suites.Results, ev *journal.Evidence, o Options) ([]byte, error) {
	for _, out := range outputs {
		if out.name == name {
			var b bytes.Buffer
			err := out.render(&b, r, ev, o)
			return b.Bytes(), err
		}
	}
	return nil, fmt.Errorf("%s is no file that is rendered from the results", name)
}

// RenderAll writes Files into dir, which it creates where it is missing. All
// are rendered before the first is written, and each takes the place of its
// predecessor at once, so that a reader never sees half a file. A file that
// cannot be written keeps no other from being written.
func RenderAll(dir string, r *suites.Results, ev *journal.Evidence, o Options) error {
	rendered, failures, thrown := make([]bytes.Buffer, len(outputs)), make([]error, len(outputs)), make([]any, len(outputs))
	var all sync.WaitGroup
	for i, out := range outputs {
		all.Go(func() {
			defer func() { thrown[i] = recover() }()
			failures[i] = out.render(&rendered[i], r, ev, o)
		})
	}
	all.Wait()
	for _, t := range thrown { // whoever called decides what to say of it
		if t != nil {
			panic(t)
		}
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the directory of the run could not be created: %w", err)
	}
	mode := os.FileMode(0o644)
	if r.Unredacted {
		mode = 0o600
	}
	for i, o := range outputs {
		failures[i] = replace(filepath.Join(dir, o.name), rendered[i].Bytes(), mode)
	}
	return errors.Join(failures...)
}

// replace puts content at path in one step: whoever opens path sees the old file or the new one.
func replace(path string, content []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s could not be written: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("%s could not be written: %w", path, err)
		}
	}()
	if _, err = f.Write(content); err == nil {
		err = f.Chmod(mode)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
