package config

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v4"
)

// jsonValue decodes a YAML value that must also be a JSON value. The second result says why it is not, or is "".
func jsonValue(n *yaml.Node) (value any, why string) {
	const notJSON = "must be a JSON value: keys are strings, numbers are finite, and there are no tags"
	if err := n.Decode(&value); err != nil {
		return nil, notJSON
	}
	if _, err := json.Marshal(value); err != nil {
		return nil, notJSON
	}
	return value, ""
}

// parseItems reads a list in a flag or variable: "A,B" or "[A, B]".
func parseItems(text string) (items []string, ok bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		n, ok := parseYAML(text)
		if !ok || n.Kind != yaml.SequenceNode {
			return nil, false
		}
		items = []string{}
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode || isNull(item) {
				return nil, false
			}
			items = append(items, item.Value)
		}
		return items, true
	}
	for item := range strings.SplitSeq(text, ",") {
		items = append(items, strings.TrimSpace(item))
	}
	return items, true
}

// parseYAML reads the one value of a flag or variable.
func parseYAML(text string) (*yaml.Node, bool) {
	var document yaml.Node
	if err := yaml.Load([]byte(text), &document); err != nil || len(document.Content) != 1 || aliased(document.Content[0]) {
		return nil, false
	}
	return document.Content[0], true
}

// parseURL checks an absolute http or https URL. The second result says what is
// wrong without repeating the URL, which may hold a password; "" where nothing is.
func parseURL(text string) (*url.URL, string) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.Opaque != "":
		return nil, "must be an absolute URL that begins with http:// or https://, such as https://staging.example/gateway"
	case u.User != nil:
		return nil, "must not hold a user or a password; give credentials under identities"
	case u.RawQuery != "" || u.ForceQuery:
		return nil, "must not have a query; end the URL before the question mark"
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, "must not have a fragment; end the URL before the #"
	}
	return u, ""
}

// CheckURL says what is wrong with the base URL of a subject, or returns nil.
func CheckURL(text string) error {
	if _, why := parseURL(text); why != "" {
		return errors.New(why)
	}
	return nil
}
