package journal

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestLeaks(t *testing.T) {
	j, _ := create(t)
	j.redactor.Know("otp", "918273")
	j.public.add("127.0.0.1:9100")
	for text, want := range map[string]string{
		"java.lang.NullPointerException: null\n\tat in.gov.gateway.Validator.check(Validator.java:85)": "[stack trace file name]",
		"goroutine 7 [running]:\nmain.main()\n\t/home/dev/main.go:12":                                  "[stack trace file name]",
		"Traceback (most recent call last):\n  File \"/srv/app/views.py\", line 3":                     "[stack trace file name]",
		"System.NullReferenceException: Object reference":                                              "[stack trace]",
		"at Object.<anonymous> (/app/src/index.js:10:5)":                                               "[stack trace file name]",
		"open /etc/gateway/key.pem: permission denied":                                                 "[file name]",
		`could not open C:\app\config.yaml`:                                                            "[file name]",
		"Connection refused: cm/10.2.3.4:8080":                                                         "[network address]",
		"Get \"http://cm-service:8080/v0.5\": dial tcp: lookup cm-service":                             "[network address]",
		"redis://cache/0 is down":                                                                      "[network address]",
		"the OTP is 918273":                                                                            "[secret]",
		"ERROR: SELECT id, url FROM parties WHERE id = 'sbx'":                                          "[database query]",
		"ORA-00942: table or view does not exist":                                                      "[database query]",
		"select a mode from the list":                                                                  "[]",
		"connect ECONNREFUSED 127.0.0.1:1":                                                             "[network address]",
		"Invalid request":                                                                              "[]",
		"No mapping found for resp.requestId on cache":                                                 "[]",
		"POST /v0.5/users/auth/on-init is not known; see https://sandbox.example/docs":                 "[]",
		"error code:1405, status:400 at 2026-10-01T10:00:00.123Z version 1.2.3":                        "[]",
		"requestId " + exampleUUID + " seen 10:00:05":                                                  "[]",
		"callback to http://127.0.0.1:9100/hip failed":                                                 "[]",
		"callback to http://subject.example/gateway failed":                                            "[]",
		"wrong X-CM-ID: sbx, patient@sbx, members auth/error":                                          "[]",
		"": "[]",
	} {
		if got := fmt.Sprint(j.leaksIn(text)); got != want {
			t.Errorf("%q leaks %s, want %s", text, got, want)
		}
	}
}

func TestEndpointOfAPath(t *testing.T) {
	for path, want := range map[string]string{
		"/v0.5/users/auth/init": "init", "/hip/v0.5/users/auth/on-init": "on-init", "/gateway/v0.5/users/auth/notify": "notify",
		"/hip//v0.5/users/auth/init": "", "/v0.5/users/auth/init/": "", "/v0.5/sessions": "", "/V0.5/users/auth/init": "", "/": "",
	} {
		if got := endpointOf(path).Name; got != want {
			t.Errorf("%s is endpoint %q, want %q", path, got, want)
		}
	}
}

func TestAuthorizationIsSplit(t *testing.T) {
	for value, want := range map[string][2]string{
		"Bearer abc": {"Bearer", "abc"}, "bearer": {"bearer", ""}, "abc.def": {"", "abc.def"}, "": {"", ""}, "a1b2 c": {"", "a1b2 c"}, "Token  x": {"Token", "x"},
	} {
		if scheme, credentials := splitAuthorization(value); scheme != want[0] || credentials != want[1] {
			t.Errorf("%q is split into %q and %q", value, scheme, credentials)
		}
	}
}

func TestFlawsOfAuthorization(t *testing.T) {
	for name, row := range map[string]struct {
		values []string
		want   string
	}{
		"a JWT":          {[]string{"Bearer " + exampleJWT}, ""},
		"opaque":         {[]string{"bearer abc-._~+/="}, ""},
		"none":           {nil, ""},
		"two":            {[]string{"Bearer a", "Bearer b"}, "2 Authorization headers"},
		"no token":       {[]string{"Bearer "}, "a scheme without a token"},
		"a placeholder":  {[]string{"Bearer undefined"}, `the word "undefined" in place of a token`},
		"the word twice": {[]string{"Bearer Bearer a"}, "more than one word after the scheme"},
		"quoted":         {[]string{`Bearer "a"`}, "characters that no token has (RFC 6750, 2.1)"},
	} {
		j, _ := create(t)
		if got := j.authorization(http.Header{"Authorization": row.values}).Flaw; got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func TestUnpacked(t *testing.T) {
	text := "Bearer " + exampleJWT
	for value, want := range map[string]string{
		base64.StdEncoding.EncodeToString([]byte(text)): text, base64.RawURLEncoding.EncodeToString([]byte(text)): text,
		exampleJWT: "", "c2hvcnQ=": "", strings.Repeat("no base64! ", 10): "", "": "",
	} {
		if got := unpacked(value); got != want {
			t.Errorf("%q unpacks to %q, want %q", value, got, want)
		}
	}
}
