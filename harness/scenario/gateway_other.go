package scenario

import (
	"context"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// otherCM are "other-cm/route/<endpoint>", a message to the second CM about a patient whose address ends with the first
// one's id, "other-cm/callback/<endpoint>", an answer by the CM that was not asked, and "other-cm/astray/on-notify".
func otherCM() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.FetchModes, contract.Init, contract.Confirm, contract.OnNotify} {
		needs := Needs{Topology: config.Routed, OtherCM: true}
		if endpoint == contract.OnNotify {
			needs.Mode = contract.Direct
		}
		all = append(all, Scenario{
			Name: "other-cm/route/" + endpoint, Title: "The HIP sends " + endpoint + " to the second CM", Needs: needs,
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.reachOther(ctx, endpoint)
				if err != nil {
					return err
				}
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				receiver, follows := contract.HIP, contract.MustEndpoint(endpoint).Callback
				if follows == "" {
					receiver, follows = config.OtherCM, endpoint
				}
				if _, err := s.Await(ctx, receiver, follows); err != nil && ctx.Err() != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	astray := probe("other-cm/astray/on-notify", "The HIP acknowledges to the second CM what the first one notified", contract.MustEndpoint(contract.OnNotify), nil,
		func(_ context.Context, s *Stage, d *Draft) error {
			d.Header.Set(contract.HeaderCM, s.ID(config.OtherCM))
			return nil
		})
	astray.Needs.OtherCM = true
	all = append(all, astray)
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} {
		sc := probe("other-cm/callback/"+endpoint, "The second CM answers with "+endpoint+" what the first one was asked", contract.MustEndpoint(endpoint), nil,
			func(_ context.Context, s *Stage, d *Draft) error {
				d.From = s.net.otherCM
				return nil
			})
		sc.Needs.OtherCM = true
		all = append(all, sc)
	}
	return all
}

// reachOther is Reach for a conversation of the HIP with the second CM.
func (s *Stage) reachOther(ctx context.Context, endpoint string) (Draft, error) {
	toOther := func(d Draft) Draft {
		d.Header.Set(contract.HeaderCM, s.ID(config.OtherCM))
		return d
	}
	if endpoint == contract.FetchModes || endpoint == contract.Init {
		draft, err := s.Reach(ctx, endpoint, contract.HIP)
		return toOther(draft), err
	}
	mode, ok := s.declaredMode(endpoint)
	if !ok {
		return Draft{}, &notApplicableError{"subject.modes lists no mode in which " + endpoint + " is sent"}
	}
	hip := s.Bridge(contract.HIP)
	asks := Draft{From: hip, Sender: contract.HIP, Receiver: config.OtherCM, Outgoing: hip.Init(s.Query(contract.HIP, s.declaredPurpose(contract.HIP), mode))}
	asks = toOther(asks)
	if err := s.Request(ctx, asks.From, asks.Outgoing); err != nil {
		return Draft{}, err
	}
	begun, err := s.Await(ctx, contract.HIP, contract.OnInit)
	if err != nil {
		return Draft{}, err
	}
	transaction := transactionOf(begun.Body)
	if endpoint == contract.Confirm {
		asks.Outgoing = hip.Confirm(transaction, credential(s.Account, mode))
		return toOther(asks), nil
	}
	decision, err := s.net.otherCM.Decision(transaction, contract.Granted)
	if err != nil {
		return Draft{}, blocked(contract.OnInit, "the on-init (%s) names no session of our second CM: %s", begun.Exchange.ID, err)
	}
	hip.Hold(transaction)
	if err := s.Request(ctx, s.net.otherCM, decision); err != nil {
		return Draft{}, err
	}
	delivered, err := s.Await(ctx, contract.HIP, contract.Notify)
	if err != nil {
		return Draft{}, err
	}
	asks.Outgoing = hip.OnNotify(delivered.Body)
	return toOther(asks), nil
}

// otherKind is "address/other-kind/notify": X-HIP-ID with the id of a HIU.
func otherKind() Scenario {
	return probe("address/other-kind/notify", "A notify with the id of a HIU in X-HIP-ID", contract.MustEndpoint(contract.Notify),
		map[string]string{NoteKind: "other-kind"}, func(_ context.Context, s *Stage, d *Draft) error {
			if s.ID(contract.HIU) == s.ID(contract.HIP) {
				return &notApplicableError{"identities.hip and identities.hiu have one id: it names a HIP as well"}
			}
			d.Header.Set(contract.HeaderHIP, s.ID(contract.HIU))
			return nil
		})
}

// otherBridge is "on-notify/other-bridge": the HIU acknowledges what the HIP was notified.
func otherBridge() Scenario {
	return probe("on-notify/other-bridge", "The HIU acknowledges what the HIP was notified", contract.MustEndpoint(contract.OnNotify),
		map[string]string{NoteKind: "other-bridge"}, func(_ context.Context, s *Stage, d *Draft) error {
			d.From, d.Sender = s.Bridge(contract.HIU), contract.HIU
			return nil
		})
}

// late are "late/<endpoint>": the CM answers after the subject's correlation time has passed.
func late() []Scenario {
	var all []Scenario
	for _, endpoint := range []string{contract.OnFetchModes, contract.OnInit} {
		all = append(all, Scenario{
			Name: "late/" + endpoint, Title: "The CM sends " + endpoint + " after the subject's correlation time", Needs: Needs{Topology: config.Routed, Correlation: true},
			Notes: map[string]string{NoteEndpoint: endpoint, NoteBridge: string(contract.HIP)},
			Play: func(ctx context.Context, s *Stage) error {
				draft, err := s.Reach(ctx, endpoint, contract.HIP)
				if err != nil {
					return err
				}
				ttl := s.net.cfg.Subject.Correlation
				if err := s.pause(ctx, ttl+ttl/5); err != nil {
					return err
				}
				if err := renew(&draft); err != nil {
					return err
				}
				if _, err := s.Send(ctx, StepProbe, draft.From, draft.Outgoing); err != nil {
					return err
				}
				return s.Quiet(ctx)
			},
		})
	}
	return all
}
