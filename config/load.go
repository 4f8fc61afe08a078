package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// Limits of durations. A longer patience is a typing error or a hidden hang; a longer life of a certificate, a wish.
const (
	maxDuration = 10 * time.Minute
	maxValidFor = 10 * 365 * 24 * time.Hour
)

// longest is the longest duration that a key takes, and how it is written.
func (k *Key) longest() (time.Duration, string) {
	if k.Path == "certificate.valid-for" {
		return maxValidFor, "87600h"
	}
	return maxDuration, "10m"
}

// setting is the text of one key as it was written, and where.
type setting struct {
	text  string   // a scalar
	items []string // a list
	body  any      // a JSON value
	// Exactly one of these is set: the line in the file, or the name of the flag or variable.
	line   int
	source string
}

// loading is the state of one Load. All problems are collected: nobody likes to mend a file one line at a time.
type loading struct {
	file     string // as the caller named it; "" for none
	dir      string // against which file: references are resolved
	environ  map[string]string
	settings map[string]setting
	sections map[string]int  // line in the file by the path of a section
	referred map[string]bool // variables to which the file refers
	spoilt   map[string]bool // keys that have a problem already
	problems []Problem
}

func newLoading(path string, o Overrides) *loading {
	return &loading{
		file: path, dir: filepath.Dir(path), environ: o.environment(),
		settings: map[string]setting{}, sections: map[string]int{"": 1}, spoilt: map[string]bool{}, referred: map[string]bool{},
	}
}

// Load reads the file, lays variables and flags over it (flag before variable
// before file before default), resolves secrets, fills in defaults and checks
// the whole. With path "" there is no file: the identities are those of a
// bundled network (hip-1, hiu-1, sbx), and secrets must come from variables.
//
// An error is an *Error with every problem that was found.
func Load(path string, overrides Overrides) (*Config, error) {
	l := newLoading(path, overrides)
	if path != "" && !l.readFile(path) {
		return nil, l.err()
	}
	return l.finish(&Config{}, overrides, false)
}

// finish is what every configuration goes through after its file.
func (l *loading) finish(c *Config, overrides Overrides, bundled bool) (*Config, error) {
	l.override(overrides)
	l.apply(c)
	l.defaults(c)
	l.check(c, bundled)
	if err := l.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// apply puts the settings into the configuration.
func (l *loading) apply(c *Config) {
	for _, path := range slices.Sorted(maps.Keys(l.settings)) {
		s, k := l.settings[path], keyAt(path)
		switch k.Type {
		case TypeString:
			if text, ok := l.resolve(k, s); ok {
				k.in(c, true).SetString(text)
			}
		case TypeDuration:
			l.applyDuration(c, k, s)
		case TypeList:
			l.applyList(c, k, s)
		case TypeJSON:
			if body, ok := l.resolveBody(k, s.body); ok {
				k.in(c, true).Set(reflect.ValueOf(&body).Elem())
			}
		}
	}
}

func (l *loading) applyDuration(c *Config, k *Key, s setting) {
	text, ok := l.resolve(k, s)
	if !ok {
		return
	}
	most, written := k.longest()
	d, err := time.ParseDuration(strings.TrimSpace(text))
	switch {
	case err != nil:
		l.bad(k.Path, "%s is not a duration; write a number and a unit, such as 500ms or 10s", quote(s.text))
	case d <= 0 || d > most:
		l.bad(k.Path, "%s must be more than 0s and at most %s", quote(s.text), written)
	default:
		k.in(c, true).SetInt(int64(d))
	}
}

func (l *loading) applyList(c *Config, k *Key, s setting) {
	items := slices.Clone(s.items)
	if !strings.HasSuffix(k.Path, ".exec") { // a command expands its own variables
		for i, item := range items {
			text, ok := l.expand(k, item)
			if !ok {
				return
			}
			items[i] = text
		}
	}
	k.in(c, true).Set(reflect.ValueOf(items))
}

// ParseRole reads a role: gateway, hip, hiu or cm.
func ParseRole(text string) (contract.Role, error) {
	if r := contract.Role(text); slices.Contains(contract.Roles, r) {
		return r, nil
	}
	return "", fmt.Errorf("%s is not a role; roles are gateway, hip, hiu and cm%s", quote(text), didYouMean(text, roleNames()))
}

func roleNames() []string {
	var names []string
	for _, r := range contract.Roles {
		names = append(names, string(r))
	}
	return names
}
