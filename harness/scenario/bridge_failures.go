package scenario

import (
	"context"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// failures are conversations that fail.
func failures(role contract.Role) []twist {
	all := []twist{
		{name: "stranger", title: "The subject begins with a patient whom no consent manager knows", talk: talk{stranger: true, last: lastFirst}},
		{name: "wrong-code", title: "The patient enters a wrong code", byHand: true, talk: talk{mode: contract.MobileOTP, enters: wrongCode, last: contract.OnConfirm}},
		{name: "wrong-details", title: "The patient gives a wrong name", talk: talk{mode: contract.Demographics, enters: wrongDetails, last: contract.OnConfirm}},
		{name: "error-after-grant", title: "A second authentication of a patient fails after one that was granted",
			talk: talk{spends: true, regrants: true, mode: contract.MobileOTP, enters: wrongCode, last: contract.OnConfirm}},
	}
	codes := map[string]string{contract.OnInit: failingCode}
	for _, e := range callbacks {
		before := e == contract.OnConfirm && role == contract.HIP // then there is a token that could be spent
		all = append(all,
			twist{name: "error/" + e, title: "The consent manager answers with an error in " + e + ", however often it is asked", endpoint: e,
				talk: talk{code: codes[e], regrants: before, says: saysAt(e, saying{change: fails}), last: e, then: failAgain}},
			twist{name: "deployed-error/" + e, title: "An error of the gateway in the shape of the deployed one: no timestamp, addressed to bridge_ and the client id, at " + e, endpoint: e,
				talk: talk{regrants: before, says: saysAt(e, saying{change: failsAsDeployed, refusable: true}), last: e}})
	}
	return all
}

// Codes of patients of one scenario only: by them a confirm that names no transaction of ours can be told.
const (
	failingCode = "577215"
	waitingCode = "662607"
)

// failAgain answers the subject with the same error whenever it asks again, until it asks no more. It ends where a hot loop
// has shown itself, and where a patient subject has tried for long.
func failAgain(ctx context.Context, c *course) error {
	asks := contract.MustEndpoint(c.draft.Endpoint).Answers
	c.says = saysAt(c.draft.Endpoint, saying{change: fails, refusable: true})
	end := c.net.journal.Now() + failingQuiets*c.Timing().Quiet
	for range failingAnswers {
		left := min(end-c.net.journal.Now(), 2*c.Timing().Quiet)
		asked, err := c.soon(ctx, max(left, 0), asks)
		if err != nil { // it asks no more
			return ctx.Err()
		}
		draft, err := c.compose(asked)
		if err != nil {
			return err
		}
		if err := c.say(ctx, draft); err != nil {
			return err
		}
	}
	return nil
}

// failingAnswers is how often an error is told again, more than a subject may ask; failingQuiets for how many quiet windows.
const (
	failingAnswers = 12
	failingQuiets  = 5
)

func wrongCode(player.Account) contract.Credential { return contract.Credential{AuthCode: "999999"} }

func wrongDetails(a player.Account) contract.Credential {
	c := demographic(a)
	c.Demographic.Name = "Someone Else"
	return c
}
