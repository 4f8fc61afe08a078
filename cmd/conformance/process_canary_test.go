package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// Members whose values are secrets or patient data wherever they travel (annex of the contract: sessions, credential, patient).
var secretMembers = map[string]string{
	"clientSecret": "client secret", "accessToken": "token", "refreshToken": "token", "authCode": "OTP", "name": "name",
	"dateOfBirth": "date of birth", "dob": "date of birth", "value": "identifier", "mobile": "phone number", "line": "address",
}

// canary is a value that travelled and must be in nothing that a run leaves behind.
type canary struct{ kind, value string }

// canaries are the values on the wires. Every kind must have travelled, or the test proves nothing.
func canaries(t *testing.T, wires ...*wire) []canary {
	t.Helper()
	found := map[canary]bool{}
	for _, w := range wires {
		for _, p := range w.passages() {
			if _, token, ok := strings.Cut(p.header.Get("Authorization"), " "); ok && token != "" {
				found[canary{"token", token}] = true
			}
			for _, body := range [][]byte{p.request, p.reply} {
				var v any
				if json.Unmarshal(body, &v) == nil {
					collect(v, found)
				}
			}
		}
	}
	kinds := map[string]int{}
	var all []canary
	for c := range found {
		kinds[c.kind]++
		all = append(all, c)
		if parts := strings.Split(c.value, "."); c.kind == "token" && len(parts) == 3 { // a token in pieces is a token
			for _, part := range parts[1:] {
				if len(part) > 20 {
					all = append(all, canary{"part of a token", part})
				}
			}
		}
	}
	for _, kind := range []string{"client secret", "token", "OTP", "name", "date of birth", "identifier"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s travelled, so this proves nothing: %v", kind, kinds)
		}
	}
	return all
}

func collect(v any, found map[canary]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			text, isText := member.(string)
			if kind := secretMembers[name]; kind != "" && isText && len(text) >= 6 {
				found[canary{kind, text}] = true
			}
			collect(member, found)
		}
	case []any:
		for _, member := range v {
			collect(member, found)
		}
	}
}

// spellings are the ways in which a value could stand in a file.
func spellings(value string) []string {
	quoted, _ := json.Marshal(value) // a string always can be
	escaped := strings.Trim(string(quoted), `"`)
	var ascii strings.Builder
	for _, r := range value {
		if r < 0x80 {
			ascii.WriteRune(r)
		} else {
			fmt.Fprintf(&ascii, `\u%04x`, r)
		}
	}
	all := []string{value, escaped, ascii.String(), url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value)}
	if len(value) >= 10 { // a shorter one is found by chance
		for offset := range 3 { // a longer text that holds the value may begin at any of three places of the code
			for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				text := e.EncodeToString(append(bytes.Repeat([]byte{'x'}, offset), value...))
				skip := []int{0, 2, 3}[offset]
				if text = text[skip : len(text)-1]; len(text) >= 10 {
					all = append(all, text)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// needle is one spelling of a canary.
type needle struct {
	canary
	spelling string
}

// stem is how every longer spelling is found in one pass over a text; a few shorter ones are looked for one by one.
type stem [8]byte

// keepsSecrets fails the test where anything that the run left behind holds a canary: a file of its directory, what it
// printed, or what was logged beside it.
func keepsSecrets(t *testing.T, s *staging, e ended, all []canary, logs ...*said) {
	t.Helper()
	left := map[string][]byte{"stdout": []byte(e.stdout), "stderr": []byte(e.stderr)}
	for i, log := range logs {
		left[fmt.Sprintf("log %d", i+1)] = []byte(log.String())
	}
	out := filepath.Join(s.dir, "out")
	err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(out, path)
		if err == nil {
			left[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(outputs, []string{evidenceFile}) {
		if len(left[name]) == 0 && left[pactsFile] == nil { // pacts may have been verified without a run
			t.Errorf("%s is not there, so this proves nothing of it", name)
		}
	}
	long, short := map[stem][]needle{}, []needle{}
	for _, c := range all {
		for _, spelling := range spellings(c.value) {
			if len(spelling) < len(stem{}) {
				short = append(short, needle{c, spelling})
				continue
			}
			at := stem([]byte(spelling))
			long[at] = append(long[at], needle{c, spelling})
		}
	}
	for name, text := range left {
		found := map[needle]int{}
		for i := range max(0, len(text)-len(stem{})+1) {
			for _, n := range long[stem(text[i:])] {
				if bytes.HasPrefix(text[i:], []byte(n.spelling)) {
					found[n] = i
				}
			}
		}
		for _, n := range short {
			if i := standsAlone(text, n.spelling); i >= 0 {
				found[n] = i
			}
		}
		for n, i := range found {
			t.Errorf("a %s of %d characters is in %s, as %q in …%s…", n.kind, len(n.value), name, n.spelling, text[max(0, i-150):min(len(text), i+50)])
		}
	}
}

// standsAlone is where a text holds a spelling with no letter, digit or dot beside it, -1 for nowhere: the nanoseconds
// of some time may hold any six digits.
func standsAlone(text []byte, spelling string) int {
	if !bytes.Contains(text, []byte(spelling)) {
		return -1
	}
	if at := regexp.MustCompile(`(?:^|[^0-9A-Za-z.])` + regexp.QuoteMeta(spelling) + `(?:$|[^0-9A-Za-z])`).FindIndex(text); at != nil {
		return at[0]
	}
	return -1
}

func TestProcessLeavesNoSecretBehind(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults []string
		code   int
	}{
		"conforming": {nil, exitConformant},
		"leaking":    {[]string{"error-leaks", "forward-caller-token", "misroute:on-confirm", "error-body-text"}, exitNotConformant},
		"mixing up":  {[]string{"members-reordered", "request-id-reused", "auth-unchecked"}, exitNotConformant},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patience := 10 * time.Second
			if c.code != exitConformant {
				patience = 3 * time.Second
			}
			s := newStaging(t, patience)
			inbound, outbound := newWire(t, "http://"+s.harness), newWire(t, "http://"+s.subject)
			s.env = append(s.env, "CONFORMANCE_HARNESS_PUBLIC_URL="+inbound.url)
			var args []string
			for _, f := range c.faults {
				args = append(args, "--fault", f)
			}
			gateway := s.serve(t, args...)
			e := s.run(t, "--target", outbound.url+"/gateway")
			e.wants(t, c.code)
			all := canaries(t, inbound, outbound)
			for role, secret := range s.secrets {
				if !slices.Contains(all, canary{"client secret", secret}) {
					t.Errorf("the client secret of the %s did not travel", role)
				}
			}
			keepsSecrets(t, s, e, all, gateway.stdout, gateway.stderr)
			again := finish(t, s.dir, nil, "judge", "out", "--output", "json")
			keepsSecrets(t, s, again, all)
			if !bytes.Contains(s.out(t, evidenceFile), []byte("‹redacted:token#")) {
				t.Error("the evidence holds no placeholder of a token")
			}
		})
	}
}

// A vendor whose gateway has another login gives tokens instead.
func TestProcessStaticTokens(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 10*time.Second)
	s.serve(t)
	var all []canary
	env := []string{}
	for _, role := range []string{"hip", "hiu", "cm"} {
		token := fetchToken(t, "http://"+s.subject+"/gateway", role+"-client", s.secrets[strings.ToUpper(role)])
		all = append(all, canary{"token", token})
		env = append(env, strings.ToUpper(role)+"_TOKEN="+token)
	}
	s.write(t, "tokens.yaml", fmt.Sprintf(`subject: {role: gateway, url: "http://%s/gateway", name: Example Gateway}
identities:
  hip: {id: hip-1, token: "${HIP_TOKEN}"}
  hiu: {id: hiu-1, token: "${HIU_TOKEN}"}
  cm: {id: sbx, token: "file:cm.token"}
harness: {listen: %s}
timing: {callback: 10s, quiet: 500ms, ack: 10s}
`, s.subject, s.harness))
	s.write(t, "cm.token", all[2].value+"\n")
	e := finish(t, s.dir, env, "run", "-c", "tokens.yaml", "--out", "out")
	if e.code != exitConformant && e.code != exitIncomplete { // what needs a login cannot be judged without one
		t.Errorf("exit %d\n%s%s", e.code, e.stdout, e.stderr)
	}
	r := s.results(t)
	if bad := having(r, suites.Fail, suites.Warning, suites.ErrorVerdict); len(bad) > 0 || len(having(r, suites.Pass)) < 40 {
		t.Errorf("%s; not right are %v", r.Reason, bad)
	}
	keepsSecrets(t, s, e, all)
}
