package bridge

import (
	"fmt"
	"strconv"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

func (s specs) grants() {
	Describe("An access token", func() {
		s.It("is spent verbatim", "AUTH-OCONF-010", begun, verbatim)
		s.It("is spent whatever it looks like", "AUTH-OCONF-010", "twist/opaque-token/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				spent(c, f, "links/link/add-contexts with the token that was granted, though it is no JWT", "The access token is opaque: keep it as the text that it is, and read nothing from it.")
			})
		})
		s.It("of an earlier conversation is not spent where on-confirm tells an error", "AUTH-OCONF-011", "twist/error/on-confirm|twist/error-after-grant|twist/deployed-error/on-confirm", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				from := since(f)
				if f.Note(scenario.NotePurpose) == contract.KYC {
					c.Lacking("no access token is granted for purpose KYC")
					return
				}
				if !keepsTokens(c) && (from == 0 || len(f.SentTo(contract.OnConfirm)) < 2) {
					c.Blocked(f, "")
					return
				}
				unlinked(c, f, &journal.Exchange{Times: journal.Times{RequestFirst: from}}, "nothing linked in a conversation that failed", noGrant)
			})
		})
		if s.role == contract.HIP {
			s.It("is spent once though on-confirm comes twice", "AUTH-OCONF-014", "twist/again/on-confirm/*", func(c *suites.C) {
				c.Each(func(f *suites.Flow) { once(c, f, repeatedGrant) })
			})
		}
		s.It("is not spent after validity.expiry", "AUTH-OCONF-016", "twist/expired/token/*", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				endpoint := f.Note(scenario.NoteEndpoint)
				unlinkedAfter(c, f, endpoint, "nothing linked: auth.validity.expiry has passed", "Compare auth.validity.expiry with the clock before you spend the token.")
			})
		})
		s.It("is spent no more often than validity.limit says", "AUTH-OCONF-016", begun, limited)
	})
	s.It("A second on-confirm does no harm", "AUTH-OCONF-014", "twist/again/on-confirm/*", func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			if f.Sent(scenario.StepCopy) == nil {
				c.Blocked(f, stuck(c, f))
				return
			}
			survives(c, f, scenario.StepCopy, repeatedGrant)
		})
	})
}

const repeatedGrant = "Take the second on-confirm for what it is: acknowledge it, and do nothing that the first has brought about."

const noGrant = "Link only with the token of a grant of this very conversation: an error grants nothing, and what was granted before is used up."

// verbatim judges that every links/link/add-contexts spends a token that was granted in its conversation.
func verbatim(c *suites.C) {
	const hint = "Put auth.accessToken into link.accessToken as it came: whole, without Bearer, and that of this conversation."
	wrong := func(x *journal.Exchange, expected string) {
		c.Find(suites.Finding{Pointer: "/link/accessToken", Expected: expected, Received: shown(x, "/link/accessToken"), Exchange: x.ID, Hint: hint})
	}
	spends := false
	c.Each(func(f *suites.Flow) {
		for _, x := range linkings(f) {
			spends = true
			c.Judged(1)
			if _, granted := grants(f)[suites.Text(x, "/link/accessToken")]; !granted {
				wrong(x, "an access token that was granted in this conversation")
			}
		}
	})
	for _, x := range c.Orphans() {
		if isLinking(x) {
			spends = true
			c.Judged(1)
			wrong(x, "an access token that was granted")
		}
	}
	if !spends && keepsTokens(c) {
		c.LackingThroughout(neverLinks)
	}
}

// grants are the messages of a flow that granted an access token and were accepted, by token.
func grants(f *suites.Flow) map[string]*journal.Exchange {
	all := map[string]*journal.Exchange{}
	for _, endpoint := range []string{contract.OnConfirm, contract.Notify} {
		for _, x := range f.SentTo(endpoint) {
			if token := suites.Text(x, "/auth/accessToken"); token != "" {
				all[token] = x
			}
		}
	}
	return all
}

// spent judges that the subject linked in a granted conversation, where it links at all.
func spent(c *suites.C, f *suites.Flow, expected, hint string) {
	switch {
	case len(linkings(f)) > 0:
		c.Judged(1)
	case keepsTokens(c):
		c.LackingThroughout(neverLinks)
	case stuck(c, f) != "" || !linksAtAll(c):
		c.Blocked(f, stuck(c, f))
	case f.Scenario.Status == journal.Blocked:
		c.Judged(1)
		c.Find(suites.Finding{Expected: expected, Received: f.Scenario.Reason, Exchange: last(f), Hint: hint})
	default:
		c.Blocked(f, "")
	}
}

// once judges that the subject linked exactly once, where it links at all.
func once(c *suites.C, f *suites.Flow, hint string) {
	spent(c, f, "one links/link/add-contexts", hint)
	if all := linkings(f); len(all) > 1 {
		c.Find(suites.Finding{Expected: "one links/link/add-contexts", Received: strconv.Itoa(len(all)) + " of them", Exchange: all[1].ID, Hint: hint})
	}
}

// unlinkedAfter judges that nothing was linked after the first message at an endpoint.
func unlinkedAfter(c *suites.C, f *suites.Flow, endpoint, expected, hint string) {
	if f.Note(scenario.NotePurpose) == contract.KYC {
		c.Lacking("no access token is granted for purpose KYC")
		return
	}
	x := first(f.SentTo(endpoint))
	if x == nil {
		c.Blocked(f, "")
		return
	}
	unlinked(c, f, x, expected, hint)
}

// repeats are the flows in which a grant comes twice: what follows from that is judged by itself.
const repeats = "twist/again/..."

// limited judges how often each token is spent.
func limited(c *suites.C) {
	c.Each(func(f *suites.Flow) {
		if scenario.Matches(repeats, f.Name) {
			return
		}
		times := map[string]int{}
		for _, x := range linkings(f) {
			c.Judged(1)
			token := suites.Text(x, "/link/accessToken")
			grant := grants(f)[token]
			if grant == nil {
				continue
			}
			limit, err := strconv.Atoi(string(suites.Member(grant, "/auth/validity/limit")))
			if times[token]++; err == nil && times[token] > limit {
				c.Find(suites.Finding{Expected: fmt.Sprintf("at most %d links/link/add-contexts with this token", limit), Received: fmt.Sprintf("%d", times[token]), Exchange: x.ID,
					Hint: "auth.validity.limit says how often the token may be used: send all care contexts in one links/link/add-contexts."})
			}
		}
	})
	if keepsTokens(c) {
		c.LackingThroughout(neverLinks)
	}
}
