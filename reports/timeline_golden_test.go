package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// The golden files are the drawing with each element on a line, and the table below it.
func TestTimelineGolden(t *testing.T) {
	direct, broken := directTalk(), brokenTalk()
	for _, g := range []struct {
		file string
		talk *talk
		r    *suites.Results
	}{
		{"timeline-direct.svg", direct, &suites.Results{}},
		{"timeline-broken.svg", broken, only(broken.judged(t), routing...)},
	} {
		t.Run(g.file, func(t *testing.T) {
			render := func() []byte {
				p := timelinePages(messages.English, g.r, g.talk.ev)[g.talk.name]
				if p == nil {
					t.Fatal("no timeline")
				}
				wellFormed(t, p)
				return []byte(strings.ReplaceAll(string(p.SVG), "><", ">\n<") + "\n<!--\n" + p.Caption + "\n" + textOf(p) + "-->\n")
			}
			got := render()
			for range 10 {
				if !bytes.Equal(got, render()) {
					t.Fatal("the same evidence gave another timeline")
				}
			}
			path := filepath.Join("testdata", g.file)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is drawn now; look at it in a browser and run the test with -update\n%s", path, got)
			}
		})
	}
}

var (
	number   = regexp.MustCompile(`-?\d+(\.\d+)?`)
	pathData = regexp.MustCompile(`^(M-?\d+ -?\d+|[HVhv]-?\d+|[Ll]-?\d+ -?\d+|[Ll]-?\d+-\d+|v\d+|m0 8|z)+$`)
)

// wellFormed checks that a drawing is XML, that every length in it is a number that is not negative, that nothing lies above
// or left of it, and that the shapes that it uses are those of the page.
func wellFormed(t testing.TB, p *timelinePage) {
	t.Helper()
	shapes, err := templateFiles.ReadFile("templates/timeline.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(string(p.SVG)))
	height := 0.0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the drawing is not well-formed: %v\n%s", err, p.SVG)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "viewBox":
				height, _ = strconv.ParseFloat(strings.Fields(a.Value)[3], 64)
			case "x", "y", "width", "height":
				v, err := strconv.ParseFloat(a.Value, 64)
				if err != nil || v < 0 || a.Name.Local == "x" && v > drawnWidth || a.Name.Local == "y" && v > height {
					t.Errorf("<%s %s=%q> lies outside of the drawing", e.Name.Local, a.Name.Local, a.Value)
				}
			case "d":
				if !pathData.MatchString(a.Value) {
					t.Errorf("this is no path: %s", a.Value)
				}
				for _, n := range number.FindAllString(a.Value, -1) {
					if v, err := strconv.ParseFloat(n, 64); err != nil || v > max(height, drawnWidth) || v < -drawnWidth {
						t.Errorf("%s in a path is outside of the drawing", n)
					}
				}
			case "href":
				if !strings.Contains(string(shapes), `id="`+strings.TrimPrefix(a.Value, "#")+`"`) {
					t.Errorf("the page has no shape %s", a.Value)
				}
			case "class", "role", "id", "aria-labelledby", "aria-describedby":
			default:
				t.Errorf("<%s> has the attribute %s", e.Name.Local, a.Name.Local)
			}
		}
	}
}
