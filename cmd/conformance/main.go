// Command conformance plays every other party of an ABDM network against one
// implementation and says, requirement by requirement, whether that keeps the
// contract of the gateway v0.5 users/auth API.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker; see the Makefile.
var version = "dev"

func main() {
	ctx, stop := signals(context.Background(), os.Exit)
	code := execute(ctx, newRootCmd(
		newRunCmd(), newJudgeCmd(), newReportCmd(), newDiffCmd(), newBaselineCmd(), newSignCmd(), newVerifyCmd(), newKeygenCmd(), newInitCmd(), newDoctorCmd(), newListCmd(), newExplainCmd(), newServeCmd(), newSelftestCmd(), newPactCmd(),
	), os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// signals returns a context that the first SIGINT or SIGTERM cancels with the
// cause errSignal. The second one ends the process at once, through exit.
func signals(parent context.Context, exit func(code int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	go func() {
		if _, open := <-received; !open {
			return
		}
		cancel(errSignal)
		if _, open := <-received; open {
			exit(exitInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(received)
		close(received)
		cancel(nil)
	}
}

// newRootCmd is the command line with these commands below it.
func newRootCmd(commands ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   "conformance",
		Short: "Say whether an ABDM gateway, bridge or consent manager keeps the contract of v0.5 users/auth",
		Long: `conformance plays every other party of the network, holds the conversation with
one implementation, and says, requirement by requirement, whether it keeps the
contract of the ABDM gateway v0.5 users/auth API.

Exit codes: 0 conformant, 1 not conformant, 2 usage or configuration,
3 the subject cannot be reached, 4 incomplete, 5 error of the suite, 130 interrupted.`,
		Version:                    version,
		SilenceUsage:               true,
		SilenceErrors:              true,
		DisableSuggestions:         true, // execute makes one sentence of them
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetVersionTemplate("conformance {{.Version}}\n")
	root.SetHelpCommand(newHelpCmd(root))
	for _, command := range commands {
		guard(command)
		root.AddCommand(command)
	}
	return root
}

// newHelpCmd is `conformance help`; unlike cobra's own, it fails on a command that does not exist.
func newHelpCmd(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usageError("there is no command %q; see conformance --help", strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// guard wraps a command and those below it, so that every error that comes out
// of a command has an exit code and a panic becomes one. What has no code
// after that is cobra's own, about flags and arguments.
func guard(command *cobra.Command) {
	for _, below := range command.Commands() {
		guard(below)
	}
	body := command.RunE
	if body == nil {
		return
	}
	command.RunE = func(cmd *cobra.Command, args []string) (err error) {
		defer func() {
			if thrown := recover(); thrown != nil {
				err = recovered(thrown)
			}
		}()
		return coded(cmd.Context(), body(cmd, args))
	}
}

// execute runs the command line and returns the exit code. Errors go to stderr
// as sentences; what a command says goes to stdout.
func execute(ctx context.Context, root *cobra.Command, args []string, stdout, stderr io.Writer) (code int) {
	defer func() {
		if thrown := recover(); thrown != nil {
			fmt.Fprintln(stderr, "conformance: "+recovered(thrown).Error())
			code = exitInternal
		}
	}()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitConformant
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{exitUsage, errors.New(usageSentence(root, command, args, err))}
	}
	if text := exit.Error(); text != "" {
		fmt.Fprintln(stderr, "conformance: "+text)
	}
	return exit.code
}

// usageSentence is what cobra says about a command line, as one sentence with the next step.
func usageSentence(root, command *cobra.Command, args []string, err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	if command == nil {
		command = root
	}
	if command == root && strings.HasPrefix(text, "unknown command") {
		for _, arg := range args {
			if near := root.SuggestionsFor(arg); !strings.HasPrefix(arg, "-") && len(near) > 0 {
				text += "; did you mean " + near[0] + "?"
				break
			}
		}
	}
	return fmt.Sprintf("%s; see %s --help", text, command.CommandPath())
}
