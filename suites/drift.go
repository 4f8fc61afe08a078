package suites

import (
	"strings"
	"time"
)

// Drift says in words how far a timestamp lies from our clock; skew is our time less the timestamp.
func Drift(skew time.Duration) string {
	where := "behind"
	if skew < 0 {
		where = "ahead of"
	}
	unit := time.Second
	if skew.Abs() >= 10*time.Minute { // an offset of hours is a time zone: equal ones shall look equal
		unit = time.Minute
	}
	amount := skew.Abs().Round(unit).String()
	if unit == time.Minute {
		amount = strings.TrimSuffix(amount, "0s")
	}
	return "a timestamp " + amount + " " + where + " our clock"
}
