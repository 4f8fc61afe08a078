package suites

import (
	"net/http"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/schemas"
)

// What a matcher says is what a vendor reads: the contract's words first, then the vendor's own.
// errorAs gives a response a body that is JSON.
func errorAs(contentType string) func(*journal.Exchange) {
	return func(x *journal.Exchange) {
		x.Response.Body.Size, x.Facts.ResponseJSON = 40, "ok"
		x.Response.Header = map[string][]string{"Content-Type": {contentType}}
	}
}

func TestMatchersSayWhatTheySaw(t *testing.T) {
	sent := func(status int, change func(x *journal.Exchange)) *journal.Exchange {
		x := newRecording().sent("a", "init", contract.HIP, contract.Init, status, initBody)
		if change != nil {
			change(x)
		}
		return x
	}
	addressed := func(header http.Header) *journal.Exchange {
		return sent(0, func(x *journal.Exchange) { x.Request.Header = header })
	}
	for name, row := range map[string]struct {
		matcher   *Matcher
		exchange  *journal.Exchange
		found     string // expected / received, and so on
		tolerance string
	}{
		"202":          {BeAcknowledged(), sent(202, nil), "", ""},
		"200":          {BeAcknowledged(), sent(200, nil), "202 (Request accepted) / POST /v0.5/users/auth/init was answered 200", "D01"},
		"204":          {BeAcknowledged(), sent(204, nil), "202 (Request accepted) / POST /v0.5/users/auth/init was answered 204", ""},
		"no answer":    {BeAcknowledged(), sent(0, nil), "202 (Request accepted) / POST /v0.5/users/auth/init was not answered", ""},
		"401":          {BeUnauthorized(), sent(401, nil), "", ""},
		"403":          {BeUnauthorized(), sent(403, nil), "401 (Unauthorized request) / POST /v0.5/users/auth/init was answered 403", "D02"},
		"202 unproven": {BeUnauthorized(), sent(202, nil), "401 (Unauthorized request) / POST /v0.5/users/auth/init was answered 202", ""},
		"empty body":   {HaveNoBody(), sent(202, nil), "", ""},
		"a body": {HaveNoBody(), sent(202, func(x *journal.Exchange) { x.Response.Body.Size = 2 }),
			"an empty body with the 202 / POST /v0.5/users/auth/init was answered 202 with a body of 2 bytes", ""},
		"an error response":              {HaveErrorResponse(), sent(400, errorAs("application/json;charset=UTF-8")), "", ""},
		"an error response as a problem": {HaveErrorResponse(), sent(400, errorAs("application/problem+json")), "", ""},
		"an error response as HTML": {HaveErrorResponse(), sent(400, errorAs("text/html")),
			`an ErrorResponse as application/json / POST /v0.5/users/auth/init was answered 400 with one as "text/html"`, ""},
		"a body that breaks off": {HaveNoBody(), sent(202, func(x *journal.Exchange) { x.Failure = &journal.Failure{Kind: "eof"} }),
			"an empty body with the 202 / POST /v0.5/users/auth/init was answered 202, and then the connection failed before the body was whole (eof)", ""},
		"no error response": {HaveErrorResponse(), sent(400, nil),
			`an ErrorResponse such as {"error":{"code":1000,"message":"..."}} / POST /v0.5/users/auth/init was answered 400 with an empty body`, ""},
		"401 without an error response": {HaveErrorResponse(), sent(401, nil),
			`an ErrorResponse such as {"error":{"code":1000,"message":"..."}} / POST /v0.5/users/auth/init was answered 401 with an empty body`, "D02"},
		"text as error": {HaveErrorResponse(), sent(403, func(x *journal.Exchange) {
			x.Response.Body.Size, x.Facts.ResponseJSON = 13, "it begins with A"
		}), `an ErrorResponse such as {"error":{"code":1000,"message":"..."}} / POST /v0.5/users/auth/init was answered 403 with a body that is no JSON: it begins with A`, "D02"},
		"a code that is text": {HaveErrorResponse(), sent(400, func(x *journal.Exchange) {
			errorAs("application/json")(x)
			x.Facts.ErrorViolations = []schemas.Violation{{Pointer: "/error/code", Expected: "an integer", Received: `"1000"`}}
		}), `an integer / "1000" in the body of the 400`, "D12"},
		"a valid body": {BeValid(), sent(0, nil), "", ""},
		"an invalid body": {BeValid(), sent(0, func(x *journal.Exchange) {
			x.Facts.Violations = []schemas.Violation{{Pointer: "/query/id", Expected: "query.id is required", Received: "no such member"}}
		}), "query.id is required (PatientAuthInitRequest) / no such member", ""},
		"no body":          {BeValid(), sent(0, func(x *journal.Exchange) { x.Facts.JSON = "" }), "a JSON body that keeps PatientAuthInitRequest / no body", ""},
		"no JSON":          {BeValid(), sent(0, func(x *journal.Exchange) { x.Facts.JSON = "it ends too early" }), "a JSON body that keeps PatientAuthInitRequest / it ends too early", ""},
		"the right header": {BeAddressedTo(contract.HIP, "hip-1"), addressed(http.Header{"X-Hip-Id": {"hip-1"}}), "", ""},
		"no header":        {BeAddressedTo(contract.HIP, "hip-1"), addressed(nil), "exactly one of X-HIP-ID and X-HIU-ID: X-HIP-ID: hip-1 / no X-HIP-ID", ""},
		"a wrong id":       {BeAddressedTo(contract.HIU, "hiu-1"), addressed(http.Header{"X-Hiu-Id": {"hiu-client"}}), "exactly one of X-HIP-ID and X-HIU-ID: X-HIU-ID: hiu-1 / X-HIU-ID: hiu-client", ""},
		"the header twice": {BeAddressedTo(contract.HIP, "hip-1"), addressed(http.Header{"X-Hip-Id": {"hip-1", "hip-1"}}), "exactly one of X-HIP-ID and X-HIU-ID: X-HIP-ID: hip-1 / X-HIP-ID: hip-1, hip-1", ""},
		"both headers":     {BeAddressedTo(contract.HIP, "hip-1"), addressed(http.Header{"X-Hip-Id": {"hip-1"}, "X-Hiu-Id": {"hiu-1"}}), "exactly one of X-HIP-ID and X-HIU-ID: X-HIP-ID: hip-1 / X-HIU-ID: hiu-1", ""},
		"the other's header": {BeAddressedTo(contract.HIP, "hip-1"), addressed(http.Header{"X-Hiu-Id": {"hip-1"}}),
			"exactly one of X-HIP-ID and X-HIU-ID: X-HIP-ID: hip-1 / no X-HIP-ID; exactly one of X-HIP-ID and X-HIU-ID: X-HIP-ID: hip-1 / X-HIU-ID: hip-1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ok, err := row.matcher.Match(row.exchange)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, f := range row.matcher.Findings() {
				texts = append(texts, f.Expected+" / "+f.Received)
				if f.Tolerance != row.tolerance {
					t.Errorf("tolerance %q, want %q", f.Tolerance, row.tolerance)
				}
			}
			if got := strings.Join(texts, "; "); got != row.found || ok != (row.found == "") {
				t.Errorf("matches: %t\n%s\nwant\n%s", ok, got, row.found)
			}
			if message := row.matcher.FailureMessage(nil); !ok && !strings.Contains(message, "expected ") {
				t.Errorf("failure message %q", message)
			}
		})
	}
}

func TestAMatcherTakesExchangesOnly(t *testing.T) {
	var none *journal.Exchange
	for _, actual := range []any{nil, none, 202, "x"} {
		if _, err := BeAcknowledged().Match(actual); err == nil {
			t.Errorf("%v was taken for an exchange", actual)
		}
	}
}

func TestAnsweredNamesTheFailure(t *testing.T) {
	if got := Answered(nil); got != "nothing was sent" {
		t.Error(got)
	}
	x := newRecording().exchange(journal.Sent, "", contract.HIP, "", 0, "")
	x.Request.URL, x.Failure = "http://127.0.0.1:1/v0.5/sessions", &journal.Failure{Kind: "tls"}
	if got := Answered(x); got != "POST http://127.0.0.1:1/v0.5/sessions was not answered: the connection failed (tls)" {
		t.Error(got)
	}
}

// One wrong thing hides no other: every expectation is judged, and what a foreign matcher says is kept too.
func TestExpectationsAreSoft(t *testing.T) {
	r := newRecording().scenario("a", journal.Played)
	x := r.sent("a", "init", contract.HIP, contract.Init, 200, "")
	c := r.check("a", func(c *C) {
		if c.Expect(x).To(BeAcknowledged(), "Answer 202.") || c.Expect(x).To(BeUnauthorized()) || !c.Expect(x).To(HaveNoBody()) {
			t.Error("an expectation returns the wrong outcome")
		}
	})
	wantFindings(t, c, "was answered 200", "was answered 200")
	if c.judged != 3 || c.findings[0].Hint != "Answer 202." || c.findings[0].Exchange != x.ID {
		t.Errorf("judged %d, first finding %+v", c.judged, c.findings[0])
	}
}
