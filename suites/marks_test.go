package suites

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// The same judgement gives the finding and the mark.
func TestFindingsMarkTheCourseOfAConversation(t *testing.T) {
	to := func(player contract.Role, endpoint string) func(r *recording) {
		return func(r *recording) { r.received(conversation, player, endpoint, initBody) }
	}
	late := func(r *recording) {
		x := r.received(conversation, contract.CM, contract.Init, initBody)
		x.Times.RequestFirst += time.Minute
	}
	orphan := func(r *recording) { r.received("", contract.CM, contract.Init, `{}`) }
	for name, row := range map[string]struct {
		deliveries []func(r *recording)
		marks      []Mark
	}{
		"once":            {[]func(*recording){to(contract.CM, contract.Init)}, nil},
		"twice":           {[]func(*recording){to(contract.CM, contract.Init), to(contract.CM, contract.Init)}, []Mark{{Kind: MarkDuplicate, Exchange: "e3", Of: "e2"}}},
		"late":            {[]func(*recording){late}, []Mark{{Kind: MarkLate, Exchange: "e2", Of: "e1", WithinMS: 10_000}}},
		"to another":      {[]func(*recording){to(contract.HIU, contract.Init)}, []Mark{{Kind: MarkMisrouted, Exchange: "e2"}}},
		"to both":         {[]func(*recording){to(contract.CM, contract.Init), to(contract.HIU, contract.Init)}, []Mark{{Kind: MarkBroadcast, Exchange: "e3"}}},
		"at another path": {[]func(*recording){to(contract.CM, contract.Confirm)}, []Mark{{Kind: MarkMissing, Exchange: "e1", WithinMS: 10_000}}},
		"never":           {nil, []Mark{{Kind: MarkMissing, Exchange: "e1", WithinMS: 10_000}}},
		"nearly":          {[]func(*recording){orphan}, []Mark{{Kind: MarkMissing, Exchange: "e1", WithinMS: 10_000}, {Kind: MarkNearMiss, Exchange: "e2", Of: "e1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording().scenario(conversation, journal.Played)
			r.sent(conversation, "init", contract.HIP, contract.Init, 202, initBody)
			for _, deliver := range row.deliveries {
				deliver(r)
			}
			c := routed(r, contract.Init)
			if got := inOrder(c.marks[conversation]); !reflect.DeepEqual(got, row.marks) {
				t.Errorf("marks %+v, want %+v", got, row.marks)
			}
			if (len(c.findings) > 0) != (len(row.marks) > 0) {
				t.Errorf("%d findings and %d marks: each goes with the other", len(c.findings), len(row.marks))
			}
		})
	}
}

func TestSilenceAfterAWrongMessageIsMarked(t *testing.T) {
	r := newRecording().scenario(wrongInit, journal.Played)
	r.sent(wrongInit, "probe", contract.HIP, contract.Init, 202, initBody)
	c := r.check("invalid/...", func(c *C) { c.Each(func(f *Flow) { c.Refusal(f, "Refuse it.") }) })
	if got, want := c.marks[wrongInit], []Mark{{Kind: MarkMissing, Exchange: "e1", WithinMS: 10_000}}; !reflect.DeepEqual(got, want) {
		t.Errorf("marks %+v, want %+v", got, want)
	}
}

func TestResultsHoldTheMarksOfWhatIsNoPass(t *testing.T) {
	use(t, levels()...)
	r := newRecording().scenario(conversation, journal.Played)
	first, second := r.received(conversation, contract.HIP, contract.OnInit, goodCallback), r.received(conversation, contract.HIP, contract.OnInit, goodCallback)
	judge := func(id string) []Mark {
		t.Helper()
		results, err := Judge(t.Context(), r.ev, Options{Version: "test"}, func() {
			for _, name := range []string{"one check", "another check of the same"} {
				ginkgo.It(name, Check(id, "flow/...", func(c *C) {
					c.Each(func(f *Flow) {
						c.Find(Finding{Received: "duplicate", Exchange: second.ID}, Copies([]*journal.Exchange{first, second})...)
						c.Find(Finding{Pointer: "/resp/requestId", Received: "another", Exchange: first.ID})
						c.Find(Finding{Pointer: "/timestamp", Received: "another", Exchange: first.ID})
					})
				}))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return results.Scenarios[0].Marks
	}
	want := []Mark{{Kind: MarkMiscorrelated, Exchange: "e1"}, {Kind: MarkDuplicate, Exchange: "e2", Of: "e1"}}
	for _, id := range []string{"T-MUST", "T-SHOULD"} {
		if got := judge(id); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: marks %+v, want %+v", id, got, want)
		}
	}
	if got := judge("T-MAY"); got != nil {
		t.Errorf("what is lawful is marked: %+v", got)
	}
}

func TestTheWayInWhichAMessageWentAstrayIsSaidOnce(t *testing.T) {
	got := inOrder([]Mark{{Kind: MarkMisrouted, Exchange: "e10"}, {Kind: MarkMisrouted, Exchange: "e2"}, {Kind: MarkBroadcast, Exchange: "e2"},
		{Kind: MarkLate, Exchange: "e2", Of: "e1", WithinMS: 10_000}, {Kind: MarkLate, Exchange: "e2", Of: "e1", WithinMS: 15_000}})
	want := []Mark{{Kind: MarkBroadcast, Exchange: "e2"}, {Kind: MarkLate, Exchange: "e2", Of: "e1", WithinMS: 15_000}, {Kind: MarkMisrouted, Exchange: "e10"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("marks %+v, want %+v", got, want)
	}
}

func TestOneFindingMarksNoMoreThanAReaderCanUse(t *testing.T) {
	var all []*journal.Exchange
	for i := range 1000 {
		all = append(all, &journal.Exchange{ID: fmt.Sprintf("e%d", i+1)})
	}
	if got := Copies(all); len(got) != mostMarked || got[0] != (Mark{Kind: MarkDuplicate, Exchange: "e2", Of: "e1"}) {
		t.Errorf("%d marks, beginning with %+v", len(got), got[0])
	}
	if got := Copies(all[:1]); got != nil {
		t.Errorf("the first of its kind is marked: %v", got)
	}
}

func TestRelations(t *testing.T) {
	r := newRecording().scenario(conversation, journal.Played)
	asked := r.sent(conversation, "init", contract.HIP, contract.Init, 202, `{"requestId":"A1","query":{"id":"p"}}`)
	other := r.sent(conversation, "again", contract.HIP, contract.Init, 202, `{"requestId":"A2","query":{"id":"q"}}`)
	forwarded := r.received(conversation, contract.CM, contract.Init, `{"requestId":"B1","query":{"id":"p"}}`)
	again := r.received(conversation, contract.CM, contract.Init, `{"requestId":"B2","query":{"id":"p"}}`)
	answer := r.sent(conversation, "", contract.CM, contract.OnInit, 202, `{"requestId":"C1","resp":{"requestId":"b1"},"auth":{}}`)
	passed := r.received(conversation, contract.HIP, contract.OnInit, `{"requestId":"D1","resp":{"requestId":"a1"},"auth":{}}`)
	failed := r.received(conversation, contract.HIP, contract.OnInit, `{"requestId":"D2","resp":{"requestId":"none"},"error":{}}`)
	r.received("", contract.HIP, contract.OnInit, `{"resp":{"requestId":"none"}}`)
	notify := r.received(conversation, contract.HIP, contract.Notify, `{"requestId":"E1"}`)
	r.received(conversation, contract.HIU, contract.Notify, `{"requestId":"E1"}`)
	acknowledged := r.sent(conversation, "", contract.HIP, contract.OnNotify, 202, `{"requestId":"E2","resp":{"requestId":"E1"}}`)
	flows, orphans := FlowsOf(r.ev)
	if len(flows) != 1 || names(orphans) != "e8" {
		t.Fatalf("%d flows, orphans %q", len(flows), names(orphans))
	}
	got := flows[0].Relations()
	want := map[string]Relation{
		forwarded.ID: {PassesOn: asked}, again.ID: {PassesOn: asked}, answer.ID: {Answers: forwarded}, passed.ID: {Answers: asked, PassesOn: answer},
		acknowledged.ID: {Answers: notify},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("relations %+v, want %+v (%s, %s have none)", got, want, other.ID, failed.ID)
	}
}
