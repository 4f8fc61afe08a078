package schemas

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The schemas are our own reading of the API document. Each message has a
// file; what messages share stands once, in definitions.json, and is composed
// in when a schema is loaded.
//
//go:embed messages/*.json results.schema.json diff.schema.json
var files embed.FS

// ResultsName is the name under which Source gives the published schema of results.json. It is not one of Names.
const ResultsName = "results"

// DiffName is that of the published schema of a comparison of two runs.
const DiffName = "diff"

// published are the schemas of what the suite itself writes, by name.
var published = map[string]string{ResultsName: "results.schema.json", DiffName: "diff.schema.json"}

// names are the components of the API document that have a schema, in the order of a conversation.
var names = []string{
	"PatientAuthModeQueryRequest",
	"PatientAuthModeQueryResponse",
	"PatientAuthInitRequest",
	"PatientAuthInitResponse",
	"PatientAuthConfirmRequest",
	"PatientAuthConfirmResponse",
	"PatientAuthNotification",
	"PatientAuthNotificationAcknowledgement",
	"ErrorResponse",
	"SessionRequest",
	"SessionResponse",
}

// Names lists the messages of the contract that have a schema, by their component names in the API document.
func Names() []string { return slices.Clone(names) }

// Source is the whole schema of a message, draft-07, with the definitions
// that it uses. The name is one of Names, ResultsName or DiffName.
func Source(name string) ([]byte, error) {
	s, err := loaded(name)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(s.source), nil
}

// Digest is the SHA-256, in hexadecimal, over the composed schemas of all messages in the order of Names.
func Digest() string {
	sum := sha256.New()
	for _, name := range names {
		s, err := loaded(name)
		if err != nil {
			panic(err) // an embedded schema is broken: a defect of this build, which every test meets
		}
		sum.Write(s.source)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// schema is one composed schema.
type schema struct {
	source  []byte
	tree    object
	members []Member
	screen  *screen
}

// newSchema reads what is asked of a schema often.
func newSchema(source []byte, tree object) schema {
	definitions := tree.object("definitions")
	return schema{source, tree, membersOf(tree), newScreen(tree, definitions)}
}

// composed holds every schema from its first use on.
var composed = sync.OnceValues(func() (map[string]schema, error) {
	definitions, err := readObject("messages/definitions.json")
	if err != nil {
		return nil, err
	}
	all := make(map[string]schema, len(names)+len(published))
	for _, name := range names {
		message, err := readObject("messages/" + name + ".json")
		if err != nil {
			return nil, err
		}
		if all[name], err = compose(message, definitions); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	for name, file := range published {
		source, err := files.ReadFile(file)
		if err != nil {
			return nil, err
		}
		tree, err := parseObject(source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all[name] = newSchema(source, tree)
	}
	return all, nil
})

func loaded(name string) (schema, error) {
	all, err := composed()
	if err != nil {
		return schema{}, fmt.Errorf("the embedded schemas cannot be loaded: %w", err)
	}
	s, ok := all[name]
	if !ok {
		return schema{}, fmt.Errorf("there is no schema named %q; there are %s", name, strings.Join(names, ", "))
	}
	return s, nil
}

func readObject(path string) (object, error) {
	text, err := files.ReadFile(path)
	if err != nil {
		return nil, err
	}
	o, err := parseObject(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// compose adds the definitions that a message refers to, directly or through others, in their own order.
func compose(message, definitions object) (schema, error) {
	used := map[string]bool{}
	if err := references(message, definitions, used); err != nil {
		return schema{}, err
	}
	var wanted object
	for _, d := range definitions {
		if used[d.name] {
			wanted = append(wanted, d)
		}
	}
	tree := slices.Clone(message)
	if len(wanted) > 0 {
		tree = append(tree, member{"definitions", wanted})
	}
	compact, err := json.Marshal(tree)
	if err != nil {
		return schema{}, err
	}
	var source bytes.Buffer
	if err := json.Indent(&source, compact, "", "  "); err != nil {
		return schema{}, err
	}
	source.WriteByte('\n')
	return newSchema(source.Bytes(), tree), nil
}

const definitionPrefix = "#/definitions/"

// references marks the definitions that a node refers to.
func references(node any, definitions object, used map[string]bool) error {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			if err := references(item, definitions, used); err != nil {
				return err
			}
		}
	case object:
		if ref := node.text("$ref"); ref != "" {
			name := strings.TrimPrefix(ref, definitionPrefix)
			if definitions.get(name) == nil {
				return fmt.Errorf("$ref %s leads to no definition", ref)
			}
			if used[name] {
				return nil
			}
			used[name] = true
			return references(definitions.get(name), definitions, used)
		}
		for _, m := range node {
			if err := references(m.value, definitions, used); err != nil {
				return err
			}
		}
	}
	return nil
}
