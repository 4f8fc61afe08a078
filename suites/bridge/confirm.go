package bridge

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// proofs are the flows in which the patient enters one credential, which the confirm must carry.
const proofs = "flow/...|twist/leading-zero/*|twist/wrong-code|twist/wrong-details|twist/other-mode/...|twist/entered/*"

func (s specs) confirms() {
	Describe("A confirm", func() {
		s.It("names the transaction of on-init, byte for byte", "AUTH-CONF-001", begun, transactions)
		s.It("follows on-init whatever id the transaction has", "AUTH-CONF-001", "twist/transaction/*/mobile-otp", func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for range came(c, f, contract.Confirm, "confirm with the transaction id "+f.Note(scenario.NoteKind), "Keep the transaction id as the text that it is: it need not be a UUID.") {
					c.Judged(1)
				}
			})
		})
		s.It("holds exactly one credential", "AUTH-CONF-002", begun, oneCredential)
		s.It("carries the code as the patient entered it", "AUTH-CONF-003", proofs, func(c *suites.C) {
			eachConfirm(c, []string{contract.MobileOTP, contract.AadhaarOTP}, func(f *suites.Flow, x *journal.Exchange) {
				compareEntered(c, f, x, "/credential/authCode", "/authCode", "Send the code as the string that the patient entered: a number loses its leading zeros, and nothing is encoded.")
			})
		})
		s.It("carries the demographic details as the document writes them", "AUTH-CONF-004", proofs, func(c *suites.C) {
			eachConfirm(c, []string{contract.Demographics}, func(f *suites.Flow, x *journal.Exchange) { details(c, f, x) })
		})
		s.It("carries a name in any script as the patient gave it", "AUTH-GEN-026", "twist/devanagari/demographics", nameInAnyScript)
		s.It("names an identifier of type MOBILE, or none", "AUTH-CONF-005", proofs, func(c *suites.C) {
			eachConfirm(c, []string{contract.Demographics}, func(_ *suites.Flow, x *journal.Exchange) {
				judgeBelow(c, x, "/credential/demographic/identifier", "", "Send identifier as {type: MOBILE, value}, or leave it out.")
			})
		})
		s.It("goes to the consent manager of init, with a requestId of its own", "AUTH-CONF-006", begun, sameAddress)
		s.It("does not come after the session has expired", "AUTH-CONF-007", "twist/expired/session/mobile-otp|twist/expired/session/demographics",
			noConfirm("no confirm: auth.meta.expiry has passed", "Compare auth.meta.expiry with the clock before you send confirm, and begin again with init."))
	})
	s.It("No confirm comes after an expiry without a zone that has passed in UTC", "AUTH-OINIT-018", "twist/expired/session/zone-less",
		noConfirm("no confirm: auth.meta.expiry, which is UTC where it has no zone, has passed", "Read a time without a zone as UTC, not as local time."))
	Describe("After on-init", func() {
		s.It("no confirm comes before the patient has entered the code", "AUTH-OINIT-009", "twist/never-entered/*|twist/not-entered/*|twist/entered/*", entersFirst)
		s.It("in mode DIRECT no confirm comes", "AUTH-OINIT-010", "flow/direct/...|twist/other-mode/*/direct",
			noConfirm("no confirm: the mode is DIRECT", "Look at auth.mode of on-init: for DIRECT wait for notify."))
		s.It("with an error no confirm comes", "AUTH-OINIT-011", "twist/error/on-init|twist/stranger",
			noConfirm("no confirm: on-init told an error", "Look at error first: without auth there is no session."))
		s.It("the mode that it names is followed", "AUTH-OINIT-012", "twist/other-mode/*/mobile-otp|twist/other-mode/*/demographics", followsMode)
		s.It("that comes twice one confirm comes", "AUTH-OINIT-014", "twist/again/on-init/*", confirmsOnce)
		s.It("an error callback in the deployed shape ends the conversation", "AUTH-OINIT-017", "twist/deployed-error/*", survivesDeployed)
	})
}

// eachConfirm calls judge for every confirm of flows in those modes.
func eachConfirm(c *suites.C, modes []string, judge func(f *suites.Flow, x *journal.Exchange)) {
	eachQuery(c, contract.Confirm, func(f *suites.Flow, x *journal.Exchange) {
		if slices.Contains(modes, f.Note(scenario.NoteGiven)) {
			judge(f, x)
		}
	})
}

// transactions judges that each confirm names a transaction that an on-init of its conversation has named.
func transactions(c *suites.C) {
	const hint = "Send the transactionId of on-init as it came, in the same case: it is neither the requestId nor resp.requestId."
	eachQuery(c, contract.Confirm, func(f *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		want := "the auth.transactionId of on-init"
		for _, o := range f.SentTo(contract.OnInit) {
			id := suites.Text(o, "/auth/transactionId")
			if id != "" && id == suites.Text(x, "/transactionId") {
				return
			}
			want += " " + id
		}
		c.Find(suites.Finding{Pointer: "/transactionId", Expected: want, Received: shown(x, "/transactionId"), Exchange: x.ID, Hint: hint})
	})
	for _, x := range c.Orphans() {
		if x.Endpoint == contract.Confirm {
			c.Judged(1)
			c.Find(suites.Finding{Pointer: "/transactionId", Expected: "the auth.transactionId of an on-init", Received: shown(x, "/transactionId") + ", which no on-init has named", Exchange: x.ID, Hint: hint})
		}
	}
}

// oneCredential judges that a confirm carries a code or details. A null beside the other is D10, an empty code D11.
func oneCredential(c *suites.C) {
	const hint = "Send authCode or demographic as the mode asks, and leave the other out."
	eachQuery(c, contract.Confirm, func(_ *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		find := func(received, tolerance string) {
			c.Find(suites.Finding{Pointer: "/credential", Expected: "exactly one of authCode and demographic", Received: received, Exchange: x.ID, Hint: hint, Tolerance: tolerance})
		}
		code, person := suites.Member(x, "/credential/authCode"), suites.Member(x, "/credential/demographic")
		switch {
		case len(code) == 0 && len(person) == 0:
			find("neither", "")
		case len(code) == 0 || len(person) == 0:
			if !given(x, "/credential/authCode") && !given(x, "/credential/demographic") {
				find("null", "")
			}
		case string(code) == "null" && string(person) == "null":
			find("both null", "")
		case string(code) == "null" || string(person) == "null":
			find("one, and null for the other", "D10")
		case string(code) == `""`:
			find("demographic and an empty authCode", "D11")
		default:
			find("both", "")
		}
	})
}

// compareEntered judges that a member is the text that the patient entered.
func compareEntered(c *suites.C, f *suites.Flow, x *journal.Exchange, pointer, note, hint string) {
	c.Judged(1)
	if want := entered(f, note); want != suites.Text(x, pointer) {
		c.Find(suites.Finding{Pointer: pointer, Expected: "what the patient entered: " + want, Received: shown(x, pointer), Exchange: x.ID, Hint: hint})
	}
}

// judgeBelow judges the members below a pointer against the schema, save those below another.
func judgeBelow(c *suites.C, x *journal.Exchange, pointer, except, hint string) {
	c.Judged(1)
	for _, v := range x.Facts.Violations {
		if below(v.Pointer, []string{pointer}) && (except == "" || !below(v.Pointer, []string{except})) && string(suites.Member(x, v.Pointer)) != "null" {
			c.Find(suites.Finding{Pointer: v.Pointer, Expected: v.Expected, Received: v.Received, Exchange: x.ID, Hint: hint})
		}
	}
}

func sameAddress(c *suites.C) {
	eachQuery(c, contract.Confirm, func(f *suites.Flow, x *journal.Exchange) {
		c.Judged(1)
		judgeAddress(c, x, "Send confirm to the consent manager to which init went, in X-CM-ID.")
		for _, other := range append(of(f, contract.FetchModes), of(f, contract.Init)...) {
			if suites.SameID(suites.Text(other, "/requestId"), suites.Text(x, "/requestId")) {
				c.Find(suites.Finding{Pointer: "/requestId", Expected: "a requestId of its own", Received: "that of " + other.Endpoint + " (" + other.ID + ")", Exchange: x.ID,
					Hint: "A requestId names one HTTP request, not a conversation: mint one for each."})
			}
		}
	})
}

// nameInAnyScript judges that a name beyond ASCII comes as it was given. What becomes of any name is judged by AUTH-CONF-004.
func nameInAnyScript(c *suites.C) {
	const pointer, note, hint = "/credential/demographic/name", "/demographic/name", "Keep texts as Unicode and write bodies as UTF-8: the consent manager compares the name letter by letter."
	for _, base := range c.Others(courses[contract.Demographics].pattern) {
		for _, x := range of(base, contract.Confirm) {
			if entered(base, note) != suites.Text(x, pointer) {
				for _, f := range c.Flows() {
					c.Blocked(f, "blocked by AUTH-CONF-004, for a name in ASCII does not come as it was given either ("+x.ID+")")
				}
				return
			}
		}
	}
	c.Each(func(f *suites.Flow) {
		for _, x := range came(c, f, contract.Confirm, "confirm with the name that the patient gave", hint) {
			compareEntered(c, f, x, pointer, note, hint)
		}
	})
}
