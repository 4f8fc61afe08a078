package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// Flows with a CM inside the subject, by how the patient proves who he is and how that must end.
const (
	insideModes   = "combined/fetch-modes/*|combined/session/*"
	insideGranted = "combined/flow/*/mobile-otp/*/granted|combined/flow/*/aadhaar-otp/*/granted|combined/flow/*/demographics/*/granted"
	insideError   = "combined/flow/*/*/*/error"
	insideConfirm = "combined/confirm/..."
)

// granting are the flows of a purpose that end with a grant by on-confirm.
func granting(purpose string) string {
	return strings.ReplaceAll(insideGranted, "/*/granted", "/"+purpose+"/granted")
}

// came calls judge for every callback of an endpoint that reached our bridges, with the request that it answers.
func came(c *suites.C, answer string, judge func(f *suites.Flow, request, callback *journal.Exchange)) {
	asked := contract.MustEndpoint(answer).Answers
	c.Each(func(f *suites.Flow) {
		seen, refused := 0, 0
		for _, request := range f.SentTo(asked) {
			if suites.Refused(request) { // where it may be refused at once, nothing follows
				refused++
			}
			for _, callback := range suites.Answers(f, request) {
				if callback.Endpoint == answer {
					seen++
					judge(f, request, callback)
				}
			}
		}
		if seen == 0 && refused == 0 {
			c.Blocked(f, "no "+answer+" came in it")
		}
	})
}

// ends judges that every request of those endpoints is answered once, and by an error or by none as it must be.
func ends(endpoint string, well bool, hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			all := f.SentTo(endpoint)
			if len(all) == 0 {
				c.Blocked(f, "")
			}
			for _, x := range all {
				if !suites.Accepted(x) {
					c.Blocked(f, suites.Answered(x))
					continue
				}
				for _, callback := range c.Answer(f, x, hint) {
					told := suites.IsError(callback)
					switch {
					case well && told:
						c.Find(suites.Finding{Pointer: "/error", Expected: callback.Endpoint + " with auth and no error", Received: suites.Shown(suites.Member(callback, "/error")), Exchange: callback.ID, Hint: hint})
					case !well && !told:
						c.Find(suites.Finding{Pointer: "/error", Expected: callback.Endpoint + " with an error and no auth", Received: callback.Endpoint + " without an error, or with auth beside it", Exchange: callback.ID, Hint: hint})
					}
				}
			}
		})
	}
}

// ungranted judges that the confirm with which a flow probes is refused with a 4xx or answered by an error, and never by a grant.
func ungranted(hint string) func(*suites.C) {
	return func(c *suites.C) {
		c.EachProbe(func(f *suites.Flow, x *journal.Exchange) {
			c.Judged(1)
			find := func(received, exchange string, marks ...suites.Mark) {
				c.Find(suites.Finding{Expected: "400, or 202 and on-confirm with an error", Received: received, Exchange: exchange, Hint: hint}, marks...)
			}
			answers := suites.Answers(f, x)
			switch {
			case !suites.Accepted(x) && (suites.Status(x) < 400 || suites.Status(x) >= 500):
				find(suites.Answered(x), x.ID)
			case suites.Accepted(x) && len(answers) == 0:
				find(suites.Answered(x)+", and then silence", x.ID, suites.Missing(x, c.Patience()))
			}
			for _, callback := range answers {
				if !suites.IsError(callback) {
					find(callback.Endpoint+" without an error, or with auth beside it", callback.ID)
				}
			}
		})
	}
}

// alone judges that a callback keeps its schema and holds auth or an error, not both and not neither.
func alone(answer string) func(*suites.C) {
	return func(c *suites.C) {
		came(c, answer, func(_ *suites.Flow, _, callback *journal.Exchange) {
			hint := "Answer with auth or with error, built after the schema of " + answer + "."
			c.Expect(callback).To(suites.BeValid(), hint)
			auth, told := there(callback, "/auth"), there(callback, "/error")
			if auth == told {
				received := "neither"
				if auth {
					received = "both"
				}
				c.Find(suites.Finding{Expected: "exactly one of auth and error", Received: received, Exchange: callback.ID, Hint: hint})
			}
		})
	}
}

// there says whether a member is there and not null.
func there(x *journal.Exchange, pointer string) bool {
	value := suites.Member(x, pointer)
	return len(value) > 0 && string(value) != "null"
}

// addressedToAsker judges the routing header of a callback by the CM inside.
func addressedToAsker(c *suites.C, answer string) {
	came(c, answer, func(_ *suites.Flow, request, callback *journal.Exchange) {
		c.Expect(callback).To(suites.BeAddressedTo(request.Player, c.Identity(request.Player)), "Send X-HIP-ID or X-HIU-ID as requester.type says, with requester.id, and not the other one.")
	})
}

// answersItsRequest judges that callbacks name the request which they answer; one that names another is in no conversation.
func answersItsRequest(c *suites.C, answer string) {
	asked := contract.MustEndpoint(answer).Answers
	c.Each(func(f *suites.Flow) {
		for _, request := range f.SentTo(asked) {
			if !suites.Accepted(request) {
				c.Blocked(f, suites.Answered(request))
				continue
			}
			if len(suites.Answers(f, request)) > 0 {
				c.Judged(1)
				continue
			}
			strays := c.Strays(request, answer)
			if len(strays) == 0 {
				c.Blocked(f, "no "+answer+" came in it")
				continue
			}
			c.Judged(1)
			c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: fmt.Sprintf("%s, the requestId of the %s that our %s sent (%s)", suites.Text(request, "/requestId"), asked, request.Player, request.ID),
				Received: fmt.Sprintf("none; %s came with %s, which nobody has sent", answer, shownText(strays[0], "/resp/requestId")), Exchange: strays[0].ID,
				Hint: "Set resp.requestId to the requestId of the request as the bridge sent it."})
		}
	})
}

// combined are the checks of what only a subject with a CM inside shows.
func combined() {
	It("answers a request once, at the bridge that asked, where the CM is inside", suites.Check("AUTH-GW-002", inside, func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			for _, endpoint := range []string{contract.FetchModes, contract.Init, contract.Confirm} {
				for _, x := range f.SentTo(endpoint) {
					if !suites.Accepted(x) {
						c.Blocked(f, suites.Answered(x))
						continue
					}
					c.Answer(f, x, "Send one callback for each accepted request to the party that asked, with resp.requestId as it asked.")
				}
			}
		})
	}))
	Describe("The CM inside the subject", func() {
		It("tells the modes of a patient whom it knows, once", suites.Check("AUTH-FM-010", insideModes,
			ends(contract.FetchModes, true, "Answer fetch-modes for a patient whom you know with one on-fetch-modes that holds auth.")))
		It("answers fetch-modes for a patient whom it does not know with an error", suites.Check("AUTH-FM-011", "combined/unknown-patient/fetch-modes/*",
			ends(contract.FetchModes, false, "Answer fetch-modes for a patient whom you do not know with one on-fetch-modes that holds error and no auth.")))
		It("answers init for a patient whom it does not know with an error", suites.Check("AUTH-INIT-013", "combined/unknown-patient/init/*",
			ends(contract.Init, false, "Answer init for a patient whom you do not know with one on-init that holds error and no auth.")))
		It("sends on-fetch-modes with auth or an error", suites.Check("AUTH-OFM-001", insideModes+"|combined/unknown-patient/fetch-modes/*", alone(contract.OnFetchModes)))
		It("tells the purpose for which the modes were asked", suites.Check("AUTH-OFM-002", insideModes, func(c *suites.C) {
			came(c, contract.OnFetchModes, func(_ *suites.Flow, request, callback *journal.Exchange) {
				c.Judged(1)
				if want := suites.Text(request, "/query/purpose"); there(callback, "/auth") && suites.Text(callback, "/auth/purpose") != want {
					c.Find(suites.Finding{Pointer: "/auth/purpose", Expected: want + ", the purpose of the query", Received: shownText(callback, "/auth/purpose"), Exchange: callback.ID, Hint: "Copy query.purpose to auth.purpose."})
				}
			})
		}))
		It("offers modes that the document knows", suites.Check("AUTH-OFM-003", insideModes, func(c *suites.C) {
			came(c, contract.OnFetchModes, func(_ *suites.Flow, _, callback *journal.Exchange) {
				c.Judged(1)
				if there(callback, "/auth") && len(suites.Texts(callback, "/auth/modes")) == 0 {
					c.Find(suites.Finding{Pointer: "/auth/modes", Expected: "the modes that the subject declares for its patient", Received: "none", Exchange: callback.ID, Hint: "Offer the modes by which the patient can be authenticated; where there is none, answer with an error."})
				}
				for _, mode := range suites.Texts(callback, "/auth/modes") {
					if !slices.Contains(contract.Modes, mode) {
						c.Find(suites.Finding{Pointer: "/auth/modes", Expected: "modes among " + strings.Join(contract.Modes, ", "), Received: fmt.Sprintf("%q", mode), Exchange: callback.ID, Hint: "Leave out modes that the document does not list."})
					}
				}
			})
		}))
		It("addresses on-fetch-modes to the requester", suites.Check("AUTH-OFM-004", insideModes+"|combined/unknown-patient/fetch-modes/*", func(c *suites.C) { addressedToAsker(c, contract.OnFetchModes) }))
		It("names the fetch-modes that on-fetch-modes answers", suites.Check("AUTH-OFM-005", insideModes+"|combined/unknown-patient/fetch-modes/*", func(c *suites.C) { answersItsRequest(c, contract.OnFetchModes) }))
	})
	combinedSessions()
	combinedGrants()
	combinedDecisions()
	combinedFacing()
}

func combinedSessions() {
	const inits = "combined/flow/...|combined/two-inits/*|combined/unknown-patient/init/*"
	Describe("The CM inside the subject, asked to init", func() {
		It("gives two sessions two transactionIds", suites.Check("AUTH-INIT-014", "combined/two-inits/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				all := f.Received(contract.OnInit, contract.HIP)
				if len(all) < 2 {
					c.Blocked(f, "")
					return
				}
				c.Judged(1)
				if id := suites.Text(all[0], "/auth/transactionId"); id != "" && id == suites.Text(all[1], "/auth/transactionId") {
					c.Find(suites.Finding{Pointer: "/auth/transactionId", Expected: "an id that no other session has", Received: fmt.Sprintf("%q, which %s has too", id, all[0].ID), Exchange: all[1].ID,
						Hint: "Mint a transactionId for every init, at random."})
				}
			})
		}))
		It("sends on-init with auth or an error", suites.Check("AUTH-OINIT-001", inits, alone(contract.OnInit)))
		It("addresses on-init to the requester", suites.Check("AUTH-OINIT-002", inits, func(c *suites.C) { addressedToAsker(c, contract.OnInit) }))
		It("names the init that on-init answers", suites.Check("AUTH-OINIT-002", inits, func(c *suites.C) { answersItsRequest(c, contract.OnInit) }))
		It("tells an expiry that is still to come", suites.Check("AUTH-OINIT-003", "combined/flow/...|combined/two-inits/*", func(c *suites.C) {
			came(c, contract.OnInit, func(_ *suites.Flow, _, callback *journal.Exchange) {
				c.Judged(1)
				ahead(c, callback, "/auth/meta/expiry", "Write meta.expiry as RFC 3339 in UTC, and let a session live long enough for the patient to answer.")
			})
		}))
	})
}

// ahead judges that a time, where it is told, can be read and is later than its message.
func ahead(c *suites.C, x *journal.Exchange, pointer, hint string) {
	if !there(x, pointer) {
		return
	}
	at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(suites.Text(x, pointer)))
	if err != nil || !at.After(x.Started) {
		c.Find(suites.Finding{Pointer: pointer, Expected: "a date-time with a zone, after the message itself", Received: shownText(x, pointer), Exchange: x.ID, Hint: hint})
	}
}
