package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// newPactVerifyCmd is `conformance pact verify`: the subject against Pact files.
func newPactVerifyCmd() *cobra.Command {
	var dir, consumer, out, output string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify a subject against the Pact files of its consumers",
		Long: `verify lets Pact send every message that a consumer sends to the subject, and
compares the answers with those that the consumer counts on. The suite's
players bring the provider states about, and put real ids and access tokens
into the messages. The results stand in results.json, junit.xml and
report.html of --out, beside those of a run that was written there before.
With no target it verifies the bundled reference.`,
		Example: `  conformance pact verify
  conformance pact verify -c conformance.yaml --out results
  conformance pact verify -c conformance.yaml --pacts my-pacts`,
		Args: cobra.NoArgs,
	}
	file := addConfigFlags(cmd)
	cmd.Flags().StringVar(&dir, "pacts", "", "`DIR` of Pact files instead of the suite's own")
	cmd.Flags().StringVar(&consumer, "consumer", "", "`ROLE` of the consumer, if its name in --pacts is another")
	cmd.Flags().StringVar(&out, "out", "conformance-out", "`DIR` for all that is written")
	cmd.Flags().StringVar(&output, "output", "text", "summary as text, json or markdown")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		cfg, bundled, err := file.load()
		if err != nil {
			return err
		}
		v := &verification{cfg: cfg, bundled: bundled, out: out, evidence: pactEvidenceFile, results: pactsFile, stderr: cmd.ErrOrStderr()}
		if dir == "" {
			v.pacts, err = ownPacts(cfg)
		} else {
			v.pacts, err = pactsIn(dir, cfg.Subject.Role, consumer)
		}
		if err != nil {
			return err
		}
		began := time.Now().UTC()
		release, err := claim(out)
		if err != nil {
			return err
		}
		defer func() { _ = release() }() // it ends with the process at the latest
		if err := unsigned(out); err != nil {
			return err
		}
		if err := v.belongs(); err != nil {
			return err
		}
		found, err := v.run(cmd.Context())
		if found == nil {
			return err
		}
		if kept := keepPacts(out, v.results, found); kept != nil {
			return errors.Join(err, kept)
		}
		results, rendered := renderPacts(cmd, v, began)
		if rendered != nil {
			return errors.Join(err, rendered)
		}
		if err := printPacts(cmd.OutOrStdout(), output, found, results, out); err != nil {
			return internalError("the summary cannot be printed: %w", err)
		}
		if err != nil {
			return err
		}
		return pactVerdictError(found)
	}
	return cmd
}

// belongs says whether what is verified is the subject of the run in the same directory, if there is one.
func (v *verification) belongs() error {
	if _, err := os.Stat(filepath.Join(v.out, evidenceFile)); err != nil {
		return nil
	}
	evidence, err := readEvidence(v.out)
	if err != nil {
		return err
	}
	ran := evidence.Run
	if ran.Subject.Role != v.cfg.Subject.Role || ran.Bundled != v.bundled || !v.bundled && ran.Subject.URL != journal.NewRedactor().URL(v.cfg.Subject.URL) {
		return usageError("--out %s holds the run of another subject (%s at %s): name another directory, for the results stand beside those of that run", v.out, ran.Subject.Role, ran.Subject.URL)
	}
	return nil
}

// renderPacts renders the directory again: with the run that was judged there, or with the pacts alone.
func renderPacts(cmd *cobra.Command, v *verification, began time.Time) (*suites.Results, error) {
	if _, err := os.Stat(filepath.Join(v.out, evidenceFile)); err == nil {
		return judgeDir(cmd.Context(), v.out, suites.Options{Baseline: keptBaseline(v.out)}, reports.Options{})
	}
	found, err := keptPacts(v.out)
	if err != nil {
		return nil, err
	}
	evidence, err := journal.Read(filepath.Join(v.out, pactEvidenceFile))
	if err != nil {
		return nil, internalError("%w", err)
	}
	results := emptyResults(v.cfg, began)
	results.AddPacts(found)
	if err := reports.RenderAll(v.out, results, evidence, reports.Options{}); err != nil {
		return nil, internalError("the reports cannot be written to %s: %w", v.out, err)
	}
	return results, nil
}

// printPacts prints what was found on the pacts.
func printPacts(w io.Writer, output string, found []suites.PactResult, results *suites.Results, dir string) error {
	if output != "text" {
		return printResults(w, output, results, dir)
	}
	return reports.PactSummary(w, found, dir)
}

// pactVerdictError is the exit code of a verification.
func pactVerdictError(found []suites.PactResult) error {
	switch suites.PactVerdict(found) {
	case suites.Pass, suites.Warning:
		return nil
	case suites.Fail:
		return notConformant()
	case suites.NotRun:
		return incompleteError("the Pact files hold no interaction that applies to the subject")
	}
	return incompleteError("%s", inconclusivePacts(found))
}

// inconclusivePacts says what could not be verified, in one sentence.
func inconclusivePacts(found []suites.PactResult) string {
	open, total := 0, 0
	for _, p := range found {
		total += len(p.Interactions)
		for _, i := range p.Interactions {
			if i.Verdict == suites.Inconclusive {
				open++
			}
		}
	}
	return fmt.Sprintf("%d of %d interactions could not be verified; the summary says why", open, total)
}
