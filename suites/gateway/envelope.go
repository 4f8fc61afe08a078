package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/schemas"
	"abdm.example/conformance/suites"
)

// emitted calls judge for every message that the subject sent to a player of ours.
func emitted(c *suites.C, judge func(f *suites.Flow, x *journal.Exchange)) {
	c.Each(func(f *suites.Flow) {
		deliveries := f.Deliveries()
		if len(deliveries) == 0 {
			c.Blocked(f, "the subject sent nothing in it")
		}
		for _, x := range deliveries {
			judge(f, x)
		}
	})
}

// clockTolerance is how far an emitted timestamp may be from our clock (AUTH-GEN-014).
const clockTolerance = 60 * time.Second

func envelope() {
	Describe("What the gateway sends", func() {
		It("has a requestId that is a UUID and was never used before", suites.Check("AUTH-GEN-012", conversations, func(c *suites.C) {
			first := map[string]*journal.Exchange{}
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				id := strings.ToLower(suites.Text(x, "/requestId"))
				const hint = "Give every HTTP request a fresh UUID as requestId, also the second hop of a message."
				if !isUUID(id) {
					c.Find(suites.Finding{Pointer: "/requestId", Expected: "a UUID", Received: shownText(x, "/requestId"), Exchange: x.ID, Hint: hint})
					return
				}
				if earlier := first[id]; earlier != nil {
					c.Find(suites.Finding{Pointer: "/requestId", Expected: "a nonce, unique for each HTTP request",
						Received: fmt.Sprintf("%s, which %s (%s) has had before", id, earlier.ID, earlier.Endpoint), Exchange: x.ID, Hint: hint})
					return
				}
				first[id] = x
			})
		}))
		It("has a requestId of its own where it tells an error", suites.Check("AUTH-GEN-012", cmDown+"|"+cmAbsent, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				c.Judged(1) // that an error came is the matter of other requirements
				for _, x := range f.Deliveries() {
					if x.Player == contract.CM || !suites.IsError(x) {
						continue
					}
					for _, other := range f.Exchanges {
						if other != x && other.Times.RequestFirst <= x.Times.RequestFirst && suites.SameID(suites.Text(other, "/requestId"), suites.Text(x, "/requestId")) {
							c.Find(suites.Finding{Pointer: "/requestId", Expected: "a nonce, unique for each HTTP request", Received: fmt.Sprintf("the requestId of %s (%s)", other.Endpoint, other.ID), Exchange: x.ID,
								Hint: "Give an error callback a fresh UUID as requestId; the id of the request that failed belongs into resp.requestId."})
							break
						}
					}
				}
			})
		}))
		It("has another requestId when it tries again what a bridge refused", suites.Check("AUTH-GEN-012", "bridge-down/500/*/*|bridge-down/recover/*", func(c *suites.C) {
			c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				seen := map[string]string{}
				for _, d := range f.Received(x.Endpoint, contract.HIP) {
					id := strings.ToLower(suites.Text(d, "/requestId"))
					if first := seen[id]; first != "" {
						c.Find(suites.Finding{Pointer: "/requestId", Expected: "a nonce, unique for each HTTP request", Received: fmt.Sprintf("%s, which the try before (%s) had", id, first), Exchange: d.ID,
							Hint: "A further try is another HTTP request: give it a requestId of its own, or a bridge that guards against replays refuses it."})
						continue
					}
					seen[id] = d.ID
				}
			})
		}))
		zoned := func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				if suites.Text(x, "/timestamp") == "" && x.Scenario != "" && scenario.Matches(cmDown, x.Scenario) {
					return // an error callback without timestamp is judged by AUTH-GW-027
				}
				if !schemas.IsDateTime(suites.Text(x, "/timestamp")) {
					tolerance := ""
					if suites.ZoneLess(suites.Text(x, "/timestamp")) {
						tolerance = "D06"
					}
					c.Find(suites.Finding{Pointer: "/timestamp", Expected: "a date-time in UTC such as 2026-01-02T03:04:05.678Z",
						Received: shownText(x, "/timestamp"), Exchange: x.ID, Tolerance: tolerance,
						Hint: "Write every timestamp as RFC 3339 in UTC, with milliseconds and Z."})
				}
			})
		}
		It("has a timestamp that is a date-time with a zone", suites.Check("AUTH-GEN-013", conversations, zoned))
		It("has a timestamp that is a date-time with a zone in error callbacks too", suites.Check("AUTH-GEN-013", cmDown, zoned))
		It("has a timestamp within a minute of its arrival", suites.Check("AUTH-GEN-014", conversations+"|"+cmDown, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(suites.Text(x, "/timestamp")))
				if err != nil {
					c.Judged(1) // judged by AUTH-GEN-013
					return
				}
				c.Judged(1)
				if skew := x.Started.Sub(at); skew.Abs() > clockTolerance {
					c.Find(suites.Finding{Pointer: "/timestamp", Expected: "the time of sending, within 60 s of ours", Received: suites.Drift(skew),
						Exchange: x.ID, Hint: "Stamp each message when it is sent, from a clock that NTP keeps; a constant offset of hours points to a local time written as UTC."})
				}
			})
		}))
		It("holds no null", suites.Check("AUTH-GEN-017", conversations, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				for _, pointer := range suites.Nulls(x.Request.Body.JSON) {
					tolerance := ""
					if suites.DeployedNull(x, pointer) {
						tolerance = "D06"
					}
					c.Find(suites.Finding{Pointer: pointer, Expected: "no member, or a value: no schema of the document is nullable", Received: "null", Exchange: x.ID, Tolerance: tolerance,
						Hint: "Leave out what has no value."})
				}
			})
		}))
		It("may carry CORRELATION-ID and X-ORIGIN-ID", suites.Check("AUTH-GW-008", conversations, func(c *suites.C) {
			seen := map[string]bool{}
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				for _, name := range []string{"Correlation-Id", "X-Origin-Id"} {
					if len(x.Request.Header[name]) > 0 {
						seen[name+" to the "+string(x.Player)] = true
					}
				}
			})
			c.Variant("it sends " + listOf(seen))
		}))
		It("keeps the schema of its message", suites.Check("AUTH-GW-033", conversations, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				if x.Endpoint == "" {
					return
				}
				c.Expect(x).To(suites.BeValid(), "Send on what was valid when you received it; build what you write yourself after the schema.")
			})
		}))
	})
}

// listOf names the members of a set in order.
func listOf(set map[string]bool) string {
	if len(set) == 0 {
		return "neither"
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
