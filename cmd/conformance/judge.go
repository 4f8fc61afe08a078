package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/bridge"
	"abdm.example/conformance/suites/gateway"
)

// specsByRole are the checks that this build holds.
var specsByRole = map[contract.Role]suites.Specs{
	contract.Gateway: gateway.Specs,
	contract.HIP:     bridge.Specs(contract.HIP),
	contract.HIU:     bridge.Specs(contract.HIU),
}

// newJudgeCmd is `conformance judge DIR`: judge recorded evidence again.
func newJudgeCmd() *cobra.Command {
	var profile, output, lang, accepted string
	cmd := &cobra.Command{
		Use:   "judge DIR",
		Short: "Judge recorded evidence again, without any network, and render the reports",
		Example: `  conformance judge conformance-out
  conformance judge conformance-out --profile field
  conformance judge conformance-out --baseline accepted.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			language, err := languageNamed(lang)
			if err := errors.Join(err, checkOutput(output)); err != nil {
				return err
			}
			if err := unsigned(args[0]); err != nil {
				return err
			}
			evidence, err := readEvidence(args[0])
			if err != nil {
				return err
			}
			baseline, err := readBaseline(accepted, evidence.Run.Subject.Role)
			if err != nil {
				return err
			}
			results, err := judgeEvidence(cmd.Context(), args[0], evidence, suites.Options{Profile: profile, Baseline: baseline}, reports.Options{Language: language})
			if err != nil {
				return err
			}
			if err := printResults(cmd.OutOrStdout(), output, results, args[0]); err != nil {
				return internalError("the summary cannot be printed: %w", err)
			}
			return verdictError(results)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "", "strict or field; that of the run where it is not given")
	cmd.Flags().StringVar(&output, "output", "text", "how the summary is printed: text, json or markdown")
	addBaselineFlag(cmd, &accepted)
	addLanguageFlag(cmd, &lang)
	return cmd
}

// newReportCmd is `conformance report DIR`: render again from results.json and evidence.
func newReportCmd() *cobra.Command {
	var lang string
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Render the reports again from results.json and evidence.jsonl",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			language, err := languageNamed(lang)
			if err != nil {
				return err
			}
			if err := unsigned(args[0]); err != nil {
				return err
			}
			results, err := reports.ReadResults(filepath.Join(args[0], reports.ResultsFile))
			if err != nil {
				return usageError("%w", err)
			}
			evidence, err := readEvidence(args[0])
			if err != nil {
				return err
			}
			if err := reports.RenderAll(args[0], results, evidence, reports.Options{Language: language}); err != nil {
				return internalError("the reports cannot be written to %s: %w", args[0], err)
			}
			return printResults(cmd.OutOrStdout(), "text", results, args[0])
		},
	}
	addLanguageFlag(cmd, &lang)
	return cmd
}

// judgeDir judges the evidence of a run's directory and renders everything into it.
func judgeDir(ctx context.Context, dir string, o suites.Options, render reports.Options) (*suites.Results, error) {
	evidence, err := readEvidence(dir)
	if err != nil {
		return nil, err
	}
	return judgeEvidence(ctx, dir, evidence, o, render)
}

// judgeEvidence judges the evidence that was read from a run's directory and renders everything into it.
func judgeEvidence(ctx context.Context, dir string, evidence *journal.Evidence, o suites.Options, render reports.Options) (*suites.Results, error) {
	specs, err := specsFor(evidence.Run.Subject.Role)
	if err != nil {
		return nil, err
	}
	o.Version = version
	results, err := suites.Judge(ctx, evidence, o, specs)
	if err != nil {
		return nil, usageError("%w", err)
	}
	pacts, err := keptPacts(dir)
	if err != nil {
		return results, err
	}
	results.AddPacts(pacts)
	if err := reports.RenderAll(dir, results, evidence, render); err != nil {
		return results, internalError("the reports cannot be written to %s: %w", dir, err)
	}
	return results, nil
}

func readEvidence(dir string) (*journal.Evidence, error) {
	path := filepath.Join(dir, evidenceFile)
	evidence, err := journal.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usageError("%s holds no %s: name the directory that 'conformance run --out' wrote", dir, evidenceFile)
	case err != nil:
		return nil, usageError("%w", err)
	}
	return evidence, nil
}

// verdictError is the exit code of a judged run.
func verdictError(r *suites.Results) error {
	if r.Verdict == suites.NotConformant { // a MUST failed, whatever else could not be judged after that
		return notConformant()
	}
	for _, byVerdict := range r.Counts {
		if byVerdict[suites.ErrorVerdict] > 0 {
			return internalError("%d checks could not do their work: that is a defect of the suite; results.json says which", byVerdict[suites.ErrorVerdict])
		}
	}
	switch {
	case r.OutOfOrder(): // the reason names the entries
		return notConformant()
	case r.Verdict == suites.Conformant || r.Accepted():
		return nil
	}
	return &exitError{code: exitIncomplete}
}
