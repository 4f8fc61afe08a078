package suites

import (
	"math"
	"net/http"
	"slices"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// Conditions are the circumstances of the run: what the verdict does not depend on, and a reader of it may ask for.
type Conditions struct {
	// OS, Arch, Go, Concurrency, Rate, Addresses and TLS were recorded by the run: see journal.Conditions. They are empty
	// where it was cut off before it recorded them.
	OS          string   `json:"os"`
	Arch        string   `json:"arch"`
	Go          string   `json:"go"`
	Concurrency int      `json:"concurrency"`
	Rate        float64  `json:"rate"`
	Addresses   []string `json:"addresses"`
	TLS         *TLS     `json:"tls,omitempty"`
	// Clock compares the subject's clock with ours; nil where no answer had a Date header.
	Clock *Clock `json:"clock,omitempty"`
	// Acknowledgement is how long the subject took to acknowledge what it accepted.
	Acknowledgement Latency `json:"acknowledgement"`
}

// TLS is how the first connection to the subject was secured.
type TLS struct {
	Version string    `json:"version"`
	Cipher  string    `json:"cipher"`
	Issuer  string    `json:"issuer"`
	Expires time.Time `json:"expires"`
}

// Clock is how far the subject's clock is from ours, by the Date headers of its answers.
type Clock struct {
	// Offset is in milliseconds, positive where the subject's clock is ahead; Within is how exactly that is known.
	Offset int64 `json:"offset_ms"`
	Within int64 `json:"within_ms"`
	// Steady says that one offset explains every answer; where none does, Offset is the middle one of all.
	Steady bool `json:"steady"`
}

// Latency are times in milliseconds, from the first byte sent to the last byte received.
type Latency struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50_ms"`
	P95   float64 `json:"p95_ms"`
	Max   float64 `json:"max_ms"`
}

// conditions gathers what the run recorded and what its exchanges tell.
func conditions(ev *journal.Evidence) Conditions {
	c := Conditions{Addresses: []string{}, Clock: clockOf(ev.Exchanges), Acknowledgement: acknowledged(ev.Exchanges)}
	if k := ev.Conditions; k != nil {
		c.OS, c.Arch, c.Go, c.Concurrency, c.Rate = k.OS, k.Arch, k.Go, k.Concurrency, k.Rate
		c.Addresses = append(c.Addresses, k.Addresses...)
		if k.TLS != nil {
			secured := TLS(*k.TLS)
			c.TLS = &secured
		}
	}
	return c
}

// clockOf finds the offset of the subject's clock. A Date header names the second in which the answer was written, and
// that was between the last byte of the request and the first byte of the response: each answer bounds the offset from
// both sides, and many answers bound it closely.
func clockOf(all []*journal.Exchange) *Clock {
	var middles []time.Duration
	low, high := time.Duration(math.MinInt64), time.Duration(math.MaxInt64)
	for _, x := range all {
		if x.Direction != journal.Sent || x.Response == nil || x.Times.RequestLast == 0 || x.Times.ResponseFirst == 0 {
			continue
		}
		theirs, err := http.ParseTime(header(x.Response.Header, "Date"))
		if err != nil {
			continue
		}
		if theirs.Sub(x.Started).Abs() > maxOffset {
			continue
		}
		ours := func(at time.Duration) time.Time { return x.Started.Add(at - x.Times.RequestFirst) }
		least, most := theirs.Sub(ours(x.Times.ResponseFirst)), theirs.Add(time.Second).Sub(ours(x.Times.RequestLast))
		low, high = max(low, least), min(high, most)
		middles = append(middles, least+(most-least)/2)
	}
	switch {
	case len(middles) == 0:
		return nil
	case low <= high:
		return &Clock{Offset: (low + (high-low)/2).Milliseconds(), Within: (high - low + time.Millisecond).Milliseconds() / 2, Steady: true}
	}
	slices.Sort(middles)
	return &Clock{Offset: middles[len(middles)/2].Milliseconds(), Within: (low - high).Milliseconds()}
}

// maxOffset is beyond what any clock shows that runs: such a date is no time but a constant.
const maxOffset = 100 * 365 * 24 * time.Hour

// header is the first value of a header, by its canonical name; "" where there is none.
func header(h map[string][]string, name string) string {
	if len(h[name]) == 0 {
		return ""
	}
	return h[name][0]
}

// acknowledged are the times that the subject took to accept messages.
func acknowledged(all []*journal.Exchange) Latency {
	var took []time.Duration
	for _, x := range all {
		if _, ok := contract.EndpointNamed(x.Endpoint); ok && x.Direction == journal.Sent && Accepted(x) {
			took = append(took, x.Times.ResponseLast-x.Times.RequestFirst)
		}
	}
	if len(took) == 0 {
		return Latency{}
	}
	slices.Sort(took)
	at := func(share float64) float64 { // nearest rank
		return tenths(took[max(0, int(math.Ceil(share*float64(len(took))))-1)])
	}
	return Latency{Count: len(took), P50: at(0.50), P95: at(0.95), Max: at(1)}
}

// tenths is a duration in milliseconds with one digit after the point.
func tenths(d time.Duration) float64 {
	return math.Round(float64(d)/float64(100*time.Microsecond)) / 10
}
