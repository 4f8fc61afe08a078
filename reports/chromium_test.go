package reports

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// browser is a Chromium that a test tells what to do, over a pipe, in the words of the DevTools protocol.
type browser struct {
	commands *os.File
	answers  *bufio.Reader
	last     int
	events   []browserMessage // what came between the answers
}

// browserMessage is an answer or an event.
type browserMessage struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// startBrowser starts a Chromium for the time of the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	chromium := program(t, "chromium", "chromium")
	toRead, commands, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, toWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir="+profile,
		"--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{toRead, toWrite} // it reads descriptor 3 and writes 4
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &browser{commands: commands, answers: bufio.NewReader(answers)}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			_ = cmd.Process.Kill()
		}
		_ = cmd.Wait() // it was told to end
		_, _ = commands.Close(), answers.Close()
		_ = os.RemoveAll(profile) // a child of it may still write there
	})
	if err := errors.Join(toRead.Close(), toWrite.Close(), answers.SetReadDeadline(time.Now().Add(8*time.Minute))); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) close() error {
	_, err := b.commands.WriteString(`{"id":0,"method":"Browser.close"}` + "\x00")
	return err
}

// call sends one command and waits for its answer; session is that of a page, "" for the browser itself.
func (b *browser) call(t *testing.T, session, method string, params, result any) {
	t.Helper()
	b.last++
	command, err := json.Marshal(map[string]any{"id": b.last, "method": method, "params": params, "sessionId": session})
	if session == "" {
		command, err = json.Marshal(map[string]any{"id": b.last, "method": method, "params": params})
	}
	if err == nil {
		_, err = b.commands.Write(append(command, 0))
	}
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	m := b.next(t, func(m browserMessage) bool { return m.ID == b.last })
	if len(m.Error) > 0 {
		t.Fatalf("%s: %s", method, m.Error)
	}
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			t.Fatalf("%s answered %s: %v", method, m.Result, err)
		}
	}
}

// next waits for a message that is wanted, and keeps what comes before it.
func (b *browser) next(t *testing.T, wanted func(browserMessage) bool) browserMessage {
	t.Helper()
	for {
		text, err := b.answers.ReadBytes(0)
		if err != nil {
			t.Fatalf("the browser said no more: %v", err)
		}
		var m browserMessage
		if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
			t.Fatal(err)
		}
		if wanted(m) {
			return m
		}
		b.events = append(b.events, m)
	}
}

// open opens a page and waits until it has loaded; what the browser logs of it is among the events.
func (b *browser) open(t *testing.T, url string) (session string) {
	t.Helper()
	var target struct{ TargetID, SessionID string }
	b.call(t, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	b.call(t, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &target)
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(t, target.SessionID, domain+".enable", map[string]any{}, nil)
	}
	b.events = nil
	b.call(t, target.SessionID, "Page.navigate", map[string]any{"url": url}, nil)
	loaded := func(m browserMessage) bool { return m.Method == "Page.loadEventFired" }
	for _, m := range b.events {
		if loaded(m) {
			return target.SessionID
		}
	}
	b.next(t, loaded)
	return target.SessionID
}

// eval gives the value of an expression on a page, awaited where it is a promise.
func (b *browser) eval(t *testing.T, session, expression string, value any) {
	t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call(t, session, "Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &got)
	if got.ExceptionDetails != nil {
		t.Fatalf("the page throws %s", got.ExceptionDetails.Exception.Description)
	}
	if err := json.Unmarshal(got.Result.Value, value); err != nil {
		t.Fatalf("%v: %s", err, got.Result.Value)
	}
}

// said are the events by which a page shows that something in it was run, refused or fetched.
func (b *browser) said() []string {
	var all []string
	for _, m := range b.events {
		switch m.Method {
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening", "Network.requestWillBeSent":
			if !strings.Contains(string(m.Params), `"type":"Document"`) {
				all = append(all, fmt.Sprintf("%s %s", m.Method, m.Params))
			}
		}
	}
	return all
}

func TestHAROpensInTheNetworkPanel(t *testing.T) {
	b := startBrowser(t)
	// The network panel's own importer, from the DevTools that come with the browser.
	session := b.open(t, "devtools://devtools/bundled/devtools_app.html")
	var there bool
	b.eval(t, session, `fetch("./models/har/har.js").then(r => r.ok, () => false)`, &there)
	if !there {
		t.Skip("the DevTools of this browser have their importer of HAR in another place")
	}
	for name, s := range specimens() {
		content := render(t, func(out *strings.Builder) error { return HAR(out, s.results, s.evidence) })
		if len(content) > 4<<20 {
			t.Errorf("%s: %d bytes", name, len(content))
		}
		literal, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		var got []struct {
			URL, Method, Text, Body string
			Status                  int
			Valid                   bool
			Duration                float64
		}
		b.eval(t, session, fmt.Sprintf(`(async () => {
			const har = await import("./models/har/har.js")
			const log = new har.HARFormat.HARRoot(JSON.parse(%s)).log
			return await Promise.all(har.Importer.Importer.requestsFromHARLog(log).map(async r => ({url: r.url(), method: r.requestMethod, status: r.statusCode,
				text: r.statusText, body: await r.requestFormData() || "", valid: r.parsedURL.isValid || r.url() == "about:invalid", duration: r.duration})))
		})()`, literal), &got)
		wanted := 0
		if s.evidence != nil {
			wanted = len(s.evidence.Exchanges)
		}
		if len(got) != wanted {
			t.Fatalf("%s: the network panel shows %d requests, want %d", name, len(got), wanted)
		}
		for i, r := range got {
			if !r.Valid || r.Method == "" || r.Duration < 0 {
				t.Errorf("%s, request %d: %+v", name, i+1, r)
			}
		}
		if name != "sample" {
			continue
		}
		if r := got[0]; r.URL != "https://staging.example/gateway/v0.5/users/auth/init" || r.Status != 202 || !strings.Contains(r.Body, "MOBILE_OTP") {
			t.Errorf("the first request of the sample is %+v", r)
		}
		if r := got[3]; r.Status != 0 || r.Text != "no answer (timeout)" {
			t.Errorf("the request without an answer is %+v", r)
		}
	}
}

func TestBadgeInABrowser(t *testing.T) {
	b := startBrowser(t)
	long := hostileResults("WWWW wide and a very long role iiii")
	for name, r := range map[string]*suites.Results{"sample": sample(), "empty": {}, "long": long, "hostile": hostileResults(hostile["script"])} {
		path := filepath.Join(t.TempDir(), BadgeFile)
		if err := os.WriteFile(path, []byte(render(t, func(out *strings.Builder) error { return Badge(out, r) })), 0o644); err != nil {
			t.Fatal(err)
		}
		session := b.open(t, "file://"+path)
		var seen struct {
			Width, Height float64
			Title, Label  string
			Texts         []struct{ Left, Right, Natural, Told float64 }
		}
		b.eval(t, session, `(() => {
			const svg = document.documentElement, box = svg.getBoundingClientRect()
			return {width: box.width, height: box.height, title: document.title, label: svg.getAttribute("aria-label"), texts: [...svg.querySelectorAll("text")].map(t => {
				const told = Number(t.getAttribute("textLength")), at = t.getBoundingClientRect()
				t.removeAttribute("textLength")
				return {left: at.left, right: at.right, natural: t.getComputedTextLength(), told}
			})}
		})()`, &seen)
		if seen.Height != 20 || len(seen.Texts) != 2 || seen.Title == "" || seen.Title != seen.Label {
			t.Fatalf("%s: %+v", name, seen)
		}
		for _, text := range seen.Texts {
			if text.Left < 5 || text.Right > seen.Width-5 {
				t.Errorf("%s: a text reaches from %v to %v in a badge of %v", name, text.Left, text.Right, seen.Width)
			}
			if text.Natural < 0.8*text.Told || text.Natural > 1.2*text.Told {
				t.Errorf("%s: a text that is %v wide by itself is made %v wide", name, text.Natural, text.Told)
			}
		}
		if seen.Texts[0].Right > seen.Texts[1].Left {
			t.Errorf("%s: the texts overlap", name)
		}
		if said := b.said(); len(said) > 0 {
			t.Errorf("%s: %s", name, strings.Join(said, "\n"))
		}
	}
}

// What a subject said is text in a browser, too: nothing of it runs, and the policy of the page has nothing to refuse.
func TestHostileTextIsTextInABrowser(t *testing.T) {
	b := startBrowser(t)
	for name, s := range hostile {
		dir := t.TempDir()
		r, ev := hostileResults(s), hostileEvidence(s)
		for _, o := range outputs {
			if o.name != ReportFile && o.name != BadgeFile {
				continue
			}
			path := filepath.Join(dir, o.name)
			if err := os.WriteFile(path, []byte(render(t, func(out *strings.Builder) error { return o.render(out, r, ev, Options{}) })), 0o644); err != nil {
				t.Fatal(err)
			}
			session := b.open(t, "file://"+path)
			var foreign []string
			b.eval(t, session, `[...document.querySelectorAll("script,img,iframe,object,embed,form,input,base,link,foreignObject,parsererror")].map(e => e.outerHTML.slice(0, 200))`, &foreign)
			if said := b.said(); len(foreign) > 0 || len(said) > 0 {
				t.Errorf("%s, %s: %v %.1000s", name, o.name, foreign, strings.Join(said, "\n"))
			}
		}
	}
}
