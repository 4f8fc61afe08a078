package scenario

import (
	"path"
	"slices"
	"strings"
)

// Pattern selects scenarios by their names: what a check says of those that it judges. In its text "*" stands for any run
// of characters within one segment, a last segment "..." for any number of segments, and "|" separates patterns.
type Pattern []alternative

// alternative is one pattern of those that "|" separates.
type alternative struct {
	text string // without the dots at its end
	open bool   // it ended with the dots
	lead string // what any name that it selects begins with
}

// Compile reads the text of a pattern, for one that is asked of many names.
func Compile(text string) Pattern {
	var p Pattern
	for one := range strings.SplitSeq(text, "|") {
		var a alternative
		a.text, a.open = strings.CutSuffix(one, "...")
		a.lead = a.text
		if i := strings.IndexAny(a.text, `*?[\`); i >= 0 {
			a.lead = a.text[:i]
		}
		p = append(p, a)
	}
	return p
}

// Selects says whether the pattern selects a scenario of that name.
func (p Pattern) Selects(name string) bool {
	for i := range p {
		if strings.HasPrefix(name, p[i].lead) && p[i].selects(name) {
			return true
		}
	}
	return false
}

// selects is Selects for a name that begins with the lead.
func (a alternative) selects(name string) bool {
	literal := len(a.lead) == len(a.text)
	switch {
	case literal && a.open:
		return a.text == "" || strings.HasSuffix(a.text, "/")
	case literal:
		return a.text == name
	case a.open:
		return matchesPrefix(a.text, name)
	}
	ok, err := path.Match(a.text, name)
	return err == nil && ok
}

// Matches says whether the text of a pattern selects a name.
func Matches(pattern, name string) bool { return Compile(pattern).Selects(name) }

// matchesPrefix compares as many segments of the name as the pattern prefix ("flow/*/") has.
func matchesPrefix(prefix, name string) bool {
	end := 0
	for range strings.Count(prefix, "/") {
		slash := strings.IndexByte(name[end:], '/')
		if slash < 0 {
			return false
		}
		end += slash + 1
	}
	ok, err := path.Match(prefix, name[:end])
	return err == nil && ok
}

// Select returns the scenarios that at least one of the patterns selects.
func Select(all []Scenario, patterns []string) []Scenario {
	var compiled Pattern
	for _, p := range patterns {
		compiled = append(compiled, Compile(p)...)
	}
	return slices.DeleteFunc(slices.Clone(all), func(s Scenario) bool { return !compiled.Selects(s.Name) })
}
