package config

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxSecret is the largest file that a secret is read from, in bytes.
const maxSecret = 64 << 10

// filePrefix marks a secret that is in a file of its own.
const filePrefix = "file:"

// reference is ${NAME}; a $ elsewhere stands for itself.
var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// resolve replaces the references in a text and reads the file that a secret names.
func (l *loading) resolve(k *Key, s setting) (string, bool) {
	path, isFile := strings.CutPrefix(s.text, filePrefix)
	if !k.Secret || !isFile {
		return l.expand(k, s.text)
	}
	path, ok := l.expand(k, path)
	if !ok {
		return "", false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir, path)
	}
	text, err := readRegular(path, maxSecret)
	if err != nil {
		l.bad(k.Path, "the file that is named after file: is not usable: %v (a relative path begins at the configuration file)", err)
		return "", false
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" {
		l.bad(k.Path, "the file that is named after file: is empty")
		return "", false
	}
	return value, true
}

// expand replaces every ${NAME} by the variable of that name, once: what a variable holds is taken as it is.
func (l *loading) expand(k *Key, text string) (string, bool) {
	for _, found := range reference.FindAllStringSubmatch(text, -1) {
		if value, set := l.environ[found[1]]; !set || value == "" {
			state := "not set"
			if set {
				state = "empty"
			}
			l.bad(k.Path, "the variable %s is %s; export it before the run", found[1], state)
			return "", false
		}
	}
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		return l.environ[strings.Trim(ref, "${}")]
	}), true
}

// resolveBody replaces the references in every string of a JSON value.
func (l *loading) resolveBody(k *Key, value any) (any, bool) {
	switch v := value.(type) {
	case string:
		return l.expand(k, v)
	case []any:
		for i := range v {
			item, ok := l.resolveBody(k, v[i])
			if !ok {
				return nil, false
			}
			v[i] = item
		}
	case map[string]any:
		for name := range v {
			member, ok := l.resolveBody(k, v[name])
			if !ok {
				return nil, false
			}
			v[name] = member
		}
	}
	return value, true
}

// Variables returns the names of the variables to which a configuration text
// refers by ${NAME}, sorted. Comments are left out.
func Variables(text []byte) []string {
	var names []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, found := range reference.FindAllStringSubmatch(line, -1) {
			names = append(names, found[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
