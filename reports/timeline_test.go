package reports

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
)

// Each mark comes from the judgement of recorded evidence, and is in the drawing, by its shape and its word, and in the table.
func TestTimelineMarks(t *testing.T) {
	const flow = "flow/hip/direct/link/granted"
	played := func(name string, more func(k *talk)) *talk {
		k := newTalk(name, journal.Played, 60, 1060).opened()
		more(k)
		return k
	}
	for name, c := range map[string]struct {
		talk  *talk
		in    string // the timeline, where it is not that of the conversation
		row   string // a row of the table
		drawn []string
	}{
		"early": {talk: played(flow, func(k *talk) {
			k.ev.Exchanges[0].Times.ResponseLast = ms(50)
			k.received(40, 41, contract.HIP, contract.OnInit, "a2", "a1")
		}), row: "30.0 ms | Gateway (the subject) > HIP | e4 on-init | 202 at 31.0 ms | answers e1, passes on e3 after 5.0 ms | early: before its 202, which is lawful",
			drawn: []string{`href="#tl-early"`, ">early: before its 202, which is lawful<", ">answers e1, passes on e3 after 5.0 ms<"}},
		"late": {talk: played(flow, func(k *talk) { k.received(12_000, 12_001, contract.HIP, contract.OnInit, "a2", "a1") }),
			row:   "11.99 s | Gateway (the subject) > HIP | e4 on-init | 202 at 11.99 s | answers e1, passes on e3 after 11.96 s | late: after its deadline",
			drawn: []string{`href="#tl-late"`, ">late: after its deadline<", ">deadline: 10 s after the response to e3<", ">10.03 s<"}},
		"missing": {talk: newTalk(flow, journal.Blocked, 0, 10_036).opened(),
			row:   "20.0 ms | CM > Gateway (the subject) | e3 on-init | 202 at 25.0 ms | answers e2 | missing: nothing came within 10 s",
			drawn: []string{`href="#tl-missing"`, `href="#tl-stop"`, ">deadline: 10 s after the response to e3<", ">the scenario stopped (blocked)<", ">10.00 s later<"}},
		"duplicate": {talk: played(flow, func(k *talk) {
			k.received(40, 41, contract.HIP, contract.OnInit, "a2", "a1")
			k.received(900, 901, contract.HIP, contract.OnInit, "a3", "a1")
		}), row: "890.0 ms | Gateway (the subject) > HIP | e5 on-init | 202 at 891.0 ms | answers e1, passes on e3 after 865.0 ms | duplicate of e4",
			drawn: []string{`href="#tl-duplicate"`, ">duplicate of e4<", ">quiet window: 1 s in which nothing may come<"}},
		"misrouted": {talk: played(flow, func(k *talk) { k.received(40, 41, contract.HIU, contract.OnInit, "a2", "a1") }),
			row:   "30.0 ms | Gateway (the subject) > HIU | e4 on-init | 202 at 31.0 ms | answers e1, passes on e3 after 5.0 ms | misrouted: to another party",
			drawn: []string{`href="#tl-misrouted"`, ">HIU<"}},
		"to no player": {talk: played(flow, func(k *talk) {
			x := k.received(40, 41, "", "", "a2", "a1")
			x.Request.URL = "/v0.5/users/auth/on-init?x"
		}), row: "30.0 ms | Gateway (the subject) > no party | e4 POST /v0.5/users/auth/on-init | 202 at 31.0 ms | answers e1 after 20.0 ms",
			drawn: []string{">no party<"}},
		"broadcast": {talk: played(flow, func(k *talk) {
			k.received(40, 41, contract.HIP, contract.OnInit, "a2", "a1")
			k.received(42, 43, contract.HIU, contract.OnInit, "a2", "a1")
		}), row: "| broadcast: to another party as well", drawn: []string{`href="#tl-broadcast"`}},
		"mis-correlated": {talk: played(flow, func(k *talk) { k.received(40, 41, contract.HIP, contract.OnInit, "a2", "b1") }),
			row: "| mis-correlated by its resp.requestId", drawn: []string{`href="#tl-mis-correlated"`}},
		"mixed": {talk: played(flow, func(k *talk) {
			k.received(40, 41, contract.HIP, contract.OnInit, "a2", "a1").Conflicts = []string{"/auth/transactionId session/02"}
		}), row: "mixed: its /auth/transactionId is one of session/02", drawn: []string{`href="#tl-mixed"`}},
		"near miss": {talk: played(flow, func(k *talk) {
			k.received(40, 41, contract.HIP, contract.OnInit, "a2", "strange")
			k.orphan()
		}), row: "30.0 ms | Gateway (the subject) > HIP | e4 on-init | 202 at 31.0 ms |  | near miss: no id of this conversation",
			drawn: []string{`href="#tl-near-miss"`, `href="#tl-missing"`}},
		"orphan": {in: "orphans", talk: played(flow, func(k *talk) {
			k.received(40, 41, contract.HIP, contract.OnInit, "a2", "strange")
			k.orphan()
		}), row: "0.0 ms | Gateway (the subject) > HIP | e4 on-init | 202 at 1.0 ms |  | orphan: of no conversation",
			drawn: []string{`href="#tl-orphan"`, ">Timeline of (not attributed to a scenario)<"}},
		"dropped connection": {talk: played(flow, func(k *talk) {
			k.says(journal.Sent, 40, 0, contract.HIP, contract.Confirm, 0, "a3").Failure = &journal.Failure{Kind: "reset", RequestWritten: true}
		}), row: "30.0 ms | HIP > Gateway (the subject) | e4 confirm | no answer (reset) |  | dropped: the connection ended (reset)",
			drawn: []string{`href="#tl-dropped"`}},
		"no answer": {talk: played(flow, func(k *talk) {
			k.says(journal.Sent, 40, 0, contract.HIP, contract.Confirm, 0, "a3").Failure = &journal.Failure{Kind: "timeout", RequestWritten: true}
		}), row: "| no answer (timeout) |  | no response (timeout)", drawn: []string{`href="#tl-dropped"`}},
		"never sent": {talk: played(flow, func(k *talk) {
			k.says(journal.Sent, 40, 0, contract.HIP, contract.Confirm, 0, "a3").Failure = &journal.Failure{Kind: "refused"}
		}), row: "| no answer (refused) |  | never sent: no connection (refused)", drawn: []string{"M93 213H145"}}, // half way
	} {
		t.Run(name, func(t *testing.T) {
			r := only(c.talk.judged(t), append(routing, "AUTH-GEN-028")...)
			in := flow
			if c.in != "" {
				in = ""
			}
			p := timelinePages(messages.English, r, c.talk.ev)[in]
			if p == nil {
				t.Fatalf("no timeline; marks %v", r.Scenarios[0].Marks)
			}
			table, drawing := textOf(p), strings.ReplaceAll(string(p.SVG), "\u00a0", " ")
			if !strings.Contains(table, c.row) {
				t.Errorf("the table has no row %q:\n%s", c.row, table)
			}
			for _, want := range c.drawn {
				if !strings.Contains(drawing, want) {
					t.Errorf("the drawing does not hold %q: %s", want, drawing)
				}
			}
			wellFormed(t, p)
		})
	}
}

func TestTimelineOfAGreenRunAreOneConversationInEachMode(t *testing.T) {
	k := directTalk()
	for _, more := range []struct{ name, mode, outcome string }{
		{"flow/hip/direct/kyc/granted", contract.Direct, "granted"}, {"flow/hip/mobile-otp/link/granted", contract.MobileOTP, "granted"},
		{"flow/hip/aadhaar-otp/link/error", contract.AadhaarOTP, "error"}, {"invalid/init/x", contract.Demographics, "granted"},
	} {
		s := k.ev.Scenarios[0]
		s.Name, s.Notes = more.name, map[string]string{"mode": more.mode, "outcome": more.outcome}
		k.ev.Scenarios = append(k.ev.Scenarios, s)
		x := *k.ev.Exchanges[0]
		x.ID, x.Scenario = fmt.Sprintf("e%d", len(k.ev.Exchanges)+1), more.name
		k.ev.Exchanges = append(k.ev.Exchanges, &x)
	}
	r := &suites.Results{}
	drawn := timelinePages(messages.English, r, k.ev)
	if len(drawn) != 2 || drawn["flow/hip/direct/link/granted"] == nil || drawn["flow/hip/mobile-otp/link/granted"] == nil {
		t.Errorf("%d timelines are drawn, want the first granted one in each mode: %v", len(drawn), drawn)
	}
	k.ev.Scenarios[3].Status = journal.Blocked
	if drawn = timelinePages(messages.English, r, k.ev); len(drawn) != 1 || drawn["flow/hip/aadhaar-otp/link/error"] == nil {
		t.Errorf("where one could not go on, that is drawn, and only that: %v", drawn)
	}
}

// A timeline that has no room shows what is marked, and says how many messages it leaves out.
func TestTimelineLeavesOutWhatHasNoRoom(t *testing.T) {
	k := newTalk("twist/crowd", journal.Played, 0, 9_000)
	for i := range 200 {
		k.sent(10+i*10, 12+i*10, contract.HIP, contract.Init, fmt.Sprintf("a%d", i))
	}
	marked := k.ev.Exchanges[170].ID
	r := &suites.Results{Scenarios: []suites.ScenarioResult{{Name: k.name, Marks: []suites.Mark{{Kind: suites.MarkDuplicate, Exchange: marked, Of: "e165"}}}}}
	k.ev.Scenarios[0].Status = journal.Failed
	p := timelinePages(messages.English, r, k.ev)[k.name]
	if len(p.Rows) != maxMessages+1 { // and where it stopped
		t.Errorf("%d rows, want %d", len(p.Rows), maxMessages+1)
	}
	table := textOf(p)
	for _, want := range []string{"| e1 init |", "| e38 init |", "| e165 init |", "| " + marked + " init |", "duplicate of e165", "the scenario stopped (failed)"} {
		if !strings.Contains(table, want) {
			t.Errorf("the table does not hold %q:\n%s", want, table)
		}
	}
	if !strings.Contains(p.Caption, "160 more messages of this conversation are in evidence.jsonl.") {
		t.Errorf("the caption does not say how many are left out: %s", p.Caption)
	}
}

// The worst comes first, and what does not fit is not begun.
func TestTimelinesKeepToTheirRoom(t *testing.T) {
	r, ev := large(300, 200, 2)
	for _, room := range []int{0, leastTimelines, mostTimelines} {
		ix := indexOf(messages.In(messages.Hindi), r, ev, diagnose(r, ev), limits{timelines: room})
		n := 0
		for _, p := range ix.drawn {
			n += p.size()
		}
		if n > room || n < room-8_000 {
			t.Errorf("%d bytes of timelines, with room for %d", n, room)
		}
	}
}

var timelineFigure = regexp.MustCompile(`(?s)<figure class="timeline".*?</figure>`)

// A report that would be too large has fewer timelines before it says less of anything else.
func TestReportsGiveTimelinesTheRoomThatIsLeft(t *testing.T) {
	r, ev := large(500, 300, 100)
	for _, l := range messages.Languages {
		report := render(t, func(b *strings.Builder) error { return HTML(b, r, ev, Options{Language: l}) })
		n := 0
		for _, figure := range timelineFigure.FindAllString(report, -1) {
			n += len(figure)
		}
		if len(report) >= maxPage || n < leastTimelines-8_000 {
			t.Errorf("%s: %d bytes, of which timelines take %d", l, len(report), n)
		}
	}
}

func TestCardsLeadToTheTimelineOfTheirScenario(t *testing.T) {
	k := brokenTalk()
	report := htmlOf(t, only(k.judged(t), routing...), k.ev)
	for _, want := range []string{`<a href="#tl.flow-hip-direct-link-granted">flow/hip/direct/link/granted</a>`, `<figure class="timeline" id="tl.flow-hip-direct-link-granted">`} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not hold %s", want)
		}
	}
}

func TestTimelinePartiesStandInTheOrderOfTheNetwork(t *testing.T) {
	k := newTalk("x", journal.Failed, 0, 100)
	for i, player := range []contract.Role{"other-cm", "cm", "", "hiu", "hip", "gateway", "zz", "yy", "xx"} {
		k.received(10+i, 11+i, player, contract.Init, "a")
	}
	r := &suites.Results{}
	ix := indexOf(messages.In(messages.English), r, k.ev, diagnose(r, k.ev), limits{})
	made := timelineOf(ix, conversation{flow: &suites.Flow{Name: "x", Exchanges: k.ev.Exchanges, Scenario: k.ev.Scenarios[0]}, run: k.ev.Run})
	var names []string
	for _, l := range made.Lanes {
		names = append(names, ix.laneName(l))
	}
	// There is room for six parties beside the subject; those that come after share a lane.
	if got, want := strings.Join(names, ", "), "HIP, HIU, Gateway (the subject), Gateway, CM, 2nd CM, no party"; got != want {
		t.Errorf("lanes %s, want %s", got, want)
	}
	for _, s := range made.Steps {
		if s.kind == stepMessage && s.from == s.to {
			t.Errorf("%s goes nowhere", s.exchange.ID)
		}
	}
}

func TestTimelineIsInTheLanguageOfTheReport(t *testing.T) {
	k := brokenTalk()
	r := only(k.judged(t), routing...)
	p := timelinePages(messages.Hindi, r, k.ev)[k.name]
	if text := textOf(p) + string(p.SVG) + p.Caption; !strings.Contains(text, "समय-सीमा") || strings.Contains(text, "deadline") || strings.Contains(text, "subject") {
		t.Errorf("not in Hindi: %s", text)
	}
}
