package gateway

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// holds judges which of accessToken and patient a grant holds.
func holds(token, patient bool, hint string) func(*suites.C) {
	return func(c *suites.C) {
		came(c, contract.OnConfirm, func(f *suites.Flow, _, callback *journal.Exchange) {
			if !there(callback, "/auth") {
				c.Blocked(f, callback.ID+" holds no auth")
				return
			}
			c.Judged(1)
			for _, m := range []struct {
				pointer string
				wanted  bool
			}{{"/auth/accessToken", token}, {"/auth/patient", patient}} {
				switch is := there(callback, m.pointer); {
				case is && !m.wanted:
					c.Find(suites.Finding{Pointer: m.pointer, Expected: "no such member for this purpose", Received: "a value", Exchange: callback.ID, Hint: hint})
				case !is && m.wanted:
					c.Find(suites.Finding{Pointer: m.pointer, Expected: "a value for this purpose", Received: "none", Exchange: callback.ID, Hint: hint})
				}
			}
		})
	}
}

// initOf is the init whose session a flow confirms.
func initOf(f *suites.Flow) *journal.Exchange {
	if all := f.SentTo(contract.Init); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// validFor judges a validity that is told, against the init of its session.
func validFor(c *suites.C, asked, x *journal.Exchange) {
	const hint = "Fill auth.validity with the purpose and the requester of init, an expiry to come and a limit of 1 or more, or leave it out."
	for _, m := range []string{"purpose", "requester/type", "requester/id"} {
		if want, got := suites.Text(asked, "/query/"+m), suites.Text(x, "/auth/validity/"+m); want != got {
			c.Find(suites.Finding{Pointer: "/auth/validity/" + m, Expected: want + ", as init has it", Received: shownText(x, "/auth/validity/"+m), Exchange: x.ID, Hint: hint})
		}
	}
	ahead(c, x, "/auth/validity/expiry", hint)
	var limit int64
	if json.Unmarshal(suites.Member(x, "/auth/validity/limit"), &limit) != nil || limit < 1 {
		c.Find(suites.Finding{Pointer: "/auth/validity/limit", Expected: "an integer of 1 or more", Received: suites.Shown(suites.Member(x, "/auth/validity/limit")), Exchange: x.ID, Hint: hint})
	}
}

func combinedGrants() {
	const confirms = insideGranted + "|" + insideError + "|" + insideConfirm
	Describe("The CM inside the subject, asked to confirm", func() {
		It("refuses a transactionId that it never issued", suites.Check("AUTH-CONF-010", "combined/confirm/unknown-transaction/*|combined/confirm/unknown-beside/*",
			ungranted("Answer 400 to a confirm whose transactionId you never issued, or send on-confirm with an error.")))
		It("refuses a wrong OTP", suites.Check("AUTH-CONF-011", "combined/flow/*/mobile-otp/*/error",
			ends(contract.Confirm, false, "Compare the OTP; answer a wrong one with on-confirm that holds error and no auth.")))
		It("refuses a wrong OTP after another one", suites.Check("AUTH-CONF-011", "combined/confirm/wrong-again/*", ungranted("Compare the OTP every time: a failed try changes nothing for the next one.")))
		It("refuses a confirm by another party than the one that began the session", suites.Check("AUTH-CONF-020", "combined/confirm/other-bridge/*",
			ungranted("Remember for whom a session was opened, and confirm it for that party alone.")))
		It("grants on the right OTP", suites.Check("AUTH-CONF-012", "combined/flow/*/mobile-otp/*/granted|combined/flow/*/aadhaar-otp/*/granted",
			ends(contract.Confirm, true, "Answer the right OTP with on-confirm that holds auth.")))
		It("refuses demographics that differ in name, gender or date of birth", suites.Check("AUTH-CONF-013", "combined/flow/*/demographics/*/error",
			ends(contract.Confirm, false, "Compare name, gender and date of birth exactly; answer a difference with on-confirm that holds error and no auth.")))
		It("refuses demographics that differ in one member only", suites.Check("AUTH-CONF-013", "combined/confirm/wrong-name/*|combined/confirm/wrong-gender/*|combined/confirm/wrong-birth/*|combined/confirm/wrong-day/*",
			ungranted("Compare name, gender and date of birth, each of them.")))
		It("grants on the exact demographics", suites.Check("AUTH-CONF-014", "combined/flow/*/demographics/*/granted",
			ends(contract.Confirm, true, "Answer demographics that are those of the account with on-confirm that holds auth.")))
		It("refuses a credential of another kind than the session's mode", suites.Check("AUTH-CONF-015", "combined/confirm/otp-for-demographics/*|combined/confirm/demographics-for-otp/*",
			ungranted("Accept authCode in sessions by OTP only, and demographics in sessions by DEMOGRAPHICS only.")))
		It("refuses a confirm of a session that the patient decides", suites.Check("AUTH-CONF-018", "combined/confirm/otp-for-direct/*|combined/confirm/demographics-for-direct/*",
			ungranted("Grant a DIRECT session by the patient's own decision only.")))
		It("refuses a confirm of a session that is granted", suites.Check("AUTH-CONF-019", "combined/confirm/again/*|combined/confirm/again-otp/*",
			ungranted("Use a session up with its grant: a second confirm of it is an error.")))
	})
	Describe("What the CM inside the subject grants", func() {
		It("comes in an on-confirm with auth or an error", suites.Check("AUTH-OCONF-001", confirms, alone(contract.OnConfirm)))
		It("is addressed to the requester", suites.Check("AUTH-OCONF-001", confirms, func(c *suites.C) { addressedToAsker(c, contract.OnConfirm) }))
		It("names the confirm that it answers", suites.Check("AUTH-OCONF-001", insideGranted+"|"+insideError, func(c *suites.C) { answersItsRequest(c, contract.OnConfirm) }))
		It("for LINK is an access token and no patient", suites.Check("AUTH-OCONF-002", granting("link"),
			holds(true, false, "Tell nothing of the patient for purpose LINK: give auth.accessToken only.")))
		It("for KYC is the patient and no access token", suites.Check("AUTH-OCONF-003", granting("kyc"),
			holds(false, true, "Give auth.patient for purpose KYC, and no access token.")))
		It("for KYC_AND_LINK is both", suites.Check("AUTH-OCONF-004", granting("kyc-and-link"),
			holds(true, true, "Give auth.patient and auth.accessToken for purpose KYC_AND_LINK.")))
		It("tells the patient who was asked for", suites.Check("AUTH-OCONF-005", granting("kyc")+"|"+granting("kyc-and-link"), func(c *suites.C) {
			came(c, contract.OnConfirm, func(f *suites.Flow, request, callback *journal.Exchange) {
				asked := initOf(f)
				if asked == nil || !there(callback, "/auth/patient") {
					c.Blocked(f, callback.ID+" holds no auth.patient")
					return
				}
				c.Judged(1)
				const hint = "Tell the patient of the session: the one whom init named."
				same := func(pointer string, sent *journal.Exchange, from string) {
					if want := suites.Text(sent, from); want != "" && suites.Text(callback, pointer) != want {
						c.Find(suites.Finding{Pointer: pointer, Expected: want + ", as " + sent.Endpoint + " has it at " + from, Received: shownText(callback, pointer), Exchange: callback.ID, Hint: hint})
					}
				}
				same("/auth/patient/id", asked, "/query/id")
				same("/auth/patient/name", request, "/credential/demographic/name")
				same("/auth/patient/gender", request, "/credential/demographic/gender")
			})
		}))
		It("is valid for that purpose and requester, and from now on", suites.Check("AUTH-OCONF-006", insideGranted, func(c *suites.C) {
			came(c, contract.OnConfirm, func(f *suites.Flow, _, callback *journal.Exchange) {
				c.Judged(1)
				asked := initOf(f)
				if asked == nil || !there(callback, "/auth/validity") {
					return
				}
				validFor(c, asked, callback)
			})
		}))
		It("is nothing where there is an error", suites.Check("AUTH-OCONF-007", insideError+"|"+insideConfirm, func(c *suites.C) {
			c.Each(func(f *suites.Flow) {
				for _, x := range f.Exchanges {
					if x.Direction != journal.Received || x.Endpoint != contract.OnConfirm || !there(x, "/error") {
						continue
					}
					c.Judged(1)
					for _, name := range []string{"accessToken", "patient"} {
						if strings.Contains(string(x.Request.Body.JSON), `"`+name+`"`) {
							c.Find(suites.Finding{Pointer: "/auth/" + name, Expected: "no " + name + " beside an error", Received: "one", Exchange: x.ID, Hint: "Build an error callback of requestId, timestamp, resp and error only."})
						}
					}
				}
			})
		}))
	})
}
