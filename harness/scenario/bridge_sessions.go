package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// CrowdSize is how many sessions are held at once to see whether any is taken for another.
const CrowdSize = 24

// severalSessions are twists about more than one session, or about one that waits for the patient.
func severalSessions(role contract.Role) []Scenario {
	all := []Scenario{
		twist{name: "crowd", title: strconv.Itoa(CrowdSize) + " patients are authenticated at once, answered in another order than they asked", talk: talk{spends: role == contract.HIP}}.scenario(crowd),
		twist{name: "twins", title: "Two sessions about one patient are open at once"}.scenario(twins),
	}
	for _, mode := range []string{contract.MobileOTP, contract.AadhaarOTP} {
		never := twist{name: "never-entered/" + kebab(mode), title: "The patient never enters the code, by " + mode,
			talk: talk{mode: mode, enters: nothing, last: contract.OnInit}}
		opened := twist{name: "not-entered/" + kebab(mode), title: "The session is open and the patient has entered no code, by " + mode,
			talk: talk{action: player.ActionInit, mode: mode, enters: nothing, last: contract.OnInit}}
		entered := twist{name: "entered/" + kebab(mode), title: "The patient enters the code some time after the session is open, by " + mode, talk: talk{mode: mode, hesitates: true}}
		waits := entered.scenario(entered.play)
		waits.Needs.Enter = true
		all = append(all, never.scenario(never.play), opened.scenario(opened.play), waits)
	}
	return all
}

func nothing(player.Account) contract.Credential { return contract.Credential{} }

// NoteNow keeps the present moment on the clock of the run.
func (s *Stage) NoteNow(key string) {
	s.Note(key, s.net.journal.Now().Round(time.Microsecond).String()) // no run of digits that could be taken for a number of somebody
}

// notifyOf composes a notify that grants what an on-confirm of ours would grant.
func (c *course) notifyOf(onConfirm Draft) (Draft, error) {
	var m contract.OnConfirmMessage
	if json.Unmarshal(onConfirm.Body, &m) != nil || m.Auth == nil {
		return Draft{}, blocked(contract.OnConfirm, "the consent manager granted nothing for the confirm of the subject")
	}
	auth := contract.NotifyAuth{TransactionID: c.auth.TransactionID, Status: contract.Granted, AccessToken: m.Auth.AccessToken, Validity: m.Auth.Validity, Patient: m.Auth.Patient}
	role := c.subjectRole()
	return c.Stage.draft(player.Compose(contract.Notify, role, c.ID(role), contract.NotifyMessage{RequestID: player.NewRequestID(), Timestamp: player.Timestamp(time.Now()), Auth: &auth})), nil
}

// crowdCodes are the codes of the patients of a crowd, in turn.
var crowdCodes = []string{plainCode, "314159", "161803"}

// crowd begins sessions for many patients and answers what comes in bunches, the last first.
func crowd(ctx context.Context, s *Stage) error {
	mode, ok := s.declaredMode(contract.Confirm)
	if !ok || mode == contract.Demographics {
		return &notApplicableError{"subject.modes lists neither MOBILE_OTP nor AADHAAR_OTP"}
	}
	purpose := s.declaredPurpose(s.subjectRole())
	s.Hold(contract.Init)
	s.Hold(contract.Confirm)
	var wg sync.WaitGroup
	errs := make([]error, CrowdSize)
	entered := map[string]contract.Credential{}
	for i := range CrowdSize {
		a := s.flowAction(purpose, mode)
		account := s.Account
		account.ID = fmt.Sprintf("n%02d-%s", i, s.Account.ID)
		account.OTP = crowdCodes[i%len(crowdCodes)]
		s.known(account)
		a.patient, a.credential = account.ID, credentialOf(account, mode)
		entered[a.patient] = a.credential
		wg.Go(func() { _, errs[i] = s.begin(ctx, a) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return first(errs)
	}
	if err := s.bunches(ctx, CrowdSize, entered); err != nil {
		return err
	}
	return s.Quiet(ctx)
}

// known makes another patient known to our consent manager, as one of this scenario.
func (s *Stage) known(a player.Account) {
	s.net.redactor.Public(a.ID)
	s.net.journal.Bind(s.scenario.Name, a.ID)
	s.Hub().AddAccount(a)
}

// first is the first error there is.
func first(errs []error) error {
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	return errs[i]
}

// lull is for how long no further message must come for a bunch to be whole.
const lull = 300 * time.Millisecond

// bunches answers every init and confirm of so many sessions, a bunch at a time and the last of it first, until each has
// been confirmed. entered is what each patient enters.
func (s *Stage) bunches(ctx context.Context, sessions int, entered map[string]contract.Credential) error {
	for confirmed := 0; confirmed < sessions; {
		bunch, err := s.bunch(ctx, 2*sessions)
		if err != nil {
			return err
		}
		slices.Reverse(bunch)
		for _, asked := range bunch {
			draft, err := s.reply(asked, "")
			if err != nil {
				return err
			}
			if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
				return err
			}
			if asked.Exchange.Endpoint == contract.Confirm {
				confirmed++
			} else if err := s.giveTo(ctx, asked.Body, draft.Body, entered); err != nil {
				return err
			}
		}
	}
	return nil
}

// giveTo makes the patient of an init enter the credential where hooks.enter does that.
func (s *Stage) giveTo(ctx context.Context, init, onInit []byte, entered map[string]contract.Credential) error {
	auth, err := initAuth(onInit)
	if err != nil {
		return err
	}
	var m contract.QueryMessage
	_ = json.Unmarshal(init, &m) // it was answered, so it can be read
	return s.giveAs(ctx, m.Query.ID, auth.TransactionID, entered[strings.ToLower(m.Query.ID)])
}

// bunch waits for the next init or confirm, and for what follows it without a lull.
func (s *Stage) bunch(ctx context.Context, most int) ([]*journal.Observed, error) {
	o, err := s.next(ctx, contract.Init, contract.Confirm)
	if err != nil {
		return nil, err
	}
	all := []*journal.Observed{o}
	for len(all) < most {
		o, err := s.soon(ctx, lull, contract.Init, contract.Confirm)
		if err != nil {
			return all, ctx.Err()
		}
		all = append(all, o)
	}
	return all, nil
}

// twins opens two sessions about one patient before either is answered, and answers the second first.
func twins(ctx context.Context, s *Stage) error {
	mode, ok := s.declaredMode(contract.Confirm)
	if !ok {
		return &notApplicableError{"subject.modes lists no mode in which confirm is sent"}
	}
	s.Hold(contract.Init)
	s.Hold(contract.Confirm)
	entered := map[string]contract.Credential{s.Account.ID: credentialOf(s.Account, mode)}
	var inits []*journal.Observed
	for range 2 {
		if _, err := s.begin(ctx, s.flowAction(s.declaredPurpose(s.subjectRole()), mode)); err != nil {
			return err
		}
		asked, err := s.next(ctx, contract.Init)
		if err != nil {
			return err
		}
		inits = append(inits, asked)
	}
	slices.Reverse(inits)
	for _, asked := range inits {
		draft, err := s.reply(asked, "")
		if err != nil {
			return err
		}
		if err := s.Request(ctx, draft.From, draft.Outgoing); err != nil {
			return err
		}
		if err := s.giveTo(ctx, asked.Body, draft.Body, entered); err != nil {
			return err
		}
	}
	if err := s.bunches(ctx, len(inits), entered); err != nil {
		return err
	}
	return s.Quiet(ctx)
}
