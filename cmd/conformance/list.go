package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
)

// newListCmd is `conformance list`: requirements and the checks that judge them.
func newListCmd() *cobra.Command {
	var role, output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the requirements and the checks that judge them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known, err := config.ParseRole(role)
			if err != nil {
				return usageError("--role: %w", err)
			}
			all, err := listed(known)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			switch output {
			case "json":
				encoder := json.NewEncoder(w)
				encoder.SetIndent("", "  ")
				encoder.SetEscapeHTML(false)
				return encoder.Encode(all)
			case "markdown":
				fmt.Fprint(w, "| id | level | basis | endpoint | requirement | checks |\n|---|---|---|---|---|---|\n")
				for _, q := range all {
					fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %d |\n", q.ID, q.Level, q.Basis, q.Endpoint, q.Title, len(q.Checks))
				}
				return nil
			case "text":
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				for _, q := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", q.ID, q.Level, q.Basis, len(q.Checks), q.Title)
				}
				return table.Flush()
			}
			return checkOutput(output)
		},
	}
	cmd.Flags().StringVar(&role, "role", string(contract.Gateway), "`ROLE` of the subject")
	cmd.Flags().StringVar(&output, "output", "text", "text, json or markdown")
	return cmd
}

// listedRequirement is a requirement with its checks.
type listedRequirement struct {
	suites.Requirement
	Checks []suites.Listed `json:"checks"`
}

// listed returns the requirements that bind a role, with their checks.
func listed(role contract.Role) ([]listedRequirement, error) {
	specs, err := specsFor(role)
	if err != nil {
		return nil, err
	}
	checks := map[string][]suites.Listed{}
	for _, c := range suites.List(specs) {
		checks[c.Requirement] = append(checks[c.Requirement], c)
	}
	var all []listedRequirement
	for _, q := range suites.Requirements().For(role) {
		all = append(all, listedRequirement{Requirement: q, Checks: checks[q.ID]})
	}
	return all, nil
}

// newExplainCmd is `conformance explain ID`: what a requirement means and how to meet it, or what a tolerance lets pass.
func newExplainCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "explain ID",
		Short:   "Say what a requirement means, why it matters and how to meet it, or what a tolerance lets pass",
		Example: "  conformance explain AUTH-GW-002\n  conformance explain D03",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w := cmd.OutOrStdout()
			if row, ok := suites.LookupTolerance(args[0]); ok {
				fmt.Fprintf(w, "%s  tolerance of profile field\n\n%s\n\n", row.ID, row.Deployed)
				fmt.Fprintf(w, "Field:   %s It is a warning, and is disclosed.\nStrict:  judged as the contract is written.\n", row.Accepted)
				fmt.Fprintf(w, "Softens: %s\n", strings.Join(row.Requirements, ", "))
				return nil
			}
			q, ok := suites.Requirements().Lookup(args[0])
			if !ok {
				return usageError("no requirement or tolerance has the id %s; see 'conformance list' for requirements, docs/profiles.md for tolerances", args[0])
			}
			fmt.Fprintf(w, "%s  %s, %s\n\n%s\n\n", q.ID, q.Level, q.Basis, q.Title)
			fmt.Fprintf(w, "Clause:  %s\nWhy:     %s\nRemedy:  %s\n", q.Clause, q.Why, q.Remedy)
			for _, row := range suites.Tolerances {
				if slices.Contains(row.Requirements, q.ID) {
					fmt.Fprintf(w, "Field:   %s, as a warning: %s\n", row.ID, row.Accepted)
				}
			}
			for _, role := range q.Roles {
				all, err := listed(role)
				if err != nil {
					return err
				}
				for _, l := range all {
					if l.ID != q.ID {
						continue
					}
					for _, c := range l.Checks {
						fmt.Fprintf(w, "Check:   %s (scenarios %s)\n", c.Name, strings.ReplaceAll(c.Flows, "|", ", "))
					}
				}
			}
			return nil
		},
	}
}
