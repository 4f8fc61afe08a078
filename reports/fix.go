package reports

import (
	"fmt"
	"net/http"

	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// maxCauses is how many causes the report lists before it points to the cards.
const maxCauses = 40

// fixPage is what to mend first.
type fixPage struct {
	Causes []causePage
	Left   int // causes that are not listed
}

// causePage is one cause as the report shows it.
type causePage struct {
	Anchor    string
	Title     string
	English   bool // Title comes from the catalogue of requirements
	Root      requirementLink
	Expected  string
	Received  string
	Hint      string
	Seen      string
	Others    []requirementLink
	Blocked   []link
	OthersSay string
	BlockSays string
}

// requirementLink leads to a requirement.
type requirementLink struct {
	link
	Title string
	Badge badge
}

// requirement leads to the requirement at a position of the results.
func (ix *index) requirement(r *suites.Results, i int) link {
	return link{line(r.Requirements[i].ID, 120), ix.requirements[i]}
}

func (ix *index) requirementLink(r *suites.Results, i int) requirementLink {
	q := r.Requirements[i]
	return requirementLink{ix.requirement(r, i), line(q.Title, maxLine), badgeOf(ix.m, verdictOf(q))}
}

// fixOf arranges the causes.
func fixOf(ix *index, r *suites.Results) fixPage {
	var p fixPage
	for n, c := range ix.causes {
		if n == maxCauses {
			p.Left = len(ix.causes) - n
			break
		}
		shown := causePage{Anchor: causeAnchor(n), Root: ix.requirementLink(r, c.Root),
			Expected: line(c.Finding.Expected, 200), Received: line(c.Finding.Received, 200), Hint: line(c.Finding.Hint, maxLine)}
		if shown.Title = c.title(ix.m); shown.Title == "" {
			shown.Title, shown.English = shown.Root.Title, true
		}
		if c.Findings > 0 {
			shown.Seen = ix.m.T("fix.seen", "Findings", ix.m.T("fix.findings", "N", c.Findings), "Scenarios", ix.m.T("fix.scenarios", "N", len(c.scenarios)))
		}
		for _, i := range c.Others {
			other := ix.requirementLink(r, i)
			if ix.terse {
				other.Title = ""
			}
			shown.Others = append(shown.Others, other)
		}
		for _, i := range c.Blocked {
			shown.Blocked = append(shown.Blocked, ix.requirement(r, i))
		}
		if len(shown.Others) > 0 {
			shown.OthersSay = ix.m.T("fix.others", "N", len(shown.Others))
		}
		if len(shown.Blocked) > 0 {
			shown.BlockSays = ix.m.T("fix.blocked", "N", len(shown.Blocked))
		}
		p.Causes = append(p.Causes, shown)
	}
	return p
}

func causeAnchor(n int) string { return fmt.Sprintf("cause-%d", n+1) }

// title says what a symptom shows, "" where only the requirement says it.
func (s symptom) title(m *messages.Catalogue) string {
	switch s.Kind {
	case absent:
		return m.T("fix.absent", "Message", line(s.What, 80))
	case answered:
		switch {
		case s.Status == 0:
			return m.T("fix.unanswered")
		case s.Want == 0:
			return m.T("fix.broken", "Status", s.Status)
		}
		return m.T("fix.answered", "Want", s.Want, "Status", s.Status)
	case course:
		return m.T("fix." + s.What)
	case member:
		return m.T("fix.member", "Pointer", line(s.What, 120))
	case body:
		return m.T("fix.body", "Pointer", line(s.What, 120))
	case unmoved:
		return m.T("fix.unmoved", "Hook", line(s.What, 80))
	case own:
		return m.T("fix.own")
	}
	return ""
}

// likely are what a symptom usually comes from, the most frequent first.
func (s symptom) likely(m *messages.Catalogue) []string {
	var keys []string
	switch {
	case s.Kind == absent:
		keys = []string{"correlation", "address", "lost"}
	case s.Kind == answered && s.Status == 0:
		keys = []string{"waits", "proxy"}
	case s.Kind == answered && s.Status >= http.StatusInternalServerError:
		keys = []string{"exception", "dependency"}
	case s.Kind == answered && s.Want < 300 && s.Status < 300:
		keys = []string{"default-status", "proxy"}
	case s.Kind == answered && s.Want < 300 && (s.Status == http.StatusNotFound || s.Status == http.StatusMethodNotAllowed):
		keys = []string{"not-served", "environment"}
	case s.Kind == answered && s.Want < 300:
		keys = []string{"stricter", "environment"}
	case s.Kind == answered && s.Status < 300:
		keys = []string{"check-missing", "check-late", "check-partial"}
	case s.Kind == answered:
		keys = []string{"order", "framework"}
	case s.Kind == course && s.What == string(suites.MarkLate):
		keys = []string{"waits", "slow"}
	case s.Kind == course && s.What == string(suites.MarkDuplicate):
		keys = []string{"sent-twice", "two-workers"}
	case s.Kind == course:
		keys = []string{"routing", "address"}
	case s.Kind == member && (s.What == "/resp/requestId" || s.What == "/resp"):
		keys = []string{"other-hop", "correlation"}
	case s.Kind == member && s.What == "/requestId":
		keys = []string{"reused", "sent-twice"}
	case s.Kind == member && s.What == "/timestamp":
		keys = []string{"time-zone", "formatted"}
	case s.Kind == member:
		keys = []string{"rebuilt", "encoding"}
	case s.Kind == body:
		keys = []string{"framework", "proxy"}
	}
	var all []string
	for _, key := range keys {
		all = append(all, m.T("likely."+key))
	}
	return all
}
