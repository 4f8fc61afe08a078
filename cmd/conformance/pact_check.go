package main

import (
	"cmp"
	"context"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/suites"
)

// newPactCheckCmd is `conformance pact check FILE...`: a vendor's consumer pacts.
func newPactCheckCmd() *cobra.Command {
	var consumer, provider, out, output string
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Check a vendor's Pact files by the contract and our reference",
		Long: `check judges what a vendor's Pact files ask for by the contract (a pact that
counts on 200 is a finding), and verifies our reference player of the provider
against them. So what a system sends can be judged without touching it. The
ids in its examples may be any: they are put right before they are sent.`,
		Example: `  conformance pact check pacts/my-hip-gateway.json
  conformance pact check --consumer hip --provider gateway pacts/*.json`,
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&consumer, "consumer", "", "`ROLE` of the consumer, if its name in the file is another")
	flags.StringVar(&provider, "provider", "", "`ROLE` of the provider, if its name in the file is another")
	flags.StringVar(&out, "out", "conformance-out", "`DIR` for all that is written")
	flags.StringVar(&output, "output", "text", "summary as text, json or markdown")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		var first pactFile
		byProvider := map[contract.Role][]pactFile{}
		for _, name := range args {
			p, err := vendorPact(name, consumer, provider)
			if err != nil {
				return err
			}
			byProvider[p.provider] = append(byProvider[p.provider], p)
			if first.file == nil {
				first = p
			}
		}
		release, err := claim(out)
		if err != nil {
			return err
		}
		defer func() { _ = release() }() // it ends with the process at the latest
		began := time.Now().UTC()
		var found []suites.PactResult
		for _, role := range contract.Roles {
			if byProvider[role] == nil {
				continue
			}
			some, err := checkPacts(cmd.Context(), role, byProvider[role], out, cmd)
			found = append(found, some...)
			if err != nil {
				return err
			}
		}
		if err := keepPacts(out, pactCheckFile, found); err != nil {
			return err
		}
		results := suites.Unjudged(suites.Subject{Role: first.consumer, Name: first.file.Consumer}, version, began, time.Now().UTC())
		results.AddPacts(found)
		if err := printPacts(cmd.OutOrStdout(), output, found, results, ""); err != nil {
			return internalError("the summary cannot be printed: %w", err)
		}
		return pactVerdictError(found)
	}
	return cmd
}

// vendorPact reads a vendor's file. Nothing in it is taken for ours, even where it is a copy.
func vendorPact(name, consumer, provider string) (pactFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return pactFile{}, usageError("%w", err)
	}
	p, err := readPact(name, text, consumer, provider)
	p.foreign = true
	return p, err
}

// checkPacts judges pacts by the contract and verifies the reference of a role against them.
func checkPacts(ctx context.Context, role contract.Role, files []pactFile, out string, cmd *cobra.Command) ([]suites.PactResult, error) {
	v := &verification{cfg: config.Bundled(role), bundled: true, out: out, evidence: "pact-evidence-" + string(role) + ".jsonl", results: pactCheckFile, pacts: files, stderr: cmd.ErrOrStderr()}
	found, err := v.run(ctx)
	if err != nil {
		return found, err
	}
	for n, p := range files {
		for _, i := range p.file.Interactions {
			judged := pacts.Judge(p.consumer, i)
			at := slices.IndexFunc(found[n].Interactions, func(r suites.PactInteraction) bool { return r.Key == i.Key })
			if len(judged) == 0 || at < 0 {
				continue
			}
			r := &found[n].Interactions[at]
			r.Verdict, r.Reason = suites.Fail, "" // the pact itself asks for what nobody promises
			var all []suites.Finding
			for _, f := range judged {
				all = append(all, suites.Finding{Pointer: f.Pointer, Expected: f.Expected, Received: cmp.Or(f.Received, "nothing"), Hint: f.Hint})
			}
			for _, f := range r.Findings { // that our reference does otherwise follows from it
				if !slices.ContainsFunc(all, func(j suites.Finding) bool { return j.Pointer == f.Pointer }) {
					all = append(all, f)
				}
			}
			r.Findings = all
		}
	}
	return found, nil
}
