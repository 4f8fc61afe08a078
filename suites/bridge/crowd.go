package bridge

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

const apart = "Keep everything that belongs to a session by its transactionId, and nothing where another session can read it."

func (s specs) crowds() {
	Describe("Interleaved conversations", func() {
		s.It("are each confirmed once, with the code of their own patient", "AUTH-GEN-028", "twist/crowd", func(c *suites.C) {
			eachTransactionOnce(c, scenario.CrowdSize)
			c.Each(func(f *suites.Flow) {
				ownCodes(c, f)
				ownTokens(c, f)
			})
		})
		if s.role == contract.HIP { // a HIU is granted no token
			s.It("about one patient each have their own grant", "AUTH-GEN-028", "twist/twins", func(c *suites.C) {
				c.Each(func(f *suites.Flow) {
					if why := stuck(c, f); why != "" {
						c.Blocked(f, why)
						return
					}
					c.Judged(1)
					ownTokens(c, f)
				})
			})
		}
		s.It("share no id", "AUTH-GEN-028", begun, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, x := range f.Deliveries() {
					c.Judged(1)
					if len(x.Conflicts) > 0 {
						c.Find(suites.Finding{Expected: "ids of one conversation only", Received: suites.Mixed(x), Exchange: x.ID, Hint: apart}, suites.Marks(suites.MarkMixed, nil, x)...)
					}
				}
			})
		})
	})
}

// ownCodes judges that each confirm carries what the patient of its transaction entered.
func ownCodes(c *suites.C, f *suites.Flow) {
	for _, x := range of(f, contract.Confirm) {
		patient := patientOf(f, suites.Text(x, "/transactionId"))
		want := suites.MemberText(json.RawMessage(f.Note(scenario.NoteCredential+" "+patient)), "/authCode")
		if patient == "" || want == "" { // judged by AUTH-CONF-001
			continue
		}
		c.Judged(1)
		if got := suites.Text(x, "/credential/authCode"); got != want {
			c.Find(suites.Finding{Pointer: "/credential/authCode", Expected: "what the patient of this transaction entered: " + want, Received: shown(x, "/credential/authCode"), Exchange: x.ID, Hint: apart})
		}
	}
}

// patientOf is the patient about whom a transaction is, "" where no on-init has named it.
func patientOf(f *suites.Flow, transaction string) string {
	for _, o := range f.SentTo(contract.OnInit) {
		if suites.Text(o, "/auth/transactionId") != transaction {
			continue
		}
		for _, asked := range of(f, contract.Init) {
			if suites.SameID(suites.Text(asked, "/requestId"), suites.Text(o, "/resp/requestId")) {
				return suites.Text(asked, "/query/id")
			}
		}
	}
	return ""
}

// ownTokens judges that no session spends the token of another: that one token is spent twice, and another not at all. How
// often a token may be spent is judged by AUTH-OCONF-016.
func ownTokens(c *suites.C, f *suites.Flow) {
	spent, unspent := map[string]*journal.Exchange{}, grants(f)
	for _, x := range linkings(f) {
		delete(unspent, suites.Text(x, "/link/accessToken"))
	}
	for _, x := range linkings(f) {
		c.Judged(1)
		token := suites.Text(x, "/link/accessToken")
		if earlier := spent[token]; earlier != nil && len(unspent) > 0 {
			c.Find(suites.Finding{Pointer: "/link/accessToken", Expected: "a token of its own for each session", Received: "the token that " + earlier.ID + " has spent", Exchange: x.ID, Hint: apart})
		}
		spent[token] = x
	}
}
