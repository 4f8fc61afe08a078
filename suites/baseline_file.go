package suites

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/internal/edit"
)

// maxBaseline is the largest baseline that is read, in bytes.
const maxBaseline = 1 << 20

// baselineKeys are the keys of an entry; the first four are required.
var baselineKeys = []string{"id", "reason", "owner", "expires", "check", "pointer"}

const baselineRequired = 4

// ReadBaseline reads a baseline for subjects of a role. checks are those that the suite has for the role. The error
// lists everything that is wrong with the file, each with file, line and key.
func ReadBaseline(path string, role contract.Role, checks []Listed) (*Baseline, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s:1: the baseline cannot be read: %w", path, err)
	case !info.Mode().IsRegular() || info.Size() > maxBaseline:
		return nil, fmt.Errorf("%s:1: this is not a regular file of at most %d bytes", path, maxBaseline)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s:1: the baseline cannot be read: %w", path, err)
	}
	r := &baselineReading{file: path, role: role, checks: checks}
	r.read(content)
	if len(r.problems) > 0 {
		return nil, errors.Join(r.problems...)
	}
	digest := sha256.Sum256(content)
	return &Baseline{File: filepath.Base(path), Digest: hex.EncodeToString(digest[:]), Entries: r.entries}, nil
}

// baselineReading is a baseline half read.
type baselineReading struct {
	file     string
	role     contract.Role
	checks   []Listed
	entries  []BaselineEntry
	lines    []int // of the entries
	problems []error
}

// at records a problem. key is "" where it is about no key.
func (r *baselineReading) at(line int, key, format string, args ...any) {
	where := fmt.Sprintf("%s:%d: ", r.file, max(line, 1))
	if key != "" {
		where += key + ": "
	}
	r.problems = append(r.problems, fmt.Errorf("%s%w", where, fmt.Errorf(format, args...)))
}

func (r *baselineReading) read(content []byte) {
	loader, err := yaml.NewLoader(bytes.NewReader(content))
	if err != nil {
		r.at(1, "", "this cannot be read as YAML: %w", err)
		return
	}
	var document, next yaml.Node
	if err := loader.Load(&document); err != nil {
		r.syntax(err)
		return
	}
	if err := loader.Load(&next); !errors.Is(err, io.EOF) {
		r.at(next.Line, "", "a second document begins here; a baseline is one document")
		return
	}
	if len(document.Content) != 1 {
		r.syntax(io.EOF)
		return
	}
	top := r.members(document.Content[0], "the file", []string{"accepted"})
	if top == nil {
		return
	}
	list, found := top["accepted"]
	if !found || list.Kind != yaml.SequenceNode {
		r.at(document.Content[0].Line, "accepted", "a baseline is a list of accepted failures below this key")
		return
	}
	for _, item := range list.Content {
		r.entry(item)
	}
}

func (r *baselineReading) syntax(err error) {
	if errors.Is(err, io.EOF) {
		r.at(1, "", "the file is empty; a baseline is a list below the key accepted")
		return
	}
	line, why := 1, err.Error()
	var at *yaml.LoadError
	if errors.As(err, &at) {
		line, why = at.Mark.Line, at.Message
	}
	r.at(line, "", "not YAML: %s", why)
}

// members are the values of a mapping by key; nil where it is none. Unknown and repeated keys are problems.
func (r *baselineReading) members(n *yaml.Node, what string, known []string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		r.at(n.Line, "", "%s is no mapping of the keys %s", what, strings.Join(known, ", "))
		return nil
	}
	all := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		_, twice := all[key.Value]
		switch {
		case !slices.Contains(known, key.Value):
			r.at(key.Line, key.Value, "there is no such key%s; the keys are %s", meant(key.Value, known), strings.Join(known, ", "))
		case twice:
			r.at(key.Line, key.Value, "the key stands there twice")
		}
		all[key.Value] = n.Content[i+1]
	}
	return all
}

// meant suggests the key that was probably meant.
func meant(wrong string, known []string) string {
	for _, k := range known {
		if d := edit.Distance(wrong, k); d <= 2 && d < len(k) {
			return "; did you mean " + k + "?"
		}
	}
	return ""
}

func (r *baselineReading) entry(n *yaml.Node) {
	members := r.members(n, "an accepted failure", baselineKeys)
	if members == nil {
		return
	}
	before := len(r.problems)
	text := map[string]string{}
	for i, key := range baselineKeys {
		value, given := members[key]
		switch {
		case !given && i < baselineRequired:
			r.at(n.Line, key, "it is missing; every accepted failure needs %s", strings.Join(baselineKeys[:baselineRequired], ", "))
		case !given:
		case value.Kind != yaml.ScalarNode || value.Tag == "!!null" || strings.TrimSpace(value.Value) == "":
			r.at(value.Line, key, "it must be a text, and not an empty one")
		default:
			text[key] = strings.Join(strings.Fields(value.Value), " ")
		}
	}
	if len(r.problems) > before {
		return
	}
	e := BaselineEntry{ID: text["id"], Reason: text["reason"], Owner: text["owner"], Expires: text["expires"], Check: text["check"], Pointer: text["pointer"]}
	line := func(key string) int { return members[key].Line }
	r.known(&e, line)
	if day, err := time.Parse(time.DateOnly, e.Expires); err != nil || day.Format(time.DateOnly) != e.Expires {
		r.at(line("expires"), "expires", "%q is no day of the form 2006-01-02", e.Expires)
	}
	if e.Pointer != "" && !strings.HasPrefix(e.Pointer, "/") {
		r.at(line("pointer"), "pointer", "%q is no JSON Pointer: it begins with /, for example /resp/requestId", e.Pointer)
	}
	for i, other := range r.entries {
		if other.ID == e.ID && other.covers(e) {
			r.at(line("id"), "id", "%s is accepted already on line %d", e.ID, r.lines[i])
			break
		}
	}
	r.entries, r.lines = append(r.entries, e), append(r.lines, line("id"))
}

// covers says whether two entries of one requirement accept something twice.
func (e BaselineEntry) covers(o BaselineEntry) bool {
	same := func(a, b string) bool { return a == "" || b == "" || a == b }
	return same(e.Check, o.Check) && same(e.Pointer, o.Pointer)
}

// known says what is wrong with the requirement and the check that an entry names.
func (r *baselineReading) known(e *BaselineEntry, line func(string) int) {
	q, found := Requirements().Lookup(e.ID)
	switch {
	case !found:
		r.at(line("id"), "id", "the catalogue has no requirement %q; see 'conformance list'", e.ID)
		return
	case !slices.Contains(q.Roles, r.role):
		r.at(line("id"), "id", "%s does not bind a %s", q.ID, r.role)
		return
	case q.Level != Must:
		r.at(line("id"), "id", "%s is a %s, which fails no run: there is nothing to accept", q.ID, q.Level)
		return
	}
	e.ID = q.ID
	if e.Check == "" {
		return
	}
	var names []string
	for _, c := range r.checks {
		if c.Requirement == q.ID {
			names = append(names, fmt.Sprintf("%q", c.Name))
			if c.Name == e.Check {
				return
			}
		}
	}
	r.at(line("check"), "check", "%s has no check %q; it has %s", q.ID, e.Check, strings.Join(names, ", "))
}

// BaselineOf is the text of a baseline that accepts every MUST requirement that failed in a run, and how many those are.
func BaselineOf(r *Results, owner, reason, expires string) ([]byte, int, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, q := range r.Requirements {
		if q.Level != Must || q.Verdict != Fail {
			continue
		}
		entry := &yaml.Node{Kind: yaml.MappingNode, HeadComment: "# " + strings.Join(strings.Fields(q.Title), " ")}
		for i, value := range []string{q.ID, reason, owner, expires} {
			entry.Content = append(entry.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: baselineKeys[i]}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value})
		}
		list.Content = append(list.Content, entry)
	}
	text, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "accepted"}, list}})
	return text, len(list.Content), err
}
