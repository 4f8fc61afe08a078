package reports

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

var hostile = map[string]string{
	"script":      `</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"attribute":   `" onmouseover="alert(1)" x='`,
	"template":    `{{.Reason}} {{template "badge"}} ]]> <![CDATA[ &amp; &#0;`,
	"ansi":        "\x1b[2J\x1b]0;title\x07\x9b31m\u009b31m\rpassed\x00\x7f\b",
	"invalid":     "\xff\xfe\xc3\x28\xed\xa0\x80 \ufffe\uffff\U0001ffff",
	"direction":   "abc\u202edef\u2066ghi\u2028\u2029\ufeff\u200b\U000e0041",
	"markdown":    "`` ` `` | [x](javascript:alert(1)) **b** <b> @team #1 ![i](http://h/x) https://h/ www.h\n# head\n| a |",
	"ten million": strings.Repeat("<é\x1b\xff>", 1_700_000),
	"javascript":  "javascript:alert(1)",
	"empty":       "",
}

// hostileResults says the same foreign text in every member.
func hostileResults(s string) *suites.Results {
	r := sample()
	r.Subject = suites.Subject{Role: contract.Role(s), URL: s, Name: s, Version: s, Topology: "routed", Modes: []string{s}, Purposes: []string{s}}
	r.Suite = suites.Suite{Name: s, Version: s, Catalogue: s, Digest: s}
	r.Profile, r.Reason = s, s
	r.Environment = map[string]string{s: s}
	r.Deviations = []suites.Deviation{{Kind: s, ID: s, Text: s}}
	for i := range r.Requirements {
		q := &r.Requirements[i]
		q.ID, q.Basis, q.Endpoint, q.Title, q.Clause, q.Role = s, s, s, s, s, contract.Role(s)
		for j := range q.Checks {
			q.Checks[j].Name, q.Checks[j].Reason, q.Checks[j].Scenario = s, s, s
			q.Checks[j].Findings = []suites.Finding{{Pointer: s, Expected: s, Received: s, Exchange: s, Scenario: s, Hint: s, Tolerance: s}}
		}
	}
	for i := range r.Pacts[0].Interactions {
		x := &r.Pacts[0].Interactions[i]
		x.Key, x.Description, x.States, x.Reason, x.Findings = s, s, []string{s}, s, []suites.Finding{{Pointer: s, Expected: s, Received: s, Exchange: s, Scenario: s, Hint: s}}
	}
	r.Pacts[0].Consumer, r.Pacts[0].Provider, r.Pacts[0].File, r.Pacts[0].Digest = s, s, s, s
	r.Suite.Proof, r.Operator, r.Evidence = &suites.Proof{Digest: s}, s, suites.Evidence{File: s, Digest: s}
	r.Capabilities = []suites.Capability{{Kind: s, Name: s, State: s, Exchange: s, Scenario: s}}
	r.Variants = []suites.Variant{{ID: s, Title: s, Clause: s, Choices: []suites.Choice{{Choice: s, Count: 1, Exchange: s}}}}
	r.Untested = []suites.Untested{{What: s, Clause: s, Reason: s, Requirements: []string{s}}}
	r.Conditions.OS, r.Conditions.Go, r.Conditions.Addresses = s, s, []string{s}
	r.Conditions.TLS = &suites.TLS{Version: s, Cipher: s, Issuer: s}
	r.Scenarios = []suites.ScenarioResult{{Name: s, Status: s, Reason: s, Exchanges: []string{s}}}
	return r
}

func hostileEvidence(s string) *journal.Evidence {
	body := journal.Body{Size: len(s), Text: s}
	quoted, err := json.Marshal(map[string]string{s: s})
	if err != nil {
		panic(err)
	}
	headers := map[string][]string{s: {s, s}}
	return &journal.Evidence{
		Run: journal.Run{Bundled: true},
		Exchanges: []*journal.Exchange{
			{ID: s, Scenario: s, AttributedBy: s, Conflicts: []string{s}, Step: s, Direction: journal.Direction(s), Player: contract.Role(s), Endpoint: s,
				Request:  journal.Request{Method: s, URL: s, Header: headers, Body: journal.Body{JSON: quoted}},
				Response: &journal.Response{Status: -1, Header: headers, Body: body}, Failure: &journal.Failure{Kind: s, Text: s},
				Facts: journal.Facts{JSON: s, ResponseJSON: s, Leaks: []string{s}}},
			{ID: "e2", Request: journal.Request{Method: "POST", URL: s, Body: journal.Body{JSON: json.RawMessage(s)}}},
		},
		Scenarios: []journal.Scenario{{Name: s, Status: journal.Status(s), Reason: s}},
		Ended:     &journal.End{Error: s},
	}
}

func TestHostileTextBreaksNoOutput(t *testing.T) {
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) { rendersSafely(t, hostileResults(s), hostileEvidence(s)) })
	}
}

var tag = regexp.MustCompile(`(?s)<(/?[a-zA-Z!][^\s>]*)`)

// rendersSafely renders everything and checks that each output is well-formed and holds no markup but our own.
func rendersSafely(t *testing.T, r *suites.Results, ev *journal.Evidence) {
	t.Helper()
	report := htmlOf(t, r, ev)
	for _, found := range tag.FindAllStringSubmatch(report, -1) {
		if !ours[strings.TrimPrefix(strings.ToLower(found[1]), "/")] {
			t.Errorf("report.html has the tag %q", found[0])
		}
	}
	if strings.Contains(report, " onmouseover=\"") || strings.Contains(report, " onerror=\"") || strings.Contains(report, `href="javascript`) {
		t.Error("report.html has an attribute that runs code")
	}
	if len(report) > 400_000 {
		t.Errorf("report.html has %d bytes", len(report))
	}
	junit := render(t, func(b *strings.Builder) error { return JUnit(b, r) })
	decoder := xml.NewDecoder(strings.NewReader(junit))
	for {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("junit.xml is not well-formed: %v", err)
		}
	}
	summary := render(t, func(b *strings.Builder) error { return Summary(b, r, "out") })
	markdown := render(t, func(b *strings.Builder) error { return Markdown(b, r) })
	for output, text := range map[string]string{"report.html": report, "junit.xml": junit, "summary": summary, "Markdown": markdown} {
		if !utf8.ValidString(text) {
			t.Errorf("%s is not UTF-8", output)
		}
		for _, c := range text {
			if c != '\n' && c != '\t' && (unicode.Is(unicode.Cc, c) || c >= '\u202a' && c <= '\u202e' || c == '\ufffe' || c == '\uffff') {
				t.Errorf("%s holds the character %U", output, c)
				break
			}
		}
	}
	if len(r.Reason) > 1<<20 {
		return // results.json holds everything whole: a hundred copies of ten million bytes would only test the memory
	}
	var back suites.Results
	if err := json.Unmarshal([]byte(render(t, func(b *strings.Builder) error { return JSON(b, r) })), &back); err != nil {
		t.Errorf("results.json is not JSON: %v", err)
	}
}

var ours = func() map[string]bool {
	names := map[string]bool{"!doctype": true}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		content, err := templateFiles.ReadFile("templates/" + f.Name())
		if err != nil {
			panic(err)
		}
		for _, found := range tag.FindAllStringSubmatch(string(content), -1) {
			names[strings.TrimPrefix(strings.ToLower(found[1]), "/")] = true
		}
	}
	return names
}()

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"\x1b[31m\x00\x7f":      "␛[31m␀␡",
		"\xff":                  `\xff`,
		"\ufffd":                "\ufffd",
		"\u202eab\u009b":        `\u202eab\u009b`,
		"\U000e0041":            `\U000e0041`,
		"a\r\nb":                "a\nb",
		"a\rb":                  "a␍b",
		"हिना\u200d पटेल\ufffe": "हिना\u200d पटेल\\ufffe",
	} {
		if got := block(in, 100); got != want {
			t.Errorf("block(%q) = %q, want %q", in, got, want)
		}
	}
	if got := line(" a\n\t b\r\n", 100); got != "a b" {
		t.Errorf("line: %q", got)
	}
	if got := line("ééé", 3); got != "é… [cut: 6 bytes in all]" {
		t.Errorf("a cut inside a character: %q", got)
	}
	if got := fit("界界界", 5); got != "界界…" {
		t.Errorf("fit: %q", got)
	}
	if got := fitEnd("/a/long/path", 6); got != "…/path" {
		t.Errorf("fitEnd: %q", got)
	}
}

func FuzzRender(f *testing.F) {
	for name, s := range hostile {
		if name != "ten million" {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) { rendersSafely(t, hostileResults(s), hostileEvidence(s)) })
}

func FuzzReadResults(f *testing.F) {
	var b strings.Builder
	if err := JSON(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(b.String()))
	f.Add([]byte(`{"schema":"conformance-results/1","verdict":"incomplete","requirements":[{"level":"MUST","verdict":"pass","checks":null}]}`))
	f.Add([]byte(`{"schema":"conformance-results/1","counts":{"MUST":null}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		if r, err := decode(content); err == nil {
			rendersSafely(t, r, nil)
		}
	})
}
