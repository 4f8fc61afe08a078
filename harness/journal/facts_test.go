package journal

import (
	"fmt"
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
