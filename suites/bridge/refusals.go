package bridge

import (
	"fmt"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// mostTries is how often a message may be sent while our gateway does not take it, in the time that a scenario watches
// (three quiet windows): a first time and five retries. More is no back-off.
const mostTries = 6

func (s specs) refusals() {
	Describe("Where the gateway does not take a message, the subject", func() {
		s.It("retries with a new requestId and timestamp, if at all", "AUTH-SEQ-009", "twist/gateway/*/500|twist/gateway/*/dropped|twist/gateway/*/slow", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				renewed(c, f)
				bounded(c, f, tries(c, f))
			})
		})
		s.It("goes on where the gateway is slow", "AUTH-SEQ-009", "twist/gateway/*/slow", endsAll("the conversation goes on when the gateway has answered", "Wait some seconds for the answer of the gateway before you give a request up."))
		s.It("logs in again after a 401 and sends the message once more", "AUTH-SEQ-010", "twist/gateway/*/401", s.loginAgain)
		s.It("does not try without end", "AUTH-SEQ-010", "twist/gateway/*/401-always|twist/gateway/*/400|twist/gateway/*/429", func(c *suites.C) {
			c.Each(func(f *suites.Flow) { bounded(c, f, tries(c, f)) })
		})
		s.It("does not ask without end where the callback tells an error", "AUTH-SEQ-010", "twist/error/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				endpoint := f.Note(scenario.NoteEndpoint)
				if f.Sent(endpoint) == nil {
					c.Blocked(f, stuck(c, f))
					return
				}
				bounded(c, f, lately(f, of(f, contract.MustEndpoint(endpoint).Answers)))
			})
		})
		s.It("ends the conversation after a 400 to confirm", "AUTH-SEQ-011", "twist/gateway/confirm/400", func(c *suites.C) {
			const hint = "Take a 400 to confirm for the end of the conversation: tell the person, and begin again with init."
			c.Each(func(f *suites.Flow) {
				all := lately(f, of(f, contract.Confirm))
				if len(all) == 0 {
					c.Blocked(f, stuck(c, f))
					return
				}
				c.Judged(1)
				if len(all) > 1 {
					c.Find(suites.Finding{Expected: "no further confirm after the 400", Received: strconv.Itoa(len(all)-1) + " more", Exchange: all[1].ID, Hint: hint})
				}
				if s.role == contract.HIP && f.Note(scenario.NotePurpose) != contract.KYC {
					unlinked(c, f, all[0], "nothing linked: confirm was refused with 400", hint)
				}
			})
		})
	})
}

// tries are what the subject sent to the endpoint at which our gateway did not take a message.
func tries(c *suites.C, f *suites.Flow) []*journal.Exchange {
	all := lately(f, of(f, f.Note(scenario.NoteEndpoint)))
	if len(all) == 0 {
		c.Blocked(f, stuck(c, f))
	}
	return all
}

// precision is how far apart two messages may be that lawfully have the same timestamp: some write whole seconds.
const precision = time.Second

// renewed judges that no two tries share their requestId or their timestamp.
func renewed(c *suites.C, f *suites.Flow) {
	all := tries(c, f)
	for i, x := range all {
		c.Judged(1)
		for _, earlier := range all[:i] {
			for _, pointer := range []string{"/requestId", "/timestamp"} {
				if pointer == "/timestamp" && x.Times.RequestFirst-earlier.Times.RequestFirst <= precision {
					continue
				}
				if suites.SameID(suites.Text(x, pointer), suites.Text(earlier, pointer)) {
					c.Find(suites.Finding{Pointer: pointer, Expected: "a new one for each try", Received: "that of " + earlier.ID, Exchange: x.ID,
						Hint: "Make the message anew for a retry: the gateway refuses a requestId that it has seen."})
				}
			}
		}
	}
}

// bounded judges that these are not too many tries.
func bounded(c *suites.C, f *suites.Flow, all []*journal.Exchange) {
	if len(all) == 0 {
		return
	}
	c.Judged(1)
	if len(all) > mostTries {
		took := all[len(all)-1].Times.RequestFirst - all[0].Times.RequestFirst
		c.Find(suites.Finding{Expected: fmt.Sprintf("at most %d tries while it is watched", mostTries), Received: fmt.Sprintf("%d %s within %s", len(all), all[0].Endpoint, took.Round(10*time.Millisecond)),
			Exchange: all[mostTries].ID, Hint: "Wait longer after each try, as Retry-After says where it is there, and give up after a few; do not retry what was refused with a 4xx or by an error callback."})
	}
}

// loginAgain judges that a message that met a 401 comes once more, with another token and anew. A subject whose token is
// fixed cannot log in.
func (s specs) loginAgain(c *suites.C) {
	if fixed := "identities." + string(s.role) + ".token"; c.Setting(fixed) == config.Set {
		c.Lacking("the subject sends a fixed token (" + fixed + " is set): it cannot log in again")
		return
	}
	const hint = "On a 401 log in again at POST <public-url>/v0.5/sessions and send the message once more with the new token and a new requestId."
	c.Each(func(f *suites.Flow) {
		all := tries(c, f)
		if len(all) == 0 {
			return
		}
		c.Judged(1)
		find := func(received string, x *journal.Exchange) {
			c.Find(suites.Finding{Expected: "the message once more, with a token of a new login", Received: received, Exchange: x.ID, Hint: hint})
		}
		switch {
		case len(all) == 1:
			find("nothing after the 401", all[0])
		case len(all) > 2:
			find(fmt.Sprintf("%d more", len(all)-1), all[2])
		case authorizationOf(all[1]) == authorizationOf(all[0]):
			find("it came once more, with the token that was refused", all[1])
		}
		renewed(c, f)
	})
}

// authorizationOf is the Authorization of a message, redacted.
func authorizationOf(x *journal.Exchange) string {
	if values := x.Request.Header["Authorization"]; len(values) > 0 {
		return values[0]
	}
	return ""
}
