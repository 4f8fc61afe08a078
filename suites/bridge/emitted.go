package bridge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

// occasions are the flows in which what the subject sends is judged for itself: conversations that it begins, and, without
// a start hook, what it answers to a notify.
const occasions = "flow/...|twist/...|accept/*"

// emitted calls judge for every message of the contract that the subject sent to our gateway.
func emitted(c *suites.C, judge func(f *suites.Flow, x *journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		for _, x := range f.Deliveries() {
			if x.Endpoint != "" {
				judge(f, x)
			}
		}
	})
}

// clockTolerance is how far an emitted timestamp may be from our clock (AUTH-GEN-014).
const clockTolerance = 60 * time.Second

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (s specs) emissions() {
	Describe("What the subject sends", func() {
		s.It("has a requestId that is a UUID and was never used before", "AUTH-GEN-012", occasions, fresh)
		s.It("has a timestamp that is a date-time with a zone", "AUTH-GEN-013", occasions, zoned)
		s.It("has a timestamp within a minute of its arrival", "AUTH-GEN-014", occasions, timely)
		s.It("holds no null", "AUTH-GEN-017", occasions, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				for _, pointer := range suites.Nulls(x.Request.Body.JSON) {
					if !slices.ContainsFunc(x.Facts.Violations, func(v schemas.Violation) bool { return v.Pointer == pointer }) {
						continue // a member that the document does not name: no schema forbids it
					}
					c.Find(suites.Finding{Pointer: pointer, Expected: "no member, or a value: no schema of the document is nullable", Received: "null", Exchange: x.ID,
						Hint: "Leave out what has no value."})
				}
			})
		})
		s.It("carries a token of its own login, unexpired, as Bearer", "AUTH-GEN-023", occasions, s.authorized)
		s.It("is a POST of JSON at a path of the contract", "AUTH-GEN-039", occasions, posted)
	})
}

// fresh judges requestIds. A retry of a message that got no answer or a 5xx, with the requestId of the first, is D38.
func fresh(c *suites.C) {
	const hint = "Give every HTTP request a fresh UUID as requestId, also a retry."
	first := map[string]*journal.Exchange{}
	c.Each(func(f *suites.Flow) {
		for _, x := range f.Deliveries() {
			id := strings.ToLower(suites.Text(x, "/requestId"))
			if x.Endpoint == "" && id == "" { // no message of this contract: nothing says that it has one
				continue
			}
			c.Judged(1)
			if x.Endpoint != "" && !uuid.MatchString(id) {
				c.Find(suites.Finding{Pointer: "/requestId", Expected: "a UUID", Received: shown(x, "/requestId"), Exchange: x.ID, Hint: hint})
				continue
			}
			earlier := first[id]
			if earlier == nil {
				first[id] = x
				continue
			}
			tolerance := ""
			if earlier.Endpoint == x.Endpoint && (suites.Status(earlier) == 0 || suites.Status(earlier) >= 500) {
				tolerance = "D38"
			}
			c.Find(suites.Finding{Pointer: "/requestId", Expected: "a nonce, unique for each HTTP request", Exchange: x.ID, Hint: hint, Tolerance: tolerance,
				Received: fmt.Sprintf("%s, which %s (%s) has had before", id, earlier.ID, suites.Answered(earlier))})
		}
	})
}

func zoned(c *suites.C) {
	emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		text := suites.Text(x, "/timestamp")
		if _, ok := moment(text); ok {
			return
		}
		tolerance := ""
		if suites.ZoneLess(text) {
			tolerance = "D06"
		}
		c.Find(suites.Finding{Pointer: "/timestamp", Expected: "a date-time in UTC such as 2026-01-02T03:04:05.678Z", Received: shown(x, "/timestamp"), Exchange: x.ID, Tolerance: tolerance,
			Hint: "Write every timestamp as RFC 3339 in UTC, with milliseconds and Z."})
	})
}

// moment reads a date-time with a zone.
func moment(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	return at, err == nil
}

func timely(c *suites.C) {
	emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		at, ok := moment(suites.Text(x, "/timestamp"))
		if !ok { // judged by AUTH-GEN-013
			return
		}
		if skew := x.Started.Sub(at); skew.Abs() > clockTolerance {
			c.Find(suites.Finding{Pointer: "/timestamp", Expected: "the time of sending, within 60 s of ours", Received: suites.Drift(skew),
				Exchange: x.ID, Hint: "Stamp each message when it is sent, from a clock that NTP keeps; a constant offset of hours points to a local time written as UTC."})
		}
	})
}

// authorized judges the Authorization of every message, add-contexts too.
func (s specs) authorized(c *suites.C) {
	const hint = "Log in at POST <public-url>/v0.5/sessions, send the accessToken as Authorization: Bearer, and log in again before it expires."
	c.Each(func(f *suites.Flow) {
		for _, x := range f.Deliveries() {
			if x.Endpoint == "" && !isLinking(x) {
				continue
			}
			c.Judged(1)
			a, received := x.Facts.Authorization, ""
			switch {
			case !a.Present:
				received = "no Authorization"
			case !strings.EqualFold(a.Scheme, "Bearer"):
				received = fmt.Sprintf("the scheme %q", a.Scheme)
			case a.Owner != s.role:
				received = "a token that no login of the subject was given"
			case a.Expired:
				received = "a token that had expired"
			default:
				continue
			}
			c.Find(suites.Finding{Expected: "Authorization: Bearer and an unexpired token of the subject's own login", Received: received, Exchange: x.ID, Hint: hint})
		}
	})
}

// posted judges the method, the path and the media type of every message.
func posted(c *suites.C) {
	const hint = "Send POST with Content-Type application/json to the path of the operation below the gateway's base URL."
	c.Each(func(f *suites.Flow) {
		for _, x := range f.Deliveries() {
			if !isLinking(x) {
				judgePost(c, x, hint)
			}
		}
	})
	for _, x := range c.Orphans() {
		if strings.Contains(x.Request.URL, "/users/auth/") {
			judgePost(c, x, hint)
		}
	}
}

func judgePost(c *suites.C, x *journal.Exchange, hint string) {
	c.Judged(1)
	find := func(expected, received string) {
		c.Find(suites.Finding{Expected: expected, Received: received, Exchange: x.ID, Scenario: x.Scenario, Hint: hint})
	}
	e, ok := contract.EndpointNamed(x.Endpoint)
	if !ok || !e.DeliveredTo(contract.CM) {
		find("the path of a message that a bridge sends: fetch-modes, init, confirm or on-notify below /v0.5/users/auth/", x.Request.Method+" "+x.Request.URL)
	}
	if x.Request.Method != "POST" {
		find("POST", x.Request.Method)
	}
	media, _, _ := strings.Cut(strings.Join(x.Request.Header["Content-Type"], ", "), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		if media == "" {
			media = "no Content-Type"
		}
		find("Content-Type: application/json", media)
	}
	if x.Facts.JSON != "ok" {
		received := x.Facts.JSON
		if received == "" {
			received = "no body"
		}
		find("a JSON body", received)
	}
}

// judgeAddress judges that a message names the patient's consent manager.
func judgeAddress(c *suites.C, x *journal.Exchange, hint string) {
	want, values := c.Identity(contract.CM), x.Request.Header["X-Cm-Id"]
	if len(values) == 1 && values[0] == want {
		return
	}
	f := suites.Finding{Expected: "X-CM-ID: " + want, Received: "no X-CM-ID", Exchange: x.ID, Hint: hint}
	if len(values) > 0 {
		f.Received = "X-CM-ID: " + strings.Join(values, ", ")
	}
	if len(values) == 1 && values[0] != "" {
		f.Tolerance = "D39"
	}
	c.Find(f)
}

// judgeSchema judges a message against its schema, save the members below those pointers, about which other requirements are.
func judgeSchema(c *suites.C, x *journal.Exchange, hint string, elsewhere ...string) {
	c.Judged(1)
	for _, v := range x.Facts.Violations {
		if below(v.Pointer, append(elsewhere, "/requestId", "/timestamp")) || isNull(x, v.Pointer) {
			continue
		}
		c.Find(suites.Finding{Pointer: v.Pointer, Expected: v.Expected, Received: v.Received, Exchange: x.ID, Hint: hint})
	}
}

// below says whether a pointer is one of those or leads below one.
func below(pointer string, parents []string) bool {
	for _, p := range parents {
		if pointer == p || strings.HasPrefix(pointer, p+"/") {
			return true
		}
	}
	return false
}

// isNull says whether an optional member is null, which is as good as absent (D10) and judged by AUTH-GEN-017.
func isNull(x *journal.Exchange, pointer string) bool {
	return pointer == "/query/authMode" && string(suites.Member(x, pointer)) == "null"
}
