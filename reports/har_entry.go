package reports

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/harness/journal"
)

// The members of an entry of HAR 1.2. Times are milliseconds, sizes bytes.
type (
	harEntry struct {
		Page      string      `json:"pageref"`
		Started   string      `json:"startedDateTime"`
		Time      float64     `json:"time"`
		Request   harRequest  `json:"request"`
		Response  harResponse `json:"response"`
		Cache     struct{}    `json:"cache"`
		Timings   harTimings  `json:"timings"`
		Comment   string      `json:"comment,omitempty"`
		Exchange  string      `json:"_exchange"`
		Scenario  string      `json:"_scenario"`
		Direction string      `json:"_direction"`
		Player    string      `json:"_player"`
		Endpoint  string      `json:"_endpoint,omitempty"`
		Step      string      `json:"_step,omitempty"`
	}
	harRequest struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		Proto       string    `json:"httpVersion"`
		Cookies     []harPair `json:"cookies"`
		Headers     []harPair `json:"headers"`
		Query       []harPair `json:"queryString"`
		Post        *harPost  `json:"postData,omitempty"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int       `json:"bodySize"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		Proto       string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		Redirect    string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
	harPost struct {
		Type    string    `json:"mimeType"`
		Params  []harPair `json:"params"`
		Text    string    `json:"text"`
		Comment string    `json:"comment,omitempty"`
	}
	harContent struct {
		Size    int    `json:"size"`
		Type    string `json:"mimeType"`
		Text    string `json:"text,omitempty"`
		Comment string `json:"comment,omitempty"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harTimings struct {
		Blocked float64 `json:"blocked"`
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		SSL     float64 `json:"ssl"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// unknownType is what network panels call a body of unknown type.
const unknownType = "x-unknown"

func (h *har) entry(x *journal.Exchange) harEntry {
	e := harEntry{
		Page: h.page[x.Scenario], Started: h.stamp(x), Timings: timingsOf(x.Times), Response: h.response(x), Exchange: line(x.ID, 80),
		Scenario: line(x.Scenario, maxLine), Direction: line(string(x.Direction), 20), Player: line(string(x.Player), 20),
		Endpoint: line(x.Endpoint, 80), Step: line(x.Step, maxLine),
	}
	e.Comment = e.Direction + " by our " + e.Player
	if h.cut[x] {
		e.Comment += "; headers and bodies are left out for their size, evidence.jsonl has them"
	}
	e.Time = e.Timings.Send + e.Timings.Wait + e.Timings.Receive
	e.Request = harRequest{Method: orUnnamed(line(x.Request.Method, 80)), URL: h.url(x), Proto: protoOf(x), Cookies: []harPair{}, Headers: h.pairs(x, x.Request.Header),
		Query: queryOf(x.Request.URL), HeadersSize: -1, BodySize: x.Request.Body.Size}
	if text, comment := h.body(x, x.Request.Body); text != "" || comment != "" {
		e.Request.Post = &harPost{Type: typeOf(x.Request.Header), Params: []harPair{}, Text: text, Comment: comment}
	}
	return e
}

// response is what was answered; status 0 is how network panels write that nothing was.
func (h *har) response(x *journal.Exchange) harResponse {
	r := harResponse{Proto: protoOf(x), Cookies: []harPair{}, Headers: []harPair{}, Content: harContent{Type: unknownType}, HeadersSize: -1, BodySize: -1}
	if x.Failure != nil {
		r.Error = line(x.Failure.Kind+": "+x.Failure.Text, maxLine)
	}
	if x.Response == nil {
		r.StatusText = "no answer"
		if x.Failure != nil {
			r.StatusText += " (" + line(x.Failure.Kind, 40) + ")"
		}
		return r
	}
	text, comment := h.body(x, x.Response.Body)
	r.Status, r.StatusText, r.Headers = max(0, x.Response.Status), http.StatusText(x.Response.Status), h.pairs(x, x.Response.Header)
	r.Content = harContent{Size: x.Response.Body.Size, Type: typeOf(x.Response.Header), Text: text, Comment: comment}
	r.BodySize = x.Response.Body.Size
	if to := x.Response.Header["Location"]; len(to) > 0 {
		r.Redirect, _ = clip(to[0], maxHARHeader)
	}
	return r
}

// body is the text of a body as far as there is room, and what is missing of it.
func (h *har) body(x *journal.Exchange, b journal.Body) (text, comment string) {
	text = b.Text
	if len(b.JSON) > 0 {
		text = string(b.JSON)
	}
	if text == "" || h.cut[x] {
		return "", ""
	}
	text, cut := clip(text, maxHARBody)
	switch {
	case cut != "":
		comment = "cut; evidence.jsonl has more of it"
	case b.Truncated:
		comment = "recorded in part"
	}
	return text, comment
}

// timingsOf are the phases that were measured. We do not measure how a connection is made; it is part of send.
func timingsOf(t journal.Times) harTimings {
	phase := func(from, to time.Duration) float64 {
		if from <= 0 || to <= from {
			return 0
		}
		return milliseconds(to - from)
	}
	return harTimings{Blocked: -1, DNS: -1, Connect: -1, SSL: -1, Send: phase(t.RequestFirst, t.RequestLast),
		Wait: phase(max(t.RequestFirst, t.RequestLast), t.ResponseFirst), Receive: phase(t.ResponseFirst, t.ResponseLast)}
}

// url is the absolute URL of an exchange, about:invalid where it is none of HTTP; what we received, of which the evidence has path and query, came to our public URL.
func (h *har) url(x *journal.Exchange) string {
	target, _ := clip(x.Request.URL, maxHARHeader)
	if strings.HasPrefix(target, "/") {
		target = strings.TrimRight(h.base, "/") + target
	}
	target = escapedURL(target)
	if u, err := url.Parse(target); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "about:invalid"
	}
	return target
}

// escapedURL writes every byte that has no place in a URL as %NN; a placeholder of redaction is full of them.
func escapedURL(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}#", c) < 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// queryOf are the parameters of a URL, decoded where they can be, in their order.
func queryOf(target string) []harPair {
	all := []harPair{}
	target, _ = clip(target, maxHARHeader)
	_, query, queried := strings.Cut(target, "?")
	if !queried || query == "" {
		return all
	}
	plain := func(s string) string {
		if p, err := url.QueryUnescape(s); err == nil {
			return p
		}
		return s
	}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		all = append(all, harPair{plain(name), plain(value)})
	}
	return all
}

// pairs are headers in the order of their names, as far as there is room.
func (h *har) pairs(x *journal.Exchange, header map[string][]string) []harPair {
	all := []harPair{}
	if h.cut[x] {
		return all
	}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if size += len(name) + len(value); size > maxHARBody {
				return append(all, harPair{"x-left-out", "there are more headers; evidence.jsonl has them"})
			}
			value, note := clip(value, maxHARHeader)
			all = append(all, harPair{name, value + note})
		}
	}
	return all
}

func protoOf(x *journal.Exchange) string {
	if x.Request.Proto == "" {
		return "HTTP/1.1"
	}
	return line(x.Request.Proto, 20)
}

func typeOf(header map[string][]string) string {
	if types := header["Content-Type"]; len(types) > 0 && types[0] != "" {
		kind, _ := clip(types[0], maxLine)
		return kind
	}
	return unknownType
}
