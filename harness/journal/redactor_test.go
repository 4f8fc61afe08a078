package journal

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

const (
	exampleJWT  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJoaW5hIiwiZXhwIjoxNjAwMDAwMDAwfQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
	exampleUUID = "9876543a-1234-4321-8123-987654321098"
)

func TestJSONIsRedactedByStructure(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"grant": {`{"auth":{"accessToken":"tok-abcdef-1","patient":{"id":"h@sbx","name":"Hina Patel","gender":"F","yearOfBirth":1990,"address":{"line":"12 Rose Lane","pincode":null},"identifiers":[{"type":"MOBILE","value":"+919800083232"}]}}}`,
			`{"auth":{"accessToken":"‹redacted:token#1›","patient":{"id":"‹redacted:patient#1›","name":"‹redacted:name#1›","gender":"F","yearOfBirth":"‹redacted:year#1 number›","address":{"line":"‹redacted:address#1›","pincode":null},"identifiers":[{"type":"MOBILE","value":"‹redacted:identifier#1›"}]}}}`},
		"case":     {`{"AccessToken":"tok-abcdef-1","access_token":"tok-abcdef-1","Auth-Code":"1"}`, `{"AccessToken":"‹redacted:token#1›","access_token":"‹redacted:token#1›","Auth-Code":"‹redacted:otp#1›"}`},
		"numbers":  {`[{"yearOfBirth":1972},{"yearOfBirth":1972.0},{"yearOfBirth":1.972e3},{"yearOfBirth":1972.5},{"yearOfBirth":1e999}]`, `[{"yearOfBirth":"‹redacted:year#2 number›"},{"yearOfBirth":"‹redacted:year#2 number›"},{"yearOfBirth":"‹redacted:year#2 number›"},{"yearOfBirth":"‹redacted:year#1 number›"},{"yearOfBirth":"‹redacted:year#3 number›"}]`},
		"types":    {`{"patient":{"yearOfBirth":"1990"},"a":{"patient":{"yearOfBirth":1990}},"otp":true}`, `{"patient":{"yearOfBirth":"‹redacted:year#1›"},"a":{"patient":{"yearOfBirth":"‹redacted:year#1 number›"}},"otp":"‹redacted:otp#1 boolean›"}`},
		"spelling": {"{ \"b\":1.50e+2,\n\"a\":-0, \"a\":\"\\u0041\" }", "{ \"b\":1.50e+2,\n\"a\":-0, \"a\":\"\\u0041\" }"},
		"query":    {`{"query":{"id":"minted@sbx","requester":{"type":"HIP","id":"hip-1"}}}`, `{"query":{"id":"minted@sbx","requester":{"type":"HIP","id":"hip-1"}}}`},
		"theirs":   {`{"query":{"id":"theirs@sbx"}}`, `{"query":{"id":"‹redacted:patient#1›"}}`},
		"earlier":  {`{"error":{"message":"code 654321 is wrong"},"credential":{"authCode":"654321"},"n":654321}`, `{"error":{"message":"code ‹redacted:otp#1› is wrong"},"credential":{"authCode":"‹redacted:otp#1›"},"n":"‹redacted:otp#1 number›"}`},
		"nested":   {`{"message":"{\"authCode\":\"77\"}"}`, `{"message":"{\"authCode\":\"‹redacted:otp#1›\"}"}`},
		"hint":     {`{"meta":{"hint":"OTP sent to ******1234","expiry":"2026-10-01T10:00:00Z"},"hint":"x"}`, `{"meta":{"hint":"‹redacted:hint#1›","expiry":"2026-10-01T10:00:00Z"},"hint":"x"}`},
		"object":   {`{"clientSecret":{"a":["s",1]},"authCode":""}`, `{"clientSecret":{"a":["‹redacted:secret#1›","‹redacted:secret#2 number›"]},"authCode":""}`},
		"ids":      {`{"requestId":"` + exampleUUID + `","timestamp":"2026-10-01T10:00:00.123456789Z"}`, `{"requestId":"` + exampleUUID + `","timestamp":"2026-10-01T10:00:00.123456789Z"}`},
		"words":    {`{"patient":{"address":"not an object"},"resp":"not an object"}`, `{"patient":{"address":"‹redacted:address#1›"},"resp":"not an object"}`},
		"enum":     {`{"authCode":"MOBILE_OTP","mode":"MOBILE_OTP"}`, `{"authCode":"‹redacted:otp#1›","mode":"MOBILE_OTP"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRedactor()
			r.Public("minted@sbx")
			if got := string(r.JSON([]byte(c.in))); got != c.want {
				t.Errorf("JSON(%s)\n got %s\nwant %s", c.in, got, c.want)
			}
			if got := string(r.JSON([]byte(c.want))); got != c.want {
				t.Errorf("a second redaction changes it to %s", got)
			}
		})
	}
	if got := NewRedactor().JSON([]byte(`{"a":`)); got != nil {
		t.Errorf("broken JSON is redacted as JSON: %s", got)
	}
}

func TestTextIsRedacted(t *testing.T) {
	r := NewRedactor()
	r.Know("otp", "123456")
	r.Know("secret", `p"q/r&ü secret`)
	for in, want := range map[string]string{
		"OTP 123456 is wrong":                          "OTP ‹redacted:otp#1› is wrong",
		"id 9123456 and x123456":                       "id 9123456 and x123456",
		"11111111-2222-4333-8444-123456123456":         "11111111-2222-4333-8444-123456123456",
		"at 2026-10-01T10:00:00.123456Z":               "at 2026-10-01T10:00:00.123456Z",
		"basic " + b64("client:123456"):                "basic ‹redacted:otp#1›",
		"q=" + url.QueryEscape(`p"q/r&ü secret`):       "q=‹redacted:secret#1›",
		`{"x": "p\"q\/r&ü secret"`:                     `{"x": "‹redacted:secret#1›"`,
		`{"x": "p\"q/r\u0026\u00fc secret"`:            `{"x": "‹redacted:secret#1›"`,
		"token " + exampleJWT + ".":                    "token ‹redacted:token#1›.",
		"call +91-98000 83232 or 9800083232":           "call ‹redacted:phone#1› or ‹redacted:phone#2›",
		"abha 91-1234-5678-9012, 91123456789012":       "abha ‹redacted:identifier#1›, ‹redacted:identifier#2›",
		"epoch 1795444380 and 1795444380123":           "epoch 1795444380 and 1795444380123",
		exampleUUID:                                    exampleUUID,
		"<authCode>998877</authCode>":                  "<authCode>‹redacted:otp#2›</authCode>",
		"client_secret=s3cr3t&grant=x":                 "client_secret=‹redacted:secret#2›&grant=x",
		`{"demographic":{"name":"Hina \"H\" Patel","`:  `{"demographic":{"name":"‹redacted:name#1›","`,
		"Invalid token: missing":                       "Invalid token: missing",
		"Authorization: Bearer abc-1234567":            "Authorization: Bearer ‹redacted:token#2›",
		"%31%32%33%34%35%36":                           "‹redacted:otp#1›",
		"‹redacted:otp#1›":                             "‹redacted:otp#1›",
		"‹redacted:123456#1›":                          "‹redacted:‹redacted:otp#1›#1›",
		"build 20261001103000 of 2026-10-01 v1.2.3":    "build 20261001103000 of 2026-10-01 v1.2.3",
		"No mapping found for resp.requestId on cache": "No mapping found for resp.requestId on cache",
		"dial tcp 127.0.0.1:41234: connection refused": "dial tcp 127.0.0.1:41234: connection refused",
	} {
		if got := kindsOnly(r.Text(in)); got != kindsOnly(want) {
			t.Errorf("Text(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// kindsOnly drops the numbers of placeholders, which depend on the order of a map.
func kindsOnly(s string) string {
	for n := range 9 {
		s = strings.ReplaceAll(s, fmt.Sprintf("#%d›", n), "›")
	}
	return s
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestHeadersAndURLsAreRedacted(t *testing.T) {
	r := NewRedactor()
	r.KnowToken("opaque-token-77", contract.HIU)
	got := r.Header(http.Header{
		"Authorization": {"Bearer opaque-token-77"}, "Cookie": {"sid=abcdefgh; x=1"}, "Set-Cookie": {"sid=abcdefgh; Path=/; HttpOnly"},
		"X-Auth-Token": {"opaque-token-77"}, "X-Hip-Id": {"hip-1"}, "Echo": {"you sent opaque-token-77"},
	})
	for name, want := range map[string]string{
		"Authorization": "Bearer ‹redacted:token›", "Cookie": "sid=‹redacted:cookie›; x=‹redacted:cookie›", "Set-Cookie": "sid=‹redacted:cookie›; Path=/; HttpOnly",
		"X-Auth-Token": "‹redacted:token›", "X-Hip-Id": "hip-1", "Echo": "you sent ‹redacted:token›",
	} {
		if text := kindsOnly(got[name][0]); text != want {
			t.Errorf("%s is redacted as %q, want %q", name, text, want)
		}
	}
	if got["X-Auth-Token"][0] != strings.TrimPrefix(got["Authorization"][0], "Bearer ") {
		t.Error("equal tokens do not look equal in two headers")
	}
	for in, want := range map[string]string{
		"https://u:pass-word-1@host.example/a?x=1&access_token=abc": "https://u:‹redacted:secret›@host.example/a?x=1&access_token=‹redacted:token›",
		"/cb?state=MH&otp=%31%32&e=opaque-token-77":                 "/cb?state=‹redacted:address›&otp=‹redacted:otp›&e=‹redacted:token›",
		"http://127.0.0.1:8080/v0.5/users/auth/init":                "http://127.0.0.1:8080/v0.5/users/auth/init",
		"/%6fpaque-token-77/x":                                      "/‹redacted:token›/x",
	} {
		if text := kindsOnly(r.URL(in)); text != want {
			t.Errorf("URL(%q) is %q, want %q", in, text, want)
		}
	}
}

func TestDisabledRedactorIsTheIdentity(t *testing.T) {
	r := NewRedactor()
	r.Know("otp", "123456")
	r.Disable()
	body := `{"authCode":"123456"}`
	if string(r.JSON([]byte(body))) != body || r.Text(body) != body || r.URL("/a?otp=123456") != "/a?otp=123456" ||
		r.Header(http.Header{"Authorization": {"Bearer x"}})["Authorization"][0] != "Bearer x" {
		t.Error("a disabled redactor changes something")
	}
}

// What an exchange tells must not hang on whether it is redacted.
func TestDisabledRedactorStillLearns(t *testing.T) {
	for _, off := range []bool{false, true} {
		r := NewRedactor()
		if off {
			r.Disable()
		}
		j := &Journal{redactor: r}
		body := readBody([]byte(`{"accessToken":"opaque-token-77-opaque-token"}`), false)
		j.learn([]http.Header{{"Authorization": {"Bearer header-token-88-header-token"}}}, body)
		for _, secret := range []string{"opaque-token-77-opaque-token", "header-token-88-header-token"} {
			if !r.tellsSecret("it failed with " + secret) {
				t.Errorf("off %v: %s was not learnt", off, secret)
			}
		}
	}
}

func FuzzRedactorJSON(f *testing.F) {
	const secret = "zx-Secret/Value+42"
	for _, seed := range []string{
		`{"accessToken":"abc","a":[1,2.50,{"patient":{"name":"N","yearOfBirth":1}}],"s":"zx-Secret/Value+42"}`,
		`"zx-Secret\/Value+42"`, `{"a":"{\"b\":\"zx-Secret/Value+42\"}"}`, `{"zx-Secret/Value+42":1}`, `["eyJabc.eyJdef.","+91 98000 83232"]`,
		`{"m":"otp=123456 zx%2DSecret/Value+42 ‹redacted:token#1›"}`, `{"a":"\ud800 \u0000"}`, `  [ ] `, "{\"authCode\":\"\xff\"}", `{"x":"authCode\":\"zx-Secret/Value+42"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := NewRedactor()
		r.Know("secret", secret)
		got := r.JSON(raw)
		if (got != nil) != json.Valid(raw) {
			t.Fatalf("JSON(%q) is %q", raw, got)
		}
		text := r.Text(string(raw))
		if strings.Contains(text, secret) {
			t.Fatalf("the secret survives in the text %q", text)
		}
		if got == nil {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("JSON(%q) is no JSON: %q", raw, got)
		}
		var value any
		if err := json.Unmarshal(got, &value); err == nil && strings.Contains(fmt.Sprint(value), secret) {
			t.Fatalf("the secret survives in %q", got)
		}
		if again := r.JSON(got); string(again) != string(got) {
			t.Logf("a second redaction turns %q into %q", got, again)
		}
	})
}

func BenchmarkRedactJSON(b *testing.B) {
	r := NewRedactor()
	for i := range 50 {
		r.Know("token", fmt.Sprintf("known-value-number-%d-of-the-benchmark", i))
	}
	body := []byte(grantBody(1))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if r.JSON(body) == nil {
			b.Fatal("not redacted")
		}
	}
}

// grantBody is an on-confirm of about 600 bytes.
func grantBody(n int) string {
	return fmt.Sprintf(`{"requestId":"5f7a535d-a3fd-416b-b069-c97d021fb%03d","timestamp":"2026-10-01T10:00:00.123Z","auth":{"accessToken":"%s","validity":{"purpose":"KYC_AND_LINK","requester":{"type":"HIP","id":"hip-1"},"expiry":"2026-10-02T10:00:00.000Z","limit":1},"patient":{"id":"hinapatel@sbx","name":"Hina Patel","gender":"F","yearOfBirth":1972,"address":{"line":"12 Rose Lane","district":"Bengaluru","state":"Karnataka","pincode":"560001"},"identifiers":[{"type":"MOBILE","value":"+919800083232"}]}},"resp":{"requestId":"11111111-a3fd-416b-b069-c97d021fb%03d"}}`, n%1000, exampleJWT, n%1000)
}
