package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"abdm.example/conformance/harness/player"
)

// control is the command line of a sandbox's control API.
type control struct{ url, token, output string }

// newControlCmd is `conformance serve control`: it tells a sandbox what to do.
func newControlCmd() *cobra.Command {
	c := &control{}
	cmd := &cobra.Command{
		Use:   "control",
		Short: "Tell the sandbox of serve gateway --with-cm what to do",
		Long: `control asks the control API of a sandbox that conformance serve gateway --with-cm serves:
its patients, sessions, faults, behaviours and exchanges (docs/sandbox.md).`,
		Example: `  conformance serve control sessions
  conformance serve control sessions approve TRANSACTION
  conformance serve control behaviours add withhold on-init
  conformance serve control behaviours add answer init 429 --times 3
  conformance serve control faults on resp-not-mapped`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetUsageTemplate((&cobra.Command{}).UsageTemplate()) // not that of serve, with every key of the configuration
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.url, "url", "", "`URL` of the sandbox; variable "+sandboxURLVariable+", http://"+sandboxAddress+" where neither says")
	flags.StringVar(&c.token, "token", "", "`TOKEN` of the control API; variable "+sandboxTokenVariable)
	flags.StringVar(&c.output, "output", "text", "text or json")
	cmd.AddCommand(c.patients(), c.sessions(), c.faults(), c.behaviours(), c.exchanges())
	return cmd
}

// command is one command below control. A request is what it asks for; print shows the answer as text.
func (c *control) command(use, short string, args cobra.PositionalArgs, request func(args []string) (method, path string, body any, err error), print func(io.Writer, []byte) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		if c.output != "text" && c.output != "json" {
			return usageError("--output %q is neither text nor json", c.output)
		}
		method, path, body, err := request(args)
		if err != nil {
			return err
		}
		answer, err := c.client().Ask(cmd.Context(), method, path, body)
		if err != nil {
			return controlError(err)
		}
		if c.output == "json" {
			_, err = cmd.OutOrStdout().Write(answer)
			return err
		}
		return print(cmd.OutOrStdout(), answer)
	}}
}

func (c *control) client() *player.SandboxClient {
	client := &player.SandboxClient{URL: c.url, Token: c.token}
	if client.URL == "" {
		client.URL = os.Getenv(sandboxURLVariable)
	}
	if client.URL == "" {
		client.URL = "http://" + sandboxAddress
	}
	if client.Token == "" {
		client.Token = os.Getenv(sandboxTokenVariable)
	}
	return client
}

// controlError gives what went wrong its exit code.
func controlError(err error) error {
	var refusal *player.SandboxRefusal
	if errors.As(err, &refusal) {
		return usageError("the sandbox answered: %w", err)
	}
	return preflightError("%w; start it with conformance serve gateway --with-cm, or name another with --url or %s", err, sandboxURLVariable)
}

// plain is a request without a body.
func plain(method, path string) func([]string) (string, string, any, error) {
	return func([]string) (string, string, any, error) { return method, path, nil, nil }
}

// about is a request about what its one argument names.
func about(method, before, after string) func([]string) (string, string, any, error) {
	return func(args []string) (string, string, any, error) {
		return method, before + url.PathEscape(args[0]) + after, nil, nil
	}
}

func (c *control) patients() *cobra.Command {
	list := c.command("patients", "List the patients", cobra.NoArgs, plain(http.MethodGet, "/patients"), printPatients)
	list.AddCommand(
		c.command("add JSON", "Add a patient, or replace the one with that id; - reads standard input", cobra.ExactArgs(1), readPatient, printPatient),
		c.command("remove ID", "Remove a patient", cobra.ExactArgs(1), about(http.MethodDelete, "/patients/", ""), printDone),
	)
	return list
}

func readPatient(args []string) (string, string, any, error) {
	text := []byte(args[0])
	if args[0] == "-" {
		var err error
		if text, err = io.ReadAll(os.Stdin); err != nil {
			return "", "", nil, usageError("standard input cannot be read: %w", err)
		}
	}
	if !json.Valid(text) {
		return "", "", nil, usageError(`the patient is no JSON; write it like {"id":"new@sbx","name":"New Sample","gender":"F","dateOfBirth":"1980-01-31","otp":"123456"}`)
	}
	return http.MethodPost, "/patients", json.RawMessage(bytes.TrimSpace(text)), nil
}

func (c *control) sessions() *cobra.Command {
	var last int
	list := c.command("sessions", "List the last sessions, with their OTPs", cobra.NoArgs, lastRequest("/sessions", &last), printSessions)
	addLast(list, &last)
	for verb, short := range map[string]string{
		"approve": "Approve a DIRECT session: notify GRANTED",
		"deny":    "Deny a DIRECT session: notify DENIED",
		"expire":  "End a session before its time; of a granted one, the access token",
	} {
		list.AddCommand(c.command(verb+" TRANSACTION", short, cobra.ExactArgs(1), about(http.MethodPost, "/sessions/", "/"+verb), printSession))
	}
	return list
}

func (c *control) faults() *cobra.Command {
	list := c.command("faults [TEXT]", "List the faults that are on, or those with TEXT in their names", cobra.MaximumNArgs(1), func(args []string) (string, string, any, error) {
		if len(args) == 0 {
			return http.MethodGet, "/faults?on=true", nil, nil
		}
		return http.MethodGet, "/faults?name=" + url.QueryEscape(args[0]), nil, nil
	}, printFaults)
	list.AddCommand(
		c.command("on FAULT...", "Switch faults on", cobra.MinimumNArgs(1), func(args []string) (string, string, any, error) {
			return http.MethodPost, "/faults", map[string][]string{"on": args}, nil
		}, printFaultsOn),
		c.command("off [FAULT...]", "Switch faults off; all where none is named", cobra.ArbitraryArgs, func(args []string) (string, string, any, error) {
			if len(args) == 0 {
				return http.MethodDelete, "/faults", nil, nil
			}
			return http.MethodPost, "/faults", map[string][]string{"off": args}, nil
		}, printFaultsOn),
	)
	return list
}

func (c *control) behaviours() *cobra.Command {
	list := c.command("behaviours", "List the behaviours that wait for their occasion", cobra.NoArgs, plain(http.MethodGet, "/behaviours"), printBehaviours)
	var times int
	var message string
	add := c.command("add DO ENDPOINT [VALUE]", "Order a behaviour", cobra.RangeArgs(2, 3), func(args []string) (string, string, any, error) {
		b, err := readBehaviour(args)
		b.Times, b.Message = &times, message
		return http.MethodPost, "/behaviours", b, err
	}, printBehaviour)
	add.Long = "DO is one of these, and ENDPOINT one of its endpoints, or any:\n" + behaviourHelp() +
		"\nVALUE is the status of answer, the duration of delay, or the code of error."
	add.Flags().IntVar(&times, "times", 1, "how often; 0 for until it is removed")
	add.Flags().StringVar(&message, "message", "", "`TEXT` of an error")
	list.AddCommand(add, c.command("remove [NUMBER]", "Take a behaviour back; all where none is named", cobra.MaximumNArgs(1), func(args []string) (string, string, any, error) {
		if len(args) == 0 {
			return http.MethodDelete, "/behaviours", nil, nil
		}
		return http.MethodDelete, "/behaviours/" + url.PathEscape(args[0]), nil, nil
	}, printDone))
	return list
}

// readBehaviour reads DO ENDPOINT [VALUE]; the sandbox judges whether they fit.
func readBehaviour(args []string) (player.Behaviour, error) {
	b := player.Behaviour{Do: args[0], At: args[1]}
	if len(args) == 2 {
		return b, nil
	}
	kind, err := valueOf(b.Do)
	if err != nil {
		return b, err
	}
	if kind == "after" {
		b.After = args[2]
		return b, nil
	}
	number, err := strconv.Atoi(args[2])
	if err != nil {
		return b, usageError("the %s of %s is %q; it must be a number", kind, b.Do, args[2])
	}
	if kind == "status" {
		b.Status = number
	} else {
		b.Code = number
	}
	return b, nil
}

// valueOf names the member of a behaviour that VALUE is.
func valueOf(do string) (string, error) {
	for _, k := range player.Behaviours {
		switch {
		case k.Do != do:
		case k.Value == "":
			return "", usageError("%s takes no value behind the endpoint", do)
		default:
			return k.Value, nil
		}
	}
	return "", usageError("%q is no behaviour; see conformance serve control behaviours add --help", do)
}

func (c *control) exchanges() *cobra.Command {
	var last int
	list := c.command("exchanges", "List the last exchanges with bridges, redacted; --output json shows them whole", cobra.NoArgs, lastRequest("/exchanges", &last), printExchanges)
	addLast(list, &last)
	return list
}

func addLast(cmd *cobra.Command, last *int) {
	cmd.Flags().IntVar(last, "last", 20, "how many")
}

func lastRequest(path string, last *int) func([]string) (string, string, any, error) {
	return func([]string) (string, string, any, error) {
		return http.MethodGet, fmt.Sprintf("%s?last=%d", path, *last), nil, nil
	}
}
