package schemas

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

const fetchModes = `{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fbacd","timestamp":"2026-01-02T03:04:05.678Z",` +
	`"query":{"id":"asha@sbx","purpose":"LINK","requester":{"type":"HIP","id":"hip-1"}}}`

func TestViolationsInWords(t *testing.T) {
	for _, tc := range []struct {
		name, schema, old, new string
		want                   Violation
	}{
		{"missing", "PatientAuthModeQueryRequest", `"id":"asha@sbx",`, ``, Violation{"/query/id", "required", "a member id", "no such member"}},
		{"null", "PatientAuthModeQueryRequest", `"asha@sbx"`, `null`, Violation{"/query/id", "type", "a string", "null"}},
		{"empty", "PatientAuthModeQueryRequest", `"asha@sbx"`, `""`, Violation{"/query/id", "minLength", "a string of at least 1 character", "an empty string"}},
		{"boolean", "PatientAuthModeQueryRequest", `"asha@sbx"`, `false`, Violation{"/query/id", "type", "a string", "false"}},
		{"number for a string", "PatientAuthModeQueryRequest", `"asha@sbx"`, `123456`, Violation{"/query/id", "type", "a string", "a number"}},
		{"array", "PatientAuthModeQueryRequest", `"asha@sbx"`, `["asha@sbx"]`, Violation{"/query/id", "type", "a string", "an array of 1 item"}},
		{"object", "PatientAuthModeQueryRequest", `"asha@sbx"`, `{"a":1,"b":2}`, Violation{"/query/id", "type", "a string", "an object of 2 members"}},
		{"string for an object", "PatientAuthModeQueryRequest", `{"type":"HIP","id":"hip-1"}`, `"hip-1"`, Violation{"/query/requester", "type", "an object", "a string of 5 characters"}},
		{"word of the contract", "PatientAuthModeQueryRequest", `"LINK"`, `"KYC_LINK"`, Violation{"/query/purpose", "enum", "one of LINK, KYC, KYC_AND_LINK", "KYC_LINK"}},
		{"other word", "PatientAuthModeQueryRequest", `"LINK"`, `"Asha"`, Violation{"/query/purpose", "enum", "one of LINK, KYC, KYC_AND_LINK", "a string of 4 characters"}},
		{"long word", "PatientAuthModeQueryRequest", `"LINK"`, `"ABCDEFGHIJKLMNOPQRSTUVWXYZ"`, Violation{"/query/purpose", "enum", "one of LINK, KYC, KYC_AND_LINK", "a string of 26 characters"}},
		{"uuid", "PatientAuthModeQueryRequest", `5f7a535d-a3fd-416b-b069-c97d021fbacd`, `1-1-1-1-1`, Violation{"/requestId", "format", "a UUID, such as 5f7a535d-a3fd-416b-b069-c97d021fbacd", "a string of 9 characters"}},
		{"date-time", "PatientAuthModeQueryRequest", `05.678Z`, `05.678`, Violation{"/timestamp", "format", "an RFC 3339 date-time with a zone, such as 2026-01-02T03:04:05.678Z", "a string of 23 characters"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body := strings.Replace(fetchModes, tc.old, tc.new, 1)
			got, err := Validate(tc.schema, []byte(body))
			if err != nil || !slices.Equal(got, []Violation{tc.want}) {
				t.Errorf("got %+v %v\nwant %+v", got, err, tc.want)
			}
		})
	}
}

func TestViolationsOfOtherMessages(t *testing.T) {
	for _, tc := range []struct {
		schema, body string
		want         []Violation
	}{
		{"ErrorResponse", `{"error":{"code":"2500","message":1}}`, []Violation{
			{"/error/code", "type", "an integer", "a string of 4 characters"},
			{"/error/message", "type", "a string", "a number"}}},
		{"ErrorResponse", `{"error":{"code":2500.5,"message":"m"}}`, []Violation{{"/error/code", "type", "an integer", "the number 2500.5"}}},
		{"ErrorResponse", `{}`, []Violation{{"/error", "required", "a member error", "no such member"}}},
		{"ErrorResponse", `"Access Denied"`, []Violation{{"", "type", "an object", "a string of 13 characters"}}},
		{"PatientAuthNotificationAcknowledgement", `{"acknowledgement":{"status":"ok"},"resp":{},"timestamp":1}`, []Violation{
			{"/acknowledgement/status", "enum", "OK", "a string of 2 characters"},
			{"/requestId", "required", "a member requestId", "no such member"},
			{"/resp/requestId", "required", "a member requestId", "no such member"},
			{"/timestamp", "type", "a string", "a number"}}},
	} {
		got, err := Validate(tc.schema, []byte(tc.body))
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %+v %v\nwant %+v", tc.body, got, err, tc.want)
		}
	}
}

// Lawful relaxations: what the contract does not forbid is no violation.
func TestLawfulBodies(t *testing.T) {
	full := func(name string) string {
		body, err := json.Marshal(fullBody(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for name, tc := range map[string]struct{ schema, body string }{
		"more members":                     {"PatientAuthModeQueryRequest", strings.Replace(fetchModes, `"query":{`, `"extension":{"a.b":1},"query":{"x":null,`, 1)},
		"offset":                           {"PatientAuthModeQueryRequest", strings.Replace(fetchModes, "Z", "+05:30", 1)},
		"upper case":                       {"PatientAuthModeQueryRequest", strings.Replace(fetchModes, "5f7a535d", "5F7A535D", 1)},
		"Devanagari":                       {"PatientAuthModeQueryRequest", strings.Replace(fetchModes, "asha", "आशा", 1)},
		"notify without top transactionId": {"PatientAuthNotification", full("PatientAuthNotification")},
		"notify with top transactionId":    {"PatientAuthNotification", strings.Replace(full("PatientAuthNotification"), `{`, `{"transactionId":"t-1",`, 1)},
		"transactionId of any form":        {"PatientAuthConfirmRequest", strings.Replace(full("PatientAuthConfirmRequest"), `"transactionId":"text"`, `"transactionId":"Opaque/1"`, 1)},
		"any code":                         {"ErrorResponse", `{"error":{"code":1437,"message":""}}`},
		"login without grantType":          {"SessionRequest", `{"clientId":"c","clientSecret":"s"}`},
		"expiry in any form":               {"PatientAuthInitResponse", full("PatientAuthInitResponse")},
		"integer with a point":             {"SessionResponse", `{"accessToken":"t","expiresIn":600.0}`},
	} {
		if got, err := Validate(tc.schema, []byte(tc.body)); err != nil || len(got) > 0 {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestValidateIsStrictFirst(t *testing.T) {
	var syntax *SyntaxError
	for _, body := range []string{``, `{`, `{"error":{"code":1,"code":1,"message":""}}`, `{"error":{"code":1e400,"message":""}}`} {
		if _, err := Validate("ErrorResponse", []byte(body)); !errors.As(err, &syntax) {
			t.Errorf("%s: got %v", body, err)
		}
	}
	if _, err := Validate("Nothing", []byte(`{}`)); err == nil || errors.As(err, &syntax) {
		t.Errorf("an unknown schema is answered %v", err)
	}
}

// Pointers are RFC 6901 even where member names hold dots, slashes, tildes and spaces.
func TestPointersAreUnambiguous(t *testing.T) {
	body, err := json.Marshal(fullBody(t, ResultsName))
	if err != nil {
		t.Fatal(err)
	}
	odd := strings.Replace(string(body), `"environment":{}`, `"environment":{"a.b/c~d":1,"":2,"\u0000":3}`, 1)
	got, err := ValidateResults([]byte(odd))
	if err != nil {
		t.Fatal(err)
	}
	var pointers []string
	for _, v := range got {
		pointers = append(pointers, v.Pointer)
	}
	if want := []string{"/environment/", "/environment/\x00", "/environment/a.b~1c~0d"}; !slices.Equal(pointers, want) {
		t.Errorf("got %q, want %q", pointers, want)
	}
}

// No violation tells a secret or a patient's datum, whatever is wrong with it.
func TestViolationsHoldNoSecret(t *testing.T) {
	for _, name := range Names() {
		for _, m := range Members(name) {
			if m.Type == "integer" {
				continue
			}
			for _, secret := range []any{json.Number("918273"), "918273", "Asha 918273", []any{"918273"}, object{{"918273", "918273"}}} {
				body, err := json.Marshal(replaced(fullBody(t, name), segmentsOf(m.Pointer), func(any) any { return secret }))
				if err != nil {
					t.Fatal(err)
				}
				got, err := Validate(name, body)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range got {
					if strings.Contains(v.Expected+v.Received+v.Pointer, "918273") {
						t.Errorf("%s: %+v", m.Pointer, v)
					}
				}
			}
		}
	}
}

// A panic of the validator is an error that quotes nothing.
func TestAPanicIsAnError(t *testing.T) {
	broken := validator{name: "Broken"} // its schema is nil
	got, err := broken.judge([]byte(`{"authCode":"918273"}`))
	if got != nil || err == nil || strings.Contains(err.Error(), "918273") || !strings.Contains(err.Error(), "Broken") {
		t.Errorf("got %v %v", got, err)
	}
}

func TestValidateFromManyGoroutines(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, name := range everySchema {
				if got, err := Validate(name, []byte(`[]`)); err != nil || len(got) != 1 {
					t.Errorf("%s: %v %v", name, got, err)
				}
			}
		})
	}
	all.Wait()
}

// No body makes Validate panic, fail or repeat itself differently, and its violations are sorted.
func FuzzValidate(f *testing.F) {
	for i, name := range everySchema {
		body, err := json.Marshal(fullBody(f, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), body)
		f.Add(uint8(i), []byte(`{"auth":null,"error":{"code":1e300,"message":"\u0000"},"requestId":1e-300}`))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		name := everySchema[int(which)%len(everySchema)]
		got, err := Validate(name, body)
		var syntax *SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Fatal(err)
		}
		if s, _ := loaded(name); err == nil && s.screen.keeps(body) {
			if v, err := validatorNamed(name); err != nil {
				t.Fatal(err)
			} else if found, err := v.judge(body); err != nil || len(found) > 0 {
				t.Fatalf("the screen lets pass what the validator finds: %+v %v", found, err)
			}
		}
		for _, v := range got {
			if v.Keyword == "" || v.Expected == "" || v.Received == "" || v.Pointer != "" && v.Pointer[0] != '/' {
				t.Fatalf("got %+v", v)
			}
		}
		sorted := slices.IsSortedFunc(got, func(a, b Violation) int {
			return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword))
		})
		for _, repeat := range []func(string, []byte) ([]Violation, error){Validate, validate} { // from memory, and judged anew
			if again, _ := repeat(name, body); !slices.Equal(got, again) || !sorted {
				t.Fatalf("got %+v and then %+v", got, again)
			}
		}
	})
}
