package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Set is how a secret that is given is printed.
const Set = "set"

// Setting is one key of the effective configuration, as reports print it.
type Setting struct {
	Name  string // the dotted path
	Value string // "set" or "not set" for a secret, "hidden" for patient data
}

// Effective lists every key with the value in force, in the order of the file,
// without secrets and patient data.
func (c *Config) Effective() []Setting {
	var all []Setting
	for _, k := range Keys() {
		all = append(all, Setting{Name: k.Path, Value: printable(k, k.in(c, false))})
	}
	return all
}

func printable(k Key, v reflect.Value) string {
	given := v.IsValid() && !v.IsZero()
	switch {
	case strings.HasPrefix(k.Path, "patient."):
		return "hidden"
	case k.Secret && given:
		return Set
	case !given && k.Secret:
		return "not set"
	case !given:
		return ""
	case k.Type == TypeList:
		return strings.Join(v.Interface().([]string), ", ")
	case k.Type == TypeDuration:
		return v.Interface().(time.Duration).String()
	}
	return fmt.Sprint(v.Interface())
}
