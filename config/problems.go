package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Where is the file and line ("conformance.yaml:7"), the flag or the variable that holds it; "" where nothing holds it.
	Where string
	// Key is the dotted path of the key; "" where the problem is about no key.
	Key string
	// Text says what is wrong and what to do. It never holds the value of a secret key nor a line of the file.
	Text string

	line int // in the file; 0 for flags, variables and what is nowhere
}

// String is the problem on one line: where, key, text.
func (p Problem) String() string {
	var parts []string
	for _, part := range []string{p.Where, p.Key, p.Text} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// Error is everything that is wrong with a configuration.
type Error struct {
	// Problems are sorted: those of the file by line, then those of variables and flags.
	Problems []Problem
}

// Error lists the problems, one on a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err returns the collected problems as an error, or nil where there are none.
func (l *loading) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		if (a.line == 0) != (b.line == 0) {
			return cmp.Compare(b.line, a.line)
		}
		return cmp.Compare(a.line, b.line)
	})
	return &Error{Problems: slices.Compact(l.problems)}
}

// atLine records a problem at a line of the file.
func (l *loading) atLine(line int, key, format string, args ...any) {
	l.spoilt[key] = true
	line = max(line, 1)
	l.problems = append(l.problems, Problem{
		Where: fmt.Sprintf("%s:%d", l.file, line), Key: key, Text: fmt.Sprintf(format, args...), line: line})
}

// atSource records a problem of a flag or a variable.
func (l *loading) atSource(source, key, format string, args ...any) {
	l.spoilt[key] = true
	l.problems = append(l.problems, Problem{Where: source, Key: key, Text: fmt.Sprintf(format, args...)})
}

// bad records a problem with the value of a key, wherever that value was written.
func (l *loading) bad(path, format string, args ...any) {
	if l.spoilt[path] {
		return
	}
	if s, given := l.settings[path]; given {
		if s.line > 0 {
			l.atLine(s.line, path, format, args...)
		} else {
			l.atSource(s.source, path, format, args...)
		}
		return
	}
	l.missing(path, fmt.Sprintf(format, args...))
}

// missing records that a key is not there, at the nearest section that is, and says how else it can be given.
func (l *loading) missing(path, text string) {
	if l.spoilt[path] {
		return
	}
	if k := keyAt(path); k != nil {
		flag := k.Flag
		if k.Short != "" {
			flag = k.Short
		}
		var ways []string
		if l.file != "" {
			ways = append(ways, "the file")
		}
		if !k.Secret { // a flag can be read in the list of processes
			ways = append(ways, "--"+flag)
		}
		text += "; give it in " + strings.Join(append(ways, k.Env), " or ")
	}
	if l.file == "" {
		l.atSource("", path, "%s", text)
		return
	}
	line := 1
	for section := path; section != ""; section = parent(section) {
		if at, there := l.sections[section]; there {
			line = at
			break
		}
	}
	l.atLine(line, path, "%s", text)
}

// parent is the path of the section around a path; "" for the top of the file.
func parent(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return path[:i]
	}
	return ""
}
