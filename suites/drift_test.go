package suites

import (
	"testing"
	"time"
)

func TestDriftSaysInWhichDirection(t *testing.T) {
	for skew, want := range map[time.Duration]string{
		-5*time.Hour - 29*time.Minute - 59*time.Second - 700*time.Millisecond: "a timestamp 5h30m ahead of our clock",
		90*time.Second + 300*time.Millisecond:                                 "a timestamp 1m30s behind our clock",
		time.Hour:                                                             "a timestamp 1h0m behind our clock",
	} {
		if got := Drift(skew); got != want {
			t.Errorf("%s: %q, want %q", skew, got, want)
		}
	}
}
