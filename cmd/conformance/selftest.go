package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/selftest"
)

// newSelftestCmd is `conformance selftest`: every fault against the suite.
func newSelftestCmd() *cobra.Command {
	var role, out string
	var only []string
	var parallel int
	var verbose bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that the suite sees: play it against every fault and every lawful variant",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known, err := config.ParseRole(role)
			if err != nil {
				return usageError("--role: %w", err)
			}
			specs, err := specsFor(known)
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "conformance-selftest-")
			if err != nil {
				return internalError("no temporary directory: %w", err)
			}
			defer func() { _ = os.RemoveAll(dir) }()
			w := cmd.OutOrStdout()
			m, err := selftest.Run(cmd.Context(), selftest.Options{Role: known, Specs: specs, Only: only, Parallel: parallel, Dir: dir, Version: version,
				Ended: func(o selftest.Outcome) {
					if verbose || !o.Right {
						fmt.Fprintln(w, outcomeLine(o))
					}
				}})
			if err != nil {
				return err
			}
			if out != "" {
				text, err := json.MarshalIndent(m, "", "  ")
				if err == nil {
					err = os.WriteFile(out, append(text, '\n'), 0o644)
				}
				if err != nil {
					return internalError("the kill matrix cannot be written to %s: %w", out, err)
				}
			}
			for _, name := range m.Unproven {
				fmt.Fprintf(w, "UNPROVEN  %s\n", name)
			}
			missed := m.Missed()
			fmt.Fprintf(w, "%d faults, %d lawful variants, %d not as they must be, %d checks unproven, %.0f s\n",
				len(m.Faults()), len(m.Variants()), len(missed), len(m.Unproven), float64(m.DurationMS)/1000)
			if len(missed) > 0 || len(only) == 0 && len(m.Unproven) > 0 {
				return notConformant()
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&role, "role", string(contract.Gateway), "`ROLE` whose faults are played")
	cmd.Flags().StringArrayVar(&only, "only", nil, "only faults and variants whose name contains this; may be repeated")
	cmd.Flags().StringVar(&out, "out", "", "write the kill matrix as JSON to this `FILE`")
	cmd.Flags().IntVar(&parallel, "parallel", 0, "subjects at a time; 0 for a number that suits the machine")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "print every subject, not only those that are not as they must be")
	return cmd
}

// outcomeLine is one subject of the kill matrix.
func outcomeLine(o selftest.Outcome) string {
	word := "CAUGHT"
	switch {
	case o.Error != "":
		return "ERROR     " + o.Name + ": " + o.Error
	case o.Variant && o.Right:
		word = "GREEN "
	case o.Variant:
		word = "FALSE ALARM"
	case !o.Right && len(o.Caught) > 0:
		word = "ELSEWHERE"
	case !o.Right:
		word = "MISSED"
	}
	var by []string
	for _, c := range o.Caught {
		by = append(by, c.Requirement)
	}
	line := fmt.Sprintf("%-9s %s", word, o.Name)
	if !o.Variant {
		line += " (expected " + strings.Join(o.Expected, ", ") + ")"
	}
	if len(by) > 0 {
		line += ": " + strings.Join(by, ", ") + ": " + o.Caught[0].Finding.Received
	}
	if len(o.Undecided) > 0 {
		line += " [" + strings.Join(o.Undecided, ", ") + "]"
	}
	return line
}
