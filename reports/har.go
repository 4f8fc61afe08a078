package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// Limits of evidence.har, in bytes: a browser's network panel must be able to open it.
const (
	maxHARBody   = 64 << 10 // of one body, and of the headers of one message
	maxHAR       = 24 << 20 // of all bodies and headers together; what findings cite goes first
	maxHARHeader = 8 << 10  // of one value of a header
)

// publicURL is the setting that says how the subject reached us.
const publicURL = "harness.public-url"

// HAR writes the evidence as an HTTP Archive 1.2, which the network panel of a
// browser opens: a page for each scenario, and an entry for each exchange, sent
// or received. Bodies are those of the evidence, redacted; what was cut is said in
// a comment. A phase that was not measured has the time -1, or 0 where HAR knows
// no -1. Members that begin with an underscore are ours.
func HAR(w io.Writer, r *suites.Results, ev *journal.Evidence) error {
	h := harOf(r, ev)
	var b bytes.Buffer
	b.Grow(h.size + h.size/8 + 1024*len(h.exchanges)) // quotes are escaped, and an entry has a frame of its own
	b.WriteString(`{"log":{"version":"1.2","creator":`)
	if err := compact(&b, harCreator{orUnnamed(line(r.Suite.Name, 120)), orUnnamed(line(r.Suite.Version, 80))}); err != nil {
		return err
	}
	b.WriteString(`,"pages":[`)
	for i, p := range h.pages {
		b.WriteString(separator(i))
		if err := compact(&b, p); err != nil {
			return err
		}
	}
	b.WriteString("\n],\"entries\":[")
	for i, x := range h.exchanges {
		b.WriteString(separator(i))
		if err := compact(&b, h.entry(x)); err != nil {
			return err
		}
	}
	b.WriteString("\n]")
	switch {
	case r.Unredacted:
		b.WriteString(`,"comment":"UNREDACTED: holds the secrets and the patient data of the run; do not publish it"`)
	case ev == nil:
		b.WriteString(`,"comment":"rendered without the evidence of the run"`)
	}
	b.WriteString("}}\n")
	return write(w, shown(b.Bytes()), HARFile)
}

func separator(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}

// compact appends the JSON of v on one line, without the escapes that only HTML asks for.
func compact(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("evidence.har could not be encoded: %w", err)
	}
	b.Truncate(b.Len() - 1)
	return nil
}

// har is an archive on its way.
type har struct {
	base      string // our public URL
	run       time.Time
	pages     []harPage
	page      map[string]string // id by scenario
	exchanges []*journal.Exchange
	size      int                        // of the bodies and headers that are shown, in bytes
	cut       map[*journal.Exchange]bool // exchanges for whose bodies and headers there is no room
}

type harPage struct {
	Started string         `json:"startedDateTime"`
	ID      string         `json:"id"`
	Title   string         `json:"title"`
	Timings harPageTimings `json:"pageTimings"`
}

type harPageTimings struct {
	Content float64 `json:"onContentLoad"`
	Load    float64 `json:"onLoad"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// harOf puts the exchanges in the order in which they began, and makes a page for each scenario that has any.
func harOf(r *suites.Results, ev *journal.Evidence) *har {
	h := &har{run: r.Started, base: r.Environment[publicURL], page: map[string]string{}, cut: map[*journal.Exchange]bool{}}
	if ev == nil {
		return h
	}
	if !ev.Run.Started.IsZero() {
		h.run = ev.Run.Started
	}
	for _, s := range ev.Run.Settings {
		if s.Name == publicURL {
			h.base = s.Value
		}
	}
	if h.base == "" {
		h.base = "http://" + publicURL + ".invalid"
	}
	scenarios := make(map[string]journal.Scenario, len(ev.Scenarios))
	for _, s := range ev.Scenarios {
		scenarios[s.Name] = s
	}
	h.exchanges = slices.Clone(ev.Exchanges)
	slices.SortStableFunc(h.exchanges, func(a, b *journal.Exchange) int { return cmp.Compare(a.Times.RequestFirst, b.Times.RequestFirst) })
	for _, x := range h.exchanges {
		if h.page[x.Scenario] != "" {
			continue
		}
		h.page[x.Scenario] = fmt.Sprintf("page_%d", len(h.pages)+1)
		h.pages = append(h.pages, h.pageOf(x, scenarios[x.Scenario]))
	}
	h.room(r)
	return h
}

func (h *har) pageOf(first *journal.Exchange, s journal.Scenario) harPage {
	p := harPage{Started: h.stamp(first), ID: h.page[first.Scenario], Title: line(first.Scenario, 200), Timings: harPageTimings{-1, -1}}
	if p.Title == "" {
		p.Title = "(not attributed to a scenario)"
	}
	if s.Status != "" && s.Status != journal.Played {
		p.Title += " (" + line(string(s.Status), 40) + ")"
	}
	if s.Ended > first.Times.RequestFirst {
		p.Timings.Load = milliseconds(s.Ended - first.Times.RequestFirst)
	}
	return p
}

// stamp is when an exchange began.
func (h *har) stamp(x *journal.Exchange) string {
	at := x.Started
	if at.IsZero() {
		at = h.run.Add(x.Times.RequestFirst)
	}
	return at.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// room finds the exchanges for whose bodies and headers there is none, in the order of the archive: those that findings cite
// keep theirs first.
func (h *har) room(r *suites.Results) {
	cited := citedBy(r)
	for _, first := range []bool{true, false} {
		for _, x := range h.exchanges {
			if cited[line(x.ID, 80)] != first {
				continue
			}
			size := messageSize(x.Request.Header, x.Request.Body)
			if x.Response != nil {
				size += messageSize(x.Response.Header, x.Response.Body)
			}
			if h.size+size > maxHAR {
				h.cut[x] = true
			} else {
				h.size += size
			}
		}
	}
}

// messageSize is how many bytes of a message are shown.
func messageSize(header map[string][]string, body journal.Body) int {
	size := 0
	for name, values := range header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return min(size, maxHARBody) + min(len(body.JSON)+len(body.Text), maxHARBody)
}

// milliseconds is a duration as HAR counts it, to the microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
