package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// apiDocument is where the API document lies beside a checkout, seen from this package.
var apiDocument = filepath.Join("..", "..", "shared", "spec", "gateway-v0.5-users-auth.openapi.yaml")

// deliberate lists where our schemas differ from the API document, and why: "schema pointer keyword value".
// The reasons name the findings of the domain report.
var deliberate = map[string]string{
	"PatientAuthNotification \"\" required -transactionId": "A2: the top-level transactionId is in no property and no sample; the one in auth is the real one",
	"* /error enum -1000":                        "A5: the codes of the document are placeholders; live codes are 1xxx to 4xxx",
	"* /error enum -10001":                       "A5: the codes of the document are placeholders; live codes are 1xxx to 4xxx",
	"* /error required +code":                    "A5: the documents of the other parties require it, and an error without a code says nothing",
	"* /error required +message":                 "A5: the documents of the other parties require it, and an error without a message says nothing",
	"ErrorResponse \"\" required +error":         "an error response without its error says nothing",
	"SessionRequest \"\" required -grantType":    "deployed clients leave it out",
	"* /query/id minLength +1":                   "init, 400: patient id is not provided; an empty id is none",
	"* /query/requester/id minLength +1":         "an empty id names nobody",
	"* /transactionId minLength +1":              "confirm, 400: transaction id is not provided or invalid; an empty id is none",
	"* /auth/transactionId minLength +1":         "confirm must send it back, and refuses an empty one",
	"* /credential/authCode minLength +1":        "confirm, 400: token is not provided; an empty one is none",
	"* /auth/accessToken minLength +1":           "an empty token gives access to nothing",
	"* /auth/validity/requester/id minLength +1": "an empty id names nobody",
	"* /auth/validity/limit minimum +1":          "a token that can be used no time is none",
	"* /credential/demographic/dateOfBirth pattern +^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": "the description says: date of birth in YYYY-MM-DD format",
	"SessionRequest /clientId minLength +1":     "an empty id names nobody",
	"SessionRequest /clientSecret minLength +1": "an empty secret proves nothing",
	"SessionResponse /accessToken minLength +1": "an empty token gives access to nothing",
}

// Our schemas say what the API document says, but for the listed differences, each of which is still there.
func TestSchemasFollowTheDocument(t *testing.T) {
	text, err := os.ReadFile(apiDocument)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the API document is not beside this checkout (%s): the schemas are not compared with it", apiDocument)
	}
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]any `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range Names() {
		s, err := loaded(name)
		if err != nil {
			t.Fatal(err)
		}
		c := comparison{components: document.Components.Schemas, ours: s.tree}
		c.node("", c.components[name], s.tree)
		for _, difference := range c.differences {
			key, ok := explained(name, difference)
			if !ok {
				t.Errorf("%s %s: not listed as deliberate", name, difference)
			}
			seen[key] = true
		}
	}
	for key := range deliberate {
		if !seen[key] {
			t.Errorf("%s is listed as a deliberate difference and is none", key)
		}
	}
}

// explained finds the entry for a difference: of its schema, of its place in all schemas, or of an error anywhere.
func explained(name, difference string) (key string, ok bool) {
	candidates := []string{name + " " + difference, "* " + difference}
	if rest, found := strings.CutPrefix(difference, "/error/code "); found {
		candidates = append(candidates, "* /error "+rest)
	}
	for _, key := range candidates {
		if deliberate[key] != "" {
			return key, true
		}
	}
	return "", false
}

// comparison walks a component of the document and our schema side by side.
type comparison struct {
	components  map[string]any
	ours        object
	differences []string // "pointer keyword -only in the document" or "pointer keyword +only in ours"
}

func (c *comparison) node(pointer string, theirs any, ours object) {
	component, _ := theirs.(map[string]any)
	if ref, ok := component["$ref"].(string); ok {
		component, _ = c.components[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
	}
	ours = resolve(ours, c.ours)
	for _, keyword := range []string{"type", "format", "enum", "required", "minLength", "minimum", "pattern"} {
		c.values(pointer, keyword, component[keyword], ours.get(keyword))
	}
	properties, _ := component["properties"].(map[string]any)
	var names []any
	for _, p := range ours.object("properties") {
		names = append(names, p.name)
	}
	c.values(pointer, "properties", slices.Collect(maps.Keys(properties)), names)
	for _, p := range ours.object("properties") {
		c.node(pointer+"/"+p.name, properties[p.name], p.value.(object))
	}
	if items := ours.object("items"); items != nil {
		c.node(pointer+"/0", component["items"], items)
	}
}

// values notes the values that only one side has; order says nothing.
func (c *comparison) values(pointer, keyword string, theirs, ours any) {
	left, right := spellings(theirs), spellings(ours)
	if pointer == "" {
		pointer = `""`
	}
	for _, v := range left {
		if !slices.Contains(right, v) {
			c.differences = append(c.differences, fmt.Sprintf("%s %s -%s", pointer, keyword, v))
		}
	}
	for _, v := range right {
		if !slices.Contains(left, v) {
			c.differences = append(c.differences, fmt.Sprintf("%s %s +%s", pointer, keyword, v))
		}
	}
}

func spellings(value any) []string {
	var texts []string
	switch value := value.(type) {
	case nil:
	case []any:
		for _, v := range value {
			texts = append(texts, fmt.Sprint(v))
		}
	case []string:
		texts = value
	default:
		texts = []string{fmt.Sprint(value)}
	}
	return texts
}
