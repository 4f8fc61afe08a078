package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/bundle"
	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/reports"
	"abdm.example/conformance/suites"
)

// evidenceFile is the journal in the directory of a run.
const evidenceFile = journal.EvidenceFile

// newRunCmd is `conformance run`: play, record, judge, render.
func newRunCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Certify a subject: hold the conversations, judge them, write the reports",
		Long: `run plays every other party of the network against the subject and judges what it
does. With no target and no configuration file it certifies the bundled reference
over real HTTP on loopback.`,
		Example: `  conformance run
  conformance run --role hip
  conformance run -c conformance.yaml --out results
  conformance run -c conformance.yaml --filter "/INIT/"`,
		Args: cobra.NoArgs,
	}
	file, flags := addConfigFlags(cmd), addRunFlags(cmd)
	var output string
	cmd.Flags().StringVar(&output, "output", "text", "how the summary is printed: text, json or markdown")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := errors.Join(flags.check(), checkOutput(output)); err != nil {
			return err
		}
		cfg, bundled, err := file.load()
		if err != nil {
			return err
		}
		specs, err := specsFor(cfg.Subject.Role)
		if err != nil {
			return err
		}
		baseline, err := readBaseline(flags.baseline, cfg.Subject.Role)
		if err != nil {
			return err
		}
		key, err := signingKey("--sign", flags.sign)
		if err != nil {
			return err
		}
		r := &running{cfg: cfg, bundled: bundled, flags: flags, specs: specs, baseline: baseline, key: key, stderr: cmd.ErrOrStderr()}
		results, err := r.run(cmd.Context())
		if results != nil {
			if err := printResults(cmd.OutOrStdout(), output, results, flags.out); err != nil {
				return internalError("the summary cannot be printed: %w", err)
			}
		}
		if err != nil {
			return err
		}
		return verdictError(results)
	}
	return cmd
}

// running is one run on its way.
type running struct {
	cfg     *config.Config
	bundled bool
	flags   *runFlags
	specs   suites.Specs
	// baseline are the failures that are accepted, nil for none.
	baseline *suites.Baseline
	// key signs the run, nil where it is not signed.
	key    *bundle.Key
	stderr io.Writer
	// unreached says why our own public URL did not lead to us, nil where it did.
	unreached error
}

// run plays, judges and renders. The results are not nil as soon as there is anything to judge, also where the run was
// interrupted or the suite failed on the way.
func (r *running) run(ctx context.Context) (*suites.Results, error) {
	scenarios, err := r.scenarios()
	if err != nil {
		return nil, err
	}
	listener, err := listen(r.cfg)
	if err != nil {
		return nil, err
	}
	if r.bundled {
		stop, err := startReference(ctx, r.cfg)
		if err != nil {
			return nil, errors.Join(err, listener.Close())
		}
		defer stop()
	}
	if err := reach(ctx, r.cfg.Subject.URL); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	release, err := claim(r.flags.out)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	defer func() { _ = release() }() // what could not be removed locks nobody out
	path, restore, err := evidencePath(r.flags.out)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	redactor := journal.NewRedactor()
	if r.flags.unredacted {
		redactor.Disable()
		fmt.Fprintf(r.stderr, "Note: %s will hold the secrets and the patient data of this run as they are; do not publish it\n", r.flags.out)
	}
	j, err := journal.Create(path, r.header(scenarios), redactor)
	if err != nil {
		return nil, errors.Join(evidenceError(err), restore(), listener.Close())
	}
	played := r.play(ctx, listener, j, redactor, scenarios)
	closed := j.Close(end(ctx, played))
	if err := j.Err(); err != nil {
		played, closed = err, nil // every scenario has told it; once is enough
	}
	if played == nil && closed == nil && context.Cause(ctx) == nil {
		played = r.unheard(path)
	}
	var exit *exitError
	if errors.As(played, &exit) && exit.code == exitPreflight {
		return nil, errors.Join(played, os.Remove(path), restore()) // nothing was judged, nothing is kept
	}
	render := reports.Options{Language: r.flags.language}
	if r.key != nil && context.Cause(ctx) == nil && played == nil && closed == nil { // else it is not signed
		render.SignedBy, _ = r.key.KeyID() // it never fails
	}
	results, err := judgeDir(context.WithoutCancel(ctx), r.flags.out, suites.Options{Baseline: r.baseline}, render)
	switch {
	case context.Cause(ctx) != nil:
		if r.key != nil {
			fmt.Fprintln(r.stderr, "Note: the run was interrupted, so it was not signed")
		}
		return results, interruptedError()
	case played != nil || closed != nil:
		return results, internalError("the run could not be recorded to its end: %w", errors.Join(played, closed))
	case err == nil && r.key != nil:
		if err := bundle.Sign(ctx, r.flags.out, r.key); err != nil {
			return results, internalError("the run was not signed: %w", err)
		}
	}
	return results, err
}

// scenarios are those that the checks of the run look at, and those with which they compare them.
func (r *running) scenarios() ([]scenario.Scenario, error) {
	all := scenario.For(r.cfg.Subject.Role)
	if r.flags.filter == "" {
		return all, nil
	}
	checks, err := suites.ListFiltered(r.flags.filter, r.specs)
	if err != nil {
		return nil, usageError("%w", err)
	}
	patterns := scenario.Controls(r.cfg.Subject.Role)
	for _, c := range checks {
		patterns = append(patterns, c.Flows)
	}
	return scenario.Select(all, patterns), nil
}

// play opens the network, checks that everybody can log in, and plays.
func (r *running) play(ctx context.Context, listener net.Listener, j *journal.Journal, redactor *journal.Redactor, scenarios []scenario.Scenario) error {
	network, err := scenario.OpenNetwork(scenario.NetworkOptions{Config: r.cfg, Journal: j, Redactor: redactor, Listener: listener,
		Concurrency: r.flags.concurrency, Rate: r.flags.rate})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDeadline)
		defer cancel()
		_ = network.Close(closing) // what our players still had under way is no evidence any more
	}()
	if err := network.Preflight(ctx); err != nil {
		if context.Cause(ctx) != nil {
			return context.Cause(ctx)
		}
		return preflightError("%s%s", redactor.Text(err.Error()), untrusted(err))
	}
	if r.unreached = network.ReachSelf(ctx); r.unreached != nil {
		fmt.Fprintf(r.stderr, "Note: from here, %s\n", r.unreached)
	}
	fmt.Fprintf(r.stderr, "Playing %d scenarios against %s\n", len(scenarios), r.cfg.Subject.URL)
	err = network.Play(ctx, scenarios, nil)
	return errors.Join(err, j.KeepConditions(network.Conditions()))
}

// closeDeadline bounds the tidying up after a run.
const closeDeadline = 10 * time.Second

// end closes the journal's story.
func end(ctx context.Context, played error) journal.End {
	e := journal.End{Finished: time.Now().UTC(), Interrupted: context.Cause(ctx) != nil}
	if played != nil && !e.Interrupted {
		e.Error = played.Error()
	}
	return e
}

// header opens the journal of this run.
func (r *running) header(scenarios []scenario.Scenario) journal.Run {
	run := scenario.Header(r.cfg, scenarios, r.flags.profile, version)
	run.Filter, run.Bundled = r.flags.filter, r.bundled
	return run
}

// listen opens the one listener of the players and fills in the public URL.
func listen(c *config.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", c.Harness.Listen)
	if err != nil {
		return nil, usageError("harness.listen: %s cannot be listened on: %w; stop what uses it, or choose another address", c.Harness.Listen, err)
	}
	if c.Harness.PublicURL == "" {
		c.Harness.PublicURL = "http://" + l.Addr().String()
	}
	return l, nil
}

// evidencePath moves what an earlier run left in a run's directory into a directory of its own below it,
// which 'conformance judge' can judge as it is: evidence is never overwritten, and no old verdict stands beside new
// evidence. restore puts it back, for a run of which nothing is kept.
func evidencePath(dir string) (path string, restore func() error, err error) {
	path = filepath.Join(dir, evidenceFile)
	restore, err = moveAside(dir, slices.Concat([]string{evidenceFile}, reports.Files(), []string{pactEvidenceFile, pactsFile, pactMessagesFile, bundle.EnvelopeFile})...)
	return path, restore, err
}

// moveAside moves files of a run's directory into a directory of its own below it, where the first of them is there. restore puts them back.
func moveAside(dir string, names ...string) (restore func() error, err error) {
	if info, err := os.Lstat(filepath.Join(dir, names[0])); err != nil || !info.Mode().IsRegular() {
		return func() error { return nil }, nil
	}
	var earlier string
	for n := 1; ; n++ {
		earlier = filepath.Join(dir, fmt.Sprintf("earlier-%d", n))
		if err = os.Mkdir(earlier, 0o755); !errors.Is(err, os.ErrExist) {
			break
		}
	}
	moved := func(from, to string) error {
		for _, name := range names {
			if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	if err == nil {
		err = moved(dir, earlier)
	}
	if err != nil {
		return nil, usageError("the earlier run in %s cannot be moved aside: %w", dir, err)
	}
	return func() error { return errors.Join(moved(earlier, dir), os.Remove(earlier)) }, nil
}

// evidenceError says why no evidence can be written: a directory that we may not write is the caller's to mend, all else is ours.
func evidenceError(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return usageError("%w", err)
	}
	return internalError("%w", err)
}

// printResults prints the summary of a run in the form that --output names.
func printResults(w io.Writer, output string, r *suites.Results, dir string) error {
	switch output {
	case "json":
		return reports.JSON(w, r)
	case "markdown":
		return reports.Markdown(w, r)
	}
	return reports.Summary(w, r, dir)
}

func checkOutput(output string) error {
	switch output {
	case "text", "json", "markdown":
		return nil
	}
	return usageError("--output %q is neither text, json nor markdown", output)
}

// specsFor returns the checks of a subject of that role.
func specsFor(role contract.Role) (suites.Specs, error) {
	if specs, ok := specsByRole[role]; ok {
		return specs, nil
	}
	return nil, usageError("this version of the suite has no checks for a subject of role %s; it certifies: %s", role, words(slices.DeleteFunc(slices.Clone(contract.Roles),
		func(r contract.Role) bool { return specsByRole[r] == nil })))
}
