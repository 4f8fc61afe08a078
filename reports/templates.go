package reports

import (
	"embed"
	"html/template"
	"sync"

	"abdm.example/conformance/reports/messages"
)

//go:embed templates/*.tmpl
var templateFiles embed.FS

// pageTemplates are the templates of report.html by language. Beside what Go
// brings they know two functions: t is a message of the catalogue, and english
// is the attribute for an element whose text stays English in every language,
// because it comes out of results.json.
var pageTemplates = func() map[messages.Language]func() *template.Template {
	all := map[messages.Language]func() *template.Template{}
	for _, l := range messages.Languages {
		all[l] = sync.OnceValue(func() *template.Template {
			return template.Must(template.New("page.tmpl").Funcs(functions(messages.In(l))).ParseFS(templateFiles, "templates/*.tmpl"))
		})
	}
	return all
}()

func functions(m *messages.Catalogue) template.FuncMap {
	return template.FuncMap{
		"t": m.T,
		"english": func() template.HTMLAttr {
			if m.Language == messages.English {
				return ""
			}
			return ` lang="en"`
		},
	}
}
