package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// newServeCmd is `conformance serve ROLE`: a player as a sandbox.
func newServeCmd() *cobra.Command {
	var faults []string
	var address, dialect string
	var listFaults bool
	cmd := &cobra.Command{
		Use:   "serve ROLE",
		Short: "Serve a reference player as a sandbox, conforming or with named faults",
		Long: `serve gateway serves the reference gateway at subject.url of the configuration. It knows
the HIP, the HIU and the CM of identities, below harness.public-url: start it with the
same conformance.yaml as the run that certifies it. Where subject.topology is combined, a consent
manager is inside it. With --dialect field it answers as
the deployed gateway does where that departs from the contract (docs/profiles.md).

serve hip and serve hiu serve the reference bridge with a start hook, against which a gateway or a consent manager
can be developed. A conformance.yaml with subject.role hip or hiu is about the bridge: it is served at subject.url, and
its gateway is at harness.public-url. One with subject.role gateway is about its gateway: that is at subject.url, and
delivers to it below harness.public-url. Without a file, --gateway and the flags below it say who it is.

serve cm serves the reference consent manager in the same way. It knows the patient of the configuration, and has a
decide hook.`,
		Example: `  conformance serve gateway -c conformance.yaml
  conformance serve gateway -c conformance.yaml --fault resp-not-mapped
  conformance serve gateway -c conformance.yaml --dialect field
  conformance serve gateway --list-faults
  conformance serve gateway --with-cm --bridge hip=http://127.0.0.1:8080
  conformance serve hip -c conformance.yaml
  conformance serve cm -c conformance.yaml
  conformance serve hip --gateway http://127.0.0.1:9000/gateway --id hip-1 --client-id hip-client --client-secret '${HIP_SECRET}'`,
		Args: cobra.ExactArgs(1),
	}
	file, bridge, sandbox := addConfigFlags(cmd), addBridgeFlags(cmd), addSandboxFlags(cmd)
	cmd.Flags().StringArrayVar(&faults, "fault", nil, "commit this `FAULT`; may be repeated")
	cmd.Flags().StringVar(&dialect, "dialect", "", "`DIALECT` to speak: "+strings.Join(player.Dialects, ", ")+"; the contract as written where it is not given")
	cmd.Flags().StringVar(&address, "address", "", "`HOST:PORT` to listen on; that of subject.url where it is not given")
	cmd.Flags().BoolVar(&listFaults, "list-faults", false, "list the faults that the player can commit")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		role, err := config.ParseRole(args[0])
		if err != nil {
			return usageError("%w", err)
		}
		if listFaults {
			for _, f := range player.Registry(role) {
				fmt.Fprintf(cmd.OutOrStdout(), "%-44s %s\n", f.Name, f.Summary)
			}
			return nil
		}
		set, err := player.ParseFaults(role, faults...)
		if err != nil {
			return usageError("--fault: %w", err)
		}
		if dialect != "" && !slices.Contains(player.Dialects, dialect) {
			return usageError("--dialect %q is unknown; it can be left out, or be one of: %s", dialect, strings.Join(player.Dialects, ", "))
		}
		if sandbox.wanted() {
			place, err := sandbox.place(role, file, address)
			if err = cmp.Or(bridge.notForGateway(), err); err != nil {
				return err
			}
			place.Faults, place.Dialect = set, dialect
			return serveSandbox(cmd, place)
		}
		if role != contract.Gateway {
			if dialect != "" {
				return usageError("--dialect is for serve gateway")
			}
			place, err := bridge.place(role, file, address)
			if err != nil {
				return err
			}
			place.Faults = set
			if role == contract.CM {
				return serveCM(cmd, place)
			}
			return serveBridge(cmd, place)
		}
		if err := bridge.notForGateway(); err != nil {
			return err
		}
		cfg, bundled, err := file.load()
		if err != nil {
			return err
		}
		if bundled {
			return usageError("serve needs a configuration: write one with 'conformance init --role %s --target http://127.0.0.1:9000/gateway'", role)
		}
		return serveGateway(cmd, cfg, set, dialect, address)
	}
	return cmd
}

func serveGateway(cmd *cobra.Command, cfg *config.Config, faults player.Faults, dialect, address string) error {
	target, err := url.Parse(cfg.Subject.URL)
	if err != nil {
		return usageError("subject.url: %w", err)
	}
	if address == "" {
		address = target.Host
	}
	gateway, err := referenceGateway(cfg, faults, dialect, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return usageError("%s cannot be listened on: %w; choose another address with --address or subject.url", address, err)
	}
	s := serve(l, gateway)
	fmt.Fprintf(cmd.OutOrStdout(), "The reference gateway is served at %s%s\n", s.url, target.Path)
	if faults.Any() {
		fmt.Fprintf(cmd.OutOrStdout(), "It commits: %s\n", faults)
	}
	if dialect != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "It speaks the dialect: %s\n", dialect)
	}
	if cfg.Subject.Topology == config.Combined {
		fmt.Fprintf(cmd.OutOrStdout(), "A consent manager is inside, with the patient of the configuration; it takes the decision on a DIRECT session at %s%s (hooks.decide.http.url)\n", s.url, player.PathDecide)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "It delivers below %s (/hip, /hiu, /cm). Stop it with Ctrl-C.\n", cfg.Harness.PublicURL)
	select {
	case <-cmd.Context().Done():
		s.stop()
		return nil
	case err := <-s.done:
		return internalError("the reference gateway stopped serving: %w", err)
	}
}
