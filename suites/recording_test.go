package suites

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// recording is evidence that a test writes by hand.
type recording struct {
	ev    *journal.Evidence
	clock time.Duration
}

// newRecording is a run against a gateway that ended as it should, without any scenario.
func newRecording() *recording {
	started := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &recording{ev: &journal.Evidence{
		Run: journal.Run{
			Suite: "test", Profile: ProfileStrict, Started: started,
			Subject: journal.Subject{Role: contract.Gateway, URL: "http://127.0.0.1:1/gateway", Name: "Example Gateway",
				Topology: config.Routed, Modes: contract.Modes, Purposes: contract.Purposes},
			Timing:   journal.Timing{Callback: 10 * time.Second, Quiet: time.Second, Ack: 5 * time.Second},
			Identity: journal.Identity{HIP: "hip-1", HIU: "hiu-1", CM: "sbx"},
		},
		Ended: &journal.End{Finished: started.Add(time.Minute)},
	}}
}

// scenario closes a scenario with that status; notes come in pairs of key and value.
func (r *recording) scenario(name string, status journal.Status, notes ...string) *recording {
	s := journal.Scenario{Name: name, Status: status, Notes: map[string]string{scenario.NoteBridge: string(contract.HIP)}}
	if status != journal.Played {
		s.Reason = "the reason of " + name
	}
	for i := 0; i+1 < len(notes); i += 2 {
		s.Notes[notes[i]] = notes[i+1]
	}
	r.ev.Run.Planned = append(r.ev.Run.Planned, name)
	r.ev.Scenarios = append(r.ev.Scenarios, s)
	return r
}

// planned names a scenario that was never played.
func (r *recording) planned(name string) *recording {
	r.ev.Run.Planned = append(r.ev.Run.Planned, name)
	return r
}

// exchange appends an exchange of 5 ms, 10 ms after the one before. A status of 0 is no response.
func (r *recording) exchange(direction journal.Direction, name string, player contract.Role, endpoint string, status int, body string) *journal.Exchange {
	r.clock += 10 * time.Millisecond
	x := &journal.Exchange{
		ID: fmt.Sprintf("e%d", len(r.ev.Exchanges)+1), Scenario: name, Direction: direction, Player: player, Endpoint: endpoint,
		Started: r.ev.Run.Started.Add(r.clock),
		Times:   journal.Times{RequestFirst: r.clock, RequestLast: r.clock + time.Millisecond},
		Request: journal.Request{Method: "POST", URL: "/cm/v0.5/users/auth/" + endpoint, Header: map[string][]string{}},
	}
	if body != "" {
		x.Request.Body, x.Facts.JSON = journal.Body{Size: len(body), JSON: json.RawMessage(body)}, "ok"
	}
	if status != 0 {
		x.Response = &journal.Response{Status: status}
		x.Times.ResponseFirst, x.Times.ResponseLast = r.clock+4*time.Millisecond, r.clock+5*time.Millisecond
	}
	r.ev.Exchanges = append(r.ev.Exchanges, x)
	return x
}

// sent appends what a player of ours sent under a step.
func (r *recording) sent(name, step string, player contract.Role, endpoint string, status int, body string) *journal.Exchange {
	x := r.exchange(journal.Sent, name, player, endpoint, status, body)
	x.Step, x.Request.URL = step, "http://127.0.0.1:1/gateway/v0.5/users/auth/"+endpoint
	return x
}

// received appends what a player of ours received and answered 202.
func (r *recording) received(name string, player contract.Role, endpoint, body string) *journal.Exchange {
	return r.exchange(journal.Received, name, player, endpoint, 202, body)
}

// check lets a check judge the recording and returns it for its findings and its result.
func (r *recording) check(pattern string, judge func(c *C)) *C {
	c := &C{declaration: &declaration{requirement: "T-MUST", flows: pattern, judge: judge}, name: "a check", bench: newBench(r.ev, ProfileStrict)}
	judge(c)
	return c
}

// use replaces the catalogue for one test. Such tests do not run in parallel.
func use(t *testing.T, requirements ...Requirement) {
	t.Helper()
	before := Requirements
	t.Cleanup(func() { Requirements = before })
	Requirements = func() Catalogue { return Catalogue{Version: "test", Requirements: requirements} }
}

// requirement is one of a test catalogue.
func requirement(id string, level Level) Requirement {
	return Requirement{ID: id, Roles: []contract.Role{contract.Gateway}, Level: level, Basis: Explicit, Title: "A title.", Clause: "a clause", Remedy: "A remedy."}
}

// each of the three levels, as T-MUST, T-SHOULD and T-MAY.
func levels() []Requirement {
	return []Requirement{requirement("T-MUST", Must), requirement("T-SHOULD", Should), requirement("T-MAY", May)}
}

// wantFindings compares what a check received, each by a part of the sentence.
func wantFindings(t *testing.T, c *C, parts ...string) {
	t.Helper()
	var got []string
	for _, f := range c.findings {
		got = append(got, f.Received)
	}
	if len(got) != len(parts) {
		t.Fatalf("%d findings, want %d: %q", len(got), len(parts), got)
	}
	for i, part := range parts {
		if !strings.Contains(got[i], part) {
			t.Errorf("finding %d is %q, want %q in it", i, got[i], part)
		}
	}
}
