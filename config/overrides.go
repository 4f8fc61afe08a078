package config

import (
	"slices"
	"strings"
)

// Overrides are the flags and variables that stand above the file.
type Overrides struct {
	// Flags are the flags that were given, in any order.
	Flags []Flag
	// Environ is the environment as os.Environ returns it: CONFORMANCE_*
	// variables, and those that ${NAME} refers to. Nil is an empty environment.
	Environ []string
}

// Flag is one flag that was given on the command line.
type Flag struct {
	Name  string // without its dashes: Key.Flag or Key.Short
	Value string
}

func (o Overrides) environment() map[string]string {
	environ := make(map[string]string, len(o.Environ))
	for _, entry := range o.Environ {
		if name, value, found := strings.Cut(entry, "="); found {
			environ[name] = value
		}
	}
	return environ
}

// override lays variables over the file, and flags over both.
func (l *loading) override(o Overrides) {
	byEnv, byFlag := map[string]Key{}, map[string]Key{}
	var variables []string
	for _, k := range Keys() {
		byEnv[k.Env], byFlag[k.Flag] = k, k
		if k.Short != "" {
			byFlag[k.Short] = k
		}
		variables = append(variables, k.Env)
	}
	given := make([]string, 0, len(l.environ))
	for name := range l.environ {
		if strings.HasPrefix(name, variablePrefix) && name != DebugVariable && name != PactVariable && (byEnv[name].Path != "" || !l.referred[name]) {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	for _, name := range given {
		if k, known := byEnv[name]; known {
			l.lay(k, name, l.environ[name])
			continue
		}
		l.atSource(name, "", "unknown variable; unset it, or see `conformance run --help` for the names of all keys%s",
			didYouMean(name, variables))
	}
	from := map[string]Flag{}
	for _, f := range o.Flags {
		k, known := byFlag[f.Name]
		if !known {
			l.atSource("--"+f.Name, "", "unknown flag")
			continue
		}
		if first, twice := from[k.Path]; twice && first.Value != f.Value {
			l.atSource("--"+f.Name, k.Path, "--%s has given another value already; give one of the two", first.Name)
			continue
		}
		from[k.Path] = f
		l.lay(k, "--"+f.Name, f.Value)
	}
}

// lay replaces the setting of a key. An empty variable or flag is as if it were not there.
func (l *loading) lay(k Key, source, value string) {
	if value == "" {
		return
	}
	s := setting{source: source}
	switch k.Type {
	case TypeList:
		items, ok := parseItems(value)
		if !ok {
			l.atSource(source, k.Path, "must be a list, such as A,B or [A, B]")
			return
		}
		s.items = items
	case TypeJSON:
		n, ok := parseYAML(value)
		if !ok {
			l.atSource(source, k.Path, "must be a JSON value")
			return
		}
		body, why := jsonValue(n)
		if why != "" {
			l.atSource(source, k.Path, "%s", why)
			return
		}
		s.body = body
	default:
		s.text = value
	}
	l.settings[k.Path] = s
}
