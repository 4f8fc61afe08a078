package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// addBaselineFlag gives a command that judges the flag for the accepted failures.
func addBaselineFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "baseline", "", "`FILE` of accepted failures: exit 0 where nothing else fails, but never a certificate")
}

// readBaseline reads what --baseline names; nil where it names nothing.
func readBaseline(path string, role contract.Role) (*suites.Baseline, error) {
	if path == "" {
		return nil, nil
	}
	specs, err := specsFor(role)
	if err != nil {
		return nil, err
	}
	b, err := suites.ReadBaseline(path, role, suites.List(specs))
	if err != nil {
		return nil, usageError("the baseline is not usable:\n%w", err)
	}
	return b, nil
}

// keptBaseline is the baseline with which the run of a directory was judged; nil where there was none.
func keptBaseline(dir string) *suites.Baseline {
	r, err := reports.ReadResults(filepath.Join(dir, reports.ResultsFile))
	if err != nil {
		return nil // there is no verdict yet that a baseline could have changed
	}
	return r.Baseline
}

// newBaselineCmd is `conformance baseline`.
func newBaselineCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Accept known failures for a time, so that a run is green where nothing else fails",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(newBaselineInitCmd())
	return cmd
}

// newBaselineInitCmd is `conformance baseline init DIR`: a baseline of what failed in a run.
func newBaselineInitCmd() *cobra.Command {
	var owner, reason, expires, out string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Write a baseline that accepts what failed in a run",
		Long: `init writes a file that accepts every MUST requirement that failed in a run. Read it,
give each entry its own reason, and use it with 'run --baseline' or 'judge --baseline'.
An entry that passes, or that has expired, fails the run: so the list only gets shorter.`,
		Example: `  conformance baseline init results --owner "Gateway team" --reason "Mended in 2.4" --expires 2027-01-31`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&owner, "owner", "", "who answers for the failures")
	cmd.Flags().StringVar(&reason, "reason", "", "why they are accepted")
	cmd.Flags().StringVar(&expires, "expires", "", "the last `DAY` on which they are, as 2006-01-02")
	cmd.Flags().StringVar(&out, "out", "accepted.yaml", "`FILE` that is written; one that is there is kept")
	for _, name := range []string{"owner", "reason", "expires"} {
		_ = cmd.MarkFlagRequired(name) // the flag is there
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if _, err := time.Parse(time.DateOnly, expires); err != nil {
			return usageError("--expires %q is no day of the form 2006-01-02", expires)
		}
		if owner == "" || reason == "" {
			return usageError("--owner and --reason must say something")
		}
		r, err := readRun(args[0])
		if err != nil {
			return err
		}
		content, n, err := suites.BaselineOf(r, owner, reason, expires)
		if err != nil {
			return internalError("the baseline cannot be written: %w", err)
		}
		if n == 0 {
			return usageError("no MUST requirement failed in %s: there is nothing to accept", args[0])
		}
		file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			return usageError("--out %s is there already: name another file, or remove it", out)
		}
		if err != nil {
			return usageError("--out %s cannot be written: %w", out, err)
		}
		_, err = file.Write(content)
		if err = errors.Join(err, file.Close()); err != nil {
			return internalError("--out %s cannot be written: %w", out, err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s accepts %d failed requirements until %s. Give each its own reason.\n", out, n, expires)
		return nil
	}
	return cmd
}
