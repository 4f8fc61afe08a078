package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
	"unicode/utf8"

	"abdm.example/conformance/config"
)

// HookDeadline is how long a hook may take: the subject acts on it, and tells us by its messages.
const HookDeadline = 15 * time.Second

// HookPatience is how long a person may take to follow a manual hook.
const HookPatience = 5 * time.Minute

// What a hook answers where the subject cannot be made to do what it is asked for: the status of an HTTP hook, and the
// number with which a command ends (EX_UNAVAILABLE of sysexits).
const (
	UnableStatus = http.StatusNotImplemented
	UnableExit   = 69
)

// HookError says that a hook did not do what it was called for.
type HookError struct {
	// Name is the hook's key.
	Name string
	// Problem is what went wrong, in words that hold nothing secret.
	Problem string
	// Unable says that the hook answered that the subject cannot be made to do this.
	Unable bool
}

func (e *HookError) Error() string { return e.Name + " failed: " + e.Problem }

// CallHook makes the subject act. An HTTP hook must answer 2xx and a command must end with 0, both within HookDeadline;
// a manual hook is shown to the person at the terminal, who says when it is done. name is the hook's key in errors, which
// never hold what the hook was told. said is the beginning of what came back, which may be secret.
func CallHook(ctx context.Context, name string, h config.Hook, p Parameters) (said string, err error) {
	answer := &excerpt{limit: longestSaid}
	err = callHook(ctx, name, h, p, answer)
	return answer.String(), err
}

// callHook is CallHook with what keeps the beginning of what came back.
func callHook(ctx context.Context, name string, h config.Hook, p Parameters, said *excerpt) error {
	patience := HookDeadline
	if h.Manual != "" {
		patience = HookPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := act(ctx, h, p, said)
	var problem *HookError
	switch {
	case err == nil || errors.Is(err, errNoTerminal):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		problem = &HookError{Problem: fmt.Sprintf("it was not done within %s", patience)}
	case !errors.As(err, &problem):
		problem = &HookError{Problem: err.Error()}
	}
	problem.Name = name
	return problem
}

func act(ctx context.Context, h config.Hook, p Parameters, said *excerpt) error {
	switch {
	case h.HTTP != nil:
		return callHTTP(ctx, *h.HTTP, p, said)
	case len(h.Exec) > 0:
		return callExec(ctx, h.Exec, p, said)
	case h.Manual != "":
		return askPerson(ctx, h.Manual, p)
	}
	return errors.New("it is neither http, exec nor manual")
}

func callHTTP(ctx context.Context, h config.HTTPHook, p Parameters, said *excerpt) error {
	body, err := p.body(h.Body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("its URL cannot be called")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := hookClient.Do(req)
	if err != nil {
		return errors.New("its URL gave no answer; is what serves it running?")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(said, io.LimitReader(resp.Body, 1<<20))
	switch {
	case resp.StatusCode == UnableStatus:
		return &HookError{Problem: fmt.Sprintf("its URL answered %d: the subject cannot be made to do this", resp.StatusCode), Unable: true}
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("its URL answered %d; a hook answers 2xx", resp.StatusCode)
	}
	return nil
}

// hookClient calls hooks, each over a connection of its own: a hook is not called twice where an idle one has gone stale.
var hookClient = &http.Client{
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func callExec(ctx context.Context, command []string, p Parameters, said *excerpt) error {
	filled := make([]string, len(command))
	for i, argument := range command {
		text, err := p.fill(argument)
		if err != nil {
			return err
		}
		filled[i] = text
	}
	cmd := exec.CommandContext(ctx, filled[0], filled[1:]...)
	cmd.WaitDelay = time.Second
	cmd.Env = os.Environ()
	for name := range p {
		cmd.Env = append(cmd.Env, hookVariable(name)+"="+p.text(name))
	}
	cmd.Stdout, cmd.Stderr = said, said // one writer for both: it is called by one goroutine
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // what it left running in the background is its own affair
		return nil
	case errors.As(err, &ended) && ended.ExitCode() == UnableExit:
		return &HookError{Problem: fmt.Sprintf("its command ended with %d: the subject cannot be made to do this", UnableExit), Unable: true}
	case errors.As(err, &ended):
		return fmt.Errorf("its command ended with %d; a hook ends with 0", ended.ExitCode())
	}
	return errors.New("its command could not be run")
}

// hookVariable is the variable in which a command finds a parameter.
func hookVariable(name string) string { return "CONFORMANCE_HOOK_" + strings.ToUpper(name) }

// longestSaid is how much of what a hook said is kept, in bytes.
const longestSaid = 400

// excerpt keeps the beginning of what is written into it, and takes the rest as well.
type excerpt struct {
	limit int
	text  []byte
}

// Write implements io.Writer.
func (e *excerpt) Write(p []byte) (int, error) {
	e.text = append(e.text, p[:min(len(p), max(e.limit+utf8.UTFMax-len(e.text), 0))]...)
	return len(p), nil
}

// String is what was kept, on one line.
func (e *excerpt) String() string {
	text := strings.ToValidUTF8(string(e.text[:min(len(e.text), e.limit)]), "")
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' }), " / ")
}
