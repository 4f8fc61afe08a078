package gateway

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// taken judges one message that the subject sent to our player: a POST of JSON that the player takes.
func taken(c *suites.C, x *journal.Exchange) {
	formed(c, x)
	if x.Endpoint == "" {
		return
	}
	if suites.Status(x) >= http.StatusBadRequest && x.Request.Method == http.MethodPost {
		why := ""
		if x.Response != nil {
			why = suites.MemberText(x.Response.Body.JSON, "/error/message")
		}
		c.Find(suites.Finding{Expected: "a message that a conforming receiver takes", Received: fmt.Sprintf("our %s refused it with %d: %s", x.Player, suites.Status(x), why), Exchange: x.ID,
			Hint: "Read what our player answered: it refuses only what breaks the contract."})
	}
}

// formed judges the form of one message that the subject sent to our player: a POST of JSON at a path of the contract.
func formed(c *suites.C, x *journal.Exchange) {
	c.Judged(1)
	find := func(expected, received, hint string) {
		c.Find(suites.Finding{Expected: expected, Received: received, Exchange: x.ID, Hint: hint})
	}
	if x.Request.Method != http.MethodPost {
		find("POST", x.Request.Method+" "+x.Request.URL, "Send every message with POST.")
	}
	contentType := strings.Join(x.Request.Header["Content-Type"], ", ")
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		find("Content-Type: application/json", fmt.Sprintf("Content-Type: %s", shownOr(contentType, "none")), "Say what the body is: Content-Type: application/json.")
	}
	if _, query, asked := strings.Cut(x.Request.URL, "?"); asked {
		find("the path of the operation and no query", "the query "+suites.Shown([]byte(query)), "Append the path of the operation to the base URL, and nothing else: the contract has no query, and a query ends up in logs.")
	}
	if x.Endpoint == "" {
		find("a path of the contract below the base URL of our "+shownOr(string(x.Player), "players"), x.Request.URL,
			"Append the path of the operation, /v0.5/users/auth/…, to the base URL under which the party is registered, and nothing else.")
	}
}

func shownOr(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

func deliveries() {
	Describe("A message of the gateway", func() {
		It("is a POST of JSON that a conforming receiver takes", suites.Check("AUTH-GW-035", conversations, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) { taken(c, x) })
		}))
		It("is a POST of JSON at a path of the contract where it tells an error, too", suites.Check("AUTH-GW-035", cmDown, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				c.Judged(1) // that an error callback came is the matter of other requirements
				for _, x := range f.Deliveries() {
					if x.Player != contract.CM && suites.IsError(x) { // what it says is the matter of other requirements
						formed(c, x)
					}
				}
			})
		}))
		It("holds no access token of another party anywhere", suites.Check("AUTH-GW-006", conversations, func(c *suites.C) {
			emitted(c, func(_ *suites.Flow, x *journal.Exchange) {
				c.Judged(1)
				for _, place := range x.Facts.ForeignTokens {
					c.Find(suites.Finding{Expected: "no access token but the gateway's own", Received: "an access token that was issued to a party of ours, in " + place, Exchange: x.ID,
						Hint: "Pass on none of the caller's credentials, in no header and no member."})
				}
			})
		}))
	})
	It("is accepted in chunks", suites.Check("AUTH-GEN-033", "lawful/chunked/*", permitted("Read a body with Transfer-Encoding: chunked (RFC 9112, 7.1): its length need not be known.")))
	It("refuses auth and error, or two credentials, at once", suites.Check("AUTH-GEN-034", "invalid/*/prose:both-*", refused("Take one of auth and error, and one credential; what has both says nothing.")))
	It("answers two requests about one patient each with its own callback", suites.Check("AUTH-GEN-028", "same-patient/...", func(c *suites.C) {
		c.Each(func(f *suites.Flow) {
			endpoint := f.Note(scenario.NoteEndpoint)
			answer := contract.MustEndpoint(endpoint).Callback
			for _, x := range f.SentTo(endpoint) {
				if !suites.Accepted(x) {
					c.Blocked(f, suites.Answered(x))
					continue
				}
				c.Judged(1)
				var mine []*journal.Exchange
				for _, callback := range f.Received(answer, x.Player) {
					if suites.SameID(suites.Text(callback, "/resp/requestId"), suites.Text(x, "/requestId")) {
						mine = append(mine, callback)
					}
				}
				if len(mine) != 1 {
					marks := suites.Copies(mine)
					if len(mine) == 0 {
						marks = []suites.Mark{suites.Missing(x, c.Patience())}
					}
					c.Find(suites.Finding{Pointer: "/resp/requestId", Expected: "one " + answer + " for this request", Received: fmt.Sprintf("%d", len(mine)), Exchange: x.ID,
						Hint: "Correlate by requestId, never by patient: a patient may be asked about twice."}, marks...)
				}
			}
		})
	}))
}
