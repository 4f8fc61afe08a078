package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// maxRepeatBody is the longest body, in bytes, for which a command is written.
const maxRepeatBody = 1_500

// repeat is a command for a POSIX shell that sends a message again as the suite sent it.
type repeat struct {
	Command   string
	Variables []string // secrets that have to be set first
	Exchange  string   // the exchange that is repeated
	Brought   bool     // that exchange brought about the one that the finding cites
}

// repeatOf writes the command that repeats what a finding cites, or, where the subject sent that, the message of ours
// that brought it about. It is nil where there is no such message, or none that a command line can hold.
func (ix *index) repeatOf(f suites.Finding) *repeat {
	x := ix.record.exchanges[f.Exchange]
	if x == nil {
		return nil
	}
	sent := x
	if x.Direction == journal.Received {
		sent = ix.record.broughtAbout(x)
	}
	if sent == nil || sent.Direction != journal.Sent || sent.Request.Body.Truncated || len(sent.Request.Body.Text) > maxRepeatBody {
		return nil
	}
	content, ok := oneLine(sent.Request.Body)
	if !ok || !typeable(sent.Request.Method+sent.Request.URL+content) || len(sent.Request.URL) > maxRepeatBody {
		return nil
	}
	c := &command{variables: map[string]bool{}}
	c.add("curl -i -X " + quoted(sent.Request.Method) + " --url " + quoted(sent.Request.URL))
	for _, name := range slices.Sorted(maps.Keys(sent.Request.Header)) {
		for _, value := range sent.Request.Header[name] {
			if !headerName.MatchString(name) || !typeable(value) || len(value) > maxRepeatBody {
				return nil
			}
			if !ofTheClient[name] {
				c.add("-H " + c.shell(name+": "+c.token(sent, name, value)))
			}
		}
	}
	if content != "" {
		if len(sent.Request.Header["Content-Type"]) == 0 {
			c.add("-H Content-Type:") // curl would name one
		}
		c.add("--data-raw " + c.shell(refreshed(sent, ix.record.scenarios[sent.Scenario], content)))
	}
	return &repeat{Command: strings.Join(c.parts, " \\\n  "), Variables: slices.Sorted(maps.Keys(c.variables)), Exchange: line(sent.ID, 80), Brought: sent != x}
}

// headerName is the name of a header as HTTP has it: curl reads a file where it begins with "@".
var headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// typeable says whether a text holds nothing that cannot be seen, so that whoever copies it knows what the shell gets.
func typeable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && mustShow(r) })
}

// broughtAbout is the last message of ours in the same scenario to which a message of the subject is the consequence: one
// at the same endpoint that it passed on, else any.
func (rec *record) broughtAbout(x *journal.Exchange) *journal.Exchange {
	var same, last *journal.Exchange
	for _, y := range rec.flows[x.Scenario] {
		if x.Scenario == "" || y.Direction != journal.Sent || y.Endpoint == "" || y.Times.RequestFirst > x.Times.RequestFirst {
			continue
		}
		if last = y; y.Endpoint == x.Endpoint {
			same = y
		}
	}
	if same != nil {
		return same
	}
	return last
}

// ofTheClient are headers that curl writes by itself.
var ofTheClient = map[string]bool{"Content-Length": true, "User-Agent": true, "Accept-Encoding": true, "Transfer-Encoding": true, "Connection": true, "Host": true}

// command is a command line on its way.
type command struct {
	parts     []string
	variables map[string]bool
}

func (c *command) add(part string) { c.parts = append(c.parts, part) }

// Marks in texts for shell: between them stands what the shell has to put in. No text that is typeable holds them.
const (
	insertion = "\x02"
	inserted  = "\x03"
)

// shell is a text as one word for a POSIX shell: what is between marks, and every placeholder of a secret, is put in by
// the shell, and everything else is taken as it is.
func (c *command) shell(text string) string {
	text = placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := variable(found)
		c.variables[name] = true
		return insertion + `$` + name + inserted
	})
	var b strings.Builder
	for text != "" {
		plain, rest, found := strings.Cut(text, insertion)
		if plain != "" {
			b.WriteString(quoted(plain))
		}
		if !found {
			break
		}
		inside, after, _ := strings.Cut(rest, inserted)
		b.WriteString(`"` + inside + `"`)
		text = after
	}
	return b.String()
}

// quoted is a text as one word that a POSIX shell takes as it is.
func quoted(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@,+%", r))
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// placeholder is what redaction put in the place of a secret. Where that was no string, the quotes are not its own.
var placeholder = regexp.MustCompile(`"‹redacted:[a-z-]+#[0-9]+ [a-z]+›"|‹redacted:[a-z-]+#[0-9]+›`)

// variable names the shell variable for a placeholder: OTP_1 for ‹redacted:otp#1›.
func variable(found string) string {
	name := strings.Trim(strings.TrimPrefix(strings.Trim(found, `"`), "‹redacted:"), "›")
	name, _, _ = strings.Cut(name, " ")
	return strings.ToUpper(strings.NewReplacer("#", "_", "-", "_").Replace(name))
}

// token puts the variable of its owner in the place of an access token: HIP_TOKEN for one that the subject gave to our
// HIP. A token that somebody else made keeps the name of its placeholder.
func (c *command) token(x *journal.Exchange, name, value string) string {
	owner := x.Facts.Authorization.Owner
	if name != "Authorization" || !slices.Contains(contract.Roles, owner) {
		return value
	}
	return placeholder.ReplaceAllStringFunc(value, func(string) string {
		name := strings.ToUpper(string(owner)) + "_TOKEN"
		c.variables[name] = true
		return insertion + `$` + name + inserted
	})
}

// oneLine is a body as it goes on a command line. It is false where it would be too long.
func oneLine(b journal.Body) (string, bool) {
	if len(b.JSON) == 0 {
		return b.Text, true
	}
	var short bytes.Buffer
	if len(b.JSON) > 4*maxRepeatBody || json.Compact(&short, b.JSON) != nil || short.Len() > maxRepeatBody {
		return "", false
	}
	return short.String(), true
}

// refreshed puts a new requestId and the time of the call into a body, where the suite would: not where exactly these are
// what was sent wrongly or twice.
func refreshed(x *journal.Exchange, s journal.Scenario, body string) string {
	pointer := s.Notes[scenario.NotePointer]
	id := suites.Text(x, "/requestId")
	if uuidText.MatchString(id) && pointer != "/requestId" && !strings.HasPrefix(s.Name, "replay/") {
		body = strings.Replace(body, `"`+id+`"`, `"`+insertion+"$(uuidgen)"+inserted+`"`, 1)
	}
	stamp := suites.Text(x, "/timestamp")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil || pointer == "/timestamp" {
		return body
	}
	shift := ""
	if offset := at.Sub(x.Started); offset.Abs() > 5*time.Second {
		shift = fmt.Sprintf(" -d '%+d seconds'", int(math.Round(offset.Seconds())))
	}
	return strings.Replace(body, `"`+stamp+`"`, `"`+insertion+"$(date -u"+shift+" +%Y-%m-%dT%H:%M:%SZ)"+inserted+`"`, 1)
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// rerunOf is the command that plays and judges one requirement alone.
func rerunOf(r *suites.Results, id string) string {
	switch {
	case !r.Demonstration:
		return "conformance run -c conformance.yaml --filter " + quoted(id)
	case r.Subject.Role == contract.Gateway:
		return "conformance run --filter " + quoted(id)
	}
	return "conformance run --role " + quoted(string(r.Subject.Role)) + " --filter " + quoted(id)
}
