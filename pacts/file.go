package pacts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// File is a Pact file that was read.
type File struct {
	Consumer, Provider string
	// Version is that of the Pact specification, for example "4.0".
	Version string
	// Interactions are in the order of the file. Messages (Asynchronous/Messages) are among them.
	Interactions []FileInteraction
	whole        map[string]any
}

// FileInteraction is one interaction of a Pact file.
type FileInteraction struct {
	// Key is its own name where the file gives one, or else made from its place, as "interaction-3".
	Key         string
	Description string
	// Type is Synchronous/HTTP, Asynchronous/Messages or Synchronous/Messages; files before version 4 hold HTTP only.
	Type   string
	States []State
	// Method and Path are of the request, Status of the response; zero for messages.
	Method, Path string
	Status       int
	// Body is the example body of the request, or the contents of a message; nil where there is none.
	Body json.RawMessage
	raw  map[string]any
}

// Types of interactions.
const (
	TypeHTTP    = "Synchronous/HTTP"
	TypeMessage = "Asynchronous/Messages"
)

// Read reads a Pact file of version 2, 3 or 4 and looks whether it has the structure that the Pact specification asks for.
// The error names every place that has not.
func Read(text []byte) (*File, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	f := &File{}
	if err := decoder.Decode(&f.whole); err != nil {
		return nil, fmt.Errorf("a Pact file is a JSON object, and this does not read as one: %w", err)
	}
	r := &reading{}
	f.Consumer = r.text(r.object(f.whole, "consumer"), "/consumer", "name")
	f.Provider = r.text(r.object(f.whole, "provider"), "/provider", "name")
	f.Version = f.version()
	if !slices.Contains([]string{"2", "3", "4"}, strings.SplitN(f.Version, ".", 2)[0]) {
		r.bad("/metadata/pactSpecification/version", "is %q; versions 2, 3 and 4 are understood", f.Version)
	}
	list, ok := f.whole["interactions"].([]any)
	if messages, isMessages := f.whole["messages"].([]any); !ok && isMessages {
		list, ok = messages, true
	}
	if !ok || len(list) == 0 {
		r.bad("/interactions", "must be a list of interactions that is not empty")
	}
	seen := map[string]bool{}
	for n, item := range list {
		i := r.interaction(n, item, f)
		if name := i.Description + "\x00" + fmt.Sprint(i.States); seen[name] {
			r.bad(fmt.Sprintf("/interactions/%d/description", n), "and its provider states are those of an earlier interaction; a pair must be unique")
		} else {
			seen[name] = true
		}
		f.Interactions = append(f.Interactions, i)
	}
	return f, errors.Join(r.problems...)
}

// OnlyMessages says whether the file holds no HTTP interaction, which alone can be sent to a provider's URL.
func (f *File) OnlyMessages() bool {
	return !slices.ContainsFunc(f.Interactions, func(i FileInteraction) bool { return i.Type == TypeHTTP })
}

// version reads metadata.pactSpecification.version, or pactSpecificationVersion as older libraries write it.
func (f *File) version() string {
	metadata, _ := f.whole["metadata"].(map[string]any)
	for _, name := range []string{"pactSpecification", "pact-specification"} {
		if s, ok := metadata[name].(map[string]any); ok {
			text, _ := s["version"].(string)
			return text
		}
	}
	text, _ := metadata["pactSpecificationVersion"].(string)
	return text
}

// reading collects what is wrong.
type reading struct{ problems []error }

func (r *reading) bad(pointer, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("%s %s", pointer, fmt.Sprintf(format, args...)))
}

func (r *reading) object(parent map[string]any, name string) map[string]any {
	o, ok := parent[name].(map[string]any)
	if !ok {
		r.bad("/"+name, "must be an object")
	}
	return o
}

func (r *reading) text(o map[string]any, pointer, name string) string {
	s, ok := o[name].(string)
	if o != nil && (!ok || s == "") {
		r.bad(pointer+"/"+name, "must be a string that is not empty")
	}
	return s
}

func (r *reading) interaction(n int, item any, f *File) FileInteraction {
	at := fmt.Sprintf("/interactions/%d", n)
	raw, ok := item.(map[string]any)
	if !ok {
		r.bad(at, "must be an object")
		return FileInteraction{}
	}
	i := FileInteraction{raw: raw, Key: fmt.Sprintf("interaction-%d", n+1), Type: TypeHTTP, Description: r.text(raw, at, "description")}
	if key, ok := raw["key"].(string); ok && key != "" {
		i.Key = key
	}
	i.States = r.states(at, raw)
	v4 := strings.HasPrefix(f.Version, "4")
	if v4 {
		i.Type = r.text(raw, at, "type")
	} else if _, isMessage := raw["contents"]; isMessage {
		i.Type = TypeMessage
	}
	switch i.Type {
	case TypeHTTP:
		r.http(at, raw, &i, v4)
	case TypeMessage:
		contents := raw["contents"]
		if wrapped, ok := contents.(map[string]any); ok && v4 {
			contents = wrapped["content"]
		}
		i.Body = encoded(contents)
	case "Synchronous/Messages":
	default:
		r.bad(at+"/type", "is %q; it is Synchronous/HTTP, Asynchronous/Messages or Synchronous/Messages", i.Type)
	}
	return i
}

func (r *reading) http(at string, raw map[string]any, i *FileInteraction, v4 bool) {
	request, ok := raw["request"].(map[string]any)
	if !ok {
		r.bad(at+"/request", "must be an object")
		return
	}
	response, ok := raw["response"].(map[string]any)
	if !ok {
		r.bad(at+"/response", "must be an object")
		return
	}
	i.Method, i.Path = r.text(request, at+"/request", "method"), r.text(request, at+"/request", "path")
	if i.Path != "" && !strings.HasPrefix(i.Path, "/") {
		r.bad(at+"/request/path", "must begin with a slash")
	}
	status, ok := response["status"].(json.Number)
	code, err := status.Int64()
	if !ok || err != nil || code < 100 || code > 599 {
		r.bad(at+"/response/status", "must be a status code")
	}
	i.Status = int(code)
	body := request["body"]
	if wrapped, ok := body.(map[string]any); ok && v4 {
		body = wrapped["content"]
	}
	i.Body = encoded(body)
	for side, half := range map[string]map[string]any{"request": request, "response": response} {
		if rules, there := half["matchingRules"]; there {
			if _, ok := rules.(map[string]any); !ok {
				r.bad(at+"/"+side+"/matchingRules", "must be an object")
			}
		}
		if headers, there := half["headers"]; there {
			if _, ok := headers.(map[string]any); !ok {
				r.bad(at+"/"+side+"/headers", "must be an object")
			}
		}
	}
}

func (r *reading) states(at string, raw map[string]any) []State {
	if old, ok := raw["providerState"].(string); ok && old != "" { // version 2
		return []State{{Name: old}}
	}
	list, there := raw["providerStates"].([]any)
	if _, any := raw["providerStates"]; any && !there {
		r.bad(at+"/providerStates", "must be a list")
	}
	var states []State
	for n, item := range list {
		pointer := fmt.Sprintf("%s/providerStates/%d", at, n)
		o, ok := item.(map[string]any)
		if !ok {
			r.bad(pointer, "must be an object")
			continue
		}
		params, _ := o["params"].(map[string]any)
		states = append(states, State{r.text(o, pointer, "name"), params})
	}
	return states
}

// encoded is a value as JSON, nil for null.
func encoded(value any) json.RawMessage {
	if value == nil {
		return nil
	}
	raw, err := json.Marshal(value)
	if err != nil { // it came out of JSON
		return nil
	}
	return raw
}

// Single is the Pact file with one of its interactions only, for a verifier that takes them one by one.
func (f *File) Single(i FileInteraction) ([]byte, error) {
	one := map[string]any{}
	for name, value := range f.whole {
		one[name] = value
	}
	list := "interactions"
	if _, there := f.whole[list]; !there {
		list = "messages"
	}
	one[list] = []any{i.raw}
	return json.Marshal(one)
}

// Localize puts other ids in the place of those of the examples, wherever a string of the file is one of them, and returns
// the file so changed.
func (f *File) Localize(ids map[string]string) (*File, error) {
	raw, err := json.Marshal(replaced(f.whole, ids))
	if err != nil {
		return nil, err
	}
	return Read(raw)
}

func replaced(value any, ids map[string]string) any {
	switch v := value.(type) {
	case string:
		if id, ok := ids[v]; ok {
			return id
		}
	case []any:
		out := make([]any, len(v))
		for n, item := range v {
			out[n] = replaced(item, ids)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			out[name] = replaced(item, ids)
		}
		return out
	}
	return value
}
