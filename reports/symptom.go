package reports

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// symptom is what a finding shows of the subject, as far as the evidence tells it: findings with the same symptom
// probably have one cause.
type symptom struct {
	Kind   symptomKind
	What   string // absent: the message; member and body: the pointer; course: the kind of mark; unmoved: the hook
	Want   int    // answered: the status that the contract asks for, 0 where any but a 5xx would do
	Status int    // answered: the status that came, 0 for none
}

// symptomKind says which members of a symptom count.
type symptomKind string

const (
	absent   symptomKind = "absent"   // the subject does not send a message
	answered symptomKind = "answered" // the subject answers with another status
	course   symptomKind = "course"   // a message of the subject comes late, twice, or somewhere else
	member   symptomKind = "member"   // a member of what the subject sends is wrong
	body     symptomKind = "body"     // a member of what the subject answers is wrong
	unmoved  symptomKind = "unmoved"  // the subject could not be made to begin
	own      symptomKind = "own"      // our own side failed
	alone    symptomKind = "alone"    // nothing that findings of other requirements could share
)

// record is the evidence by what findings name.
type record struct {
	routed    bool // the subject passes on what is sent to it, and we see both sides
	exchanges map[string]*journal.Exchange
	scenarios map[string]journal.Scenario
	flows     map[string][]*journal.Exchange // by scenario, in the order in which they began
	blocks    map[string]symptom             // why a scenario was blocked, once it has been asked
	marks     map[string]suites.MarkKind     // by exchange, for those whose place or time is wrong
}

func recordOf(r *suites.Results, ev *journal.Evidence) *record {
	if ev == nil {
		ev = &journal.Evidence{}
	}
	rec := &record{exchanges: make(map[string]*journal.Exchange, len(ev.Exchanges)), scenarios: make(map[string]journal.Scenario, len(ev.Scenarios)),
		flows: make(map[string][]*journal.Exchange, len(ev.Scenarios)), blocks: map[string]symptom{}, marks: map[string]suites.MarkKind{}}
	rec.routed = ev.Run.Subject.Role == contract.Gateway && ev.Run.Subject.Topology != config.Combined
	for _, x := range ev.Exchanges {
		rec.exchanges[x.ID] = x
		rec.flows[x.Scenario] = append(rec.flows[x.Scenario], x)
	}
	for _, s := range ev.Scenarios {
		rec.scenarios[s.Name] = s
	}
	for _, s := range r.Scenarios {
		for _, mark := range s.Marks {
			switch mark.Kind {
			case suites.MarkLate, suites.MarkDuplicate, suites.MarkMisrouted, suites.MarkBroadcast, suites.MarkSwapped, suites.MarkMixed:
				rec.marks[mark.Exchange] = mark.Kind
			}
		}
	}
	return rec
}

// symptomOf tells what a finding shows.
func (rec *record) symptomOf(f suites.Finding) symptom {
	x := rec.exchanges[f.Exchange]
	s := rec.scenarios[f.Scenario]
	blocked := s.Status == journal.Blocked && s.Reason != "" && strings.Contains(f.Received, s.Reason)
	switch {
	case x == nil && blocked:
		return rec.block(f.Scenario)
	case x == nil:
		return symptom{Kind: alone}
	case x.Direction == journal.Received && rec.marks[x.ID] != "":
		return symptom{Kind: course, What: string(rec.marks[x.ID])}
	case x.Direction == journal.Received && f.Pointer != "":
		return symptom{Kind: member, What: generalised(f.Pointer)}
	case x.Direction == journal.Received:
		return symptom{Kind: alone}
	}
	status, missing := suites.Status(x), ""
	if suites.Accepted(x) {
		missing = rec.missing(x)
	}
	rest, aboutStatus := strings.CutPrefix(f.Received, suites.Answered(x))
	want := statusIn(f.Expected)
	switch {
	case aboutStatus && status >= http.StatusInternalServerError && (rest == "" || rest[0] == ','):
		return symptom{Kind: answered, Status: status}
	case missing != "" && (!aboutStatus || rest != "" && (want == 0 || want >= http.StatusInternalServerError)): // or an error callback
		return symptom{Kind: absent, What: missing}
	case aboutStatus && want != 0:
		return symptom{Kind: answered, Want: want, Status: status}
	case aboutStatus:
		return symptom{Kind: alone}
	case blocked:
		return rec.block(f.Scenario)
	case f.Pointer != "" && status >= http.StatusBadRequest:
		return symptom{Kind: body, What: generalised(f.Pointer)}
	case f.Pointer != "" && len(suites.Member(x, f.Pointer)) == 0: // not of what was sent, but of what came of it
		return symptom{Kind: member, What: generalised(f.Pointer)}
	}
	return symptom{Kind: alone}
}

// block says why a scenario did not come further: by the first message of ours in it that was not taken, or that brought
// nothing about; else by what the scenario itself missed.
func (rec *record) block(name string) symptom {
	if s, known := rec.blocks[name]; known {
		return s
	}
	s := symptom{Kind: absent, What: rec.scenarios[name].At}
	if strings.HasPrefix(s.What, "hooks.") {
		s.Kind = unmoved
	}
	for _, x := range rec.flows[name] {
		if x.Direction != journal.Sent || x.Endpoint == "" || suites.Unreached(x) {
			continue
		}
		if status := suites.Status(x); status >= http.StatusInternalServerError {
			s = symptom{Kind: answered, Status: status}
			break
		} else if !suites.Accepted(x) {
			s = symptom{Kind: answered, Want: http.StatusAccepted, Status: status}
			break
		}
		if missing := rec.missing(x); missing != "" {
			s = symptom{Kind: absent, What: missing}
			break
		}
	}
	rec.blocks[name] = s
	return s
}

// missing names the message that x, which the subject took, should have brought about first and that never came: its
// copy at the addressee, then the callback that answers it. It is "" where nothing is missing, or nothing can be said.
func (rec *record) missing(x *journal.Exchange) string {
	e, known := contract.EndpointNamed(x.Endpoint)
	if !known || !rec.routed {
		return ""
	}
	for _, name := range []string{e.Name, e.Callback} {
		came := slices.ContainsFunc(rec.flows[x.Scenario], func(y *journal.Exchange) bool {
			return y.Direction == journal.Received && y.Endpoint == name && y.Times.RequestFirst >= x.Times.RequestFirst
		})
		if name != "" && !came {
			return name
		}
	}
	return ""
}

// statusIn is the status code with which a sentence begins: 401 for "401 or 403 for a token of another role", 0 for none.
func statusIn(sentence string) int {
	if len(sentence) < 3 || len(sentence) > 3 && sentence[3] >= '0' && sentence[3] <= '9' {
		return 0
	}
	status, err := strconv.Atoi(sentence[:3])
	if err != nil || status < 100 || status > 599 {
		return 0
	}
	return status
}

// generalised is a JSON Pointer with "*" for the positions of array items.
func generalised(pointer string) string {
	segments := strings.Split(pointer, "/")
	for i, s := range segments {
		if _, err := strconv.Atoi(s); err == nil {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}
