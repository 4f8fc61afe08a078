package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// bridgeAddresses are where a bridge or a consent manager is served that no file describes: a bridge where the sandbox of
// serve gateway --with-cm expects it.
var bridgeAddresses = map[contract.Role]string{contract.HIP: strings.TrimPrefix(sandboxHIP, "http://"), contract.HIU: strings.TrimPrefix(sandboxHIU, "http://"), contract.CM: "127.0.0.1:8083"}

// bridgeFlags are the short names, for `serve hip`, `serve hiu` and `serve cm` without a file, of the keys that they need.
type bridgeFlags struct{ gateway, id, clientID, clientSecret, cm string }

// addBridgeFlags gives serve the flags for a bridge or a consent manager without a file.
func addBridgeFlags(cmd *cobra.Command) *bridgeFlags {
	b, flags := &bridgeFlags{}, cmd.Flags()
	flags.StringVar(&b.gateway, "gateway", "", "hip, hiu and cm: base `URL` of the gateway; no file is read then")
	flags.StringVar(&b.id, "id", "", "with --gateway: `ID` of the party in the routing headers")
	flags.StringVar(&b.clientID, "client-id", "", "with --gateway: client `ID` for the login at the gateway")
	flags.StringVar(&b.clientSecret, "client-secret", "", "with --gateway: `SECRET` for the login at the gateway: '${NAME}' is a variable, file:PATH a file")
	flags.StringVar(&b.cm, "cm", "", "with --gateway: `ID` of the consent manager, which follows the @ of a patient's address")
	return b
}

// keys are the flags of the keys for which they stand.
func (b *bridgeFlags) keys(role contract.Role) []config.Flag {
	own := "identities-" + string(role)
	return []config.Flag{
		{Name: "harness-public-url", Value: b.gateway}, {Name: "identities-cm-id", Value: b.cm}, {Name: own + "-id", Value: b.id},
		{Name: own + "-client-id", Value: b.clientID}, {Name: own + "-client-secret", Value: b.clientSecret},
	}
}

// given says whether any of them was.
func (b *bridgeFlags) given() bool { return *b != bridgeFlags{} }

// notForGateway is the error of a gateway, which does not take them, nil where none was given.
func (b *bridgeFlags) notForGateway() error {
	if !b.given() {
		return nil
	}
	return usageError("--gateway, --id, --client-id, --client-secret and --cm are for serve hip, serve hiu and serve cm")
}

// bridgePlace is what a bridge or a consent manager is in its network, and where it is served.
type bridgePlace struct {
	player.AppOptions
	network http.RoundTripper // to its gateway
	base    *url.URL          // its base URL for the gateway
	patient player.Account    // whom a consent manager knows
	address string            // host:port to listen on
	// certified is the configuration of the run that certifies it, nil where there is none.
	certified *config.Config
}

// place finds out what the bridge or the consent manager is: from the flags alone, or from a file about the bridge itself or about its gateway.
func (b *bridgeFlags) place(role contract.Role, file *configFlags, address string) (*bridgePlace, error) {
	cfg, err := b.load(role, file, address)
	if err != nil {
		return nil, err
	}
	p := &bridgePlace{address: address, network: trusting(cfg), patient: player.ConfiguredAccount(cfg)}
	base, listen := cfg.Subject.URL, ""
	switch cfg.Subject.Role {
	case role:
		p.AppOptions = player.AppOptionsOf(cfg)
		if !b.given() {
			p.certified = cfg
		}
	case contract.Gateway:
		own := cfg.Identities.Of(role)
		p.AppOptions = player.AppOptions{Role: role, ID: own.ID, CMID: cfg.Identities.CM.ID, Gateway: cfg.Subject.URL,
			ClientID: own.ClientID, ClientSecret: own.ClientSecret, Token: own.Token, GatewayToken: cfg.Identities.Gateway.Token}
		base, listen = cfg.Harness.PublicURL+"/"+string(role), cfg.Harness.Listen
	default:
		return nil, usageError("the configuration is about a %s; serve %s takes one with subject.role %s or gateway", cfg.Subject.Role, role, role)
	}
	if p.Gateway == "" {
		return nil, usageError("harness.public-url: missing; it is where the gateway is that the bridge talks to")
	}
	if p.base, err = url.Parse(base); err != nil {
		return nil, usageError("subject.url: %w", err)
	}
	if listen == "" {
		listen = p.base.Host
	}
	if p.address == "" {
		p.address = listen
	}
	return p, nil
}

// load is the configuration that the flags make, or that of the file.
func (b *bridgeFlags) load(role contract.Role, file *configFlags, address string) (*config.Config, error) {
	if !b.given() {
		cfg, bundled, err := file.load()
		if bundled && err == nil {
			err = usageError("serve %s needs a gateway: name it with --gateway, or a configuration with -c; 'conformance init --role %s' writes one", role, role)
		}
		return cfg, err
	}
	switch {
	case file.file != "":
		return nil, usageError("-c names a file that says where the gateway is and who the bridge is: leave out -c, or --gateway, --id, --client-id, --client-secret and --cm")
	case b.gateway == "":
		return nil, usageError("--gateway is missing: it is the base URL of the gateway, such as http://127.0.0.1:9000/gateway")
	}
	if address == "" {
		address = bridgeAddresses[role]
	}
	overrides := file.overrides()
	overrides.Flags = append(slices.Clone(overrides.Flags), config.Flag{Name: "role", Value: string(role)})
	if file.value("subject.url") == "" {
		overrides.Flags = append(overrides.Flags, config.Flag{Name: "target", Value: "http://" + address})
	}
	for _, f := range b.keys(role) {
		if f.Value != "" {
			overrides.Flags = append(overrides.Flags, f)
		}
	}
	return config.Load("", overrides)
}

// serveBridge serves the reference HIP or HIU until the command is interrupted.
func serveBridge(cmd *cobra.Command, p *bridgePlace) error {
	p.logged(cmd)
	return p.serve(cmd, player.NewApp(p.AppOptions), p.describe)
}

// logged makes a line on stderr of everything that the party does and sends.
func (p *bridgePlace) logged(cmd *cobra.Command) {
	p.Log = stepLog(cmd.ErrOrStderr())
	p.Client = &http.Client{Transport: &loggedSends{log: p.Log, next: p.network}, Timeout: sandboxPatience}
}

// serve serves a party, and says so, until the command is interrupted.
func (p *bridgePlace) serve(cmd *cobra.Command, served party, describe func(w io.Writer, url string)) error {
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		return usageError("%s cannot be listened on: %w; choose another address with --address or subject.url", p.address, err)
	}
	path := strings.TrimRight(p.base.Path, "/")
	s := serve(l, http.StripPrefix(path, &loggedReceipts{role: p.Role, log: p.Log, next: served}))
	describe(cmd.OutOrStdout(), s.url+path)
	defer func() {
		s.stop()
		closing, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), closeDeadline)
		defer cancel()
		_ = served.Close(closing) // conversations under way end where they stand
	}()
	select {
	case <-cmd.Context().Done():
		return nil
	case err := <-s.done:
		return internalError("the reference %s stopped serving: %w", p.Role, err)
	}
}

// describe says what is served, and how it is made to begin.
func (p *bridgePlace) describe(w io.Writer, served string) {
	p.describeParty(w, served)
	hook := served + player.PathStart
	fmt.Fprintf(w, "Its start hook is %s (action: %s, %s or %s), for example:\n", hook, player.ActionFetchModes, player.ActionInit, player.ActionFlow)
	fmt.Fprintf(w, "  curl -H 'Content-Type: application/json' -d '%s' %s\n", p.example(), hook)
	enter := served + player.PathEnter
	fmt.Fprintf(w, "Without authCode and demographic it waits for its enter hook, %s, and names the transaction in its log:\n", enter)
	fmt.Fprintf(w, "  curl -H 'Content-Type: application/json' -d '{\"transactionId\":\"...\",\"authCode\":\"123456\"}' %s\n", enter)
	if p.certified != nil {
		describeHook(w, "hooks.start", p.certified.Hooks.Start, hook)
		if p.certified.Hooks.Enter != nil {
			describeHook(w, "hooks.enter", p.certified.Hooks.Enter, enter)
		}
	}
	describeEnd(w)
}

// describeParty says who is served, and what its gateway is.
func (p *bridgePlace) describeParty(w io.Writer, served string) {
	fmt.Fprintf(w, "The reference %s %s is served at %s\n", strings.ToUpper(string(p.Role)), p.ID, served)
	if base := strings.TrimRight(p.base.String(), "/"); base != served {
		fmt.Fprintf(w, "Its base URL for the gateway is %s\n", base)
	}
	fmt.Fprintf(w, "Its gateway is %s, where it logs in with %s and reads the keys of the tokens that it accepts\n", p.Gateway, p.login())
	if p.Faults.Any() {
		fmt.Fprintf(w, "It commits: %s\n", p.Faults)
	}
}

// describeEnd says what else whoever serves a party must know.
func describeEnd(w io.Writer) {
	fmt.Fprintln(w, "Whoever reaches this address can use the hooks, so let it be reached by your own network only.")
	fmt.Fprintln(w, "Each message is a line on stderr, without tokens and patients. Stop it with Ctrl-C.")
}

// login is how it shows the gateway who it is.
func (p *bridgePlace) login() string {
	if p.Token != "" {
		return "a static token"
	}
	return "client id " + p.ClientID
}

// example is what makes it go through a flow.
func (p *bridgePlace) example() string {
	purpose := contract.KYCAndLink
	if p.Role == contract.HIU {
		purpose = contract.KYC
	}
	return fmt.Sprintf(`{"action":%q,"patientId":%q,"purpose":%q,"mode":%q,"authCode":"123456"}`, player.ActionFlow, "hinapatel@"+p.CMID, purpose, contract.MobileOTP)
}

// describeHook compares a hook of the run that certifies the bridge with the one that is served.
func describeHook(w io.Writer, name string, set *config.Hook, served string) {
	switch {
	case set == nil:
		fmt.Fprintf(w, "%s is not set: a run of this configuration does not make it act; set %s.http.url to %s\n", name, name, served)
	case set.HTTP == nil || set.HTTP.URL != served || set.HTTP.Body != nil:
		fmt.Fprintf(w, "%s of this configuration is not this hook; for a run against it set %s.http.url to %s, and nothing else of %s\n", name, name, served, name)
	}
}
