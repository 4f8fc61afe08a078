package reports

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"abdm.example/conformance/compare"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// rendering is one way in which results reach a reader, and what must hold of it whatever a subject said.
type rendering struct {
	render func(io.Writer, *suites.Results, *journal.Evidence) error
	safe   func(*testing.T, string)
	limit  int  // of bytes
	whole  bool // it holds foreign text in its full length
}

// renderings are all of them, by name.
var renderings = func() map[string]rendering {
	all := map[string]rendering{
		"Hindi report": {func(w io.Writer, r *suites.Results, ev *journal.Evidence) error {
			return HTML(w, r, ev, Options{Language: messages.Hindi})
		}, safeHTML, 400_000, false},
		"terminal summary":         {func(w io.Writer, r *suites.Results, _ *journal.Evidence) error { return Summary(w, r, "out") }, safeTerminal, 4_000, false},
		"pacts on a terminal":      {func(w io.Writer, r *suites.Results, _ *journal.Evidence) error { return PactSummary(w, r.Pacts, "out") }, safeTerminal, 100_000, false},
		"comparison on a terminal": {compared(DiffText), safeTerminal, 100_000, false},
		"comparison as JSON":       {compared(DiffJSON), safeJSON, 0, true},
		"comparison as a page":     {compared(func(w io.Writer, d *compare.Diff) error { return DiffHTML(w, d, Options{}) }), safeHTML, 400_000, false},
		"Markdown":                 {func(w io.Writer, r *suites.Results, _ *journal.Evidence) error { return Markdown(w, r) }, safeMarkdown, 1 << 20, false},
	}
	rules := map[string]rendering{
		ReportFile: {safe: safeHTML, limit: 400_000}, JUnitFile: {safe: safeXML, limit: 4 << 20}, BadgeFile: {safe: safeSVG, limit: 4_000},
		SummaryFile: {safe: safeMarkdown, limit: 1 << 20}, ResultsFile: {safe: safeJSON, limit: 16 << 20, whole: true}, CTRFFile: {safe: safeJSON, limit: 4 << 20},
		HARFile: {safe: safeJSON, limit: maxHAR * 6}, ShieldFile: {safe: safeJSON, limit: 4_000},
	}
	for _, o := range outputs {
		rule, known := rules[o.name]
		if !known {
			panic("there is no rule for " + o.name + ": say what must hold of it")
		}
		rule.render = func(w io.Writer, r *suites.Results, ev *journal.Evidence) error { return o.render(w, r, ev, Options{}) }
		all[o.name] = rule
	}
	return all
}()

// compared renders a comparison of a conforming run with the hostile one.
func compared(render func(io.Writer, *compare.Diff) error) func(io.Writer, *suites.Results, *journal.Evidence) error {
	return func(w io.Writer, r *suites.Results, _ *journal.Evidence) error {
		before := sample()
		before.Subject.Role = r.Subject.Role
		for i := range before.Requirements {
			before.Requirements[i].Verdict = suites.Pass
		}
		d, err := compare.Runs(before, r)
		if err != nil {
			return err
		}
		return render(w, d)
	}
}

// isSafe renders once and looks at what came out.
func (x rendering) isSafe(t *testing.T, r *suites.Results, ev *journal.Evidence) {
	t.Helper()
	if x.whole && len(r.Reason) > 1<<20 {
		return // a hundred copies of ten million bytes would only test the memory
	}
	text := render(t, func(b *strings.Builder) error { return x.render(b, r, ev) })
	if !utf8.ValidString(text) {
		t.Error("it is not UTF-8")
	}
	for _, c := range text {
		if c != '\n' && c != '\t' && (unicode.In(c, unicode.Cc) || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' || c == '\ufffe' || c == '\uffff') {
			t.Errorf("it holds the character %U", c)
			break
		}
	}
	if len(text) > x.limit && !x.whole {
		t.Errorf("it has %d bytes, more than %d", len(text), x.limit)
	}
	x.safe(t, text)
}

func TestHostileTextBreaksNoOutput(t *testing.T) {
	for name, s := range hostile {
		r, ev := hostileResults(s), hostileEvidence(s)
		for output, x := range renderings {
			t.Run(name+"/"+output, func(t *testing.T) { x.isSafe(t, r, ev) })
		}
	}
}

var (
	tag        = regexp.MustCompile(`(?s)<(/?[a-zA-Z!][^\s>]*)`)
	attributes = regexp.MustCompile(`(?s)<[a-z][^<>]*?\s(on[a-z]+|src|srcdoc|action|formaction|style)\s*=`)
)

// safeHTML says whether markup is our own alone, and nothing of it runs or fetches.
func safeHTML(t *testing.T, text string) {
	for _, found := range tag.FindAllStringSubmatch(text, -1) {
		if !ours[strings.TrimPrefix(strings.ToLower(found[1]), "/")] {
			t.Errorf("it has the tag %q", found[0])
		}
	}
	if found := attributes.FindString(text); found != "" {
		t.Errorf("it has an attribute that runs or fetches: %.200s", found)
	}
	for _, found := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(found[1], "#") {
			t.Errorf("it links to %.200q", found[1])
		}
	}
}

// safeXML says whether it is well-formed. The grammar is TestJUnitFollowsTheGrammar's affair.
func safeXML(t *testing.T, text string) {
	if _, err := elements(text); err != nil {
		t.Errorf("it is not well-formed: %v", err)
	}
	for _, mark := range []string{"[[ATTACHMENT|", "[[PROPERTY|"} {
		if strings.Contains(text, mark) {
			t.Errorf("it holds %s", mark)
		}
	}
}

// safeSVG says whether a picture draws and does nothing else.
func safeSVG(t *testing.T, text string) {
	names, err := elements(text)
	if err != nil {
		t.Fatalf("it is not well-formed: %v", err)
	}
	for _, name := range names {
		if !slices.Contains([]string{"svg", "title", "clipPath", "rect", "g", "text"}, name) {
			t.Errorf("it has the element %s", name)
		}
	}
	if len(names) != 10 {
		t.Errorf("it has %d elements: %v", len(names), names)
	}
}

// elements are the names of the elements of an XML text, in their order.
func elements(text string) ([]string, error) {
	var names []string
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return names, nil
		case err != nil:
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
		}
	}
}

func safeJSON(t *testing.T, text string) {
	if !json.Valid([]byte(text)) {
		t.Error("it is no JSON")
	}
}

func safeTerminal(t *testing.T, text string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSuffix(l, "\n"); columns(l) > summaryColumns || strings.Contains(l, "\t") {
			t.Errorf("a line of %d columns: %q", columns(l), l)
		}
	}
}

var signsOfMarkdown = regexp.MustCompile(`\\[!-/:-@\[-` + "`" + `{-~]`)

// outsideOfCode is a line of Markdown without what its escapes and code spans hold; a bar ends a cell within code, too.
func outsideOfCode(l string) string {
	var b strings.Builder
	for l != "" {
		run := len(l) - len(strings.TrimLeft(l, "`"))
		switch {
		case signsOfMarkdown.MatchString(l[:min(2, len(l))]):
			b.WriteByte('e')
			l = l[2:]
			continue
		case run == 0:
			b.WriteByte(l[0])
			l = l[1:]
			continue
		}
		fence, rest := l[:run], l[run:]
		end := 0
		for i := 0; i < len(rest); {
			n := len(rest[i:]) - len(strings.TrimLeft(rest[i:], "`"))
			if n == run {
				end = i
				break
			}
			i += max(1, n)
		}
		if end == 0 { // nothing closes it
			b.WriteString(fence)
			l = rest
			continue
		}
		b.WriteString("c" + strings.Repeat("|", strings.Count(strings.ReplaceAll(rest[:end], `\|`, ""), "|")))
		l = rest[end+run:]
	}
	return b.String()
}

// safeMarkdown says whether nothing but our own folds is HTML, tables have the cells of their heads, and nothing links or mentions.
func safeMarkdown(t *testing.T, text string) {
	cells, said := 0, map[string]bool{}
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		plain := outsideOfCode(l)
		if n := strings.Count(plain, "|"); strings.HasPrefix(l, "|") {
			if cells == 0 {
				cells = n
			}
			if n != cells {
				t.Errorf("a row of a table has %d bars, its head %d: %.200s", n, cells, l)
			}
		} else {
			cells = 0
		}
		for _, ours := range []string{"<details><summary>", "</summary>", "</details>"} {
			plain = strings.Replace(plain, ours, "", 1)
		}
		for _, sign := range []string{"<", "](", "://", "www.", "@e"} {
			if strings.Contains(plain, sign) && !said[sign] {
				said[sign] = true
				t.Errorf("a line holds %q: %.300s", sign, l)
			}
		}
	}
}

func FuzzHTML(f *testing.F)     { fuzz(f, ReportFile, "Hindi report") }
func FuzzJUnit(f *testing.F)    { fuzz(f, JUnitFile) }
func FuzzMarkdown(f *testing.F) { fuzz(f, SummaryFile, "Markdown") }
func FuzzTerminal(f *testing.F) {
	fuzz(f, "terminal summary", "pacts on a terminal", "comparison on a terminal")
}
func FuzzHAR(f *testing.F)         { fuzz(f, HARFile) }
func FuzzCTRF(f *testing.F)        { fuzz(f, CTRFFile) }
func FuzzBadge(f *testing.F)       { fuzz(f, BadgeFile, ShieldFile) }
func FuzzResultsFile(f *testing.F) { fuzz(f, ResultsFile) }

// fuzz looks for a text that breaks one of the renderings where it stands in every member.
func fuzz(f *testing.F, names ...string) {
	for _, s := range hostile {
		if len(s) < 1<<20 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ev := hostileResults(s), hostileEvidence(s)
		for _, name := range names {
			renderings[name].isSafe(t, r, ev)
		}
	})
}
