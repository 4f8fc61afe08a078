package suites

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Matcher is a Gomega matcher over one exchange that says what it saw as findings.
type Matcher struct {
	see   func(x *journal.Exchange) []Finding
	found []Finding
}

// Match implements the Gomega matcher interface.
func (m *Matcher) Match(actual any) (bool, error) {
	x, ok := actual.(*journal.Exchange)
	if !ok || x == nil {
		return false, fmt.Errorf("a %T is not an exchange", actual)
	}
	m.found = m.see(x)
	return len(m.found) == 0, nil
}

// FailureMessage implements the Gomega matcher interface.
func (m *Matcher) FailureMessage(any) string {
	var lines []string
	for _, f := range m.found {
		lines = append(lines, "expected "+f.Expected+"; received "+f.Received)
	}
	return strings.Join(lines, "\n")
}

// NegatedFailureMessage implements the Gomega matcher interface.
func (m *Matcher) NegatedFailureMessage(any) string { return "the exchange is what it should not be" }

// Findings are what the last Match saw.
func (m *Matcher) Findings() []Finding { return m.found }

// BeAcknowledged: the response is 202 (every operation, "202 Request accepted").
func BeAcknowledged() *Matcher {
	return &Matcher{see: func(x *journal.Exchange) []Finding {
		if Status(x) == http.StatusAccepted {
			return nil
		}
		f := Finding{Expected: "202 (Request accepted)", Received: Answered(x)}
		switch Status(x) {
		case http.StatusOK:
			f.Tolerance = "D01"
		case http.StatusTooManyRequests:
			f.Hint = "If this is a limit on the rate of requests, run with --rate below it; if it is the guard against replays, look why a fresh requestId is taken for an old one."
		}
		return []Finding{f}
	}}
}

// HaveNoBody: the response has no body (every operation, "void (empty response body)").
func HaveNoBody() *Matcher {
	return &Matcher{see: func(x *journal.Exchange) []Finding {
		if x.Response != nil && x.Failure != nil && x.Failure.Kind != "cancelled" {
			return []Finding{{Expected: "an empty body with the 202", Received: fmt.Sprintf("%s, and then the connection failed before the body was whole (%s)", Answered(x), x.Failure.Kind),
				Hint: "Announce no body with the 202: Content-Length: 0."}}
		}
		if x.Response == nil || x.Response.Body.Size == 0 {
			return nil
		}
		return []Finding{{Expected: "an empty body with the 202", Received: fmt.Sprintf("%s with a body of %d bytes", Answered(x), x.Response.Body.Size)}}
	}}
}

// BeUnauthorized: the response is 401 (every operation, "401 Unauthorized request"); 403 is a known tolerance.
func BeUnauthorized() *Matcher {
	return &Matcher{see: func(x *journal.Exchange) []Finding {
		f := Finding{Expected: "401 (Unauthorized request)", Received: Answered(x)}
		switch Status(x) {
		case http.StatusUnauthorized:
			return nil
		case http.StatusForbidden:
			f.Tolerance = "D02"
		}
		return []Finding{f}
	}}
}

// HaveErrorResponse: the body of a refusal is an ErrorResponse (every operation, 400, 401 and 500).
func HaveErrorResponse() *Matcher {
	return &Matcher{see: func(x *journal.Exchange) []Finding {
		if x.Response == nil {
			return nil
		}
		const want = `an ErrorResponse such as {"error":{"code":1000,"message":"..."}}`
		bare := ""
		if Status(x) == http.StatusUnauthorized || Status(x) == http.StatusForbidden {
			bare = "D02"
		}
		if x.Response.Body.Size == 0 {
			return []Finding{{Expected: want, Received: Answered(x) + " with an empty body", Tolerance: bare}}
		}
		if x.Facts.ResponseJSON != "ok" {
			return []Finding{{Expected: want, Received: Answered(x) + " with a body that is no JSON: " + x.Facts.ResponseJSON, Tolerance: bare}}
		}
		var all []Finding
		if media := strings.Join(x.Response.Header["Content-Type"], ", "); !jsonMedia(media) {
			all = append(all, Finding{Expected: "an ErrorResponse as application/json", Received: fmt.Sprintf("%s with one as %q", Answered(x), media), Tolerance: bare})
		}
		for _, v := range x.Facts.ErrorViolations {
			f := Finding{Pointer: v.Pointer, Expected: v.Expected, Received: v.Received + " in the body of the " + fmt.Sprint(Status(x))}
			if v.Pointer == "/error/code" {
				f.Tolerance = "D12"
			}
			all = append(all, f)
		}
		return all
	}}
}

// jsonMedia says whether a Content-Type is that of JSON (RFC 6839, 3.1: also what ends in +json).
func jsonMedia(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// BeValid: the request body keeps the schema of its endpoint.
func BeValid() *Matcher {
	return &Matcher{see: func(x *journal.Exchange) []Finding {
		schema := contract.MustEndpoint(x.Endpoint).Schema
		if x.Facts.JSON != "ok" {
			problem := x.Facts.JSON
			if problem == "" {
				problem = "no body"
			}
			return []Finding{{Expected: "a JSON body that keeps " + schema, Received: problem}}
		}
		var all []Finding
		for _, v := range x.Facts.Violations {
			all = append(all, Finding{Pointer: v.Pointer, Expected: v.Expected + " (" + schema + ")", Received: v.Received, Tolerance: deployedShape(x, v.Pointer, v.Keyword)})
		}
		return all
	}}
}

// BeAddressedTo: the message carries the routing header of that role with that id, and no other routing header of a bridge.
func BeAddressedTo(role contract.Role, id string) *Matcher {
	return &Matcher{see: func(x *journal.Exchange) []Finding {
		var all []Finding
		want := fmt.Sprintf("exactly one of X-HIP-ID and X-HIU-ID: %s: %s", role.Header(), id)
		for _, bridge := range contract.Bridges {
			values := x.Request.Header[http.CanonicalHeaderKey(bridge.Header())]
			switch {
			case bridge != role && len(values) > 0:
				all = append(all, Finding{Expected: want, Received: fmt.Sprintf("%s: %s", bridge.Header(), strings.Join(values, ", "))})
			case bridge == role && len(values) == 0:
				all = append(all, Finding{Expected: want, Received: "no " + role.Header()})
			case bridge == role && (len(values) > 1 || values[0] != id):
				all = append(all, Finding{Expected: want, Received: fmt.Sprintf("%s: %s", role.Header(), strings.Join(values, ", "))})
			}
		}
		return all
	}}
}

// Answered is the response in the vendor's words: "POST /v0.5/users/auth/init was answered 200".
func Answered(x *journal.Exchange) string {
	if x == nil {
		return "nothing was sent"
	}
	if x.Again > 0 {
		return answered(x) + fmt.Sprintf(" (sent %d times, since a connection that was kept was closed without an answer)", x.Again+1)
	}
	return answered(x)
}

func answered(x *journal.Exchange) string {
	switch {
	case x.Response != nil:
		return fmt.Sprintf("%s was answered %d", label(x), x.Response.Status)
	case x.Failure != nil && x.Failure.Kind == "timeout":
		return fmt.Sprintf("%s was not answered in time: %s", label(x), x.Failure.Text)
	case x.Failure != nil && x.Failure.Cut:
		return fmt.Sprintf("%s was not answered: the connection was closed while the message was being sent (%s)", label(x), x.Failure.Kind)
	case x.Failure != nil:
		return fmt.Sprintf("%s was not answered: the connection failed (%s)", label(x), x.Failure.Kind)
	}
	return label(x) + " was not answered"
}
