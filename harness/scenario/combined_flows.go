package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// combinedPrefix begins the names of the scenarios that are played against a subject with a CM inside only.
const combinedPrefix = "combined/"

// inside makes a scenario of routed topology one of combined topology, where its play function knows the difference.
func inside(s Scenario) Scenario {
	s.Name, s.Needs.Topology = combinedPrefix+s.Name, config.Combined
	return s
}

// combinedScenarios are "combined/<name>": the conversations with a CM inside the subject.
func combinedScenarios() []Scenario {
	all := []Scenario{inside(fetchModes(contract.HIP, contract.Link)), inside(fetchModes(contract.HIU, contract.KYC))}
	more := []flow{
		{contract.HIP, contract.AadhaarOTP, contract.Link, OutcomeGranted},
		{contract.HIP, contract.AadhaarOTP, contract.KYC, OutcomeGranted},
		{contract.HIP, contract.Demographics, contract.Link, OutcomeGranted},
	}
	for _, f := range append(flows(), more...) {
		all = append(all, inside(f.scenario()))
	}
	for _, endpoint := range []string{contract.FetchModes, contract.Init} {
		for _, bridge := range contract.Bridges {
			all = append(all, inside(unknownPatient(endpoint, bridge)))
		}
	}
	for _, c := range unfits() {
		all = append(all, c.scenario())
	}
	all = append(all, acknowledgedUnasked(), acknowledgedByError(), twoInits())
	return append(append(all, asksInside()...), facing()...)
}

// asksInside are "combined/session/<number>": fetch-modes of two bridges at the same time, whose answers must not be mixed up.
func asksInside() []Scenario {
	var all []Scenario
	for i := range askers {
		bridge, purpose := contract.HIP, contract.Link
		if i%2 == 1 {
			bridge, purpose = contract.HIU, contract.KYC
		}
		s := inside(fetchModes(bridge, purpose))
		s.Name = combinedPrefix + "session/" + twoDigits(i)
		all = append(all, s)
	}
	return all
}

// askers is how many fetch-modes are sent at the same time.
const askers = 20

// unfit is "combined/confirm/<kind>/hip": a confirm that must not lead to a grant.
type unfit struct {
	kind, title string
	// mode is that of the session; "" for a transaction that nobody opened.
	mode string
	// before is a credential that was sent already, for which the answer has come; nil for none.
	before func(a player.Account) contract.Credential
	proof  func(a player.Account) contract.Credential
	// granted says that before must have been granted.
	granted bool
	// unknown says that the confirm names a transaction that nobody opened, and byOther that another bridge sends it.
	unknown, byOther bool
}

func unfits() []unfit {
	otherwise := func(change func(d *contract.Demographic)) func(player.Account) contract.Credential {
		return func(a player.Account) contract.Credential {
			c := demographic(a)
			change(c.Demographic)
			return c
		}
	}
	otp := func(a player.Account) contract.Credential { return contract.Credential{AuthCode: a.OTP} }
	wrong := func(code string) func(player.Account) contract.Credential {
		return func(player.Account) contract.Credential { return contract.Credential{AuthCode: code} }
	}
	return []unfit{
		{kind: "other-bridge", title: "the right OTP of a session that another bridge began", mode: contract.MobileOTP, proof: otp, byOther: true},
		{kind: "wrong-again", title: "a wrong OTP after a wrong one", mode: contract.MobileOTP, before: wrong("999998"), proof: wrong("999997")},
		{kind: "again-otp", title: "the right OTP a second time", mode: contract.MobileOTP, before: otp, granted: true, proof: otp},
		{kind: "wrong-day", title: "another day of birth in the same year", mode: contract.Demographics, proof: otherwise(func(d *contract.Demographic) { d.DateOfBirth = otherDay(d.DateOfBirth) })},
		{kind: "wrong-name", title: "another name", mode: contract.Demographics, proof: otherwise(func(d *contract.Demographic) { d.Name = "Someone Else" })},
		{kind: "wrong-gender", title: "another gender", mode: contract.Demographics, proof: otherwise(func(d *contract.Demographic) {
			d.Gender = map[bool]string{true: "F", false: "M"}[d.Gender == "M"]
		})},
		{kind: "wrong-birth", title: "another date of birth", mode: contract.Demographics, proof: otherwise(func(d *contract.Demographic) { d.DateOfBirth = "1901-01-31" })},
		{kind: "unknown-transaction", title: "a transactionId that nobody issued", proof: demographic},
		{kind: "unknown-beside", title: "a transactionId that nobody issued, while a session is open", mode: contract.Demographics, unknown: true, proof: demographic},
		{kind: "otp-for-demographics", title: "an OTP in a session by DEMOGRAPHICS", mode: contract.Demographics, proof: otp},
		{kind: "demographics-for-otp", title: "demographics in a session by MOBILE_OTP", mode: contract.MobileOTP, proof: demographic},
		{kind: "otp-for-direct", title: "an OTP in a session that the patient decides", mode: contract.Direct, proof: otp},
		{kind: "demographics-for-direct", title: "demographics in a session that the patient decides", mode: contract.Direct, proof: demographic},
		{kind: "again", title: "the right credential a second time", mode: contract.Demographics, before: demographic, granted: true, proof: demographic},
	}
}

// otherDay is a date in the same year.
func otherDay(date string) string {
	if len(date) < 4 || date[4:] == "-07-15" {
		return "1901-01-31"
	}
	return date[:4] + "-07-15"
}

func (u unfit) scenario() Scenario {
	return Scenario{
		Name: combinedPrefix + "confirm/" + u.kind + "/hip", Title: "The HIP sends confirm with " + u.title,
		Needs: Needs{Topology: config.Combined, Mode: u.mode},
		Notes: map[string]string{NoteEndpoint: contract.Confirm, NoteBridge: string(contract.HIP), NoteKind: u.kind, NoteMode: u.mode, NoteOutcome: OutcomeError},
		Play:  u.play,
	}
}

func (u unfit) play(ctx context.Context, s *Stage) error {
	hip, transaction := s.Bridge(contract.HIP), player.NewRequestID()
	asks := contract.HIP
	if u.byOther {
		asks = contract.HIU
	}
	if u.mode != "" {
		auth, err := s.Initiate(ctx, contract.HIP, s.declaredPurpose(contract.HIP), u.mode)
		if err != nil {
			return err
		}
		if !u.unknown {
			transaction = auth.TransactionID
		}
	}
	proof := u.proof(s.Account)
	if u.before != nil {
		answer, err := s.Send(ctx, StepFirst, hip, hip.Confirm(transaction, u.before(s.Account)))
		if err != nil {
			return err
		}
		var first *journal.Observed
		if accepted(answer) || u.granted { // a wrong credential may be refused at once
			if first, err = s.Await(ctx, contract.HIP, contract.OnConfirm); err != nil {
				return err
			}
		}
		var m contract.OnConfirmMessage
		if u.granted && (!read(first, &m) || m.Auth == nil) {
			return blocked(contract.OnConfirm, "the right credential was not granted the first time (%s)", first.Exchange.ID)
		}
	}
	answer, err := s.Send(ctx, StepProbe, s.Bridge(asks), s.Bridge(asks).Confirm(transaction, proof))
	if err != nil {
		return err
	}
	if accepted(answer) {
		if _, err := s.Await(ctx, asks, contract.OnConfirm); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return s.Quiet(ctx)
}

// twoInits is "combined/two-inits/hip": two sessions of one patient for one requester.
func twoInits() Scenario {
	return Scenario{
		Name: combinedPrefix + "two-inits/hip", Title: "The HIP opens two sessions of one patient", Needs: Needs{Topology: config.Combined},
		Notes: map[string]string{NoteBridge: string(contract.HIP)},
		Play: func(ctx context.Context, s *Stage) error {
			mode, ok := s.declaredMode(contract.Init)
			if !ok {
				return &notApplicableError{"subject.modes lists no mode"}
			}
			for range 2 {
				if _, err := s.Initiate(ctx, contract.HIP, s.declaredPurpose(contract.HIP), mode); err != nil {
					return err
				}
			}
			return s.Quiet(ctx)
		},
	}
}
