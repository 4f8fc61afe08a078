package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// sandboxPatience bounds one request of a bridge that is served as a sandbox.
const sandboxPatience = 30 * time.Second

// loggedBody is the longest body of which a line tells the ids, in bytes.
const loggedBody = 1 << 20

// stepLog writes one line for each step: the time, what happened, and the facts about it. It is safe for many at once.
func stepLog(w io.Writer) *slog.Logger { return slog.New(&steps{w: w}) }

// steps is a slog.Handler for a person at a terminal.
type steps struct {
	mu sync.Mutex
	w  io.Writer
}

// Enabled implements slog.Handler.
func (s *steps) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// WithAttrs leaves out what every line would repeat: there is one bridge.
func (s *steps) WithAttrs([]slog.Attr) slog.Handler { return s }

// WithGroup implements slog.Handler.
func (s *steps) WithGroup(string) slog.Handler { return s }

// Handle implements slog.Handler.
func (s *steps) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Time.Format("15:04:05.000") + "  " + r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, ", %s %s", a.Key, printable(a.Value.String()))
		return true
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := io.WriteString(s.w, b.String()+"\n")
	return err
}

// printable is a text that cannot steer a terminal or begin another line.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// loggedReceipts logs what a bridge or a consent manager receives. Nothing of a body is told but its ids and, of the start hook, what is to be done.
type loggedReceipts struct {
	role contract.Role
	log  *slog.Logger
	next http.Handler
}

// ServeHTTP implements http.Handler.
func (l *loggedReceipts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := &bytes.Buffer{}
	body := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(body, &capped{b: head}), body}
	answer := &answered{ResponseWriter: w}
	answer.tell = sync.OnceFunc(func() {
		what, facts := "received "+named(r), []any{"answered", answer.status}
		switch r.URL.Path {
		case player.PathStart:
			what = "asked by the start hook to " + wanted(head.Bytes())
		case player.PathEnter:
			what = "told by the enter hook what the patient enters"
		case player.PathDecide:
			what = "told by the decide hook what the patient decides"
		}
		facts = append(facts, ids(head.Bytes())...)
		if why := answer.reason(); why != "" {
			facts = append(facts, "because", why)
		}
		l.log.Info(what, facts...)
	})
	l.next.ServeHTTP(answer, r)
	answer.tell()
}

// loggedSends logs what a bridge or a consent manager sends.
type loggedSends struct {
	log  *slog.Logger
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (l *loggedSends) RoundTrip(r *http.Request) (*http.Response, error) {
	var facts []any
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			raw, _ := io.ReadAll(io.LimitReader(body, loggedBody))
			facts = ids(raw)
		}
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		l.log.Warn("sent "+named(r), append([]any{"no answer", err}, facts...)...)
		return nil, err
	}
	l.log.Info("sent "+named(r), append([]any{"answered", resp.StatusCode}, facts...)...)
	return resp, nil
}

// named is a request in a word: the endpoint, or the method and the path.
func named(r *http.Request) string {
	path := r.URL.Path
	if i := strings.Index(path, contract.BasePath+"/"); i >= 0 {
		path = path[i:]
	}
	if e, ok := contract.EndpointAt(path); ok && r.Method == http.MethodPost {
		return e.Name
	}
	return r.Method + " " + printable(path)
}

// ids are the facts of a message that tell which it is and which it answers: UUIDs only, so that nothing else gets into a line.
func ids(body []byte) []any {
	var m struct {
		RequestID string
		Resp      struct{ RequestID string }
	}
	_ = json.Unmarshal(body, &m) // what cannot be read has no ids
	var facts []any
	for _, id := range []struct{ name, value string }{{"requestId", m.RequestID}, {"in answer to", m.Resp.RequestID}} {
		if _, err := uuid.Parse(id.value); err == nil && len(id.value) == len(uuid.Nil.String()) {
			facts = append(facts, id.name, id.value)
		}
	}
	return facts
}

// wanted is what a start hook asks for, in words of the contract.
func wanted(body []byte) string {
	var s player.StartRequest
	_ = json.Unmarshal(body, &s) // the bridge refuses what cannot be read
	var words []string
	for _, word := range []string{s.Action, s.Mode, s.Purpose} {
		known := slices.Concat([]string{player.ActionFetchModes, player.ActionInit, player.ActionFlow}, contract.Modes, contract.Purposes)
		if slices.Contains(known, word) {
			words = append(words, word)
		}
	}
	if words == nil {
		return "do nothing that it knows"
	}
	return strings.Join(words, " ")
}

// answered is a ResponseWriter that keeps the status and the beginning of the body.
type answered struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	// tell writes the line, once. It is called before an acceptance is sent: what comes of it has its lines below.
	tell func()
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	a.status = status
	if status < 300 {
		a.tell()
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answered) Write(p []byte) (int, error) {
	_, _ = (&capped{b: &a.body}).Write(p)
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find what is behind.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// reason is the message of the ErrorResponse, "" where there is none. It is our own, so it tells nothing of the message.
func (a *answered) reason() string {
	var e contract.ErrorResponse
	_ = json.Unmarshal(a.body.Bytes(), &e)
	return e.Error.Message
}

// capped keeps the first bytes of what is written to it, and takes all.
type capped struct{ b *bytes.Buffer }

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	c.b.Write(p[:min(len(p), max(0, loggedBody-c.b.Len()))])
	return len(p), nil
}
