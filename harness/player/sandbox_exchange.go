package player

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/harness/journal"
)

// What is kept of the exchanges with bridges: how many, and how long a body may be, in bytes.
const (
	keptExchanges = 200
	keptBody      = 64 << 10
)

// sandboxExchange is one exchange with a bridge, as it was: it never leaves the sandbox unredacted.
type sandboxExchange struct {
	number    int
	at        time.Time
	took      time.Duration
	direction journal.Direction
	endpoint  string
	party     string // id of the bridge; "" where it is not known
	method    string
	url       string
	status    int    // 0: there was no answer
	failure   string // why there was none
	request   sandboxMessage
	response  sandboxMessage
}

// sandboxMessage is one half of it.
type sandboxMessage struct {
	header http.Header
	size   int
	body   []byte // nil where it was too long: half a secret cannot be recognised
}

// messageOf keeps of a message what is kept.
func messageOf(header http.Header, body []byte) sandboxMessage {
	m := sandboxMessage{header: header.Clone(), size: len(body)}
	if len(body) <= keptBody {
		m.body = bytes.Clone(body)
	}
	return m
}

// exchanges are the last ones. The zero value is ready.
type exchanges struct {
	mu   sync.Mutex
	last int
	all  []sandboxExchange
}

// begin numbers an exchange that begins.
func (x *exchanges) begin() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last++
	return x.last
}

// add keeps an exchange that is over.
func (x *exchanges) add(e sandboxExchange) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = append(x.all, e)
	slices.SortFunc(x.all, func(a, b sandboxExchange) int { return a.number - b.number })
	if over := len(x.all) - keptExchanges; over > 0 {
		x.all = slices.Clone(x.all[over:])
	}
}

// ExchangeView is an exchange with a bridge, redacted: no access token, secret, OTP or patient is in it.
type ExchangeView struct {
	Number    int               `json:"number"`
	Time      string            `json:"time"`
	Took      int64             `json:"took_ms"`
	Direction journal.Direction `json:"direction"` // received from a bridge, or sent to one
	Party     string            `json:"party,omitempty"`
	Endpoint  string            `json:"endpoint,omitempty"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Status    int               `json:"status,omitempty"`
	Failure   string            `json:"failure,omitempty"`
	Request   MessageView       `json:"request"`
	Response  MessageView       `json:"response"`
}

// MessageView is one half of an exchange, redacted. A body that is no JSON is a text; one of more than 64 KiB is left out.
type MessageView struct {
	Header map[string][]string `json:"header,omitempty"`
	Size   int                 `json:"size"` // of the body, in bytes
	JSON   json.RawMessage     `json:"json,omitempty"`
	Text   string              `json:"text,omitempty"`
}

// views are the last n exchanges, in the order in which they began. Equal values have equal placeholders within one answer. The
// secrets are what no structure tells: they are replaced wherever they stand.
func (x *exchanges) views(n int, secrets map[string]string) []ExchangeView {
	x.mu.Lock()
	all := append([]sandboxExchange(nil), x.all...)
	x.mu.Unlock()
	redactor := journal.NewRedactor()
	for value, kind := range secrets {
		redactor.Know(kind, value)
	}
	views := make([]ExchangeView, len(all))
	// A secret that one exchange tells by its structure may stand in another without: so everything is read before anything is told.
	for range 2 {
		for i, e := range all {
			views[i] = e.view(redactor)
		}
	}
	return views[max(0, len(views)-n):]
}

func (e sandboxExchange) view(r *journal.Redactor) ExchangeView {
	return ExchangeView{Number: e.number, Time: Timestamp(e.at), Took: e.took.Milliseconds(), Direction: e.direction, Party: e.party,
		Endpoint: e.endpoint, Method: e.method, URL: r.URL(e.url), Status: e.status, Failure: r.Text(e.failure),
		Request: e.request.view(r), Response: e.response.view(r)}
}

func (m sandboxMessage) view(r *journal.Redactor) MessageView {
	v := MessageView{Header: r.Header(m.header), Size: m.size}
	if len(m.body) == 0 {
		return v
	}
	if v.JSON = r.JSON(m.body); v.JSON == nil {
		v.Text = r.Text(strings.ToValidUTF8(string(m.body), "\uFFFD"))
	}
	return v
}
