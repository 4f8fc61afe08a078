package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// newDiffCmd is `conformance diff A B`: what changed from one run to another.
func newDiffCmd() *cobra.Command {
	var output, out, lang string
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Compare two runs: what fails now, what was mended, what is new or gone",
		Long: `diff compares two runs: directories that 'conformance run --out' wrote, or their
results.json. Other circumstances (subject, profile, suite, configuration, pacts) come
first, then the requirements and interactions of pacts that changed. Ids, times, ports
of this machine and the numbers of placeholders are no difference.

Exit code 1 where something got worse, else 0; 2 where a run cannot be read. Worse is:

` + worseTable() + `
Nothing else is: not a requirement that is new and does not fail, not other findings
under the same verdict.`,
		Example: `  conformance diff last-week today
  conformance diff last-week today --output html --out diff.html`,
		Args: cobra.ExactArgs(2),
	}
	cmd.Flags().StringVar(&output, "output", "text", "how the comparison is written: text, json or html")
	cmd.Flags().StringVar(&out, "out", "", "`FILE` for the comparison; the terminal where it is not given")
	cmd.Flags().StringVar(&lang, "lang", "en", "the language of --output html: en or hi")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		render, err := diffRenderer(output, lang)
		if err != nil {
			return err
		}
		before, err := readRun(args[0])
		if err != nil {
			return err
		}
		after, err := readRun(args[1])
		if err != nil {
			return err
		}
		d, err := compare.Runs(before, after)
		if err != nil {
			return usageError("%w", err)
		}
		if err := writeTo(cmd.OutOrStdout(), out, func(w io.Writer) error { return render(w, d) }); err != nil {
			return err
		}
		if d.Worse {
			return &exitError{code: exitNotConformant}
		}
		return nil
	}
	return cmd
}

// worseTable is compare.Table for the help: a row on a line or two.
func worseTable() string {
	var b strings.Builder
	for _, row := range compare.Table {
		to := make([]string, len(row.To))
		for i, v := range row.To {
			to[i] = string(v)
		}
		fmt.Fprintf(&b, "  %-14s → %s\n%19s%s\n", row.From, strings.Join(to, ", "), "", row.Why)
	}
	return b.String()
}

func diffRenderer(output, lang string) (func(io.Writer, *compare.Diff) error, error) {
	language, err := languageNamed(lang)
	if err != nil {
		return nil, err
	}
	switch output {
	case "text":
		return reports.DiffText, nil
	case "json":
		return reports.DiffJSON, nil
	case "html":
		return func(w io.Writer, d *compare.Diff) error {
			return reports.DiffHTML(w, d, reports.Options{Language: language})
		}, nil
	}
	return nil, usageError("--output %q is neither text, json nor html", output)
}

// readRun reads the results of a run: path is its directory, or its results.json.
func readRun(path string) (*suites.Results, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, reports.ResultsFile)
	}
	r, err := reports.ReadResults(path)
	if err != nil {
		return nil, usageError("%w", err)
	}
	return r, nil
}

// writeTo writes to a file, or, where none is named, to w.
func writeTo(w io.Writer, path string, write func(io.Writer) error) error {
	if path == "" {
		return write(w)
	}
	file, err := os.Create(path)
	if err != nil {
		return usageError("--out %s cannot be written: %w", path, err)
	}
	return errors.Join(write(file), file.Close())
}
