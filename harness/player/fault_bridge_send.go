package player

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// missending is a fault in what a bridge sends.
type missending struct {
	bridgeRow
	// spoil changes a message as it is composed; nil for none.
	spoil func(*sending)
	// trip changes a request as it is sent, with its Authorization; nil for none.
	trip func(b *Bridge, next http.RoundTripper, r *http.Request) (*http.Response, error)
}

// sending is a message that a bridge composes.
type sending struct {
	bridge   *Bridge
	endpoint string // its name, also add-contexts
	out      *Outgoing
}

// misspend is the endpoint of a missending that is about links/link/add-contexts.
var misspend = []string{AddContexts}

// missendings are the faults in what a bridge sends.
func missendings() []missending {
	return slices.Concat(envelopeFaults(), headerFaults(), pathFaults(), countFaults(), sentMemberFaults(), valueFaults(), credentialFaults(),
		acknowledgementFaults(), spendingFaults())
}

// composed commits the faults in what a message says.
func (b *Bridge) composed(endpoint string, out Outgoing) Outgoing {
	if b.mistakes == nil {
		return out
	}
	b.mistakes.composes(endpoint, out)
	for _, row := range b.mistakes.sending {
		if row.spoil != nil && row.in(b.faults, endpoint) {
			row.spoil(&sending{b, endpoint, &out})
		}
	}
	return out
}

// misconnect commits the faults in how messages are sent.
func (b *Bridge) misconnect(client *http.Client) *http.Client {
	if b.mistakes == nil || !slices.ContainsFunc(b.mistakes.sending, func(row missending) bool { return row.trip != nil }) {
		return client
	}
	spoilt := *client
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	spoilt.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		for _, row := range b.mistakes.sending {
			if row.trip != nil && row.in(b.faults, endpointOf(r)) {
				return row.trip(b, next, r)
			}
		}
		return next.RoundTrip(r)
	})
	return &spoilt
}

// endpointOf is the name of the endpoint to which a bridge sends a request; "" for any other path.
func endpointOf(r *http.Request) string {
	path := r.URL.Path
	if strings.HasSuffix(path, contract.PathAddContexts) {
		return AddContexts
	}
	if e, ok := contract.EndpointAt(path[max(0, strings.Index(path, contract.BasePath+"/")):]); ok {
		return e.Name
	}
	return ""
}

// value is the member at a pointer; nil where there is none.
func (s *sending) value(pointer string) json.RawMessage {
	value, _ := fixtures.Value(s.out.Body, pointer)
	return value
}

// text is the member at a pointer where it is a string.
func (s *sending) text(pointer string) string {
	var text string
	_ = json.Unmarshal(s.value(pointer), &text)
	return text
}

// set writes a member, and takes it out where the value is nil. A message without what holds it stays as it is.
func (s *sending) set(pointer string, value json.RawMessage) {
	if body, err := fixtures.Edit(s.out.Body, pointer, value); err == nil {
		s.out.Body = body
	}
}

// replace writes a member that is there.
func (s *sending) replace(pointer string, value json.RawMessage) {
	if s.value(pointer) != nil {
		s.set(pointer, value)
	}
}

// write writes a text where a text is.
func (s *sending) write(pointer string, change func(string) string) {
	if text := s.text(pointer); text != "" {
		s.set(pointer, encodeJSON(change(text)))
	}
}

// writes is the spoil that writes a text otherwise.
func writes(pointer string, change func(string) string) func(*sending) {
	return func(s *sending) { s.write(pointer, change) }
}

// puts is the spoil that puts a JSON value where a member is.
func puts(pointer, value string) func(*sending) {
	return func(s *sending) { s.replace(pointer, json.RawMessage(value)) }
}

// adds is the spoil that adds a member beside another one.
func adds(beside, pointer, value string) func(*sending) {
	return func(s *sending) {
		if s.value(beside) != nil {
			s.set(pointer, json.RawMessage(value))
		}
	}
}

// constantID and constantStamp are what a message says that says always the same.
const constantID = "6f1b4f0e-3f0e-4d8e-9d66-2f1a5b1c7a10"

// envelopeFaults are about requestId and timestamp.
func envelopeFaults() []missending {
	row := func(name, requirements, summary string, spoil func(*sending), endpoints ...string) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: endpoints}, spoil: spoil}
	}
	id := func(change func(string) string) func(*sending) { return writes("/requestId", change) }
	stamp := func(write func(now time.Time) string) func(*sending) {
		return func(s *sending) { s.set("/timestamp", encodeJSON(write(s.bridge.now()))) }
	}
	layout := func(layout string, zone *time.Location) func(*sending) {
		return stamp(func(now time.Time) string { return now.In(zone).Format(layout) })
	}
	india := time.FixedZone("IST", 19800)
	remembered := func(key func(*sending) string) func(*sending) {
		return func(s *sending) {
			if earlier := s.bridge.mistakes.recall(key(s)); earlier != "" {
				s.set("/requestId", encodeJSON(earlier))
			}
		}
	}
	return []missending{
		row("id-not-uuid", "GEN-012", "sends {} with a requestId that is no UUID (BM24)", id(func(v string) string { return "req-" + v[:8] }), messages...),
		row("id-without-dashes", "GEN-012", "writes requestIds without dashes (BM24)", id(func(v string) string { return strings.ReplaceAll(v, "-", "") })),
		row("id-in-braces", "GEN-012", "writes requestIds in braces (BM24)", id(func(v string) string { return "{" + v + "}" })),
		row("id-constant", "GEN-012", "sends every {} with the same requestId", id(func(string) string { return constantID }), messages...),
		row("id-number", "GEN-012", "writes requestIds as numbers", puts("/requestId", "1024")),
		row("id-of-fetch-modes", "INIT-005 GEN-012", "sends init with the requestId of fetch-modes (BM19)", remembered(func(s *sending) string {
			return "fetch-modes of " + s.text("/query/id")
		}), contract.Init),
		row("id-of-init", "CONF-006 GEN-012", "sends confirm with the requestId of init", remembered(func(s *sending) string {
			return "init of " + s.text("/transactionId")
		}), contract.Confirm),
		row("id-of-notify", "ONTF-002 GEN-012", "sends on-notify with the requestId of the notify as its own", func(s *sending) { s.set("/requestId", s.value("/resp/requestId")) }, contract.OnNotify),
		row("time-zone-less", "GEN-013", "writes the timestamp of {} without a zone (BM23)", layout("2006-01-02T15:04:05.000", time.UTC), messages...),
		row("time-local", "GEN-014", "writes the timestamp of {} in Indian time with a Z (BM22)", layout("2006-01-02T15:04:05.000Z", india), messages...),
		row("time-constant", "GEN-014", "writes into every timestamp the same time, an hour before its start (BM21)", func(s *sending) {
			s.set("/timestamp", encodeJSON(Timestamp(s.bridge.mistakes.memory.started.Add(-time.Hour))))
		}),
		row("time-ahead", "GEN-014", "writes timestamps that are 20 minutes ahead", stamp(func(now time.Time) string { return Timestamp(now.Add(20 * time.Minute)) })),
		row("time-number", "GEN-013", "writes timestamps as numbers of milliseconds", func(s *sending) { s.set("/timestamp", encodeJSON(s.bridge.now().UnixMilli())) }),
		row("time-rfc1123", "GEN-013", "writes timestamps as HTTP writes dates", stamp(func(now time.Time) string { return now.UTC().Format(http.TimeFormat) })),
		row("time-date", "GEN-013", "writes dates for timestamps", stamp(func(now time.Time) string { return now.UTC().Format(time.DateOnly) })),
		row("time-space", "GEN-013", "writes a space for the T in timestamps", layout("2006-01-02 15:04:05.000Z", time.UTC)),
	}
}

// headerFaults are about the headers of what is sent.
func headerFaults() []missending {
	cm := func(value func(string) string) func(*sending) {
		return func(s *sending) { s.out.Header.Set(contract.HeaderCM, value(s.out.Header.Get(contract.HeaderCM))) }
	}
	const address = "fetch-modes=FM-001 init=INIT-002 confirm=CONF-006 on-notify=ONTF-004"
	row := func(name, requirements, summary string, spoil func(*sending), endpoints ...string) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: endpoints}, spoil: spoil}
	}
	authorization := func(name, summary string, write func(b *Bridge, token string) string, endpoints ...string) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: "GEN-023", summary: summary, endpoints: endpoints}, trip: func(b *Bridge, next http.RoundTripper, r *http.Request) (*http.Response, error) {
			out := r.Clone(r.Context())
			out.Header.Del(contract.HeaderAuthorization)
			if value := write(b, bearerOf(r.Header)); value != "" {
				out.Header.Set(contract.HeaderAuthorization, value)
			}
			return next.RoundTrip(out)
		}}
	}
	return []missending{
		row("cm-missing", address, "sends {} without X-CM-ID (BM17)", func(s *sending) { s.out.Header.Del(contract.HeaderCM) }, messages...),
		row("cm-wrong", address, "sends {} to a CM of its own choice in X-CM-ID (BM18)", cm(func(string) string { return "ncg" }), messages...),
		row("cm-empty", "FM-001 INIT-002 CONF-006 ONTF-004", "sends {} with an empty X-CM-ID", cm(func(string) string { return "" })),
		row("cm-with-at", "FM-001 INIT-002 CONF-006 ONTF-004", "writes the @ of the patient's address into X-CM-ID", cm(func(v string) string { return "@" + v })),
		row("cm-of-init-only", "CONF-006", "sends confirm to another CM than init (BM18)", cm(func(v string) string { return v + "-2" }), contract.Confirm),
		authorization("token-missing", "sends {} without Authorization", func(*Bridge, string) string { return "" }, messages...),
		authorization("token-garbage", "sends {} with a token that it made up", func(*Bridge, string) string { return "Bearer not-a-token-of-the-gateway" }, messages...),
		authorization("scheme-missing", "sends {} with its token and without the scheme Bearer", func(_ *Bridge, token string) string { return token }),
		authorization("scheme-other", "sends {} with the scheme Token", func(_ *Bridge, token string) string { return "Token " + token }),
		authorization("token-of-gateway", "sends {} with the token that the gateway came with", func(b *Bridge, _ string) string { return "Bearer " + b.mistakes.recall("token of the gateway") }),
		row("content-type-text", "GEN-039", "sends {} as text/plain", func(s *sending) { s.out.Header.Set("Content-Type", "text/plain") }, messages...),
		row("content-type-form", "GEN-039", "sends messages as a form", func(s *sending) { s.out.Header.Set("Content-Type", "application/x-www-form-urlencoded") }),
	}
}

// pathFaults are about where messages go.
func pathFaults() []missending {
	const right = "GEN-039 on-notify=ONTF-004"
	const all = "GEN-039 ONTF-004"
	row := func(name, summary string, path func(string) string, endpoints ...string) missending {
		requirements := right
		if endpoints == nil {
			requirements = all
		}
		return missending{bridgeRow: bridgeRow{name: name, requirements: requirements, summary: summary, endpoints: endpoints}, spoil: func(s *sending) {
			if e, ok := contract.EndpointNamed(s.out.Endpoint); ok {
				s.out.Endpoint = path(e.Path)
			}
		}}
	}
	method := func(name, summary, method string) missending {
		return missending{bridgeRow: bridgeRow{name: name, requirements: all, summary: summary}, spoil: func(s *sending) { s.out.Method = method }}
	}
	return []missending{
		row("path-slash", "sends {} to its path with a slash at the end (BM29)", func(p string) string { return p + "/" }, messages...),
		row("path-unversioned", "sends {} to its path without /v0.5 (BM29)", func(p string) string { return strings.TrimPrefix(p, contract.BasePath) }, messages...),
		row("path-double-slash", "sends {} to its path with two slashes in front (BM29)", func(p string) string { return "/" + p }),
		row("path-of-links", "sends on-notify to links/link/on-init (BM29)", func(string) string { return contract.BasePath + "/links/link/on-init" }, contract.OnNotify),
		row("path-of-notify", "sends on-notify to the path of notify (BM29)", func(p string) string { return strings.Replace(p, "on-notify", "notify", 1) }, contract.OnNotify),
		method("method-put", "sends {} by PUT", http.MethodPut),
	}
}

// countFaults are about how often a message is sent.
func countFaults() []missending {
	never := func(_ *Bridge, _ http.RoundTripper, r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	again := func(change func([]byte) []byte) func(*Bridge, http.RoundTripper, *http.Request) (*http.Response, error) {
		return func(_ *Bridge, next http.RoundTripper, r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			_ = r.Body.Close()
			send := func(ctx context.Context, body []byte) (*http.Response, error) {
				out := r.Clone(ctx)
				out.Body, out.ContentLength, out.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
				return next.RoundTrip(out)
			}
			if first, err := send(r.Context(), body); err == nil {
				_ = first.Body.Close()
			}
			return send(r.Context(), change(body))
		}
	}
	impatient := func(_ *Bridge, next http.RoundTripper, r *http.Request) (*http.Response, error) {
		began := time.Now()
		resp, err := next.RoundTrip(r)
		if err == nil && time.Since(began) > 1500*time.Millisecond {
			_ = resp.Body.Close()
			return nil, errors.New("the gateway took too long")
		}
		return resp, err
	}
	same := func(body []byte) []byte { return body }
	renewed := func(body []byte) []byte {
		edited, err := fixtures.Edit(body, "/requestId", encodeJSON(NewRequestID()))
		if err != nil {
			return body
		}
		return edited
	}
	return []missending{
		{bridgeRow: bridgeRow{name: "never-sent", requirements: "confirm=SEQ-001 on-notify=ONTF-001", summary: "never sends {} (BM25)", endpoints: messages[2:]}, trip: never},
		{bridgeRow: bridgeRow{name: "sent-twice", requirements: "GEN-012 confirm=OINIT-014 on-notify=ONTF-001", summary: "sends every {} twice", endpoints: messages}, trip: again(same)},
		{bridgeRow: bridgeRow{name: "token-used-twice", requirements: "OCONF-016 OCONF-014", summary: "links twice with an access token that is good for once", endpoints: misspend, role: contract.HIP}, trip: again(renewed)},
		{bridgeRow: bridgeRow{name: "on-notify-late", requirements: "ONTF-001", summary: "answers a notify after 12 s", endpoints: messages[3:]}, trip: func(_ *Bridge, next http.RoundTripper, r *http.Request) (*http.Response, error) {
			pauseFor(r.Context(), 12*time.Second)
			return next.RoundTrip(r)
		}},
		{bridgeRow: bridgeRow{name: "slow-gateway-given-up", requirements: "SEQ-009", summary: "gives a message up that the gateway took more than 1.5 s to answer", endpoints: messages[:3], together: true}, trip: impatient},
		{bridgeRow: bridgeRow{name: "renewed-twice", requirements: "confirm=OINIT-014 on-notify=ONTF-001", summary: "sends every {} twice, the second time with a requestId of its own", endpoints: messages[2:]}, trip: again(renewed)},
	}
}
