package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// Where a sandbox is served that no file describes, and where it expects its bridges.
const (
	sandboxAddress = "127.0.0.1:9000"
	sandboxHIP     = "http://127.0.0.1:8080"
	sandboxHIU     = "http://127.0.0.1:8081"
	sandboxPrefix  = "/gateway"
)

// The variables of the sandbox. They are no keys of the configuration: what asks a sandbox reads none.
const (
	sandboxTokenVariable = "SANDBOX_TOKEN"
	sandboxURLVariable   = "SANDBOX_URL"
)

// sandboxFlags are the flags of the gateway with a consent manager inside.
type sandboxFlags struct {
	withCM  bool
	bridges []string
	token   string
}

// addSandboxFlags gives serve the flags of the sandbox, and the command that controls one.
func addSandboxFlags(cmd *cobra.Command) *sandboxFlags {
	f, flags := &sandboxFlags{}, cmd.Flags()
	flags.BoolVar(&f.withCM, "with-cm", false, "gateway: the sandbox of a HIP or HIU developer, with a consent manager inside; no file is needed (docs/sandbox.md)")
	flags.StringArrayVar(&f.bridges, "bridge", nil, "with --with-cm: a `ROLE=URL` to deliver to, such as hip=http://127.0.0.1:8080, and behind commas id=, client-id=, client-secret=; may be repeated")
	flags.StringVar(&f.token, "control-token", "", "with --with-cm: `TOKEN` for the control API, which answers this machine only where there is none; variable "+sandboxTokenVariable)
	cmd.AddCommand(newControlCmd())
	return f
}

// wanted says whether a flag of the sandbox was given.
func (f *sandboxFlags) wanted() bool { return f.withCM || f.bridges != nil || f.token != "" }

// sandboxPlace is what a sandbox is, and where it is served.
type sandboxPlace struct {
	player.SandboxOptions
	address string
	// made says of each bridge whether its client secret was made for this sandbox, so that it may be printed.
	made []bool
}

// place finds out what the sandbox is: from the file where there is one, else from the bundled network.
func (f *sandboxFlags) place(role contract.Role, file *configFlags, address string) (*sandboxPlace, error) {
	switch {
	case role != contract.Gateway:
		return nil, usageError("--with-cm, --bridge and --control-token are for serve gateway")
	case !f.withCM:
		return nil, usageError("--bridge and --control-token need --with-cm: without it the gateway delivers below harness.public-url")
	}
	cfg, bundled, err := file.load()
	if err != nil {
		return nil, err
	}
	p := &sandboxPlace{address: address, SandboxOptions: player.SandboxOptions{CMID: cfg.Identities.CM.ID, Prefix: sandboxPrefix, ControlToken: f.token}}
	if p.ControlToken == "" {
		p.ControlToken = os.Getenv(sandboxTokenVariable)
	}
	fallback := sandboxAddress
	known := []bridgeText{{contract.HIP, sandboxHIP}, {contract.HIU, sandboxHIU}}
	switch {
	case bundled:
	case cfg.Subject.Role == contract.CM:
		return nil, usageError("the configuration is about a cm; serve gateway --with-cm takes one with subject.role gateway, hip or hiu")
	case cfg.Subject.Role == contract.Gateway:
		target, err := url.Parse(cfg.Subject.URL)
		if err != nil {
			return nil, usageError("subject.url: %w", err)
		}
		fallback, p.Prefix, p.PublicURL = target.Host, strings.TrimRight(target.Path, "/"), cfg.Subject.URL
		known = []bridgeText{{contract.HIP, cfg.Harness.PublicURL + "/hip"}, {contract.HIU, cfg.Harness.PublicURL + "/hiu"}}
	default:
		fallback, known = cfg.Harness.Listen, []bridgeText{{cfg.Subject.Role, cfg.Subject.URL}}
	}
	if p.address == "" {
		p.address = fallback
	}
	if f.bridges != nil {
		known = nil
	}
	for _, text := range f.bridges {
		b, err := readBridge(text)
		if err != nil {
			return nil, err
		}
		known = append(known, b)
	}
	for _, b := range known {
		if err := p.add(b, cfg, bundled && file.value("identities."+string(b.role)+".client-secret") == ""); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// bridgeText is a role and, behind it, its base URL with what else was said, separated by commas.
type bridgeText struct {
	role contract.Role
	rest string
}

// readBridge reads the beginning of --bridge.
func readBridge(text string) (bridgeText, error) {
	name, rest, _ := strings.Cut(text, "=")
	role := contract.Role(name)
	if role != contract.HIP && role != contract.HIU || rest == "" {
		return bridgeText{}, usageError("--bridge %s: say hip=URL or hiu=URL, such as hip=http://127.0.0.1:8080", name)
	}
	return bridgeText{role, rest}, nil
}

// add adds a bridge. What its text does not say is that of the configuration, and a secret that nobody gave is made.
func (p *sandboxPlace) add(b bridgeText, cfg *config.Config, made bool) error {
	own := cfg.Identities.Of(b.role)
	r := player.Registration{Role: b.role, ID: own.ID, ClientID: own.ClientID, ClientSecret: own.ClientSecret}
	for i, part := range strings.Split(b.rest, ",") {
		if i == 0 {
			r.URL = part
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		switch {
		case value == "":
			return usageError("--bridge %s: %s is empty", b.role, name)
		case name == "id":
			r.ID = value
		case name == "client-id":
			r.ClientID = value
		case name == "client-secret":
			r.ClientSecret, made = value, false
		default:
			return usageError("--bridge %s: %q is unknown; behind the URL there can be id=, client-id= and client-secret=", b.role, name)
		}
	}
	if u, err := url.Parse(r.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usageError("--bridge %s: its URL must be absolute and begin with http:// or https://, such as http://127.0.0.1:8080", b.role)
	}
	if r.ClientID == "" {
		r.ClientID = r.ID + "-client"
	}
	if r.ClientSecret == "" {
		r.ClientSecret, made = rand.Text(), true
	}
	p.Bridges, p.made = append(p.Bridges, r), append(p.made, made)
	return nil
}

// serveSandbox serves the sandbox until the command is interrupted.
func serveSandbox(cmd *cobra.Command, p *sandboxPlace) error {
	p.Tell = sandboxLines(cmd.ErrOrStderr())
	p.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		return usageError("%s cannot be listened on: %w; choose another address with --address", p.address, err)
	}
	sandbox, err := player.NewSandbox(p.SandboxOptions)
	if err != nil {
		return errors.Join(usageError("the sandbox cannot be made: %w", err), l.Close())
	}
	s := serve(l, sandbox)
	p.describe(cmd.OutOrStdout(), s.url)
	defer func() {
		s.stop()
		closing, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), closeDeadline)
		defer cancel()
		_ = sandbox.Close(closing) // conversations under way end where they stand
	}()
	select {
	case <-cmd.Context().Done():
		return nil
	case err := <-s.done:
		return internalError("the sandbox stopped serving: %w", err)
	}
}
