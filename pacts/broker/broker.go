// Package broker speaks to a Pact Broker: it publishes Pact files and the
// results of their verification, and asks whether a version can be deployed.
package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Client is one Pact Broker and how we log in there. Its errors never hold the token or the password.
type Client struct {
	// URL is the base URL of the broker.
	URL string
	// Token is a bearer token; User and Password are basic auth. At most one of the two is used, the token first.
	Token, User, Password string
	// HTTP is the client; nil: http.DefaultClient.
	HTTP *http.Client
}

// maxAnswer is how much of an answer of the broker is read, in bytes.
const maxAnswer = 16 << 20

// hal is the media type of a broker's answers.
const hal = "application/hal+json"

// Problem is an answer of the broker that is no success.
type Problem struct {
	Method, URL string
	Status      int
	// Reasons are what the broker says of it.
	Reasons []string
}

// Error says what was answered and what to do.
func (p *Problem) Error() string {
	text := fmt.Sprintf("the Pact Broker answered %s %s with %d", p.Method, p.URL, p.Status)
	if len(p.Reasons) > 0 {
		text += ": " + strings.Join(p.Reasons, "; ")
	}
	switch p.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		text += ": check the token, or the user and the password"
	case http.StatusNotFound:
		text += ": check the URL of the broker and the names"
	}
	return text
}

// call sends a request, with a body as JSON unless it is nil, and reads the answer into into unless that is nil.
func (c *Client) call(ctx context.Context, method, target string, body, into any) error {
	var text io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("a request to the Pact Broker could not be written as JSON: %w", err)
		}
		text = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, text)
	if err != nil {
		return fmt.Errorf("%s cannot be asked: %w", target, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", hal)
	switch {
	case c.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.Token)
	case c.User != "":
		req.SetBasicAuth(c.User, c.Password)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("the Pact Broker at %s cannot be reached: %w", c.URL, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of the Pact Broker to %s %s broke off: %w", method, target, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return &Problem{Method: method, URL: target, Status: resp.StatusCode, Reasons: reasons(raw)}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("the answer of the Pact Broker to %s %s is not the JSON that was expected; is this a Pact Broker?", method, target)
	}
	return nil
}

// reasons are the texts of a broker's error, which it gives as a list or as an object of lists by field.
func reasons(raw []byte) []string {
	var answer struct {
		Errors  json.RawMessage `json:"errors"`
		Error   any             `json:"error"`
		Notices []Notice        `json:"notices"`
	}
	if json.Unmarshal(raw, &answer) != nil {
		return nil
	}
	var all []string
	for _, n := range answer.Notices {
		if n.Type == "error" {
			all = append(all, n.Text)
		}
	}
	var list []string
	var fields map[string][]string
	switch {
	case json.Unmarshal(answer.Errors, &list) == nil:
		all = append(all, list...)
	case json.Unmarshal(answer.Errors, &fields) == nil:
		for field, texts := range fields {
			for _, text := range texts {
				all = append(all, field+" "+text)
			}
		}
		slices.Sort(all)
	}
	if text, ok := answer.Error.(string); ok {
		all = append(all, text)
	}
	return all
}

// Notice is a remark of the broker.
type Notice struct {
	Type string `json:"type"` // debug, info, success, prompt, warning, error or danger
	Text string `json:"text"`
}

// at is the URL of a path below the broker's base URL; its parts are escaped.
func (c *Client) at(parts ...string) string {
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.TrimRight(c.URL, "/") + "/" + strings.Join(parts, "/")
}

// own says whether an address that the broker tells lies at the broker itself, so that it may be told our token.
func (c *Client) own(target string) bool {
	there, err := url.Parse(target)
	if err != nil {
		return false
	}
	here, err := url.Parse(c.URL)
	return err == nil && there.Scheme == here.Scheme && there.Host == here.Host
}
