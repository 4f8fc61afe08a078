package suites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Flow is the exchanges of one scenario, in the order in which they began.
type Flow struct {
	Name string
	// Scenario is the closing line of the scenario; its Status is "" where the journal has none (not played).
	Scenario  journal.Scenario
	Exchanges []*journal.Exchange
}

// Note is a value with which the scenario was played.
func (f *Flow) Note(key string) string { return f.Scenario.Notes[key] }

// Sent returns what the scenario sent under that step name, nil where it did not come so far.
func (f *Flow) Sent(step string) *journal.Exchange {
	return f.first(func(x *journal.Exchange) bool { return x.Direction == journal.Sent && x.Step == step })
}

// SentTo returns everything that our players sent to an endpoint in the flow, by script or by themselves.
func (f *Flow) SentTo(endpoint string) []*journal.Exchange {
	return f.all(func(x *journal.Exchange) bool { return x.Direction == journal.Sent && x.Endpoint == endpoint })
}

// Received returns everything that our players of those roles received at an endpoint in the flow.
func (f *Flow) Received(endpoint string, players ...contract.Role) []*journal.Exchange {
	return f.all(func(x *journal.Exchange) bool {
		return x.Direction == journal.Received && x.Endpoint == endpoint && (len(players) == 0 || slices.Contains(players, x.Player))
	})
}

// Deliveries returns everything that the subject sent to any player of ours in the flow.
func (f *Flow) Deliveries() []*journal.Exchange {
	return f.all(func(x *journal.Exchange) bool { return x.Direction == journal.Received })
}

// After returns those exchanges that did not begin before x did: what x may have brought about.
func After(x *journal.Exchange, all []*journal.Exchange) []*journal.Exchange {
	var out []*journal.Exchange
	for _, y := range all {
		if y.Times.RequestFirst >= x.Times.RequestFirst {
			out = append(out, y)
		}
	}
	return out
}

func (f *Flow) first(match func(*journal.Exchange) bool) *journal.Exchange {
	if i := slices.IndexFunc(f.Exchanges, match); i >= 0 {
		return f.Exchanges[i]
	}
	return nil
}

func (f *Flow) all(match func(*journal.Exchange) bool) []*journal.Exchange {
	var out []*journal.Exchange
	for _, x := range f.Exchanges {
		if match(x) {
			out = append(out, x)
		}
	}
	return out
}

// Status is the status code of the response, 0 where none came.
func Status(x *journal.Exchange) int {
	if x == nil || x.Response == nil {
		return 0
	}
	return x.Response.Status
}

// Unreached says that a request never got to the subject, so that it cannot be blamed for giving no response.
func Unreached(x *journal.Exchange) bool {
	return x.Response == nil && x.Failure != nil && !x.Failure.RequestWritten && !x.Failure.Cut
}

// Accepted says whether the response is a 2xx.
func Accepted(x *journal.Exchange) bool { return Status(x) >= 200 && Status(x) < 300 }

// Member returns the JSON value at a pointer of the request body, nil where there is none.
func Member(x *journal.Exchange, pointer string) json.RawMessage {
	return journal.Member(x.Request.Body.JSON, pointer)
}

// Text returns the string at a pointer of the request body, "" where there is no string.
func Text(x *journal.Exchange, pointer string) string {
	return MemberText(x.Request.Body.JSON, pointer)
}

// MemberText returns the string at a pointer of a body, "" where there is no string.
func MemberText(body json.RawMessage, pointer string) string {
	value := journal.Member(body, pointer)
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	if inside := value[1 : len(value)-1]; bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		return string(inside)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// SameID compares two ids as UUIDs are compared: by value, not by case.
func SameID(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// label names an exchange in a sentence: "POST /v0.5/users/auth/on-init".
func label(x *journal.Exchange) string {
	if e, ok := contract.EndpointNamed(x.Endpoint); ok {
		return x.Request.Method + " " + e.Path
	}
	return x.Request.Method + " " + x.Request.URL
}

// since is the time from the end of one response to the beginning of a received message.
func since(request, callback *journal.Exchange) time.Duration {
	return callback.Times.RequestFirst - request.Times.ResponseLast
}

// Nulls are the pointers of all members and items of a body that are null.
func Nulls(body json.RawMessage) []string {
	v, err := decode(body)
	if err != nil {
		return nil
	}
	var all []string
	var walk func(pointer string, v any)
	walk = func(pointer string, v any) {
		switch v := v.(type) {
		case nil:
			all = append(all, pointer)
		case map[string]any:
			for name, value := range v {
				walk(pointer+"/"+escape(name), value)
			}
		case []any:
			for i, value := range v {
				walk(fmt.Sprintf("%s/%d", pointer, i), value)
			}
		}
	}
	walk("", v)
	slices.Sort(all)
	return all
}

// escape spells a member name as a segment of a JSON Pointer (RFC 6901, 3).
func escape(name string) string { return pointerEscaper.Replace(name) }

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")
