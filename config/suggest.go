package config

import (
	"regexp"
	"strconv"
	"strings"

	"abdm.example/conformance/internal/edit"
)

// plainName is what a key looks like when it is only misspelt.
var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,39}$`)

// quote shows a value that is no secret, short and on one line.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// didYouMean is "; did you mean X?" for the nearest of some names, or "" where none is near.
func didYouMean(text string, names []string) string {
	if near := nearest(text, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// nearest returns the name that takes the fewest edits: at most two or a third
// of its length, and fewer than its length; "" where none is that near.
func nearest(text string, names []string) string {
	best, least := "", 1<<30
	if len(text) > 80 {
		return ""
	}
	for _, name := range names {
		d := edit.Distance(strings.ToLower(text), strings.ToLower(name))
		if d <= max(2, len(name)/3) && d < min(least, len(name)) {
			best, least = name, d
		}
	}
	return best
}
