package reports

import (
	"slices"

	"abdm.example/conformance/suites"
)

// matrix counts the requirements by endpoint, level and verdict. Every number leads to exactly those that it counts.
type matrix struct {
	Levels []matrixLevel
	Heads  []matrixHead // of all columns, level by level
	Totals []matrixCell
	Rows   []matrixRow
}

// matrixLevel heads the columns of one level.
type matrixLevel struct {
	Name string
	Span int
}

// matrixHead heads one column.
type matrixHead struct {
	Level string
	Badge badge
	First bool // of its level
}

type matrixRow struct {
	Name, Link string
	Cells      []matrixCell
}

// matrixCell is a number, and the anchor of the list of what it counts.
type matrixCell struct {
	N    int
	Link string
	Head matrixHead
}

// listing names the requirements of one endpoint, by level and verdict: what the numbers of the matrix count.
type listing struct {
	Name, Anchor string
	Groups       []listingGroup
}

type listingGroup struct {
	Anchor, Level string
	Badge         badge
	Links         []link
}

// column is what one column of the matrix counts.
type column struct {
	level   suites.Level
	verdict suites.Verdict
}

// matrixOf counts what there is: verdicts that no requirement of a level has take no column.
func matrixOf(ix *index, r *suites.Results) (matrix, []listing) {
	counts := map[column]int{}
	byEndpoint := map[string]map[column][]int{}
	for i, q := range r.Requirements {
		c, endpoint := column{levelOf(q), verdictOf(q)}, endpointOf(q)
		counts[c]++
		if byEndpoint[endpoint] == nil {
			byEndpoint[endpoint] = map[column][]int{}
		}
		byEndpoint[endpoint][c] = append(byEndpoint[endpoint][c], i)
	}
	var m matrix
	var columns []column
	for _, level := range suites.Levels {
		span := 0
		for _, verdict := range suites.Verdicts {
			c := column{level, verdict}
			if counts[c] == 0 {
				continue
			}
			head := matrixHead{string(level), badgeOf(ix.m, verdict), span == 0}
			m.Heads = append(m.Heads, head)
			m.Totals = append(m.Totals, matrixCell{counts[c], sectionOf(verdict) + "-" + string(level), head})
			columns = append(columns, c)
			span++
		}
		if span > 0 {
			m.Levels = append(m.Levels, matrixLevel{string(level), span})
		}
	}
	var lists []listing
	for _, endpoint := range endpointsOf(r.Requirements) {
		list := listing{Name: ix.endpoint(endpoint), Anchor: "list-" + anchorOf(endpoint)}
		if slices.ContainsFunc(lists, func(l listing) bool { return l.Anchor == list.Anchor }) {
			continue // only foreign results have names that spell the same anchor
		}
		row := matrixRow{Name: list.Name, Link: list.Anchor}
		for n, c := range columns {
			cell := matrixCell{N: len(byEndpoint[endpoint][c]), Head: m.Heads[n]}
			if cell.N > 0 {
				cell.Link = list.Anchor + "-" + string(c.level) + "-" + string(c.verdict)
				group := listingGroup{Anchor: cell.Link, Level: string(c.level), Badge: m.Heads[n].Badge}
				for _, i := range byEndpoint[endpoint][c] {
					group.Links = append(group.Links, ix.requirement(r, i))
				}
				list.Groups = append(list.Groups, group)
			}
			row.Cells = append(row.Cells, cell)
		}
		m.Rows, lists = append(m.Rows, row), append(lists, list)
	}
	return m, lists
}

// sectionOf is the anchor of the section that shows the requirements of a verdict.
func sectionOf(v suites.Verdict) string {
	switch v {
	case suites.Fail:
		return "failed"
	case suites.ErrorVerdict:
		return "errors"
	case suites.Warning:
		return "warnings"
	case suites.Pass:
		return "passed"
	}
	return string(v)
}
