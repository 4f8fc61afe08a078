package reports

import (
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// attribute is the value of an attribute, "" where there is none.
func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// below lists the elements below n, in the order of the page.
func below(n *html.Node) []*html.Node {
	var all []*html.Node
	for child := range n.Descendants() {
		if child.Type == html.ElementNode {
			all = append(all, child)
		}
	}
	return all
}

// TestEveryNumberOfTheMatrixLeadsToWhatItCounts follows each link of the matrix and counts the requirements there: cards,
// rows, or names in a list.
func TestEveryNumberOfTheMatrixLeadsToWhatItCounts(t *testing.T) {
	many, manyEvidence := large(20, 132, 3)
	for i := range many.Requirements {
		q := &many.Requirements[i]
		q.Level, q.Verdict = suites.Levels[i%3], suites.Verdicts[i%len(suites.Verdicts)]
	}
	many.Counts = count(many.Requirements)
	for name, s := range map[string]struct {
		*suites.Results
		*journal.Evidence
	}{"sample": {sample(), sampleEvidence()}, "many": {many, manyEvidence}} {
		page, err := html.Parse(strings.NewReader(htmlOf(t, s.Results, s.Evidence)))
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]*html.Node{}
		var numbers []*html.Node
		for _, e := range below(page) {
			if id := attribute(e, "id"); id != "" {
				byID[id] = e
			}
			if e.Data == "table" && attribute(e, "class") == "matrix" {
				for _, a := range below(e) {
					if a.Data == "a" && a.Parent.Data == "td" {
						numbers = append(numbers, a)
					}
				}
			}
		}
		sum := 0
		for _, number := range numbers {
			label := attribute(number, "aria-label")
			level, rest, _ := strings.Cut(label, ", ")
			verdict, digits, _ := strings.Cut(rest, ": ")
			n, err := strconv.Atoi(digits)
			target := byID[strings.TrimPrefix(attribute(number, "href"), "#")]
			if err != nil || target == nil {
				t.Fatalf("%s: %q leads to %q", name, label, attribute(number, "href"))
			}
			counted := 0
			for _, e := range below(target) {
				isCard, isRow, isName := e.Data == "article", e.Data == "tr" && strings.HasPrefix(attribute(e, "id"), "r-"), e.Data == "a" && e.Parent.Data == "dd" && target.Parent.Data == "dl"
				if isCard || isRow || isName {
					counted++
				}
			}
			if counted != n {
				t.Errorf("%s: %q leads to %d requirements", name, label, counted)
			}
			if number.Parent.Parent.Parent.Data == "tfoot" {
				sum += n
			}
			if !strings.Contains(attribute(number, "href"), level) || verdict == "" {
				t.Errorf("%s: %q leads to %s", name, label, attribute(number, "href"))
			}
		}
		if sum != len(s.Requirements) {
			t.Errorf("%s: the last row of the matrix counts %d of %d requirements", name, sum, len(s.Requirements))
		}
	}
}
