package reports

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// indexFor is the index of a run with these exchanges and scenarios.
func indexFor(scenarios []journal.Scenario, exchanges ...*journal.Exchange) *index {
	r := &suites.Results{}
	ev := &journal.Evidence{Exchanges: exchanges, Scenarios: scenarios, Run: journal.Run{Subject: journal.Subject{Role: contract.Gateway}}}
	return indexOf(messages.In(messages.English), r, ev, diagnose(r, ev), limits{})
}

// inShell runs a command with a curl that tells its arguments, and returns these.
func inShell(t *testing.T, script string, environment ...string) []string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"curl":    "#!/bin/sh\nfor a; do printf '%s\\0' \"$a\"; done\n",
		"uuidgen": "#!/bin/sh\necho 11111111-2222-4333-8444-555555555555\n",
		"date":    "#!/bin/sh\nprintf '%s' \"$*\" | tr -d \"'\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + dir + ":/usr/bin:/bin"}, environment...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v: %s", script, err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func sentExchange(body string) *journal.Exchange {
	started := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	return &journal.Exchange{ID: "e1", Scenario: "token/missing/confirm", Direction: journal.Sent, Player: contract.HIP, Endpoint: contract.Confirm, Started: started,
		Request: journal.Request{Method: "POST", URL: "https://staging.example/gateway/v0.5/users/auth/confirm",
			Header: map[string][]string{"Authorization": {"Bearer ‹redacted:token#1›"}, "Content-Type": {"application/json"}, "User-Agent": {"x"}, "X-Cm-Id": {"sbx"}},
			Body:   journal.Body{JSON: json.RawMessage(body)}},
		Facts: journal.Facts{Authorization: journal.Authorization{Present: true, Owner: contract.HIP}}}
}

func TestRepeatSendsWhatTheSuiteSent(t *testing.T) {
	ix := indexFor(nil, sentExchange(`{"requestId": "5f7a535d-a3fd-416b-b069-c97d021fbacd", "timestamp": "2026-03-01T09:30:00.123Z",
		"credential": {"authCode": "‹redacted:otp#1›", "year": "‹redacted:year#2 number›", "said": "it's $(touch bad) \u0060touch bad\u0060 \"now\" ‹redacted:otp#1›"}}`))
	c := ix.repeatOf(suites.Finding{Exchange: "e1"})
	if c == nil {
		t.Fatal("there is no command")
	}
	if want := []string{"HIP_TOKEN", "OTP_1", "YEAR_2"}; !slices.Equal(c.Variables, want) || c.Brought || c.Exchange != "e1" {
		t.Errorf("%+v, want the variables %v", c, want)
	}
	got := inShell(t, c.Command, "HIP_TOKEN=secret", "OTP_1=123456", "YEAR_2=1990")
	want := []string{"-i", "-X", "POST", "--url", "https://staging.example/gateway/v0.5/users/auth/confirm", "-H", "Authorization: Bearer secret",
		"-H", "Content-Type: application/json", "-H", "X-Cm-Id: sbx", "--data-raw",
		`{"requestId":"11111111-2222-4333-8444-555555555555","timestamp":"-u +%Y-%m-%dT%H:%M:%SZ","credential":{"authCode":"123456","year":1990,"said":"it's $(touch bad) \u0060touch bad\u0060 \"now\" 123456"}}`}
	if !slices.Equal(got, want) {
		t.Errorf("the shell gives curl\n%q\nwant\n%q\n%s", got, want, c.Command)
	}
}

func TestRepeatKeepsWhatWasWrongOnPurpose(t *testing.T) {
	const id, stamp = "5f7a535d-a3fd-416b-b069-c97d021fbacd", "2026-03-01T09:30:00Z"
	body := func(id, stamp string) string { return `{"requestId":"` + id + `","timestamp":"` + stamp + `"}` }
	for name, c := range map[string]struct {
		scenario journal.Scenario
		id, time string
		want     string
	}{
		"probe of requestId": {journal.Scenario{Notes: map[string]string{"pointer": "/requestId"}}, id, stamp, body(id, "-u +%Y-%m-%dT%H:%M:%SZ")},
		"probe of timestamp": {journal.Scenario{Notes: map[string]string{"pointer": "/timestamp"}}, id, stamp, body("11111111-2222-4333-8444-555555555555", stamp)},
		"no UUID":            {journal.Scenario{}, "17", stamp, body("17", "-u +%Y-%m-%dT%H:%M:%SZ")},
		"replay":             {journal.Scenario{Name: "replay/same/confirm"}, id, stamp, body(id, "-u +%Y-%m-%dT%H:%M:%SZ")},
		"no time":            {journal.Scenario{}, id, "yesterday", body("11111111-2222-4333-8444-555555555555", "yesterday")},
		"8 minutes ahead":    {journal.Scenario{}, id, "2026-03-01T15:08:00+05:30", body("11111111-2222-4333-8444-555555555555", "-u -d +480 seconds +%Y-%m-%dT%H:%M:%SZ")},
		"45 seconds old":     {journal.Scenario{}, id, "2026-03-01T09:29:15Z", body("11111111-2222-4333-8444-555555555555", "-u -d -45 seconds +%Y-%m-%dT%H:%M:%SZ")},
	} {
		x := sentExchange(body(c.id, c.time))
		if c.scenario.Name == "" {
			c.scenario.Name = x.Scenario
		}
		x.Scenario = c.scenario.Name
		command := indexFor([]journal.Scenario{c.scenario}, x).repeatOf(suites.Finding{Exchange: "e1"})
		if command == nil {
			t.Fatalf("%s: there is no command", name)
		}
		got := inShell(t, command.Command)
		if last := got[len(got)-1]; last != c.want {
			t.Errorf("%s: curl sends %s, want %s\n%s", name, last, c.want, command.Command)
		}
	}
}

func TestRepeatIsNeverMoreThanAMessage(t *testing.T) {
	for name, spoil := range map[string]func(x *journal.Exchange){
		"a mark in a text": func(x *journal.Exchange) {
			x.Request.Body = journal.Body{Text: insertion + "$(touch bad)" + inserted}
		},
		"an escape in a header": func(x *journal.Exchange) { x.Request.Header["X"] = []string{"\x1b[2J"} },
		"a header that is a file": func(x *journal.Exchange) {
			x.Request.Header["@/etc/passwd"] = []string{"x"}
		},
		"a long body":       func(x *journal.Exchange) { x.Request.Body = journal.Body{Text: strings.Repeat("x", maxRepeatBody+1)} },
		"a body in part":    func(x *journal.Exchange) { x.Request.Body.Truncated = true },
		"a URL in disguise": func(x *journal.Exchange) { x.Request.URL = "https://h/\u202e" },
		"no JSON":           func(x *journal.Exchange) { x.Request.Body.JSON = json.RawMessage(`{`) },
		"never sent":        func(x *journal.Exchange) { x.Direction, x.Scenario = journal.Received, "" },
	} {
		x := sentExchange(`{}`)
		spoil(x)
		if c := indexFor(nil, x).repeatOf(suites.Finding{Exchange: "e1"}); c != nil {
			t.Errorf("%s: %s", name, c.Command)
		}
	}
	x := sentExchange(`{}`)
	x.Request.URL, x.Request.Method = "-o/tmp/'x' $(touch bad)", "PO'ST"
	x.Request.Header = map[string][]string{"X": {"'; touch bad; '"}}
	x.Request.Body = journal.Body{Text: "@/etc/passwd"}
	c := indexFor(nil, x).repeatOf(suites.Finding{Exchange: "e1"})
	want := []string{"-i", "-X", "PO'ST", "--url", "-o/tmp/'x' $(touch bad)", "-H", "X: '; touch bad; '", "-H", "Content-Type:", "--data-raw", "@/etc/passwd"}
	if got := inShell(t, c.Command); !slices.Equal(got, want) {
		t.Errorf("the shell gives curl\n%q\nwant\n%q", got, want)
	}
}

func TestRepeatSendsWhatBroughtAMessageAbout(t *testing.T) {
	at := func(id string, d journal.Direction, endpoint string, when time.Duration) *journal.Exchange {
		x := sentExchange(`{}`)
		x.ID, x.Direction, x.Endpoint, x.Times.RequestFirst = id, d, endpoint, when
		return x
	}
	ix := indexFor(nil, at("e1", journal.Sent, contract.Init, 1), at("e2", journal.Received, contract.Init, 2), at("e3", journal.Sent, contract.OnInit, 3),
		at("e4", journal.Received, contract.OnInit, 4), at("e5", journal.Received, contract.Notify, 5), at("e6", journal.Sent, contract.Confirm, 6))
	for cited, want := range map[string]string{"e1": "e1", "e2": "e1", "e4": "e3", "e5": "e3"} {
		if c := ix.repeatOf(suites.Finding{Exchange: cited}); c == nil || c.Exchange != want || c.Brought != (cited != want) {
			t.Errorf("%s is repeated by %+v, want %s", cited, c, want)
		}
	}
}

func TestRerun(t *testing.T) {
	for _, c := range []struct {
		r    suites.Results
		want string
	}{
		{suites.Results{Subject: suites.Subject{Role: contract.HIP}}, "conformance run -c conformance.yaml --filter AUTH-GEN-001"},
		{suites.Results{Demonstration: true, Subject: suites.Subject{Role: contract.Gateway}}, "conformance run --filter AUTH-GEN-001"},
		{suites.Results{Demonstration: true, Subject: suites.Subject{Role: contract.HIP}}, "conformance run --role hip --filter AUTH-GEN-001"},
	} {
		if got := rerunOf(&c.r, "AUTH-GEN-001"); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
