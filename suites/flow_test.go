package suites

import (
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

func names(all []*journal.Exchange) string { return strings.Join(ids(all, len(all)), " ") }

func TestFlowSortsItsExchanges(t *testing.T) {
	r := newRecording().scenario("a", journal.Played, scenario.NoteMode, contract.Direct).scenario("b", journal.Played)
	r.sent("a", "init", contract.HIP, contract.Init, 202, "") // e1
	r.received("a", contract.CM, contract.Init, "")           // e2
	r.sent("b", "init", contract.HIP, contract.Init, 202, "") // e3
	r.sent("a", "", contract.CM, contract.OnInit, 202, "")    // e4
	r.received("a", contract.HIP, contract.OnInit, "")        // e5
	r.received("a", contract.HIU, contract.OnInit, "")        // e6
	r.sent("a", "again", contract.HIP, contract.Init, 0, "")  // e7
	r.received("", contract.HIP, contract.OnInit, "")         // e8, an orphan
	r.sent("", "", contract.HIP, "", 200, "").Endpoint = ""   // e9, a login outside of any scenario
	b := newBench(r.ev, ProfileStrict)
	f := b.flows[0]
	for what, row := range map[string][2]string{
		"sent to init":         {names(f.SentTo(contract.Init)), "e1 e7"},
		"received at on-init":  {names(f.Received(contract.OnInit)), "e5 e6"},
		"received by the HIP":  {names(f.Received(contract.OnInit, contract.HIP)), "e5"},
		"received by either":   {names(f.Received(contract.OnInit, contract.Bridges...)), "e5 e6"},
		"deliveries":           {names(f.Deliveries()), "e2 e5 e6"},
		"after e4":             {names(After(f.Sent(""), f.Deliveries())), "e5 e6"},
		"orphans":              {names(b.orphans), "e8"},
		"of the other":         {names(b.flows[1].Exchanges), "e3"},
		"the step init":        {f.Sent("init").ID, "e1"},
		"the note of the mode": {f.Note(scenario.NoteMode), contract.Direct},
	} {
		if row[0] != row[1] {
			t.Errorf("%s: %s, want %s", what, row[0], row[1])
		}
	}
	if f.Sent("never") != nil || f.Note("nothing") != "" {
		t.Error("what is not there is found")
	}
}

func TestStatusAndAcceptance(t *testing.T) {
	if Status(nil) != 0 || Accepted(nil) {
		t.Error("nothing has a status")
	}
	for status, want := range map[int]bool{0: false, 199: false, 200: true, 202: true, 299: true, 300: false, 400: false, 500: false} {
		x := newRecording().sent("a", "", contract.HIP, contract.Init, status, "")
		if Status(x) != status || Accepted(x) != want {
			t.Errorf("%d: status %d, accepted %t", status, Status(x), Accepted(x))
		}
	}
}

func TestMemberAndText(t *testing.T) {
	x := newRecording().received("a", contract.CM, contract.Init, `{"a":{"b":"x","n":null,"a/b":{"~":"tilde"},"i":1},"list":[{"c":1}]}`)
	for pointer, want := range map[string]string{
		"/a/b": `"x"`, "/a/n": `null`, "/a/a~1b/~0": `"tilde"`, "/a/i": `1`, "/none": ``, "/a/b/c": ``, "/list/0": ``,
	} {
		if got := string(Member(x, pointer)); got != want {
			t.Errorf("%s is %q, want %q", pointer, got, want)
		}
	}
	for pointer, want := range map[string]string{"/a/b": "x", "/a/n": "", "/a/i": "", "/none": "", "/a/a~1b/~0": "tilde"} {
		if got := Text(x, pointer); got != want {
			t.Errorf("the text at %s is %q, want %q", pointer, got, want)
		}
	}
	if got := Member(x, ""); len(got) != len(x.Request.Body.JSON) {
		t.Errorf("the empty pointer is not the whole body: %s", got)
	}
}

func TestSameID(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"AB-1", "ab-1"}: true, {"ab-1", "ab-1"}: true, {"ab-1", "ab-2"}: false, {"", ""}: false, {"", "ab-1"}: false,
	} {
		if got := SameID(pair[0], pair[1]); got != want {
			t.Errorf("%q and %q are the same: %t", pair[0], pair[1], got)
		}
	}
}

func TestUnreached(t *testing.T) {
	for name, row := range map[string]struct {
		failure  *journal.Failure
		answered string
		want     bool
	}{
		"a refused connection":            {&journal.Failure{Kind: "refused"}, "the connection failed (refused)", true},
		"our patience while we sent":      {&journal.Failure{Kind: "timeout", Text: "slow"}, "was not answered in time: slow", true},
		"hung up on while we sent":        {&journal.Failure{Kind: "reset", Cut: true}, "the connection was closed while the message was being sent (reset)", false},
		"hung up on when all was written": {&journal.Failure{Kind: "eof", RequestWritten: true}, "the connection failed (eof)", false},
		"not recorded to its end":         {nil, "was not answered", false},
	} {
		x := newRecording().sent("a", "", contract.HIP, contract.Init, 0, "")
		x.Failure = row.failure
		if got := Unreached(x); got != row.want || !strings.Contains(Answered(x), row.answered) {
			t.Errorf("%s: unreached %t; %q", name, got, Answered(x))
		}
	}
	x := newRecording().sent("a", "", contract.HIP, contract.Init, 413, "")
	x.Failure = &journal.Failure{Kind: "reset"} // after the response
	if Unreached(x) {
		t.Error("a response came, and the subject counts as unreached")
	}
}
