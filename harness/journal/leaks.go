package journal

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/internal/memo"
)

// What a response or an error member may tell of the inside of a system.
const (
	leakStack   = "stack trace"
	leakFile    = "file name"
	leakAddress = "network address"
	leakSecret  = "secret"
	leakQuery   = "database query"
)

var (
	stackShapes = regexp.MustCompile(`\bat [\w.$<>/]+\((?:[\w$]+\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)` + // Java
		`|\b(?:[a-z_]\w*\.){2,}[A-Z]\w*(?:Exception|Error)\b` + // Java, a class of exception
		`|\bgoroutine \d+ \[|\bpanic: runtime error` + // Go
		`|Traceback \(most recent call last\)|\bFile "[^"]+", line \d+` + // Python
		`|\bSystem\.(?:\w+\.)*\w+Exception\b|\bat [\w.]+\([^)]*\) in [^ ]+:line \d+` + // .NET
		`|\bat (?:\S+ \()?[^ ()]+\.[cm]?[jt]s:\d+:\d+\)?`) // Node
	fileShapes = regexp.MustCompile(`\b[\w-]+\.(?:java|kt|scala|go|py|rb|php|cs|rs|c|cpp|[cm]?[jt]sx?)(?::\d+|,? line \d+)` +
		`|(?:^|[\s"'(=\[])/(?:home|usr|var|opt|etc|root|tmp|mnt|proc|Users)/[\w.-]+/?` +
		`|(?:^|[\s"'(=\[])/(?:[\w.-]+/)+[\w-]+\.(?:java|kt|go|py|rb|php|cs|rs|[cm]?[jt]s|class|jar|so|dll|conf|ya?ml|properties|pem|key|log|sql)\b` +
		`|\b[A-Za-z]:\\\\?[\w .-]+\\`)
	queryShapes   = regexp.MustCompile(`\bSELECT\s.{1,200}\sFROM\s+\w|(?i:\bselect\s.{1,200}\sfrom\s+\w.{0,80}\swhere\s)|(?i:\binsert\s+into\s+\w+\s*\()|(?i:\bupdate\s+\w+\s+set\s+\w+\s*=)|(?i:\bdelete\s+from\s+\w+\s+where\b)|\bSQLSTATE\b|\bORA-\d{5}\b`)
	addressShapes = regexp.MustCompile(`\b(?:10|127)(?:\.\d{1,3}){3}:\d{1,5}\b|\b(?:192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}:\d{2,5}\b` +
		`|\b(?:localhost|[a-z0-9][a-z0-9.-]*\.(?:local|internal|svc|lan|intra))(?::\d{2,5})\b`)
	urlShapes = regexp.MustCompile(`\b(https?|jdbc:[a-z0-9:]+|redis|rediss|mongodb|amqps?|postgres|postgresql|mysql|kafka|tcp|nats|ldaps?)://(?:[^\s/@"']*@)?([A-Za-z0-9.-]+(?::\d{1,5})?)`)
	dialShape = regexp.MustCompile(`\bdial tcp (?:lookup )?([A-Za-z0-9.-]+(?::\d{2,5})?)`)
)

// shapes are what the shapes of a text tell of the inside of a system.
type shapes struct {
	stack, file, query bool
	hosts              []string // addresses of an inner network
}

// shapesKnown remembers the latest texts that were looked at: a system says the same of the same mistakes.
var shapesKnown = memo.New[string, shapes](1024)

// shapesOf looks for the shapes in a text.
func shapesOf(text string) shapes {
	const short = 1 << 10 // bytes; a longer text hardly comes again
	if len(text) > short {
		return findShapes(text)
	}
	return shapesKnown.Of(text, findShapes)
}

func findShapes(text string) shapes {
	s := shapes{stack: stackShapes.MatchString(text), file: fileShapes.MatchString(text), query: queryShapes.MatchString(text), hosts: addressShapes.FindAllString(text, -1)}
	for _, found := range urlShapes.FindAllStringSubmatch(text, -1) {
		if inner(found[2]) || !strings.HasPrefix(found[1], "http") {
			s.hosts = append(s.hosts, found[2])
		}
	}
	for _, found := range dialShape.FindAllStringSubmatch(text, -1) {
		s.hosts = append(s.hosts, found[1])
	}
	return s
}

// leaksIn lists the kinds of internals that a text tells. It is meant to raise no false alarm: ids, dates, versions,
// API paths and the public addresses of either side are no leaks.
func (j *Journal) leaksIn(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var kinds []string
	told := shapesOf(text)
	if told.stack {
		kinds = append(kinds, leakStack)
	}
	if told.file {
		kinds = append(kinds, leakFile)
	}
	if told.query {
		kinds = append(kinds, leakQuery)
	}
	if j.public.isOther(told.hosts) {
		kinds = append(kinds, leakAddress)
	}
	if j.redactor.tellsSecret(text) {
		kinds = append(kinds, leakSecret)
	}
	return kinds
}

// responseLeaks looks at a response of the subject. A successful login answers with a token, which is its purpose.
func (j *Journal) responseLeaks(endpoint contract.Endpoint, status int, header http.Header, body []byte) []string {
	if endpoint.Name == "" && status < 400 {
		return nil
	}
	found := j.leaksIn(plainText(body))
	for _, values := range header {
		if !slices.Contains(found, leakSecret) && j.redactor.tellsSecret(strings.Join(values, "\n")) {
			found = append(found, leakSecret)
		}
	}
	return found
}

// errorLeaks looks at the error member of a message that a player received. The base URL of another party is an
// internal of the network: only the gateway needs to know it.
func (j *Journal) errorLeaks(receiver contract.Role, body wire) []string {
	if !body.json {
		return nil
	}
	told := member(body.raw, func(name []byte) bool { return bytes.EqualFold(name, []byte("error")) })
	if len(told) == 0 || string(told) == "null" {
		return nil
	}
	text := plainText(told)
	found := j.leaksIn(text)
	for _, party := range []string{"hip", "hiu", "cm"} {
		if party != string(receiver) && strings.Contains(text, "/"+party+contract.BasePath+"/") && !slices.Contains(found, leakAddress) {
			found = append(found, leakAddress)
		}
	}
	return found
}

// plainText is all strings of a JSON text, one a line, or the text itself where it is no JSON.
func plainText(body []byte) string {
	if len(body) > MaxBody {
		body = body[:MaxBody]
	}
	var value any
	if json.Unmarshal(body, &value) != nil {
		return string(body)
	}
	var lines strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			lines.WriteString(v)
			lines.WriteByte('\n')
		case []any:
			for _, element := range v {
				walk(element)
			}
		case map[string]any:
			for _, member := range v {
				walk(member)
			}
		}
	}
	walk(value)
	return lines.String()
}

// hosts are the addresses at which the subject and our players are reached: whoever tells them tells nothing new.
type hosts struct {
	mu  sync.RWMutex
	set map[string]bool
}

func newHosts(urls ...string) *hosts {
	h := &hosts{set: map[string]bool{}}
	for _, u := range urls {
		if parsed, err := url.Parse(u); err == nil {
			h.add(parsed.Host)
		}
	}
	return h
}

func (h *hosts) add(host string) {
	host = strings.ToLower(host)
	if host == "" || h.has(host) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set[host] = true
}

func (h *hosts) has(host string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.set[strings.ToLower(host)]
}

// isOther says whether one of these addresses is not one at which the subject or a player of ours is reached.
func (h *hosts) isOther(addresses []string) bool {
	return slices.ContainsFunc(addresses, func(address string) bool { return !h.has(address) })
}

// inner says whether a host of a URL looks like one of an inner network: it has a port, or no dot, or a private address.
func inner(host string) bool {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return true
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsPrivate() || ip.IsLoopback()
	}
	return !strings.Contains(host, ".")
}
