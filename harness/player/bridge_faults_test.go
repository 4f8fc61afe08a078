package player

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// conduct plays conversations one after the other, each to its end or until its time is over, and says what had been sent
// after each of them. Where it is told what should have been, it ends with the first conversation that differs.
func (f *facility) conduct(until time.Duration, right []string) []string {
	var sent []string
	purpose := contract.KYCAndLink
	if f.role == contract.HIU {
		purpose = contract.KYC
	}
	for _, s := range []StartRequest{
		{Purpose: purpose, Mode: contract.MobileOTP, AuthCode: hina.OTP},
		{Purpose: contract.KYC, Mode: contract.AadhaarOTP, AuthCode: hina.OTP},
		{Purpose: contract.KYC, Mode: contract.Demographics, Demographic: &hinaIdentified},
		{Purpose: purpose, Mode: contract.Direct},
		{Purpose: contract.KYC, Mode: contract.Direct},
	} {
		s.PatientID = hina.ID
		f.held(s, until)
		sent = append(sent, f.lines())
		if right != nil && !slices.Equal(sent, right[:len(sent)]) {
			break
		}
	}
	return sent
}

// held holds one conversation to its end, or until its time is over. On DIRECT, KYC is denied and anything else granted.
func (f *facility) held(s StartRequest, until time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), until)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = f.app.flow(ctx, s) // how it ends is seen in what was sent
	}()
	if s.Mode == contract.Direct {
		for open := true; open; {
			select {
			case auth := <-f.opened:
				if auth.Mode != contract.Direct {
					continue // an earlier one
				}
				status := contract.Granted
				if s.Purpose == contract.KYC {
					status = contract.Denied
				}
				acknowledged := len(f.heard(contract.OnNotify, 0, 0))
				_, _ = f.hub.Decide(ctx, auth.TransactionID, status) // a bridge may not take it
				f.heard(contract.OnNotify, acknowledged+1, until)
				open = false
			case <-ctx.Done():
				open = false
			}
		}
	}
	<-ended
}

// answered are the answers to all probes of an endpoint, by their names.
func (f *facility) answered(endpoint string) map[string]string {
	all := map[string]string{}
	for _, p := range f.probesOf(endpoint) {
		all[p.name] = f.answer(endpoint, p)
	}
	return all
}

// reference is what a conforming bridge answers to probes, by endpoint and name, and sends in conversations.
type reference struct {
	answers map[string]map[string]string
	sent    []string
}

func referenceOf(t *testing.T, role contract.Role) reference {
	t.Helper()
	f := newFacility(t, role)
	r := reference{answers: map[string]map[string]string{}, sent: f.conduct(patience, nil)}
	if again := newFacility(t, role).conduct(patience, nil); !slices.Equal(again, r.sent) {
		t.Fatalf("two conforming bridges send\n%s\nand\n%s", r.sent, again)
	}
	for _, e := range callbacks {
		r.answers[e] = f.answered(e)
	}
	return r
}

// onTheWire are faults that take the connection, the time or the request as a whole. TestNoBridgeFaultIsDead has all the others of their tables.
var onTheWire = []string{"ack-200", "ack-dropped:on-init", "ack-late:notify", "ack-never", "ack-redirect", "any-method:on-confirm", "auth-unchecked",
	"stranger-acted-on:on-init", "stranger-hung-up", "401-as-500", "error-body-text", "error-body-empty", "accept-malformed:notify", "chunked-refused:on-init",
	"charset-refused:on-confirm", "lost:confirm:/transactionId", "id-constant:confirm", "token-missing:init", "token-of-gateway:init", "path-slash:confirm",
	"method-put", "never-sent:confirm", "sent-twice:on-notify", "token-used-twice", "code-number", "both-credentials", "resp-own-id"}

// TestBridgeFaultsShow: faults that are about connections or conversations make a bridge answer or send otherwise than a
// conforming one, to probes, in ordinary conversations, or in the conversation that bridgeConducts has for it.
func TestBridgeFaultsShow(t *testing.T) {
	shown := map[string]bool{} // of a HIU those that a HIP cannot commit: the code is the same
	for _, role := range contract.Bridges {
		right := referenceOf(t, role)
		var faults []string
		for _, row := range misconducts() {
			faults = append(faults, row.name)
		}
		faults = append(faults, onTheWire...)
		faults = append(faults, slices.Collect(maps.Keys(bridgeConducts))...)
		for _, fault := range slices.Concat(Registry(role), Unforbidden(role)) {
			name := fault.Short()
			if shown[name] || !slices.Contains(faults, name) && !aboutConversations(name) {
				continue
			}
			shown[name] = true
			t.Run(fault.Name, func(t *testing.T) {
				t.Parallel()
				if special := bridgeConducts[name]; special != nil && special(newFacility(t, role, name)) ||
					special == nil && newFacility(t, role, name).differs(name, right) {
					return
				}
				t.Errorf("the bridge does not do what the fault says: %s", fault.Summary)
			})
		}
	}
}

// differs says whether a bridge answers probes, or goes on in conversations, otherwise than a conforming one.
func (f *facility) differs(fault string, right reference) bool {
	return f.answersOtherwise(fault, right.answers) || !slices.Equal(newFacility(f.t, f.role, fault).conduct(1500*time.Millisecond, right.sent), right.sent)
}

// answersOtherwise says whether a probe is answered otherwise than by a conforming bridge.
func (f *facility) answersOtherwise(fault string, right map[string]map[string]string) bool {
	if !slices.ContainsFunc(misreceptions(), func(row misreception) bool {
		return slices.ContainsFunc(row.faults(f.role), func(of Fault) bool { return of.Name == fault })
	}) {
		return false // it is about what the bridge sends
	}
	for _, e := range endpointsOf(fault) {
		for _, p := range f.probesOf(e) {
			if f.answer(e, p) != right[e][p.name] {
				return true
			}
		}
	}
	return false
}

// TestEveryBridgeMutantIsAFault: the mutants BM01 to BM60 of the domain report.
func TestEveryBridgeMutantIsAFault(t *testing.T) {
	for _, role := range contract.Bridges {
		var summaries strings.Builder
		for _, f := range slices.Concat(Registry(role), Unforbidden(role)) {
			summaries.WriteString(f.Summary + "\n")
		}
		for i := 1; i <= 60; i++ {
			name := fmt.Sprintf("BM%02d", i)
			if slices.Contains(otherKind[role], name) {
				continue
			}
			if !strings.Contains(summaries.String(), name) {
				t.Errorf("no fault of the %s is %s", role, name)
			}
		}
	}
}

// otherKind are the mutants that only a bridge of the other kind can be: a HIU links nothing, a HIP may ask for any purpose.
var otherKind = map[contract.Role][]string{
	contract.HIP: {"BM15", "BM16"},
	contract.HIU: {"BM31", "BM32", "BM33", "BM34", "BM36", "BM37", "BM56", "BM60"},
}
