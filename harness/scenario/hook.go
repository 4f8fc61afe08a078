package scenario

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/config"
)

// HookDeadline is how long a hook may take: the subject acts on it, and tells us by its messages.
const HookDeadline = 15 * time.Second

// HookPatience is how long a person may take to follow a manual hook.
const HookPatience = 5 * time.Minute

// Parameters are what a hook is told; they replace the templates {{name}} in its body or arguments. What is no text
// stands in a text as JSON, and in a body where the template is the whole text as it is.
type Parameters map[string]any

// template is a parameter's place in a hook: {{transactionId}}.
var template = regexp.MustCompile(`\{\{\s*\.?([A-Za-z]+)\s*\}\}`)

// fill replaces the templates of a text. The error names a template that the hook has no parameter for.
func (p Parameters) fill(text string) (string, error) {
	var unknown error
	filled := template.ReplaceAllStringFunc(text, func(place string) string {
		name := template.FindStringSubmatch(place)[1]
		if _, ok := p[name]; !ok {
			unknown = fmt.Errorf("the hook has the template %s, and there is no such parameter", place)
		}
		return p.text(name)
	})
	return filled, unknown
}

// text is a parameter as text.
func (p Parameters) text(name string) string {
	switch v := p[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		raw, _ := json.Marshal(v) // of what our own code makes
		return string(raw)
	}
}

// told are the parameters that say something.
func (p Parameters) told() Parameters {
	told := Parameters{}
	for name, value := range p {
		if value != nil && value != "" {
			told[name] = value
		}
	}
	return told
}

// body is the JSON body of an HTTP hook: its own with the templates filled in, or the parameters.
func (p Parameters) body(own any) ([]byte, error) {
	if own == nil {
		return json.Marshal(p.told())
	}
	filled, err := p.value(own)
	if err != nil {
		return nil, err
	}
	return json.Marshal(filled)
}

// value fills the templates in every text of a JSON value, names of members included.
func (p Parameters) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if place := template.FindStringSubmatch(v); place != nil && place[0] == v {
			if value, ok := p[place[1]]; ok {
				return value, nil
			}
		}
		return p.fill(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			filled, err := p.value(item)
			if err != nil {
				return nil, err
			}
			out[i] = filled
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			filled, err := p.value(item)
			if err != nil {
				return nil, err
			}
			out[name] = filled
		}
		return out, nil
	case map[any]any:
		out := map[string]any{}
		for name, item := range v {
			out[fmt.Sprint(name)] = item
		}
		return p.value(out)
	}
	return v, nil
}

// CallHook makes the subject act. An HTTP hook must answer 2xx and a command must end with 0, both within HookDeadline;
// a manual hook is shown to the person at the terminal, who says when it is done. name is the hook's key in errors,
// which never hold what the hook was told or what it said: that may be secret.
func CallHook(ctx context.Context, name string, h config.Hook, p Parameters) error {
	patience := HookDeadline
	if h.Manual != "" {
		patience = HookPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := act(ctx, h, p)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s was not done within %s", name, patience)
	}
	if err != nil {
		return fmt.Errorf("%s failed: %w", name, err)
	}
	return nil
}

func act(ctx context.Context, h config.Hook, p Parameters) error {
	switch {
	case h.HTTP != nil:
		return callHTTP(ctx, *h.HTTP, p)
	case len(h.Exec) > 0:
		return callExec(ctx, h.Exec, p)
	case h.Manual != "":
		return askPerson(ctx, h.Manual, p)
	}
	return errors.New("it is neither http, exec nor manual")
}

func callHTTP(ctx context.Context, h config.HTTPHook, p Parameters) error {
	body, err := p.body(h.Body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("its URL cannot be called")
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return errors.New("its URL gave no answer; is what serves it running?")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("its URL answered %d; a hook answers 2xx", resp.StatusCode)
	}
	return nil
}

func callExec(ctx context.Context, command []string, p Parameters) error {
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
		cmd.Env = append(cmd.Env, "CONFORMANCE_HOOK_"+strings.ToUpper(name)+"="+p.text(name))
	}
	if err := cmd.Run(); err != nil {
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			return fmt.Errorf("its command ended with %d; a hook ends with 0", ended.ExitCode())
		}
		return errors.New("its command could not be run")
	}
	return nil
}

// errNoTerminal says that there is nobody whom a manual hook could be shown to.
var errNoTerminal = errors.New("it is manual and there is no terminal: run the suite in one, or configure http or exec")

// atTerminal lets one manual hook at a time speak.
var atTerminal = make(chan struct{}, 1)

// askPerson shows an instruction at the terminal and waits for the return key.
func askPerson(ctx context.Context, instruction string, p Parameters) error {
	text, err := p.fill(instruction)
	if err != nil {
		return err
	}
	select {
	case atTerminal <- struct{}{}:
		defer func() { <-atTerminal }()
	case <-ctx.Done():
		return ctx.Err()
	}
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return errNoTerminal
	}
	defer terminal.Close() //nolint:errcheck // nothing is lost
	var told []string
	said := p.told()
	for _, name := range slices.Sorted(maps.Keys(said)) {
		told = append(told, name+": "+said.text(name))
	}
	if _, err := fmt.Fprintf(terminal, "\n%s (%s)\nPress return when it is done. ", text, strings.Join(told, ", ")); err != nil {
		return errNoTerminal
	}
	pressed := make(chan error, 1)
	go func() {
		_, err := bufio.NewReader(terminal).ReadString('\n')
		pressed <- err
	}()
	select {
	case err := <-pressed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decide makes the CM inside the subject approve or deny a DIRECT session, as hooks.decide says.
func (s *Stage) decide(ctx context.Context, transactionID, status string) error {
	h := s.net.cfg.Hooks.Decide
	if h == nil {
		return errNoDecide
	}
	err := CallHook(ctx, "hooks.decide", *h, Parameters{"transactionId": transactionID, "status": status})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNoTerminal):
		return &notApplicableError{err.Error()}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return harnessError(err)
}

// errNoDecide says which hook to configure.
var errNoDecide = &notApplicableError{"hooks.decide is not set: configure it (http, exec or manual) so that the consent manager inside the subject approves or denies a DIRECT session when the suite asks; it is told transactionId and status (GRANTED or DENIED)"}
