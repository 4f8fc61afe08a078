package suites

import (
	"net/http"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// dated is an exchange whose answer was written when the subject's clock, ahead of ours by an offset, showed that time.
func dated(r *recording, ahead time.Duration) {
	x := r.sent("", "init", contract.HIP, contract.Init, 202, `{}`)
	written := x.Started.Add(2 * time.Millisecond).Add(ahead)
	x.Response.Header = map[string][]string{"Date": {written.UTC().Format(http.TimeFormat)}}
}

// A Date header says only the second; many of them say the offset to a few milliseconds.
func TestClockOffsetFromDateHeaders(t *testing.T) {
	r := newRecording()
	r.sent("", "init", contract.HIP, contract.Init, 202, `{}`)
	if c := conditions(r.ev).Clock; c != nil {
		t.Errorf("no answer has a Date, and the clock is %+v", c)
	}
	for range 400 { // 10 ms apart
		dated(r, -3141*time.Millisecond)
	}
	c := conditions(r.ev).Clock
	if c == nil || !c.Steady || c.Within > 10 || c.Offset < -3141-c.Within || c.Offset > -3141+c.Within {
		t.Fatalf("the clock is 3141 ms behind; found %+v", c)
	}
	for _, constant := range []string{"Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "tomorrow"} {
		r.sent("", "init", contract.HIP, contract.Init, 202, `{}`).Response.Header = map[string][]string{"Date": {constant}}
	}
	if again := conditions(r.ev).Clock; *again != *c {
		t.Errorf("three dates that are no times made %+v of %+v", again, c)
	}
	for range 500 {
		dated(r, time.Hour)
	}
	if c := conditions(r.ev).Clock; c.Steady || c.Offset < 3_590_000 {
		t.Errorf("two clocks answer, most of them an hour ahead; found %+v", c)
	}
}

func TestLatencyOfAcknowledgements(t *testing.T) {
	r := newRecording()
	if l := conditions(r.ev).Acknowledgement; l != (Latency{}) {
		t.Errorf("%+v", l)
	}
	for i := range 100 {
		x := r.sent("", "init", contract.HIP, contract.Init, 202, `{}`)
		x.Times.ResponseLast = x.Times.RequestFirst + time.Duration(i+1)*1_040_000
	}
	r.sent("", "init", contract.HIP, contract.Init, 400, `{}`).Times.ResponseLast += time.Hour // a refusal acknowledges nothing
	r.sent("", "", contract.HIP, "", 200, `{}`).Times.ResponseLast += time.Hour                // nor does a login
	if l := conditions(r.ev).Acknowledgement; l != (Latency{Count: 100, P50: 52, P95: 98.8, Max: 104}) {
		t.Errorf("%+v", l)
	}
}

func TestConditionsThatTheRunRecorded(t *testing.T) {
	r := newRecording()
	if c := conditions(r.ev); c.Addresses == nil || c.TLS != nil || c.OS != "" {
		t.Errorf("nothing was recorded, and the conditions are %+v", c)
	}
	r.ev.Conditions = &journal.Conditions{OS: "plan9", Concurrency: 7, Rate: 0.5, Addresses: []string{"192.0.2.1"}, TLS: &journal.TLS{Version: "TLS 1.3"}}
	if c := conditions(r.ev); c.OS != "plan9" || c.Concurrency != 7 || c.Rate != 0.5 || c.Addresses[0] != "192.0.2.1" || c.TLS.Version != "TLS 1.3" {
		t.Errorf("%+v", c)
	}
}
