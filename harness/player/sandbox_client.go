package player

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// SandboxClient asks the control API of a Sandbox that somebody serves.
type SandboxClient struct {
	URL    string       // base URL of the sandbox, with or without PathControl
	Token  string       // "" where it takes none
	Client *http.Client // nil: one that waits for 40 s
}

// SandboxRefusal is a request that the control API did not carry out.
type SandboxRefusal struct {
	Status int
	Text   string // the sandbox's own sentence
}

// Error is the sandbox's sentence.
func (r *SandboxRefusal) Error() string { return r.Text }

// errNoSandbox says that something else answers.
var errNoSandbox = errors.New("what answers there is no sandbox: name the one that conformance serve gateway --with-cm prints as Control")

// Ask sends a request below PathControl, with in as its body unless it is nil, and returns the body of the answer, which
// is empty where there is nothing to tell. The error is a *SandboxRefusal where the sandbox refused; else there was no
// answer, or none of a sandbox.
func (c *SandboxClient) Ask(ctx context.Context, method, path string, in any) ([]byte, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("the request to the sandbox cannot be written as JSON: %w", err)
		}
		body = bytes.NewReader(text)
	}
	base := strings.TrimSuffix(strings.TrimRight(c.URL, "/"), PathControl)
	r, err := http.NewRequestWithContext(ctx, method, base+PathControl+path, body)
	if err != nil {
		return nil, fmt.Errorf("the sandbox cannot be asked: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := c.Client
	if client == nil {
		client = &http.Client{Timeout: 40 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no sandbox answers at %s: %w", base, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer of the sandbox at %s broke off: %w", base, err)
	}
	if resp.StatusCode/100 == 2 && (len(text) == 0 || json.Valid(text)) {
		return text, nil
	}
	var refusal struct{ Error string }
	if json.Unmarshal(text, &refusal) != nil || refusal.Error == "" {
		return nil, fmt.Errorf("%s: %w", base, errNoSandbox)
	}
	return nil, &SandboxRefusal{resp.StatusCode, refusal.Error}
}
