// Package messages is what reports say to people: one catalogue, a file for
// each language (en.yaml, hi.yaml) with the same keys and placeholders. Names of
// the protocol, of files and of commands stay as they are in every language.
//
// What comes out of results.json (titles, findings, hints) is English text and
// is not translated: pages mark it with its language.
package messages

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/language"
)

//go:embed *.yaml
var files embed.FS

// Language is a language of reports, as its tag of BCP 47.
type Language string

// Languages of the catalogue.
const (
	English Language = "en"
	Hindi   Language = "hi"
)

// Languages lists the languages of the catalogue, the default first.
var Languages = []Language{English, Hindi}

// Parse reads the name of a language; "" is English.
func Parse(name string) (Language, error) {
	if name == "" {
		return English, nil
	}
	var known []string
	for _, l := range Languages {
		if string(l) == name {
			return l, nil
		}
		known = append(known, string(l))
	}
	return "", fmt.Errorf("there are no messages in language %q; there are: %s", name, strings.Join(known, ", "))
}

// Catalogue is every message in one language.
type Catalogue struct {
	Language  Language
	localizer *i18n.Localizer
	plain     map[string]string // messages without placeholders
	plural    map[string]bool   // messages with a form of their own for one
}

// In returns the catalogue in a language; one that is not known is English.
func In(l Language) *Catalogue {
	if c, ok := catalogues()[l]; ok {
		return c
	}
	return catalogues()[English]
}

// T is a message. args are the names and values of its placeholders, in pairs;
// the value of "N", an int, also chooses the plural form. Values are put in as
// they are: foreign text must have been cleaned, and the page escapes it. A key
// that the catalogue lacks is a fault of the build, which a test finds.
func (c *Catalogue) T(key string, args ...any) string {
	if text, ok := c.plain[key]; ok {
		return text
	}
	config := i18n.LocalizeConfig{MessageID: key}
	if len(args) > 0 {
		values := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			values[args[i].(string)] = args[i+1]
		}
		config.TemplateData = values
		if c.plural[key] {
			config.PluralCount = values["N"]
		}
	}
	text, err := c.localizer.Localize(&config)
	if err != nil {
		panic("reports/messages: " + err.Error())
	}
	return text
}

// catalogues are those of the build, by language.
var catalogues = sync.OnceValue(func() map[Language]*Catalogue {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	all := map[Language]*Catalogue{}
	for _, l := range Languages {
		file, err := bundle.LoadMessageFileFS(files, string(l)+".yaml")
		if err != nil {
			panic("reports/messages: " + err.Error()) // a fault of the build: a test reads every file
		}
		c := &Catalogue{Language: l, plain: map[string]string{}, plural: map[string]bool{}}
		for _, m := range file.Messages {
			switch {
			case m.One != "":
				c.plural[m.ID] = true
			case !strings.Contains(m.Other, "{{"):
				c.plain[m.ID] = m.Other
			}
		}
		all[l] = c
	}
	for l, c := range all {
		c.localizer = i18n.NewLocalizer(bundle, string(l))
	}
	return all
})
