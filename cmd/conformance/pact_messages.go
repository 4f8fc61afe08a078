package main

import (
	"context"

	"github.com/spf13/cobra"

	"abdm.example/conformance/pacts/session"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// newPactMessagesCmd is `conformance pact messages DIR`: what the subject really sent.
func newPactMessagesCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "messages DIR",
		Short: "Verify what a subject really sent in a run as message pacts",
		Long: `messages takes from the evidence of a run every callback and every other
message that the subject sent in a conversation that keeps the contract, and
lets Pact compare its contents with what its receiver counts on: the members
that the contract requires. It touches no network. The results stand beside
those of the run. A value that was redacted is not judged: the evidence does
not hold it.`,
		Example: `  conformance pact messages conformance-out`,
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&output, "output", "text", "summary as text, json or markdown")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		if err := unsigned(args[0]); err != nil {
			return err
		}
		evidence, err := readEvidence(args[0])
		if err != nil {
			return err
		}
		release, err := claim(args[0])
		if err != nil {
			return err
		}
		defer func() { _ = release() }() // it ends with the process at the latest
		w, err := pactWorker(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { _ = w.Close() }() // it has given its results
		found, err := session.Messages(cmd.Context(), w, evidence)
		switch {
		case context.Cause(cmd.Context()) != nil:
			return interruptedError()
		case err != nil:
			return internalError("%w", err)
		}
		if err := keepPacts(args[0], pactMessagesFile, found); err != nil {
			return err
		}
		results, err := judgeDir(cmd.Context(), args[0], suites.Options{Baseline: keptBaseline(args[0])}, reports.Options{})
		if err != nil {
			return err
		}
		if err := printPacts(cmd.OutOrStdout(), output, found, results, args[0]); err != nil {
			return internalError("the summary cannot be printed: %w", err)
		}
		return pactVerdictError(found)
	}
	return cmd
}
