package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// sign is one thing that was looked at.
type sign struct {
	Name  string `json:"name"`
	State string `json:"state"` // ok, warn or fail
	Text  string `json:"text"`
}

func (d *doctor) add(name, state, format string, args ...any) {
	d.Signs = append(d.Signs, sign{name, state, fmt.Sprintf(format, args...)})
}

func (d *doctor) count(state string) int {
	n := 0
	for _, s := range d.Signs {
		if s.State == state {
			n++
		}
	}
	return n
}

func (d *doctor) print(w io.Writer, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(d.Signs)
	}
	for _, s := range d.Signs {
		format := "%-5s %-14s %s\n"
		if output == "markdown" {
			format = "- **%s** %s: %s\n"
		}
		if _, err := fmt.Fprintf(w, format, s.State, s.Name, s.Text); err != nil {
			return err
		}
	}
	return nil
}
