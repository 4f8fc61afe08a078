package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
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
					fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %d |\n", q.ID, q.Level, q.Basis, q.Endpoint, q.told(), len(q.Checks))
				}
				return nil
			case "text":
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				for _, q := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", q.ID, q.Level, q.Basis, len(q.Checks), q.told())
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
	// Needs is the key of the configuration without which nothing of it can be judged, "" for none.
	Needs  string          `json:"needs,omitempty"`
	Checks []suites.Listed `json:"checks"`
}

// told is what it asks for, and what it needs to be judged.
func (q listedRequirement) told() string {
	if q.Needs == "" {
		return q.Title
	}
	return q.Title + " (needs " + q.Needs + ")"
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
	played := scenario.For(role)
	var all []listedRequirement
	for _, q := range suites.Requirements().For(role) {
		l := listedRequirement{Requirement: q, Checks: checks[q.ID]}
		if needsStart(l.Checks, played) {
			l.Needs = "hooks.start"
		}
		all = append(all, l)
	}
	return all, nil
}

// needsStart says whether every scenario that the checks look at is one that the subject begins when it is told to.
func needsStart(checks []suites.Listed, played []scenario.Scenario) bool {
	needs := false
	for _, s := range played {
		if !slices.ContainsFunc(checks, func(c suites.Listed) bool { return scenario.Matches(c.Flows, s.Name) }) {
			continue
		}
		if !s.Needs.Start {
			return false
		}
		needs = true
	}
	return needs
}
