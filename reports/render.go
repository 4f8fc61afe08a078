package reports

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// Names of the files that RenderAll writes.
const (
	ResultsFile = "results.json"
	JUnitFile   = "junit.xml"
	ReportFile  = "report.html"
)

// RenderAll writes results.json, junit.xml and report.html into dir, which it
// creates where it is missing. All are rendered before the first is written,
// and each takes the place of its predecessor at once, so that a reader never
// sees half a file.
func RenderAll(dir string, r *suites.Results, ev *journal.Evidence) error {
	outputs := []struct {
		name   string
		render func(io.Writer) error
		bytes.Buffer
	}{
		{name: ResultsFile, render: func(w io.Writer) error { return JSON(w, r) }},
		{name: JUnitFile, render: func(w io.Writer) error { return JUnit(w, r) }},
		{name: ReportFile, render: func(w io.Writer) error { return HTML(w, r, ev) }},
	}
	for i := range outputs {
		if err := outputs[i].render(&outputs[i].Buffer); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the directory of the run could not be created: %w", err)
	}
	for i := range outputs {
		if err := replace(filepath.Join(dir, outputs[i].name), outputs[i].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// replace puts content at path in one step: whoever opens path sees the old file or the new one.
func replace(path string, content []byte) (err error) {
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
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
