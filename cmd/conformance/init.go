package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// newInitCmd is `conformance init`: it writes a commented conformance.yaml.
func newInitCmd() *cobra.Command {
	var role, target, out string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented conformance.yaml",
		Long: `init writes a commented conformance.yaml for a subject of the role at the target.
The file holds no secret: it refers to variables, and init says which ones to set.
A file that is there already is left alone.`,
		Example: `  conformance init --role gateway --target https://staging.example/gateway
  conformance init --role hip --target https://hip.example --out hip.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known, err := config.ParseRole(role)
			if err != nil {
				return usageError("--role: %w", err)
			}
			if target != "" {
				if err := config.CheckURL(target); err != nil {
					return usageError("--target: %w", err)
				}
			}
			text := config.Template(known, target)
			if err := writeNew(out, text); err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), nextStep(known, out, target, config.Variables(text)))
			return err
		},
	}
	cmd.Flags().StringVar(&role, "role", string(contract.Gateway), "`ROLE` of the subject: gateway, hip, hiu or cm")
	cmd.Flags().StringVar(&target, "target", "", "base `URL` of the subject; a placeholder where it is not given")
	cmd.Flags().StringVar(&out, "out", defaultFile, "`FILE` to write")
	return cmd
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return usageError("%s is there already and is left alone; name another file with --out, or move it away", path)
	case err != nil:
		return usageError("%s cannot be written: %w; name another file with --out", path, err)
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return internalError("%s is written in part only: %w", path, err)
	}
	return nil
}

// nextStep says what to do with the file that was written.
func nextStep(role contract.Role, path, target string, variables []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Wrote %s.\nNext:\n", path)
	steps := []string{"set the ids to those that the subject's network knows"}
	if target == "" {
		steps[0] = "set subject.url to the base URL of the subject, and the ids to those that its network knows"
	}
	if slices.Contains(contract.Bridges, role) {
		who := "your " + strings.ToUpper(string(role))
		steps = []string{
			"set identities to the id and the client id with which " + who + " logs in at its gateway",
			"make harness.public-url the gateway that " + who + " is configured with",
			"set hooks.start, so that what " + who + " sends is judged too",
		}
		if target == "" {
			steps = append([]string{"set subject.url to the base URL of " + who}, steps...)
		}
	}
	steps = append(steps, "export "+strings.Join(variables, ", "))
	for _, step := range steps {
		fmt.Fprintf(&b, "  %s;\n", step)
	}
	fmt.Fprintf(&b, "  conformance doctor -c %s\n", path)
	return b.String()
}
