package main

import (
	"context"
	"errors"
	"fmt"
	neturl "net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/broker"
	"abdm.example/conformance/suites"
)

// Variables of a Pact Broker, as the tools of Pact name them.
const (
	envBroker         = "PACT_BROKER_BASE_URL"
	envBrokerToken    = "PACT_BROKER_TOKEN"
	envBrokerUser     = "PACT_BROKER_USERNAME"
	envBrokerPassword = "PACT_BROKER_PASSWORD"
)

// brokerDeadline bounds what is asked of a broker.
const brokerDeadline = time.Minute

// addBrokerFlag gives a command the broker's URL. Secrets come in variables only.
func addBrokerFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("broker", "", "base `URL` of the Pact Broker")
}

// contextWithin is the context of a command with a deadline.
func contextWithin(cmd *cobra.Command, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(cmd.Context(), d)
}

// openBroker is the client of the broker that a flag or a variable names.
func openBroker(url string) (*broker.Client, error) {
	if url == "" {
		url = os.Getenv(envBroker)
	}
	if url == "" {
		return nil, usageError("no Pact Broker is named: give --broker URL or set %s", envBroker)
	}
	base, err := neturl.Parse(url)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		return nil, usageError("the Pact Broker's URL is no http or https URL: look at --broker or %s", envBroker)
	case base.User != nil || base.RawQuery != "":
		return nil, usageError("the Pact Broker's URL holds a user or a query, which would be shown in messages: log in with %s, or %s and %s", envBrokerToken, envBrokerUser, envBrokerPassword)
	}
	c := &broker.Client{URL: url, Token: os.Getenv(envBrokerToken), User: os.Getenv(envBrokerUser), Password: os.Getenv(envBrokerPassword)}
	if c.Token != "" && c.User != "" {
		return nil, usageError("both %s and %s are set: log in with one of them", envBrokerToken, envBrokerUser)
	}
	return c, nil
}

// newPactPublishCmd is `conformance pact publish`.
func newPactPublishCmd() *cobra.Command {
	var p broker.Publication
	var results string
	cmd := &cobra.Command{
		Use:   "publish [FILE...]",
		Short: "Publish Pact files, or what was verified, to a Pact Broker",
		Long: `publish sends Pact files, the suite's own where none is named, to a Pact Broker
as the contracts of one version of their consumers. With --results DIR it
publishes no files: it tells the broker what 'conformance pact verify --out
DIR' found, as the result of one version of the provider. The broker is that
of --broker or ` + envBroker + `. It is logged in to with ` + envBrokerToken + `,
or ` + envBrokerUser + ` and ` + envBrokerPassword + `.`,
		Example: `  conformance pact publish --version 1.2.3 --branch main my-pacts/*.json
  conformance pact publish --version 2.0.1 --results conformance-out`,
	}
	url := addBrokerFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&p.Version, "version", "", "`VERSION` of the consumers, or of the provider")
	flags.StringVar(&p.Branch, "branch", "", "`BRANCH` of that version")
	flags.StringArrayVar(&p.Tags, "tag", nil, "`TAG` of that version; may be repeated")
	flags.StringVar(&p.BuildURL, "build-url", "", "`URL` of the build")
	flags.StringVar(&results, "results", "", "`DIR` of a verification to publish")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if p.Version == "" {
			return usageError("--version is missing: a Pact Broker keeps every pact and every result under a version")
		}
		client, err := openBroker(*url)
		if err != nil {
			return err
		}
		ctx, cancel := contextWithin(cmd, brokerDeadline)
		defer cancel()
		if results != "" {
			if len(args) > 0 {
				return usageError("--results publishes the results of a verification and no files: leave the files out")
			}
			return publishResults(cmd, client, p, results)
		}
		if p.Pacts, err = publishedPacts(args); err != nil {
			return err
		}
		notices, err := client.Publish(ctx, p)
		for _, n := range notices {
			fmt.Fprint(cmd.OutOrStdout(), wrapped(n.Type+": ", n.Text))
		}
		if err != nil {
			return brokerError(err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Published %d Pact files as version %s.\n", len(p.Pacts), p.Version)
		return nil
	}
	return cmd
}

// publishedPacts reads the files, or takes the suite's own.
func publishedPacts(files []string) ([][]byte, error) {
	var all [][]byte
	if len(files) == 0 {
		for _, pair := range pacts.Pairs {
			text, err := fixtures.Pact(pair.File())
			if err != nil {
				return nil, internalError("%w", err)
			}
			all = append(all, text)
		}
		return all, nil
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError("%w", err)
		}
		if _, err := pacts.Read(text); err != nil {
			return nil, usageError("%s is no whole Pact file: %w", name, err)
		}
		all = append(all, text)
	}
	return all, nil
}

// publishResults tells the broker what a verification found.
func publishResults(cmd *cobra.Command, client *broker.Client, p broker.Publication, dir string) error {
	found, err := readPacts(dir, pactsFile, "verify")
	if err != nil {
		return err
	}
	if found == nil {
		return usageError("%s holds no %s: name the directory that 'conformance pact verify --out' wrote", dir, filepath.Base(pactsFile))
	}
	ctx, cancel := contextWithin(cmd, brokerDeadline)
	defer cancel()
	for _, f := range found {
		if suites.PactVerdict([]suites.PactResult{f}) == suites.Inconclusive { // neither yes nor no would be true
			return incompleteError("of %s %s: its result is not published", f.File, inconclusivePacts([]suites.PactResult{f}))
		}
	}
	for _, f := range found {
		v := broker.Verification{Consumer: f.Consumer, Provider: f.Provider, ProviderVersion: p.Version, ProviderBranch: p.Branch, ProviderTags: p.Tags,
			BuildURL: p.BuildURL, Suite: version, Tests: testResults(f)}
		v.Success = !slices.ContainsFunc(v.Tests, func(t broker.TestResult) bool { return !t.Success })
		if err := client.PublishVerification(ctx, v); err != nil {
			return brokerError(err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Published the result of %s.\n", f.File)
	}
	return nil
}

// testResults are the interactions in the words of a broker.
func testResults(f suites.PactResult) []broker.TestResult {
	var all []broker.TestResult
	for _, i := range f.Interactions {
		t := broker.TestResult{InteractionDescription: i.Description, Success: i.Verdict == suites.Pass || i.Verdict == suites.NotApplicable}
		for _, finding := range i.Findings {
			attribute, identifier := "body", finding.Pointer
			switch {
			case strings.HasPrefix(finding.Pointer, "/response/status"):
				attribute, identifier = "status", ""
			case strings.HasPrefix(finding.Pointer, "/response/headers/"):
				attribute, identifier = "header", strings.TrimPrefix(finding.Pointer, "/response/headers/")
			}
			t.Mismatches = append(t.Mismatches, broker.Mismatch{Attribute: attribute, Identifier: identifier, Description: finding.Hint})
		}
		if i.Verdict == suites.Inconclusive {
			t.Mismatches = append(t.Mismatches, broker.Mismatch{Attribute: "error", Description: i.Reason})
		}
		all = append(all, t)
	}
	return all
}

// brokerError is the exit code of what a broker refused (usage), or of one that cannot be reached (preflight).
func brokerError(err error) error {
	var problem *broker.Problem
	if errors.As(err, &problem) && problem.Status < 500 {
		return usageError("%w", err)
	}
	return preflightError("%w", err)
}

// newCanIDeployCmd is `conformance pact can-i-deploy`.
func newCanIDeployCmd() *cobra.Command {
	var q broker.Question
	cmd := &cobra.Command{
		Use:   "can-i-deploy",
		Short: "Ask a Pact Broker whether a version may be deployed",
		Long: `can-i-deploy asks a Pact Broker whether a version works with what is deployed.
The broker is that of --broker or ` + envBroker + `. It is logged in to
with ` + envBrokerToken + `, or ` + envBrokerUser + ` and
` + envBrokerPassword + `.`,
		Example: `  conformance pact can-i-deploy --pacticipant hip --version 1.2.3 \
    --to-environment production`,
		Args: cobra.NoArgs,
	}
	url := addBrokerFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&q.Pacticipant, "pacticipant", "", "`NAME` of what is to be deployed")
	flags.StringVar(&q.Version, "version", "", "`VERSION` of it")
	flags.StringVar(&q.Branch, "branch", "", "`BRANCH` whose latest version is meant")
	flags.StringVar(&q.Environment, "to-environment", "", "`ENVIRONMENT` where it shall go")
	flags.StringVar(&q.Tag, "to", "", "`TAG` of the versions that it must work with")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := openBroker(*url)
		if err != nil {
			return err
		}
		ctx, cancel := contextWithin(cmd, brokerDeadline)
		defer cancel()
		decision, err := client.CanIDeploy(ctx, q)
		var problem *broker.Problem
		switch {
		case err == nil:
		case q.Pacticipant == "" || (q.Version == "") == (q.Branch == "") || q.Environment != "" && q.Tag != "":
			return usageError("%w", err)
		case errors.As(err, &problem):
			return brokerError(err)
		default:
			return preflightError("%w", err)
		}
		for _, row := range decision.Rows {
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s with %s %s: %s\n", row.Consumer, row.ConsumerVersion, row.Provider, row.ProviderVersion, row.Verified)
		}
		fmt.Fprint(cmd.OutOrStdout(), wrapped(map[bool]string{true: "yes  ", false: "no   "}[decision.Deployable], decision.Reason))
		if !decision.Deployable {
			return notConformant()
		}
		return nil
	}
	return cmd
}
