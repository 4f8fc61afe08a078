package scenario

import (
	"context"
	"strings"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// Outcomes of a flow (NoteOutcome).
const (
	OutcomeGranted = "granted"
	OutcomeDenied  = "denied"
	OutcomeError   = "error"
)

// flow is one valid conversation from init to its end, as data.
type flow struct {
	bridge        contract.Role
	mode, purpose string
	outcome       string
}

// name is "flow/hip/mobile-otp/link/granted".
func (f flow) name() string {
	return strings.Join([]string{"flow", string(f.bridge), kebab(f.mode), kebab(f.purpose), f.outcome}, "/")
}

func kebab(constant string) string { return strings.ToLower(strings.ReplaceAll(constant, "_", "-")) }

// flows are the happy paths and their lawful ends for a gateway subject.
func flows() []flow {
	all := []flow{
		{contract.HIP, contract.AadhaarOTP, contract.KYCAndLink, OutcomeGranted},
		{contract.HIP, contract.Demographics, contract.KYCAndLink, OutcomeGranted},
		{contract.HIP, contract.MobileOTP, contract.KYC, OutcomeError},
		{contract.HIP, contract.Demographics, contract.Link, OutcomeError},
		{contract.HIU, contract.MobileOTP, contract.KYC, OutcomeGranted},
		{contract.HIU, contract.Demographics, contract.KYC, OutcomeGranted},
		{contract.HIU, contract.Direct, contract.KYC, OutcomeGranted},
		{contract.HIU, contract.Direct, contract.KYC, OutcomeDenied},
		{contract.HIP, contract.Direct, contract.KYCAndLink, OutcomeDenied},
	}
	for _, purpose := range contract.Purposes {
		all = append(all,
			flow{contract.HIP, contract.MobileOTP, purpose, OutcomeGranted},
			flow{contract.HIP, contract.Direct, purpose, OutcomeGranted})
	}
	return all
}

func (f flow) scenario() Scenario { return f.named(f.name()) }

func (f flow) named(name string) Scenario {
	return Scenario{
		Name:  name,
		Title: "The " + strings.ToUpper(string(f.bridge)) + " authenticates a patient by " + f.mode + " for " + f.purpose + "; the end is: " + f.outcome,
		Needs: Needs{Topology: config.Routed, Mode: f.mode, Purpose: f.purpose},
		Notes: map[string]string{NoteBridge: string(f.bridge), NoteMode: f.mode, NotePurpose: f.purpose, NoteOutcome: f.outcome},
		Play:  f.play,
	}
}

func (f flow) play(ctx context.Context, s *Stage) error {
	if f.mode == contract.Direct && s.combined() && s.net.cfg.Hooks.Decide == nil {
		return errNoDecide
	}
	auth, err := s.Initiate(ctx, f.bridge, f.purpose, f.mode)
	if err != nil {
		return err
	}
	if f.mode == contract.Direct {
		return f.decide(ctx, s, auth.TransactionID)
	}
	proof := credential(s.Account, f.mode)
	if f.outcome == OutcomeError {
		proof = s.wrongCredential(f.mode)
	}
	if err := s.Request(ctx, s.Bridge(f.bridge), s.Bridge(f.bridge).Confirm(auth.TransactionID, proof)); err != nil {
		return err
	}
	if _, err := s.Await(ctx, f.bridge, contract.OnConfirm); err != nil {
		return err
	}
	return s.Quiet(ctx)
}

// decide ends a DIRECT flow: the CM, ours or the one inside the subject, notifies, the bridge acknowledges by itself.
func (f flow) decide(ctx context.Context, s *Stage, transactionID string) error {
	status := contract.Granted
	if f.outcome == OutcomeDenied {
		status = contract.Denied
	}
	if s.combined() {
		if err := s.decide(ctx, transactionID, status); err != nil {
			return err
		}
		if _, err := s.Await(ctx, f.bridge, contract.Notify); err != nil {
			return err
		}
		return s.Quiet(ctx)
	}
	notify, err := s.CM().Decision(transactionID, status)
	if err != nil {
		return harnessError(err)
	}
	if err := s.Request(ctx, s.CM(), notify); err != nil {
		return err
	}
	if _, err := s.Await(ctx, f.bridge, contract.Notify); err != nil {
		return err
	}
	if _, err := s.Await(ctx, contract.CM, contract.OnNotify); err != nil {
		return err
	}
	return s.Quiet(ctx)
}

// wrongCredential differs from the right one in what the patient proves.
func (s *Stage) wrongCredential(mode string) contract.Credential {
	if mode == contract.Demographics {
		c := demographic(s.Account)
		c.Demographic.Name = "Someone Else"
		return c
	}
	if s.combined() {
		return contract.Credential{AuthCode: s.net.cfg.Patient.WrongOTP}
	}
	return contract.Credential{AuthCode: "999999"}
}

// fetchModes is "fetch-modes/hip": a bridge asks for the modes of a patient.
func fetchModes(bridge contract.Role, purpose string) Scenario {
	return Scenario{
		Name:  "fetch-modes/" + string(bridge),
		Title: "The " + strings.ToUpper(string(bridge)) + " asks for the authentication modes of a patient",
		Needs: Needs{Topology: config.Routed, Purpose: purpose},
		Notes: map[string]string{NoteBridge: string(bridge), NotePurpose: purpose, NoteOutcome: OutcomeGranted},
		Play: func(ctx context.Context, s *Stage) error {
			if err := s.Request(ctx, s.Bridge(bridge), s.Bridge(bridge).FetchModes(s.Query(bridge, purpose, ""))); err != nil {
				return err
			}
			if _, err := s.Await(ctx, bridge, contract.OnFetchModes); err != nil {
				return err
			}
			return s.Quiet(ctx)
		},
	}
}

// unknownPatient is "unknown-patient/init": a bridge asks for a patient whom the CM does not know.
func unknownPatient(endpoint string, bridge contract.Role) Scenario {
	return Scenario{
		Name:  "unknown-patient/" + endpoint + "/" + string(bridge),
		Title: "The " + strings.ToUpper(string(bridge)) + " sends " + endpoint + " for a patient whom the CM does not know",
		Needs: Needs{Topology: config.Routed},
		Notes: map[string]string{NoteBridge: string(bridge), NotePurpose: contract.KYC, NoteEndpoint: endpoint, NoteOutcome: OutcomeError},
		Play: func(ctx context.Context, s *Stage) error {
			query := s.Query(bridge, contract.KYC, "")
			query.ID = s.UnknownPatient()
			out := s.Bridge(bridge).FetchModes(query)
			if endpoint == contract.Init {
				out = s.Bridge(bridge).Init(query)
			}
			if err := s.Request(ctx, s.Bridge(bridge), out); err != nil {
				return err
			}
			if _, err := s.Await(ctx, bridge, contract.MustEndpoint(endpoint).Callback); err != nil {
				return err
			}
			return s.Quiet(ctx)
		},
	}
}
