package player

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"abdm.example/conformance/schemas"
)

// readObject reads a JSON object strictly (schemas.Strict). Numbers keep their spelling. Errors quote nothing of the body.
func readObject(body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("the body is empty; the contract asks for a JSON object")
	}
	if err := schemas.Strict(body); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, errors.New("the body is not JSON")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the body is not a JSON object")
	}
	return object, nil
}

// dropNulls removes members that are null, at every level.
func dropNulls(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
				continue
			}
			dropNulls(member)
		}
	case []any:
		for _, item := range v {
			dropNulls(item)
		}
	}
}

// memberAt finds the member of nested objects at a plain JSON Pointer; nil where there is none.
func memberAt(message map[string]any, pointer string) any {
	var value any = message
	for _, name := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// parseTime reads a time with its zone (RFC 3339), or without one as UTC, which is what deployed consent managers send.
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.ParseInLocation("2006-01-02T15:04:05", text, time.UTC)
}
