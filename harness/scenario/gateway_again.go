package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// again are "again/<endpoint>": a bridge sends once more what its patient may need once more, lawfully and with an id of
// its own: a confirm after a wrong code, a question or an init for another try.
func again() []Scenario {
	notes := func(endpoint string) map[string]string {
		return map[string]string{NoteBridge: string(contract.HIP), NoteMode: contract.MobileOTP, NotePurpose: contract.KYC, NoteOutcome: OutcomeGranted, NoteEndpoint: endpoint}
	}
	needs := Needs{Topology: config.Routed, Mode: contract.MobileOTP, Purpose: contract.KYC}
	return []Scenario{
		{Name: "again/confirm", Title: "The HIP sends a wrong code and then the right one", Needs: needs, Notes: notes(contract.Confirm),
			Play: func(ctx context.Context, s *Stage) error {
				auth, err := s.Initiate(ctx, contract.HIP, contract.KYC, contract.MobileOTP)
				if err != nil {
					return err
				}
				for _, proof := range []contract.Credential{s.wrongCredential(contract.MobileOTP), credential(s.Account, contract.MobileOTP)} {
					if err := s.Request(ctx, s.Bridge(contract.HIP), s.Bridge(contract.HIP).Confirm(auth.TransactionID, proof)); err != nil {
						return err
					}
					if _, err := s.Await(ctx, contract.HIP, contract.OnConfirm); err != nil {
						return err
					}
				}
				return s.Quiet(ctx)
			}},
		{Name: "again/fetch-modes", Title: "The HIP asks for the modes of a patient, and then once more", Needs: Needs{Topology: config.Routed, Purpose: contract.KYC}, Notes: notes(contract.FetchModes),
			Play: func(ctx context.Context, s *Stage) error {
				for range 2 {
					if err := s.Request(ctx, s.Bridge(contract.HIP), s.Bridge(contract.HIP).FetchModes(s.Query(contract.HIP, contract.KYC, ""))); err != nil {
						return err
					}
					if _, err := s.Await(ctx, contract.HIP, contract.OnFetchModes); err != nil {
						return err
					}
				}
				return s.Quiet(ctx)
			}},
		{Name: "again/init", Title: "The HIP begins a session with a patient, and then another one", Needs: needs, Notes: notes(contract.Init),
			Play: func(ctx context.Context, s *Stage) error {
				for range 2 {
					if _, err := s.Initiate(ctx, contract.HIP, contract.KYC, contract.MobileOTP); err != nil {
						return err
					}
				}
				return s.Quiet(ctx)
			}},
	}
}
