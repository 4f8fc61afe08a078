package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"abdm.example/conformance/harness/player"
)

// digits are random digits, none of them 0 or 1.
func digits(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // it never fails
	for i, b := range raw {
		raw[i] = '2' + b%8
	}
	return string(raw)
}

// newCombinedStaging writes the conformance.yaml of a gateway with a CM inside, whose patient is a canary from head to foot.
func newCombinedStaging(t *testing.T, decide string) (*staging, []canary) {
	t.Helper()
	s := newStaging(t, 10*time.Second)
	patient := []canary{{"name", "Canary " + rand.Text()[:8]}, {"date of birth", "1961-07-1" + digits(1)}, {"OTP", digits(6)},
		{"identifier", "canary." + strings.ToLower(rand.Text()[:8]) + "@sbx"}}
	text := strings.Replace(string(content(t, s.dir, "conformance.yaml")), "  name: Example Gateway\n", "  name: Example Gateway\n  topology: combined\n", 1)
	s.write(t, "conformance.yaml", text+fmt.Sprintf(`patient:
  id: %s
  otp: "%s"
  demographic: {name: "%s", gender: F, dateOfBirth: "%s"}
hooks:
  decide: {http: {url: "%s"}}
`, patient[3].value, patient[2].value, patient[0].value, patient[1].value, decide))
	return s, patient
}

// blabbedPhone is the number that a blabber tells.
const blabbedPhone = "9822334455"

// blabber stands in front of a hook. It passes each call on, and answers with everything that it was told, a secret, the
// token that travelled last, and a phone number; every fifth time it says that it failed.
type blabber struct {
	url, hook, secret string
	wire              *wire
	calls             atomic.Int64
	start             func()
}

// newBlabber makes a blabber that is served once what it blabs is set and it is started.
func newBlabber(t *testing.T) *blabber {
	t.Helper()
	b := &blabber{}
	server := httptest.NewUnstartedServer(b)
	t.Cleanup(server.Close)
	b.url, b.start = "http://"+server.Listener.Addr().String(), server.Start
	return b
}

func (b *blabber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	told, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	token := ""
	if all := b.wire.passages(); len(all) > 0 {
		token = all[len(all)-1].header.Get("Authorization")
	}
	status := http.StatusInternalServerError
	if b.calls.Add(1)%5 != 0 {
		answer, err := http.Post(b.hook, "application/json", bytes.NewReader(told))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_ = answer.Body.Close()
		status = answer.StatusCode
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "blab: call +91 %s with %s and %s about %s", blabbedPhone, b.secret, token, told)
}

// planted puts canaries of every kind into the URLs and the headers of a wire, requests and responses.
func planted(w *wire) []canary {
	token := "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("eyJjYW5hcnk", 3) + rand.Text() + "." + rand.Text()
	key, otp, phone, name, health := rand.Text(), digits(6), "97"+digits(8), "Query "+rand.Text()[:8], "9"+digits(13)
	w.plant(func(request *url.URL, header http.Header) {
		header.Set("X-Api-Key", key)
		header.Set("X-Forwarded-Authorization", "Bearer "+token)
		header.Set("X-Note", "call +91 "+phone+" about "+health)
		header.Add("Set-Cookie", "session="+key+"; Path=/")
		if request != nil {
			request.RawQuery = url.Values{"access_token": {token}, "otp": {otp}, "mobile": {phone}, "name": {name}, "healthIdNumber": {health}, "api_key": {key}}.Encode()
		}
	})
	return []canary{{"token", token}, {"client secret", key}, {"OTP", otp}, {"phone number", phone}, {"name", name}, {"identifier", health}}
}

// Whatever role is certified, and however much a hook tells, no secret and no patient stays behind.
func TestProcessOfEveryRoleLeavesNoSecretBehind(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]string{"combined": nil, "hip": nil, "hiu": nil, "hip/leaking": {"error-leaks"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s *staging
			var patient []canary
			role, _, _ := strings.Cut(name, "/")
			path, hook := "/app", newBlabber(t)
			if role == "combined" {
				s, patient = newCombinedStaging(t, hook.url)
				path, hook.hook, hook.secret = "/gateway", "http://"+s.subject+player.PathDecide, s.secrets["HIP"]
			} else {
				s = newBridgeStaging(t, role, 5*time.Second)
				s.env = append(s.env, "CONFORMANCE_HOOKS_START_HTTP_URL="+hook.url)
				hook.hook, hook.secret = "http://"+s.subject+"/app/start", s.secrets[role]
			}
			inbound, outbound := newWire(t, "http://"+s.harness), newWire(t, "http://"+s.subject)
			hook.wire = outbound
			hook.start()
			patient = append(append(patient, planted(inbound)...), planted(outbound)...)
			s.env = append(s.env, "CONFORMANCE_HARNESS_PUBLIC_URL="+inbound.url)
			var args []string
			for _, f := range faults {
				args = append(args, "--fault", f)
			}
			subject := s.serve(t, args...)
			e := s.run(t, "--target", outbound.url+path)
			if e.code != exitConformant && e.code != exitNotConformant && e.code != exitIncomplete {
				t.Fatalf("exit %d\n%s%s", e.code, e.stdout, e.stderr)
			}
			if hook.calls.Load() < 5 {
				t.Errorf("the hook was called %d times", hook.calls.Load())
			}
			all := append(canaries(t, inbound, outbound), append(patient, canary{"phone number", blabbedPhone})...)
			keepsSecrets(t, s, e, all, subject.stdout, subject.stderr)
			again := finish(t, s.dir, nil, "judge", "out", "--output", "markdown")
			keepsSecrets(t, s, again, all)
			if role != "combined" && !bytes.Contains(s.out(t, evidenceFile), []byte("blab: call")) {
				t.Error("the evidence holds nothing of what the hook answered, so this proves nothing of it")
			}
			for _, want := range []string{"?access_token=‹redacted:token#", `"X-Api-Key":["‹redacted:`, `"X-Note":["call ‹redacted:phone#`, `"Set-Cookie":["session=‹redacted:`} {
				if !bytes.Contains(s.out(t, evidenceFile), []byte(want)) {
					t.Errorf("the evidence holds no %s, so this proves nothing of what was planted", want)
				}
			}
		})
	}
}

// What a command prints may be anything; it is told with the reason why a conversation did not begin.
func TestProcessOfATalkativeCommandLeavesNoSecretBehind(t *testing.T) {
	t.Parallel()
	s := newBridgeStaging(t, "hip", time.Second)
	s.serve(t)
	s.write(t, "say.sh", `env | grep ^CONFORMANCE_HOOK_ >> told.txt
env | grep ^CONFORMANCE_HOOK_
echo "secret $BRIDGE_SECRET, Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJjb21tYW5kIn0.c2lnbmF0dXJlb2Z0aGVjb21tYW5k, call 9822334455" >&2
exit 1
`)
	text := string(content(t, s.dir, "conformance.yaml"))
	before, after, _ := strings.Cut(text, "hooks:")
	_, after, _ = strings.Cut(after, "timing:")
	s.write(t, "conformance.yaml", before+"hooks:\n  start: {exec: [sh, say.sh]}\ntiming:"+after)
	e := s.run(t, "--filter", "/SEQ-00[1-4]/")
	e.wants(t, exitIncomplete)
	found := map[canary]bool{{"client secret", s.secrets["hip"]}: true, {"phone number", blabbedPhone}: true,
		{"token", "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJjb21tYW5kIn0.c2lnbmF0dXJlb2Z0aGVjb21tYW5k"}: true}
	for line := range strings.Lines(string(content(t, s.dir, "told.txt"))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		var v any
		switch {
		case name == "CONFORMANCE_HOOK_AUTHCODE" && len(value) >= 6:
			found[canary{"OTP", value}] = true
		case json.Unmarshal([]byte(value), &v) == nil:
			collect(v, found)
		}
	}
	kinds, all := map[string]bool{}, []canary{}
	for c := range found {
		kinds[c.kind], all = true, append(all, c)
	}
	if !kinds["OTP"] || !kinds["name"] || !kinds["date of birth"] {
		t.Errorf("the command was told no patient, so this proves nothing: %v", kinds)
	}
	keepsSecrets(t, s, e, all)
	if !bytes.Contains(s.out(t, evidenceFile), []byte("it said: ")) {
		t.Errorf("the evidence in %s holds nothing of what the command said, so this proves nothing", filepath.Join(s.dir, "out"))
	}
}
