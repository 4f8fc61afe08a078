package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
)

// command runs the command line with init and one command "try", and returns what it left behind.
func command(t *testing.T, body func(context.Context) error, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	try := &cobra.Command{Use: "try", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return body(cmd.Context()) }}
	addConfigFlags(try)
	addRunFlags(try)
	var out, err bytes.Buffer
	code = execute(t.Context(), newRootCmd(newInitCmd(), try), args, &out, &err)
	return code, out.String(), err.String()
}

func TestExitCodes(t *testing.T) {
	var nothing *config.Config
	for name, c := range map[string]struct {
		err    error
		code   int
		stderr string
	}{
		"conformant":     {nil, 0, ""},
		"not conformant": {notConformant(), 1, ""},
		"usage":          {usageError("wrong %s", "word"), 2, "conformance: wrong word\n"},
		"configuration":  {&config.Error{Problems: []config.Problem{{Where: "a.yaml:1", Key: "b", Text: "c"}}}, 2, "conformance: the configuration is not usable:\na.yaml:1: b: c\n"},
		"preflight":      {preflightError("the subject does not answer"), 3, "conformance: the subject does not answer\n"},
		"incomplete":     {incompleteError("a filter was used"), 4, "conformance: a filter was used\n"},
		"internal":       {internalError("a report cannot be written"), 5, "conformance: a report cannot be written\n"},
		"interrupted":    {interruptedError(), 130, "conformance: interrupted; what was found until now is incomplete\n"},
		"any other":      {errors.New("something"), 5, "conformance: something\n"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := command(t, func(context.Context) error { return c.err }, "try")
			if code != c.code || stderr != c.stderr {
				t.Errorf("exit %d, stderr %q; want %d, %q", code, stderr, c.code, c.stderr)
			}
		})
	}
	t.Run("panic", func(t *testing.T) {
		code, _, stderr := command(t, func(context.Context) error { return errors.New(nothing.Subject.Name) }, "try")
		if code != 5 || !strings.Contains(stderr, "nil pointer") || strings.Contains(stderr, "goroutine") {
			t.Errorf("exit %d, stderr %q", code, stderr)
		}
		code, _, stderr = command(t, func(context.Context) error { panic("hunter2") }, "try")
		if code != 5 || strings.Contains(stderr, "hunter2") {
			t.Errorf("exit %d, stderr %q", code, stderr)
		}
		t.Setenv(config.DebugVariable, "1")
		if _, _, stderr = command(t, func(context.Context) error { panic("hunter2") }, "try"); !strings.Contains(stderr, "main_test.go") {
			t.Errorf("no stack in %q", stderr)
		}
	})
}

func TestUsageErrorsAreOneSentenceWithTheNextStep(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"try", "--nope"}, "conformance: unknown flag: --nope; see conformance try --help\n"},
		{[]string{"try", "now"}, "conformance: unknown command \"now\" for \"conformance try\"; see conformance try --help\n"},
		{[]string{"try", "--concurrency", "many"}, `conformance: invalid argument "many" for "--concurrency" flag: strconv.ParseInt: parsing "many": invalid syntax; see conformance try --help` + "\n"},
		{[]string{"tri"}, "conformance: unknown command \"tri\" for \"conformance\"; did you mean try?; see conformance --help\n"},
		{[]string{"help", "nope"}, "conformance: there is no command \"nope\"; see conformance --help\n"},
		{[]string{"--nope"}, "conformance: unknown flag: --nope; see conformance --help\n"},
		{[]string{"init", "--role", "gatway"}, `conformance: --role: "gatway" is not a role; roles are gateway, hip, hiu and cm; did you mean gateway?` + "\n"},
		{[]string{"init", "--target", "staging"}, "conformance: --target: must be an absolute URL that begins with http:// or https://, such as https://staging.example/gateway\n"},
	} {
		code, stdout, stderr := command(t, func(context.Context) error { return nil }, c.args...)
		if code != exitUsage || stdout != "" || stderr != c.want {
			t.Errorf("%v: exit %d, stdout %q, stderr\n%swant\n%s", c.args, code, stdout, stderr, c.want)
		}
	}
}

func TestHelpListsKeysCompactlyAndNoFlagsOfOthers(t *testing.T) {
	code, stdout, _ := command(t, nil, "try", "--help")
	for _, want := range []string{"--role", "--target", "--profile", "--out", "--filter", "--concurrency", "--rate", "--config", "--identities-hip-client-secret", "CONFORMANCE_SUBJECT_URL"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the help has no %s", want)
		}
	}
	if lines := strings.Count(stdout, "\n"); code != 0 || lines > 50 || strings.Contains(stdout, "ginkgo") || strings.Contains(stdout, "test.") {
		t.Errorf("exit %d, %d lines:\n%s", code, lines, stdout)
	}
	if _, stdout, _ = command(t, nil, "--version"); stdout != "conformance dev\n" {
		t.Errorf("--version prints %q", stdout)
	}
}

func TestSignalsCancelThenEnd(t *testing.T) {
	ended := make(chan int, 1)
	ctx, stop := signals(t.Context(), func(code int) { ended <- code })
	defer stop()
	send := func() {
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	send()
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the first signal did not cancel the context")
	}
	var exit *exitError
	if err := coded(ctx, ctx.Err()); !errors.As(err, &exit) || exit.code != exitInterrupted {
		t.Errorf("a command that ends with %v exits with %v, want 130", ctx.Err(), err)
	}
	send()
	select {
	case code := <-ended:
		if code != exitInterrupted {
			t.Errorf("exit %d, want 130", code)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the second signal did not end the process")
	}
}

func TestInitWritesOnceAndNamesTheNextStep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	args := []string{"init", "--role", "hip", "--target", "http://127.0.0.1:8080", "--out", file}
	code, stdout, stderr := command(t, nil, args...)
	if code != 0 || !strings.Contains(stdout, "export HIP_SECRET;") || !strings.Contains(stdout, "conformance doctor -c "+file) {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	c, err := config.Load(file, config.Overrides{Environ: []string{"HIP_SECRET=x"}})
	if err != nil || c.Subject.URL != "http://127.0.0.1:8080" {
		t.Errorf("the file is not usable: %v", err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr = command(t, nil, "init", "--out", file)
	after, err := os.ReadFile(file)
	if code != exitUsage || err != nil || !bytes.Equal(before, after) || !strings.Contains(stderr, "left alone") {
		t.Errorf("a second init: exit %d, %s, %v", code, stderr, err)
	}
}
