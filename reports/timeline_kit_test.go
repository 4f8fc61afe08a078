package reports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/reports/messages"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// talk is one conversation through a gateway, written by hand: times are milliseconds.
type talk struct {
	name string
	ev   *journal.Evidence
}

func newTalk(name string, status journal.Status, quietFrom, ended int) *talk {
	return &talk{name: name, ev: &journal.Evidence{
		Run: journal.Run{Suite: "test", Profile: suites.ProfileStrict, Started: began, Planned: []string{name},
			Subject: journal.Subject{Role: contract.Gateway, URL: "https://staging.example/gateway", Name: "Example Gateway", Topology: config.Routed,
				Modes: contract.Modes, Purposes: contract.Purposes},
			Timing:   journal.Timing{Callback: 10 * time.Second, Quiet: time.Second, Ack: 5 * time.Second},
			Identity: journal.Identity{HIP: "hip-1", HIU: "hiu-1", CM: "sbx"}},
		Scenarios: []journal.Scenario{{Name: name, Status: status, Began: ms(1), QuietFrom: ms(quietFrom), Ended: ms(ended),
			Notes: map[string]string{scenario.NoteBridge: "hip", scenario.NoteMode: contract.Direct, scenario.NotePurpose: contract.Link, scenario.NoteOutcome: scenario.OutcomeGranted}}},
		Ended: &journal.End{Finished: began.Add(time.Minute)},
	}}
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// says adds a message that begins at one time and whose response is whole at another; a status of 0 is no response. Of the
// ids the first is its requestId, the second what it answers.
func (t *talk) says(d journal.Direction, at, replied int, player contract.Role, endpoint string, status int, ids ...string) *journal.Exchange {
	body := map[string]any{"requestId": ids[0]}
	if len(ids) > 1 {
		body["resp"] = map[string]string{"requestId": ids[1]}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	x := &journal.Exchange{ID: fmt.Sprintf("e%d", len(t.ev.Exchanges)+1), Scenario: t.name, Direction: d, Player: player, Endpoint: endpoint,
		Request: journal.Request{Method: "POST", URL: "/" + string(player) + contract.BasePath + "/users/auth/" + endpoint, Header: map[string][]string{},
			Body: journal.Body{Size: len(raw), JSON: raw}},
		Started: began.Add(ms(at)), Times: journal.Times{RequestFirst: ms(at), RequestLast: ms(at)}, Facts: journal.Facts{JSON: "ok"}}
	if status > 0 {
		x.Response = &journal.Response{Status: status}
		x.Times.ResponseFirst, x.Times.ResponseLast = ms(replied), ms(replied)
	}
	t.ev.Exchanges = append(t.ev.Exchanges, x)
	return x
}

func (t *talk) sent(at, replied int, player contract.Role, endpoint string, ids ...string) *journal.Exchange {
	return t.says(journal.Sent, at, replied, player, endpoint, 202, ids...)
}

func (t *talk) received(at, replied int, player contract.Role, endpoint string, ids ...string) *journal.Exchange {
	return t.says(journal.Received, at, replied, player, endpoint, 202, ids...)
}

// orphan makes the last message one of no conversation.
func (t *talk) orphan() { t.ev.Exchanges[len(t.ev.Exchanges)-1].Scenario = "" }

// opened begins the conversation: an init and its answer, which takes 40 ms.
func (t *talk) opened() *talk {
	t.sent(10, 20, contract.HIP, contract.Init, "a1")
	t.received(15, 16, contract.CM, contract.Init, "b1")
	t.sent(30, 35, contract.CM, contract.OnInit, "b2", "b1")
	return t
}

// judged lets the checks of a gateway judge the conversation.
func (t *talk) judged(tb testing.TB) *suites.Results {
	tb.Helper()
	r, err := suites.Judge(tb.Context(), t.ev, suites.Options{Version: "test"}, gateway.Specs)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// directTalk is a session of mode DIRECT as the contract has it.
func directTalk() *talk {
	t := newTalk("flow/hip/direct/link/granted", journal.Played, 60, 1060).opened()
	t.received(40, 41, contract.HIP, contract.OnInit, "a2", "a1")
	t.sent(42, 50, contract.CM, contract.Notify, "b3")
	t.received(45, 46, contract.HIP, contract.Notify, "a3")
	t.sent(47, 60, contract.HIP, contract.OnNotify, "a4", "a3")
	t.received(55, 56, contract.CM, contract.OnNotify, "b4", "b3")
	return t
}

// brokenTalk is one in which much goes wrong: an early on-init comes twice, the second time under a strange id; notify goes to
// the HIU also, where the connection breaks; and of the HIP's on-notify comes nothing but one that belongs to no conversation.
func brokenTalk() *talk {
	t := newTalk("flow/hip/direct/link/granted", journal.Blocked, 10_080, 11_080)
	t.ev.Scenarios[0].At, t.ev.Scenarios[0].Reason = contract.OnNotify, "no on-notify came within 10s"
	t.sent(10, 45, contract.HIP, contract.Init, "a1")
	t.received(15, 16, contract.CM, contract.Init, "b1")
	t.sent(30, 35, contract.CM, contract.OnInit, "b2", "b1")
	t.received(40, 41, contract.HIP, contract.OnInit, "a2", "a1")
	t.received(48, 49, contract.HIP, contract.OnInit, "a2", "strange")
	t.sent(50, 55, contract.CM, contract.Notify, "b3")
	t.received(56, 57, contract.HIP, contract.Notify, "a3")
	lost := t.says(journal.Received, 58, 0, contract.HIU, contract.Notify, 0, "a3")
	lost.Failure = &journal.Failure{Kind: "reset", Text: "connection reset by peer", RequestWritten: true}
	t.sent(60, 75, contract.HIP, contract.OnNotify, "a4", "a3")
	t.received(5_000, 5_001, contract.CM, contract.OnNotify, "b4", "nobody's")
	t.orphan()
	return t
}

// only leaves in results the requirements of those ids: the others judge what such short messages lack.
func only(r *suites.Results, ids ...string) *suites.Results {
	r.Requirements = slices.DeleteFunc(r.Requirements, func(q suites.RequirementResult) bool { return !slices.Contains(ids, q.ID) })
	return r
}

// routing are the requirements on where messages go and what they answer.
var routing = []string{"AUTH-GW-001", "AUTH-GW-002", "AUTH-NTF-007", "AUTH-ONTF-006"}

// timelinePages are the timelines that a report of the conversation shows.
func timelinePages(l messages.Language, r *suites.Results, ev *journal.Evidence) map[string]*timelinePage {
	return indexOf(messages.In(l), r, ev, diagnose(r, ev), limits{timelines: mostTimelines}).drawn
}

// textOf is the table of a timeline, a row a line.
func textOf(p *timelinePage) string {
	var b strings.Builder
	for _, r := range p.Rows {
		if r.Event != "" {
			fmt.Fprintf(&b, "%s | %s\n", r.Time, r.Event)
			continue
		}
		var marks []string
		for _, m := range r.Marks {
			marks = append(marks, m.Text)
		}
		fmt.Fprintf(&b, "%s | %s > %s | %s %s | %s | %s | %s\n", r.Time, r.From, r.To, r.Message.Name, r.What, r.Status, r.Relation, strings.Join(marks, "; "))
	}
	return strings.ReplaceAll(b.String(), "\u00a0", " ")
}
