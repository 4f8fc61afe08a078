package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/pacts/worker"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

// conversations are the families of scenarios in which our players say nothing but what the contract has: what the subject
// sends in others may be an answer to what we said wrong.
var conversations = []string{"flow", "fetch-modes", "unknown-patient"}

// Bounds on the verification of messages.
const (
	messageTime        = 30 * time.Second // for one message; both sides of it are ours
	maxMessageFindings = 20               // that are kept of one interaction
)

// Messages verifies what the subject really sent in a run against our files of messages: one interaction for each kind of
// message, judged by every message of that kind. What was redacted is not judged: it is there, and its value is not known.
// The error is a failure of our own side.
func Messages(ctx context.Context, w *worker.Worker, evidence *journal.Evidence) ([]suites.PactResult, error) {
	s, err := speak()
	if err != nil {
		return nil, err
	}
	defer s.close()
	played := map[string]bool{}
	for _, sc := range evidence.Scenarios {
		family, _, _ := strings.Cut(sc.Name, "/")
		held := sc.Status == journal.Played || sc.Status == journal.Blocked // a message that is wrong may end a conversation
		played[sc.Name] = held && slices.Contains(conversations, family)
	}
	var all []suites.PactResult
	for _, pair := range pacts.Pairs {
		if pair.Consumer != evidence.Run.Subject.Role {
			continue
		}
		result, err := s.pair(ctx, w, pair, evidence.Exchanges, played)
		if err != nil {
			return all, err
		}
		all = append(all, result)
	}
	return all, nil
}

// speaker gives the verifier a captured message, as the provider of a message does.
type speaker struct {
	base   string
	server *http.Server
	mu     sync.Mutex
	pact   []byte // with the interaction that is verified
	says   []byte
	media  string
}

func speak() (*speaker, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no free port on loopback for the messages: %w", err)
	}
	own := "/" + rand.Text()
	s := &speaker{base: "http://" + l.Addr().String() + own}
	s.server = &http.Server{Handler: http.StripPrefix(own, s), ReadHeaderTimeout: messageTime, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.server.Serve(l) }() // close ends it
	return s, nil
}

func (s *speaker) close() { _ = s.server.Close() }

// ServeHTTP implements http.Handler.
func (s *speaker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == pathPact {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.pact)
		return
	}
	w.Header().Set("Content-Type", s.media)
	_, _ = w.Write(s.says)
}

// pair verifies the messages of the pair's sender to its receiver.
func (s *speaker) pair(ctx context.Context, w *worker.Worker, pair pacts.Pair, exchanges []*journal.Exchange, played map[string]bool) (suites.PactResult, error) {
	text, err := pair.MessageFile()
	if err != nil {
		return suites.PactResult{}, err
	}
	file, err := pacts.Read(text)
	if err != nil {
		return suites.PactResult{}, err
	}
	sum := sha256.Sum256(text)
	result := suites.PactResult{Consumer: file.Consumer, Provider: file.Provider, File: pair.MessageFileName(), Digest: hex.EncodeToString(sum[:])}
	for _, i := range file.Interactions {
		var captured []*journal.Exchange
		for _, x := range exchanges {
			if x.Direction == journal.Received && x.Player == pair.Provider && played[x.Scenario] && keyOf(x) == i.Key {
				captured = append(captured, x)
			}
		}
		out, err := s.interaction(ctx, w, file, i, captured)
		if err != nil {
			return result, err
		}
		result.Interactions = append(result.Interactions, out)
	}
	return result, nil
}

// interaction judges one kind of message by all that were captured.
func (s *speaker) interaction(ctx context.Context, w *worker.Worker, file *pacts.File, i pacts.FileInteraction, captured []*journal.Exchange) (suites.PactInteraction, error) {
	out := suites.PactInteraction{Key: i.Key, Description: i.Description, Findings: []suites.Finding{}}
	one, err := file.Single(i)
	if err != nil {
		return out, err
	}
	s.mu.Lock()
	s.pact = one
	s.mu.Unlock()
	open := ""
	for _, x := range captured {
		if err := context.Cause(ctx); err != nil {
			return out, err
		}
		s.say(x, i)
		verified, err := w.Do(worker.Job{Pact: s.base + pathPact, Provider: file.Provider, Target: s.base, Timeout: messageTime})
		if err != nil {
			return out, err
		}
		if verified.Failure != "" && len(verified.Mismatches) == 0 {
			open = "libpact_ffi could not verify " + x.ID + ": " + verified.Failure
		}
		for _, f := range findings(verified.Mismatches) {
			f.Pointer, f.Scenario, f.Exchange = strings.TrimPrefix(f.Pointer, "/response/body"), x.Scenario, x.ID
			if len(out.Findings) < maxMessageFindings {
				out.Findings = append(out.Findings, f)
			}
		}
	}
	switch {
	case len(out.Findings) > 0:
		out.Verdict = suites.Fail
	case open != "":
		out.Verdict, out.Reason = suites.Inconclusive, open
	case len(captured) > 0:
		out.Verdict = suites.Pass
	case strings.HasSuffix(i.Key, "-error"):
		out.Verdict, out.Reason = suites.NotApplicable, "the subject had no cause to send it in this run"
	default:
		out.Verdict, out.Reason = suites.Inconclusive, "no such message was captured in a conversation that keeps the contract"
	}
	return out, nil
}

// keyOf is the key of the message that was captured.
func keyOf(x *journal.Exchange) string {
	e, known := contract.EndpointNamed(x.Endpoint)
	if !known {
		return ""
	}
	_, failed := fixtures.Value(x.Request.Body.JSON, "/error")
	return pacts.MessageKey(e, failed)
}

// redacted is a value of which nothing is left but its placeholder.
var redacted = regexp.MustCompile(`^"‹redacted:[^›]*›"$`)

// say makes a captured message the next one. Where a value was redacted, it has that of the example.
func (s *speaker) say(x *journal.Exchange, i pacts.FileInteraction) {
	body, media := []byte(x.Request.Body.JSON), "application/json"
	if body == nil {
		body, media = []byte(x.Request.Body.Text), "text/plain"
	}
	for _, m := range schemas.Members(contract.MustEndpoint(x.Endpoint).Schema) {
		value, there := fixtures.Value(body, m.Pointer)
		example, wanted := fixtures.Value(i.Body, m.Pointer)
		if there && wanted && redacted.Match(value) {
			if edited, err := fixtures.Edit(body, m.Pointer, example); err == nil {
				body = edited
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says, s.media = body, media
}
