package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/reports"
)

// foreign are texts that a hostile subject puts wherever it can.
var foreign = []string{
	`<script>alert(1)</script><img src=x onerror=alert(1)>`, `" onmouseover="alert(1)`, "\x1b[2J\x1b]0;owned\x07\x1b[31m", "\u202eevil\u2066\u200b\ufeff",
	"a\x00b\x7f\u009b31m", "\xff\xfe\xc3\x28\xed\xa0\x80", "]]> <![CDATA[ &#0; &lt;", "[[ATTACHMENT|/etc/passwd]] [[PROPERTY|a=b]]",
	"| a | `b` ``` [x](javascript:alert(1)) @team\n# head\n</details>", `\ud800 \udc00\u0000`, strings.Repeat("9", 400) + "e99999", "{{.Reason}} ${HIP_SECRET} %s%n",
}

// hostileSubject answers, and sends, nothing but what breaks programs that trust others.
type hostileSubject struct {
	listener net.Listener
	ours     string // host:port of the suite
	turn     atomic.Uint64
}

// newHostileSubject serves one at the address until the test ends.
func newHostileSubject(t *testing.T, address, ours string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostileSubject{listener: l, ours: ours}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go h.serve(conn)
		}
	}()
}

// serve answers the requests of one connection, and sends something of its own about each.
func (h *hostileSubject) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		if strings.HasSuffix(request.URL.Path, contract.PathSessions) {
			answer(conn, "200 OK", "application/json", `{"accessToken":"hostile-`+fmt.Sprint(h.turn.Add(1))+`","tokenType":"bearer","expiresIn":1800}`)
			continue
		}
		n := h.turn.Add(1)
		go h.send(n, body)
		if request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/start") {
			answer(conn, "202 Accepted", "text/html", foreign[n%uint64(len(foreign))])
			continue
		}
		text := foreign[n%uint64(len(foreign))]
		status := []string{"202 ", "200 ", "400 ", "500 ", "302 ", "418 ", "999 "}[n%7] + strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
		kind := []string{"application/json", "text/html; charset=x\"><script>", "application/json; charset=\xff", ""}[n%4]
		answer(conn, status, kind, h.body(n, body))
	}
}

// body is JSON, text or something between, with foreign text in it, now and then very long or very deep.
func (h *hostileSubject) body(n uint64, about []byte) string {
	text := foreign[n/3%uint64(len(foreign))]
	quoted, err := json.Marshal(text)
	if err != nil {
		return text
	}
	switch {
	case n%97 == 0:
		return strings.Repeat("<b>"+text, 10<<20/(3+len(text)))
	case n%89 == 0:
		return strings.Repeat(`{"a":[`, 100_000)
	case n%3 == 0:
		return text
	case n%3 == 1: // broken or not, as the text will have it
		return `{"error":{"code":` + text + `,"message":"` + text + `","` + text + `":1e99999}}`
	}
	return fmt.Sprintf(`{"error":{"code":1e999,"message":%s},%s:[%s],"resp":{"requestId":%s},"echo":%s}`, quoted, quoted, quoted, quoted, echo(about))
}

// echo is a body that was received, as JSON.
func echo(body []byte) []byte {
	if json.Valid(body) {
		return body
	}
	return []byte("null")
}

// send calls the suite as a subject would, on the path that answers or follows what was received, with foreign text in every
// member but the ids by which the suite knows whom it is about, and those that are redacted.
func (h *hostileSubject) send(n uint64, about []byte) {
	var m struct {
		RequestID string `json:"requestId"`
		PatientID string `json:"patientId"`
		Query     struct{ ID string }
	}
	_ = json.Unmarshal(about, &m) // what is no JSON is about nobody
	text := foreign[n%uint64(len(foreign))]
	quoted, err := json.Marshal(text)
	if err != nil {
		return
	}
	e := contract.Endpoints[n%uint64(len(contract.Endpoints))]
	party := []string{"", "/hip", "/hiu", "/cm"}[n%4]
	patient, err := json.Marshal(m.PatientID + m.Query.ID)
	if err != nil {
		return
	}
	body := fmt.Sprintf(`{"requestId":%s,"timestamp":%s,"resp":{"requestId":%q},"query":{"id":%s,"purpose":%s,"authMode":%s,"requester":{"type":%s,"id":%s}},`+
		`"auth":{"transactionId":%s,"mode":%s,"modes":[%s],"accessToken":"opaque-token-of-nobody","patient":{"id":%s,"name":"Nobody"},"meta":{"hint":"none","expiry":1e999}},"error":{"code":-1e999,"message":%s}}`,
		quoted, quoted, m.RequestID, patient, quoted, quoted, quoted, quoted, quoted, quoted, quoted, patient, quoted)
	conn, err := net.Dial("tcp", h.ours)
	if err != nil {
		return // the suite listens only while it runs
	}
	defer func() { _ = conn.Close() }()
	header := strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ").Replace(text)
	path := party + e.Path + "?q=" + url.QueryEscape(text)
	if n%5 == 0 {
		path = "/" + url.PathEscape(text)
	}
	_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer forged\r\nX-Hip-Id: %s\r\nX-Evil: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		path, h.ours, header, header, len(body), body)
	_, _ = io.Copy(io.Discard, conn) // whatever the suite says
}

// answer writes a response by hand: net/http would mend it.
func answer(conn net.Conn, status, kind, body string) {
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Type: %s\r\nX-Evil: \u202e<b>\xff\r\nX-`|*_~%%1b: ]]>\r\nLocation: javascript:alert(1)\r\nContent-Length: %d\r\n\r\n", status, kind, len(body))
	_, _ = io.WriteString(conn, body)
}

// A subject that does its worst in whatever it controls is found not conformant, and breaks nothing that a run leaves behind.
func TestProcessHostileSubject(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"gateway", "hip"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			var s *staging
			if role == "gateway" {
				s = newStaging(t, time.Second)
				newHostileSubject(t, s.subject, s.harness)
			} else {
				s = newBridgeStaging(t, role, time.Second)
				newHostileSubject(t, s.subject, s.harness)
			}
			e := s.run(t, "--subject-name", "Evil <script>alert(1)</script> | `x` \x1b[31m \u202e ]]>", "--subject-version", "<img src=x onerror=alert(1)>")
			e.wants(t, exitNotConformant)
			fits(t, e.stdout)
			s.results(t)
			for _, name := range []string{evidenceFile, reports.ResultsFile, reports.HARFile} {
				if !bytes.Contains(s.out(t, name), []byte("onerror=alert(1)")) {
					t.Errorf("%s holds nothing of what the subject said, so this proves nothing", name)
				}
			}
			keepsJUnitGrammar(t, s)
			harmless(t, "stdout", []byte(e.stdout))
			harmless(t, "stderr", []byte(e.stderr))
			for _, name := range outputs {
				text := s.out(t, name)
				harmless(t, name, text)
				switch filepath.Ext(name) {
				case ".json", ".har":
					if !json.Valid(text) {
						t.Errorf("%s is no JSON", name)
					}
				case ".svg":
					if out, err := exec.CommandContext(t.Context(), xmllint(t), "--nonet", "--noout", filepath.Join(s.dir, "out", name)).CombinedOutput(); err != nil {
						t.Errorf("%s: %v\n%s", name, err, out)
					}
				}
				if len(text) > 64<<20 || name == reports.ReportFile && len(text) > 400_000 {
					t.Errorf("%s has %d bytes", name, len(text))
				}
			}
			for _, name := range []string{reports.ReportFile, reports.BadgeFile} { // those of others are the affair of the tests in reports
				for _, markup := range []string{"<script", "<img", "\" onmouseover=\"", "href=\"javascript"} {
					if bytes.Contains(s.out(t, name), []byte(markup)) {
						t.Errorf("%s holds %s", name, markup)
					}
				}
			}
			rendersAgain(t, s, exitNotConformant)
		})
	}
}

// harmless fails the test where a text is not UTF-8, or holds a character that steers a terminal or turns the order of text.
func harmless(t *testing.T, name string, text []byte) {
	t.Helper()
	if !utf8.Valid(text) {
		t.Errorf("%s is not UTF-8", name)
	}
	for i, c := range string(text) {
		if c != '\n' && c != '\t' && (unicode.In(c, unicode.Cc) || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069') {
			t.Errorf("%s holds %U: …%q…", name, c, text[max(0, i-80):min(len(text), i+40)])
			return
		}
	}
}
