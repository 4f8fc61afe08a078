package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/session"
	"abdm.example/conformance/pacts/worker"
	"abdm.example/conformance/suites"
)

// Files of the Pact part in a run's directory.
const (
	pactsFile        = "pacts.json"          // the results of verify, which judge and report put beside the others
	pactMessagesFile = "pact-messages.json"  // the results of messages
	pactCheckFile    = "pact-check.json"     // the results of check, which are about a consumer
	pactEvidenceFile = "pact-evidence.jsonl" // every exchange of verify
)

// newPactCmd is `conformance pact`: consumer-driven contracts.
func newPactCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pact",
		Short: "Verify, check and publish consumer-driven contracts (Pact)",
		Long: `pact works with Pact files: the contracts between each consumer and provider
of the network, which anyone can use with their own Pact tools. verify, check
and messages need conformance-pact and libpact_ffi of the same release beside
this binary, or in the directory that ` + config.PactVariable + ` names.`,
	}
	cmd.AddCommand(newPactVerifyCmd(), newPactCheckCmd(), newPactMessagesCmd(), newPactPublishCmd(), newCanIDeployCmd())
	return cmd
}

// pactWorker starts the second binary.
func pactWorker(ctx context.Context) (*worker.Worker, error) {
	dir := os.Getenv(config.PactVariable)
	if dir == "" {
		own, err := os.Executable()
		if err != nil {
			return nil, usageError("this binary does not know where it lies: set %s to the directory of conformance-pact: %w", config.PactVariable, err)
		}
		if real, err := filepath.EvalSymlinks(own); err == nil {
			own = real
		}
		dir = filepath.Dir(own)
	}
	path, err := worker.Find(dir)
	if err != nil {
		return nil, usageError("%w", err)
	}
	w, err := worker.Start(ctx, path)
	if err != nil {
		return nil, usageError("%w", err)
	}
	return w, nil
}

// pactFile is a Pact file that is verified or checked.
type pactFile struct {
	name     string // for people
	text     []byte
	file     *pacts.File
	consumer contract.Role
	provider contract.Role
	foreign  bool // it is not one of the suite's own
}

// readPact reads a Pact file and finds out between which roles it is: those that are given go before the names in it.
func readPact(name string, text []byte, consumer, provider string) (pactFile, error) {
	file, err := pacts.Read(text)
	if err != nil {
		return pactFile{}, usageError("%s is no whole Pact file: %w", name, err)
	}
	p := pactFile{name: filepath.Base(name), text: text, file: file}
	for _, side := range []struct {
		what, given, inFile string
		role                *contract.Role
	}{{"consumer", consumer, file.Consumer, &p.consumer}, {"provider", provider, file.Provider, &p.provider}} {
		*side.role, err = config.ParseRole(cmp.Or(side.given, side.inFile))
		if err != nil {
			return p, usageError("%s: the %s is called %q, which is no role of the network: say with --%[2]s whether it is gateway, hip, hiu or cm", name, side.what, side.inFile)
		}
	}
	own, err := fixtures.Pact(pacts.Pair{Consumer: p.consumer, Provider: p.provider}.File())
	p.foreign = err != nil || !bytes.Equal(own, text)
	return p, nil
}

// digest is the sha256 of the file in hex.
func (p pactFile) digest() string {
	sum := sha256.Sum256(p.text)
	return hex.EncodeToString(sum[:])
}

// ownPacts are the suite's own Pact files whose provider is the subject. With a consent manager inside, nothing comes from one.
func ownPacts(cfg *config.Config) ([]pactFile, error) {
	var all []pactFile
	for _, pair := range pacts.Pairs {
		if pair.Provider != cfg.Subject.Role || pair.Consumer == contract.CM && cfg.Subject.Topology == config.Combined {
			continue
		}
		text, err := fixtures.Pact(pair.File())
		if err != nil {
			return nil, internalError("%w", err)
		}
		p, err := readPact(pair.File(), text, "", "")
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// pactsIn are the Pact files of a directory whose provider is a role. consumer is the role of their consumers where their
// names are others, as ParseRole takes it.
func pactsIn(dir string, provider contract.Role, consumer string) ([]pactFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, usageError("--pacts %s cannot be read: %w", dir, err)
	}
	var all []pactFile
	for _, entry := range entries {
		if entry.IsDir() || filepath.Ext(entry.Name()) != ".json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, usageError("%w", err)
		}
		if file, err := pacts.Read(text); err == nil && (!provides(file.Provider, provider) || file.OnlyMessages()) {
			continue
		}
		p, err := readPact(entry.Name(), text, consumer, string(provider))
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if all == nil {
		return nil, usageError("--pacts %s holds no Pact file whose provider is a %s", dir, provider)
	}
	return all, nil
}

// provides says whether the provider of that name may be of a role: a name that is no role may be anybody's.
func provides(name string, role contract.Role) bool {
	named, err := config.ParseRole(name)
	return err != nil || named == role
}

// verification is one verification of pacts on its way.
type verification struct {
	cfg     *config.Config
	bundled bool
	out     string // directory for the results
	// evidence and results are the names of the files in it.
	evidence, results string
	pacts             []pactFile
	stderr            io.Writer
}

// run opens the network, verifies every pact and returns what was found; also with an error, until then.
func (v *verification) run(ctx context.Context) ([]suites.PactResult, error) {
	w, err := pactWorker(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }() // it has given its results
	listener, err := listen(v.cfg)
	if err != nil {
		return nil, err
	}
	if v.bundled {
		stop, err := startReference(ctx, v.cfg)
		if err != nil {
			return nil, errors.Join(err, listener.Close())
		}
		defer stop()
	}
	if err := reach(ctx, v.cfg.Subject.URL); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if _, err := moveAside(v.out, v.evidence, v.results); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	redactor := journal.NewRedactor()
	j, err := journal.Create(filepath.Join(v.out, v.evidence), scenario.Header(v.cfg, nil, suites.ProfileStrict, version), redactor)
	if err != nil {
		return nil, errors.Join(evidenceError(err), listener.Close())
	}
	results, err := v.verify(ctx, scenario.NetworkOptions{Config: v.cfg, Journal: j, Redactor: redactor, Listener: listener}, w, redactor)
	if closed := j.Close(end(ctx, nil)); err == nil && closed != nil {
		err = internalError("%w", closed)
	}
	if err == nil {
		err = v.point(results)
	}
	return results, err
}

// point lets every finding name the exchange that it is about.
func (v *verification) point(results []suites.PactResult) error {
	evidence, err := journal.Read(filepath.Join(v.out, v.evidence))
	if err != nil {
		return internalError("%w", err)
	}
	verified := map[string]string{}
	for _, x := range evidence.Exchanges {
		if x.Step == session.Step && x.Direction == journal.Sent {
			verified[x.Scenario] = x.ID
		}
	}
	for _, p := range results {
		for _, i := range p.Interactions {
			for n := range i.Findings {
				i.Findings[n].Scenario, i.Findings[n].Exchange = i.Scenario, verified[i.Scenario]
			}
		}
	}
	return nil
}

func (v *verification) verify(ctx context.Context, o scenario.NetworkOptions, w *worker.Worker, redactor *journal.Redactor) ([]suites.PactResult, error) {
	network, err := scenario.OpenNetwork(o)
	if err != nil {
		return nil, errors.Join(err, o.Listener.Close())
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDeadline)
		defer cancel()
		_ = network.Close(closing) // what our players still had under way is no evidence any more
	}()
	if err := network.Preflight(ctx); err != nil {
		return nil, preflightError("%s", redactor.Text(err.Error()))
	}
	s, err := session.Open(session.Options{Config: v.cfg, Network: network, Worker: w, Redactor: redactor, Reference: v.bundled, States: v.states()})
	if err != nil {
		return nil, internalError("%w", err)
	}
	defer func() { _ = s.Close() }()
	var results []suites.PactResult
	for _, p := range v.pacts {
		fmt.Fprintf(v.stderr, "Verifying %d interactions of %s\n", len(p.file.Interactions), p.name)
		result, err := s.Verify(ctx, session.Pact{Name: p.name, File: p.file, Consumer: p.consumer, Foreign: p.foreign})
		result.Digest = p.digest()
		results = append(results, result)
		switch {
		case context.Cause(ctx) != nil:
			return results, interruptedError()
		case errors.Is(err, session.ErrUnreachable):
			return results, preflightError("%s", redactor.Text(err.Error()))
		case err != nil:
			return results, internalError("%s", redactor.Text(err.Error()))
		}
	}
	return results, nil
}

// states is hooks.states, nil where there is none.
func (v *verification) states() func(context.Context, string, map[string]any, string) (map[string]any, error) {
	h := v.cfg.Hooks.States
	if h == nil {
		return nil
	}
	return func(ctx context.Context, name string, params map[string]any, action string) (map[string]any, error) {
		return scenario.AskHook(ctx, "hooks.states", *h, scenario.Parameters{"state": name, "params": params, "action": action})
	}
}

// keepPacts writes the results of pacts into a file of a run's directory.
func keepPacts(dir, name string, results []suites.PactResult) error {
	text, err := json.MarshalIndent(results, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), append(text, '\n'), 0o644)
	}
	if err != nil {
		return internalError("the results of the pacts cannot be written: %w", err)
	}
	return nil
}

// keptPacts reads the results of pacts in a run's directory: of verify, then of messages; none where there are none.
func keptPacts(dir string) ([]suites.PactResult, error) {
	verified, err := readPacts(dir, pactsFile, "verify")
	if err != nil {
		return nil, err
	}
	captured, err := readPacts(dir, pactMessagesFile, "messages")
	return append(verified, captured...), err
}

// readPacts reads the results that a command of pact has kept in a directory; none where it has not.
func readPacts(dir, name, command string) ([]suites.PactResult, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var results []suites.PactResult
	if err == nil {
		err = json.Unmarshal(text, &results)
	}
	if err != nil {
		return nil, usageError("%s in %s cannot be read: %w; remove it, or run 'conformance pact %s' again", name, dir, err, command)
	}
	return results, nil
}

// emptyResults are those of a directory in which no run was judged, for the pacts to stand in.
func emptyResults(cfg *config.Config, began time.Time) *suites.Results {
	return suites.Unjudged(suites.Subject{Role: cfg.Subject.Role, URL: cfg.Subject.URL, Name: cfg.Subject.Name, Version: cfg.Subject.Version,
		Topology: cfg.Subject.Topology, Modes: cfg.Subject.Modes, Purposes: cfg.Subject.Purposes}, version, began, time.Now().UTC())
}
