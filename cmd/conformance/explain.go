package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/suites"
)

// newExplainCmd is `conformance explain ID`: what a requirement means and how to meet it, or what a tolerance lets pass.
func newExplainCmd() *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use:     "explain ID",
		Short:   "Say what a requirement means, why it matters and how to meet it, or what a tolerance lets pass",
		Example: "  conformance explain AUTH-GW-002\n  conformance explain AUTH-GEN-001 --role hip\n  conformance explain D03",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if row, ok := suites.LookupTolerance(args[0]); ok {
				explainTolerance(cmd.OutOrStdout(), row)
				return nil
			}
			q, ok := suites.Requirements().Lookup(args[0])
			if !ok {
				return usageError("no requirement or tolerance has the id %s; see 'conformance list' for requirements, docs/profiles.md for tolerances", args[0])
			}
			roles := q.Roles
			if role != "" {
				known, err := config.ParseRole(role)
				if err != nil {
					return usageError("--role: %w", err)
				}
				if !slices.Contains(roles, known) {
					return usageError("%s does not bind a subject of role %s; it binds: %s", q.ID, known, words(roles))
				}
				roles = []contract.Role{known}
			}
			return explain(cmd.OutOrStdout(), q, roles)
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`ROLE` of the subject; all where it is not given")
	return cmd
}

func explainTolerance(w io.Writer, row suites.Tolerance) {
	fmt.Fprintf(w, "%s  tolerance of profile field\n\n%s\n\n", row.ID, row.Deployed)
	fmt.Fprintf(w, "Field:   %s It is a warning, and is disclosed.\nStrict:  judged as the contract is written.\n", row.Accepted)
	fmt.Fprintf(w, "Softens: %s\n", strings.Join(row.Requirements, ", "))
}

// explain prints a requirement and the checks that judge subjects of those roles.
func explain(w io.Writer, q suites.Requirement, roles []contract.Role) error {
	fmt.Fprintf(w, "%s  %s, %s\n\n%s\n\n", q.ID, q.Level, q.Basis, q.Title)
	fmt.Fprintf(w, "Binds:   %s\nClause:  %s\nWhy:     %s\nRemedy:  %s\n", words(q.Roles), q.Clause, q.Why, q.Remedy)
	for _, row := range suites.Tolerances {
		if slices.Contains(row.Requirements, q.ID) {
			fmt.Fprintf(w, "Field:   %s, as a warning: %s\n", row.ID, row.Accepted)
		}
	}
	var needing []contract.Role
	judged := map[suites.Listed][]contract.Role{} // by check: those of a HIP are mostly those of a HIU too
	var checks []suites.Listed
	for _, role := range roles {
		if _, certified := specsByRole[role]; !certified {
			continue
		}
		all, err := listed(role)
		if err != nil {
			return err
		}
		for _, l := range all {
			if l.ID != q.ID {
				continue
			}
			if l.Needs != "" {
				needing = append(needing, role)
			}
			for _, c := range l.Checks {
				if judged[c] == nil {
					checks = append(checks, c)
				}
				judged[c] = append(judged[c], role)
			}
		}
	}
	if needing != nil {
		fmt.Fprintf(w, "Needs:   hooks.start (%s)\n", words(needing))
	}
	for _, c := range checks {
		fmt.Fprintf(w, "Check:   %s (%s; scenarios %s)\n", c.Name, words(judged[c]), strings.ReplaceAll(c.Flows, "|", ", "))
	}
	return nil
}

// words lists roles.
func words(roles []contract.Role) string {
	var all []string
	for _, r := range roles {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}
