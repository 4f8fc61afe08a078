package main

import (
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
	"slices"
	"strings"
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
	pactsFile        = "pacts.json"          // the results, which judge and report put beside the others
	pactEvidenceFile = "pact-evidence.jsonl" // every exchange
)

// newPactCmd is `conformance pact`: consumer-driven contracts.
func newPactCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pact",
		Short: "Consumer-driven contracts: verify a subject, check a vendor's pacts, speak to a Pact Broker",
		Long: `pact works with Pact files: the contracts between each consumer and provider of the
network, which anyone can use with their own Pact tools. verify and check need
conformance-pact and libpact_ffi of the same release beside this binary, or in the
directory that ` + worker.EnvDir + ` names.`,
	}
	cmd.AddCommand(newPactVerifyCmd(), newPactCheckCmd(), newPactPublishCmd(), newCanIDeployCmd())
	return cmd
}

// pactWorker starts the second binary.
func pactWorker(ctx context.Context) (*worker.Worker, error) {
	dir := os.Getenv(worker.EnvDir)
	if dir == "" {
		own, err := os.Executable()
		if err != nil {
			return nil, usageError("this binary does not know where it lies: set %s to the directory of conformance-pact: %w", worker.EnvDir, err)
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
}

// readPact reads a Pact file and finds out between which roles it is.
func readPact(name string, text []byte) (pactFile, error) {
	file, err := pacts.Read(text)
	if err != nil {
		return pactFile{}, usageError("%s is no whole Pact file: %w", name, err)
	}
	p := pactFile{name: name, text: text, file: file}
	for _, side := range []struct {
		what, name string
		role       *contract.Role
	}{{"consumer", file.Consumer, &p.consumer}, {"provider", file.Provider, &p.provider}} {
		role := contract.Role(strings.ToLower(side.name))
		if !slices.Contains(contract.Roles, role) {
			return p, usageError("%s: the %s is called %q, and only gateway, hip, hiu and cm are known: say which of them it is with --%s", name, side.what, side.name, side.what)
		}
		*side.role = role
	}
	return p, nil
}

// digest is the sha256 of the file in hex.
func (p pactFile) digest() string {
	sum := sha256.Sum256(p.text)
	return hex.EncodeToString(sum[:])
}

// ownPacts are the suite's own Pact files whose provider is a role.
func ownPacts(provider contract.Role) ([]pactFile, error) {
	var all []pactFile
	for _, pair := range pacts.Pairs {
		if pair.Provider != provider {
			continue
		}
		text, err := fixtures.Pact(pair.File())
		if err != nil {
			return nil, internalError("%w", err)
		}
		p, err := readPact(pair.File(), text)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// pactsIn are the Pact files of a directory whose provider is a role.
func pactsIn(dir string, provider contract.Role) ([]pactFile, error) {
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
		p, err := readPact(entry.Name(), text)
		if err != nil {
			return nil, err
		}
		if p.provider == provider {
			all = append(all, p)
		}
	}
	if all == nil {
		return nil, usageError("--pacts %s holds no Pact file whose provider is a %s", dir, provider)
	}
	return all, nil
}

// verification is one verification of pacts on its way.
type verification struct {
	cfg     *config.Config
	bundled bool
	foreign bool
	out     string // directory for the results
	// evidence is the name of the file for the evidence in it.
	evidence string
	pacts    []pactFile
	stderr   io.Writer
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
	if _, err := moveAside(v.out, v.evidence, pactsFile); err != nil {
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
	return results, err
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
	s, err := session.Open(session.Options{Config: v.cfg, Network: network, Worker: w, Foreign: v.foreign, States: v.states()})
	if err != nil {
		return nil, internalError("%w", err)
	}
	defer func() { _ = s.Close() }()
	var results []suites.PactResult
	for _, p := range v.pacts {
		fmt.Fprintf(v.stderr, "Verifying %d interactions of %s\n", len(p.file.Interactions), p.name)
		result, err := s.Verify(ctx, p.name, p.file, p.consumer)
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
func (v *verification) states() func(context.Context, string, map[string]any) (map[string]any, error) {
	h := v.cfg.Hooks.States
	if h == nil {
		return nil
	}
	return func(ctx context.Context, name string, params map[string]any) (map[string]any, error) {
		return scenario.AskHook(ctx, "hooks.states", *h, scenario.Parameters{"state": name, "params": params, "action": "setup"})
	}
}

// keepPacts writes the results of pacts into a run's directory.
func keepPacts(dir string, results []suites.PactResult) error {
	text, err := json.MarshalIndent(results, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, pactsFile), append(text, '\n'), 0o644)
	}
	if err != nil {
		return internalError("the results of the pacts cannot be written: %w", err)
	}
	return nil
}

// keptPacts reads the results of pacts in a run's directory; none where there are none.
func keptPacts(dir string) ([]suites.PactResult, error) {
	text, err := os.ReadFile(filepath.Join(dir, pactsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var results []suites.PactResult
	if err == nil {
		err = json.Unmarshal(text, &results)
	}
	if err != nil {
		return nil, usageError("%s in %s cannot be read: %w; remove it, or run 'conformance pact verify' again", pactsFile, dir, err)
	}
	return results, nil
}

// emptyResults are those of a directory in which no run was judged, for the pacts to stand in.
func emptyResults(cfg *config.Config, began time.Time) *suites.Results {
	return suites.Unjudged(suites.Subject{Role: cfg.Subject.Role, URL: cfg.Subject.URL, Name: cfg.Subject.Name, Version: cfg.Subject.Version,
		Topology: cfg.Subject.Topology, Modes: cfg.Subject.Modes, Purposes: cfg.Subject.Purposes}, version, began, time.Now().UTC())
}
