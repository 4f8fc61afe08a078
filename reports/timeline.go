package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// What one timeline shows at the most: messages, lanes beside the subject's, marks of one message, deadlines.
const (
	maxMessages  = 40
	maxLanes     = 6
	maxMarks     = 8
	maxDeadlines = 12
)

// breakFrom is the time without an event from which on a timeline is broken: the axis is of events and not of time.
const breakFrom = 250 * time.Millisecond

// timeline is the course of one conversation: what happened, in order, between which parties. It is drawn (timeline_svg.go)
// and written as a table, both from the same steps.
type timeline struct {
	Anchor string
	Name   string
	Lanes  []lane
	Steps  []step
	// Zero is the time of the first message on the clock of the run; all times are shown from there.
	Zero time.Duration
	// Within and Quiet are the deadline of an answer and the length of the quiet window; 0 where there is none.
	Within, Quiet time.Duration
	// Left is the number of messages for which there is no room.
	Left int
}

// lane is a party of the conversation.
type lane struct {
	Title   string
	Subject bool
}

// stepKind says what a step of a timeline is.
type stepKind int

const (
	stepMessage    stepKind = iota // a request begins
	stepReply                      // its response has come
	stepDeadline                   // an answer should have come by now
	stepQuietBegin                 // from now on nothing may come
	stepQuietEnd
	stepStop // the scenario could not go on
)

// step is one event of a timeline.
type step struct {
	kind     stepKind
	at       time.Duration // on the clock of the run
	number   int           // orders steps of one time
	exchange *journal.Exchange
	from, to int // lanes of the request
	// Message is what was sent: the endpoint, or the method and path; of a deadline, whose answer; of a stop, why.
	message string
	relation
	marks []timelineMark
	// fails says why no response came; "" where one came.
	fails string
	// unsent says that the request never reached its receiver.
	unsent bool
}

// relation is what a message has to do with an earlier one, by the ids of their exchanges.
type relation struct {
	answers, passesOn string
	// after is the time since the response to what the message passes on, or, where it passes on nothing, answers; counts says
	// that it is one that counts against the deadline.
	after  time.Duration
	counts bool
}

// timelineMark is one mark of a message: a shape and the word that says the same.
type timelineMark struct {
	Shape string // id of a symbol in templates/timeline.tmpl, without its prefix
	Text  string
}

// conversation is what a timeline is made of.
type conversation struct {
	flow  *suites.Flow
	marks []suites.Mark
	cited map[string][]string // requirements whose findings cite an exchange
	run   journal.Run
	also  map[string]*journal.Exchange // exchanges of no conversation, by id
}

// timelineOf arranges the events of a conversation; nil where nothing was sent in it.
func timelineOf(ix *index, c conversation) *timeline {
	shown, left := c.messages()
	if len(shown) == 0 {
		return nil
	}
	t := &timeline{Name: line(c.flow.Name, 120), Left: left, Zero: shown[0].Times.RequestFirst}
	if c.flow.Name == "" {
		t.Name = ix.m.T("evidence.orphans")
	}
	if s := c.flow.Scenario; s.QuietFrom > 0 && s.Ended > s.QuietFrom {
		t.Quiet = s.Ended - s.QuietFrom
	}
	lanes := t.arrange(ix, shown, c.run.Subject)
	relations := c.flow.Relations()
	for _, x := range shown {
		s := step{kind: stepMessage, at: x.Times.RequestFirst, exchange: x, message: messageOf(x)}
		s.from, s.to = lanes(x), 0
		for i, l := range t.Lanes {
			if l.Subject {
				s.to = i
			}
		}
		if x.Direction == journal.Received {
			s.from, s.to = s.to, s.from
		}
		if x.Response == nil && x.Failure != nil {
			s.fails, s.unsent = line(x.Failure.Kind, 40), suites.Unreached(x)
		}
		s.relation = t.relate(x, relations[x.ID], c.run)
		s.marks = c.marksOf(ix, x, s)
		t.Steps = append(t.Steps, s)
		if x.Response != nil {
			t.Steps = append(t.Steps, step{kind: stepReply, at: max(x.Times.ResponseLast, x.Times.RequestFirst), exchange: x, from: s.to, to: s.from,
				message: strconv.Itoa(x.Response.Status)})
		}
	}
	t.Steps = append(t.Steps, c.bounds(ix, t, shown)...)
	for i := range t.Steps {
		t.Steps[i].number = i
	}
	slices.SortStableFunc(t.Steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.number, b.number)) })
	return t
}

// messages are the exchanges to show, in the order in which they began: those of the flow, and those of no conversation that
// resemble one that is missing in it. Where there are too many, what is marked or cited is kept first, then what came first.
func (c conversation) messages() (shown []*journal.Exchange, left int) {
	shown = slices.Clone(c.flow.Exchanges)
	weight := map[string]bool{}
	for _, m := range c.marks {
		weight[m.Exchange], weight[m.Of] = true, true
		if x := c.also[m.Exchange]; x != nil && m.Kind == suites.MarkNearMiss && !slices.Contains(shown, x) {
			shown = append(shown, x)
		}
	}
	order := func(a, b *journal.Exchange) int {
		return cmp.Or(cmp.Compare(a.Times.RequestFirst, b.Times.RequestFirst), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	}
	slices.SortStableFunc(shown, order)
	if left = len(shown) - maxMessages; left <= 0 {
		return shown, 0
	}
	slices.SortStableFunc(shown, func(a, b *journal.Exchange) int {
		marked := func(x *journal.Exchange) int {
			if weight[x.ID] || len(c.cited[x.ID]) > 0 {
				return 0
			}
			return 1
		}
		return cmp.Compare(marked(a), marked(b))
	})
	shown = shown[:maxMessages]
	slices.SortStableFunc(shown, order)
	return shown, left
}

// relate is the relation of a message in the ids that the timeline shows, with the time that the subject took for it.
func (t *timeline) relate(x *journal.Exchange, r suites.Relation, run journal.Run) relation {
	var shown relation
	var from *journal.Exchange
	if r.Answers != nil {
		shown.answers, from = line(r.Answers.ID, 20), r.Answers
	}
	if r.PassesOn != nil {
		shown.passesOn, from = line(r.PassesOn.ID, 20), r.PassesOn
	}
	allowed := suites.Within(run, x.Scenario)
	if from == nil || x.Direction != journal.Received || allowed <= 0 || from.Times.ResponseLast <= 0 {
		return shown
	}
	t.Within = allowed
	if x.Times.RequestFirst >= from.Times.ResponseLast {
		shown.after, shown.counts = x.Times.RequestFirst-from.Times.ResponseLast, true
	}
	return shown
}

// bounds are the deadlines that passed, the quiet window and the end of a conversation that could not go on.
func (c conversation) bounds(ix *index, t *timeline, shown []*journal.Exchange) []step {
	var all []step
	for _, m := range c.marks {
		id := m.Of
		if m.Kind == suites.MarkMissing {
			id = m.Exchange
		} else if m.Kind != suites.MarkLate {
			continue
		}
		i := slices.IndexFunc(shown, func(x *journal.Exchange) bool { return x.ID == id })
		allowed := within(m)
		if i < 0 || allowed == 0 || shown[i].Times.ResponseLast <= 0 || len(all) == maxDeadlines {
			continue
		}
		t.Within = allowed
		text := ix.m.T("timeline.deadline", "ID", line(id, 20), "Within", lengthOf(allowed))
		if !slices.ContainsFunc(all, func(s step) bool { return s.message == text }) {
			all = append(all, step{kind: stepDeadline, at: shown[i].Times.ResponseLast + allowed, message: text})
		}
	}
	s := c.flow.Scenario
	if s.Status == journal.Blocked || s.Status == journal.Failed || s.Status == journal.Cancelled {
		at := s.Ended
		if t.Quiet > 0 {
			at = s.QuietFrom
		}
		text := ix.m.T("timeline.stopped", "Status", ix.status(s.Status))
		if s.At != "" {
			text = ix.m.T("timeline.stopped-at", "Status", ix.status(s.Status), "At", line(s.At, 40))
		}
		all = append(all, step{kind: stepStop, at: at, message: text})
	}
	if t.Quiet > 0 {
		all = append(all, step{kind: stepQuietBegin, at: s.QuietFrom, message: ix.m.T("timeline.quiet", "Length", lengthOf(t.Quiet))},
			step{kind: stepQuietEnd, at: s.Ended, message: ix.m.T("timeline.quiet-end")})
	}
	return all
}

// messageOf names a message: its endpoint, or, where it went to none, its method and path.
func messageOf(x *journal.Exchange) string {
	if x.Endpoint != "" {
		return line(x.Endpoint, 40)
	}
	return line(line(x.Request.Method, 10)+" "+pathOf(x.Request.URL), 80)
}

// since is a time as the timeline shows it: how long after its first message, or before it.
func (t *timeline) since(at time.Duration) string {
	if at < t.Zero {
		return "−" + took(t.Zero-at)
	}
	return took(at - t.Zero)
}

// lengthOf is a configured length of time in the fewest figures: "10 s", "1.5 s", "250 ms".
func lengthOf(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', -1, 64) + "\u00a0ms"
	}
	return strconv.FormatFloat(float64(d.Round(10*time.Millisecond).Milliseconds())/1000, 'f', -1, 64) + "\u00a0s"
}
