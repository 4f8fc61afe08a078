package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"
)

// Validate judges a body against the schema of a message. It returns the
// violations, sorted by pointer and then by keyword, and none where the body
// is valid. The error is a *SyntaxError where the body is not acceptable JSON
// (see Strict), and another one where there is no schema of that name or the
// validator itself failed; a body with an error has not been judged.
func Validate(name string, body []byte) ([]Violation, error) {
	if found, known := recall(name, body); known {
		return found, nil
	}
	found, err := validate(name, body)
	if err == nil {
		remember(name, body, found)
	}
	return found, err
}

// validate is Validate without a memory.
func validate(name string, body []byte) ([]Violation, error) {
	if err := Strict(body); err != nil {
		return nil, err
	}
	if s, err := loaded(name); err == nil && s.screen.keeps(body) {
		return nil, nil
	}
	v, err := validatorNamed(name)
	if err != nil {
		return nil, err
	}
	return v.judge(body)
}

// ValidateResults judges a results.json against its published schema; see Validate.
func ValidateResults(body []byte) ([]Violation, error) { return Validate(ResultsName, body) }

// validator is one compiled schema.
type validator struct {
	name   string
	schema *gojsonschema.Schema
}

var validators sync.Map // name to func() (*validator, error), each of which compiles once

func validatorNamed(name string) (*validator, error) {
	compile, ok := validators.Load(name)
	if !ok {
		s, err := loaded(name)
		if err != nil {
			return nil, err
		}
		compile, _ = validators.LoadOrStore(name, sync.OnceValues(func() (*validator, error) { return newValidator(name, s.source) }))
	}
	return compile.(func() (*validator, error))()
}

func newValidator(name string, source []byte) (*validator, error) {
	loader := gojsonschema.NewSchemaLoader()
	loader.AutoDetect = false
	loader.Draft = gojsonschema.Draft7
	compiled, err := loader.Compile(gojsonschema.NewBytesLoader(source))
	if err != nil {
		return nil, fmt.Errorf("schema %s does not compile: %w", name, err)
	}
	return &validator{name, compiled}, nil
}

// judge validates a body that Strict accepts. Strict keeps away every body
// that is known to panic gojsonschema 1.2.0; the recover is for the unknown
// ones, and says nothing of what it caught, which may quote the body.
func (v *validator) judge(body []byte) (violations []Violation, err error) {
	defer func() {
		if recover() != nil {
			violations, err = nil, fmt.Errorf("the validator failed on a body of %d bytes against schema %s: this is a defect of the suite, please report it", len(body), v.name)
		}
	}()
	result, err := v.schema.Validate(gojsonschema.NewRawLoader(valueOf(body)))
	if err != nil {
		return nil, fmt.Errorf("schema %s cannot judge the body: %w", v.name, err)
	}
	for _, offence := range result.Errors() {
		violations = append(violations, violation(offence))
	}
	slices.SortFunc(violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword))
	})
	return violations, nil
}

// pointerOf turns gojsonschema's context into a JSON Pointer. The context only
// prints itself joined; the byte 0xff joins it here because it is in no UTF-8
// text, so that no member name can hold it.
func pointerOf(context *gojsonschema.JsonContext) string {
	const separator = "\xff"
	segments := strings.Split(context.String(separator), separator)
	var pointer strings.Builder
	for _, segment := range segments[1:] { // the first one stands for the whole document
		pointer.WriteString("/" + escapeSegment(segment))
	}
	return pointer.String()
}
