package schemas

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xeipuuv/gojsonschema"
)

// keywords are the JSON Schema keywords behind gojsonschema's names of offences, for the keywords that our schemas use.
var keywords = map[string]string{
	"required":                        "required",
	"invalid_type":                    "type",
	"enum":                            "enum",
	"const":                           "const",
	"format":                          "format",
	"pattern":                         "pattern",
	"string_gte":                      "minLength",
	"number_gte":                      "minimum",
	"additional_property_not_allowed": "additionalProperties",
}

// formats and patterns say in words what a format or a pattern asks.
var (
	formats = map[string]string{
		"uuid":      "a UUID, such as 5f7a535d-a3fd-416b-b069-c97d021fbacd",
		"date-time": "an RFC 3339 date-time with a zone, such as 2026-01-02T03:04:05.678Z",
	}
	patterns = map[string]string{
		"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": "a date as YYYY-MM-DD, such as 1990-12-31",
		"^(/([^~/]|~[01])*)*$":                                "a JSON Pointer, such as /resp/requestId",
		"^[0-9a-f]{64}$":                                      "a SHA-256 as 64 lower-case hexadecimal digits",
	}
)

// violation puts one offence into words.
func violation(offence gojsonschema.ResultError) Violation {
	keyword := keywords[offence.Type()]
	if keyword == "" {
		keyword = offence.Type()
	}
	v := Violation{
		Pointer:  pointerOf(offence.Context()),
		Keyword:  keyword,
		Received: received(keyword, offence),
	}
	details := offence.Details()
	switch keyword {
	case "required":
		name := fmt.Sprint(details["property"])
		v.Pointer += "/" + escapeSegment(name)
		v.Expected = "a member " + name
	case "additionalProperties":
		name := fmt.Sprint(details["property"])
		v.Pointer += "/" + escapeSegment(name)
		v.Expected = "no member of this name"
	case "type":
		v.Expected = article(fmt.Sprint(details["expected"]))
	case "enum":
		v.Expected = oneOf(fmt.Sprint(details["allowed"]))
	case "const":
		v.Expected = oneOf(fmt.Sprint(details["allowed"]))
	case "format":
		v.Expected = known(formats, fmt.Sprint(details["format"]), "a string of the format ")
	case "pattern":
		v.Expected = known(patterns, fmt.Sprint(details["pattern"]), "a string that matches ")
	case "minLength":
		v.Expected = fmt.Sprintf("a string of at least %v", count(details["min"], "character"))
	case "minimum":
		v.Expected = "a number of at least " + plain(details["min"])
	default:
		v.Expected = "what the schema says under " + keyword
	}
	return v
}

// contractWord is what values of the contract's own enums look like.
var contractWord = regexp.MustCompile(`^[A-Z_]{1,24}$`)

// received says what was there. Only what cannot be a secret or a patient's
// datum is shown: a word where a word of the contract is asked for, and a
// number where a number is. A one-time password sent as a number is neither.
func received(keyword string, offence gojsonschema.ResultError) string {
	switch keyword {
	case "required":
		return "no such member"
	case "additionalProperties":
		return "a member of this name"
	}
	switch value := offence.Value().(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(value)
	case json.Number:
		wanted := fmt.Sprint(offence.Details()["expected"])
		if len(value) <= 24 && (keyword == "minimum" || wanted == "integer" || wanted == "number") {
			return "the number " + string(value)
		}
		return "a number"
	case string:
		switch {
		case value == "":
			return "an empty string"
		case keyword == "enum" && contractWord.MatchString(value):
			return value
		}
		return "a string of " + count(utf8.RuneCountInString(value), "character")
	case []any:
		return "an array of " + count(len(value), "item")
	case map[string]any:
		return "an object of " + count(len(value), "member")
	}
	return "a value of an unknown type"
}

// article puts the article before the name of a JSON type.
func article(jsonType string) string {
	if strings.ContainsRune("aio", rune(jsonType[0])) {
		return "an " + jsonType
	}
	return "a " + jsonType
}

// oneOf lists the values of an enum or the one of a const, given as JSON texts joined with ", ".
func oneOf(allowed string) string {
	if !strings.Contains(allowed, `""`) {
		allowed = strings.ReplaceAll(allowed, `"`, "")
	}
	if strings.Contains(allowed, ", ") {
		return "one of " + allowed
	}
	return allowed
}

func known(words map[string]string, key, otherwise string) string {
	if w, ok := words[key]; ok {
		return w
	}
	return otherwise + key
}

// count is a number of things: "1 character", "2 characters".
func count(n any, thing string) string {
	if fmt.Sprint(n) == "1" {
		return "1 " + thing
	}
	return fmt.Sprintf("%v %ss", n, thing)
}

// plain writes a bound of the schema without an exponent.
func plain(n any) string {
	if f, ok := n.(*big.Float); ok {
		return f.Text('f', -1)
	}
	return fmt.Sprint(n)
}
