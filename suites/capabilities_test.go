package suites

import (
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// told finds one capability among all.
func told(t *testing.T, all []Capability, kind, name string) Capability {
	t.Helper()
	for _, c := range all {
		if c.Kind == kind && c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no %s %s in %+v", kind, name, all)
	return Capability{}
}

func granted(mode, purpose string) []string {
	return []string{scenario.NoteMode, mode, scenario.NotePurpose, purpose, scenario.NoteOutcome, scenario.OutcomeGranted}
}

func TestCapabilitiesOfAGateway(t *testing.T) {
	r := newRecording()
	r.ev.Run.Subject.Modes = []string{contract.MobileOTP, contract.AadhaarOTP, contract.Demographics}
	r.ev.Run.Subject.Purposes = []string{contract.Link}
	r.scenario("flow/hip/mobile-otp", journal.Played, granted(contract.MobileOTP, contract.Link)...)
	r.sent("flow/hip/mobile-otp", "init", contract.HIP, contract.Init, 202, `{}`)
	r.received("flow/hip/mobile-otp", contract.CM, contract.Init, `{}`)
	r.received("flow/hip/mobile-otp", contract.HIP, contract.OnConfirm, `{"error":{"code":1},"auth":null}`)
	grant := r.received("flow/hip/mobile-otp", contract.HIP, contract.OnConfirm, `{"auth":{"accessToken":"t"},"error":null}`)
	r.scenario("flow/hip/aadhaar-otp", journal.Blocked, granted(contract.AadhaarOTP, contract.Link)...)
	r.sent("flow/hip/aadhaar-otp", "on-confirm", contract.CM, contract.OnConfirm, 202, `{"auth":{"accessToken":"t"}}`)
	r.scenario("undeclared/mode/direct", journal.Played, granted(contract.Direct, contract.KYC)...)
	r.received("undeclared/mode/direct", contract.HIP, contract.Notify, `{"auth":{"status":"DENIED"}}`)
	decided := r.received("undeclared/mode/direct", contract.HIP, contract.Notify, `{"auth":{"status":"GRANTED"}}`)
	all := newBench(r.ev, ProfileStrict).capabilities()
	for _, row := range []struct {
		kind, name, state string
		shown             *journal.Exchange
	}{
		{CapabilityMode, contract.MobileOTP, CapabilityWorking, grant},
		{CapabilityMode, contract.AadhaarOTP, CapabilityMissing, nil},
		{CapabilityMode, contract.Demographics, CapabilityUnseen, nil},
		{CapabilityMode, contract.Direct, CapabilityUndeclared, decided},
		{CapabilityPurpose, contract.Link, CapabilityWorking, grant},
		{CapabilityPurpose, contract.KYC, CapabilityUndeclared, decided},
		{CapabilityPurpose, contract.KYCAndLink, CapabilityAbsent, nil},
		{CapabilityTopology, "routed", CapabilityWorking, r.ev.Exchanges[1]},
		{CapabilityTopology, "combined", CapabilityAbsent, nil},
	} {
		c := told(t, all, row.kind, row.name)
		want := ""
		if row.shown != nil {
			want = row.shown.ID
		}
		if c.State != row.state || c.Exchange != want {
			t.Errorf("%s %s is %s by %q, want %s by %q", row.kind, row.name, c.State, c.Exchange, row.state, want)
		}
	}
}

// A consent manager inside names its modes itself, and no request comes to ours.
func TestCapabilitiesOfAGatewayWithAConsentManagerInside(t *testing.T) {
	r := newRecording()
	r.ev.Run.Subject.Topology, r.ev.Run.Subject.Modes = config.Combined, []string{contract.MobileOTP}
	r.scenario("combined/fetch-modes/hip", journal.Played)
	r.sent("combined/fetch-modes/hip", "fetch-modes", contract.HIP, contract.FetchModes, 202, `{}`)
	named := r.received("combined/fetch-modes/hip", contract.HIP, contract.OnFetchModes, `{"auth":{"modes":["MOBILE_OTP","DIRECT"]}}`)
	bench := newBench(r.ev, ProfileStrict)
	if c := told(t, bench.capabilities(), CapabilityMode, contract.Direct); c.State != CapabilityUndeclared || c.Exchange != named.ID {
		t.Errorf("%+v", c)
	}
	if c := told(t, bench.capabilities(), CapabilityTopology, "combined"); c.State != CapabilityWorking || c.Exchange != named.ID {
		t.Errorf("%+v", c)
	}
	r.received("combined/fetch-modes/hip", contract.CM, contract.FetchModes, `{}`)
	if c := told(t, newBench(r.ev, ProfileStrict).capabilities(), CapabilityTopology, "combined"); c.State != CapabilityMissing {
		t.Errorf("a request came to our CM, and yet: %+v", c)
	}
}

func TestCapabilitiesOfABridge(t *testing.T) {
	r := newRecording()
	r.ev.Run.Subject.Role, r.ev.Run.Subject.Topology, r.ev.Run.Subject.Modes = contract.HIP, "", []string{contract.MobileOTP, contract.Direct}
	r.scenario("flow/mobile-otp/link/granted", journal.Played, granted(contract.MobileOTP, contract.Link)...)
	init := r.received("flow/mobile-otp/link/granted", contract.Gateway, contract.Init, `{"query":{"authMode":"AADHAAR_OTP","purpose":"LINK"}}`)
	confirm := r.received("flow/mobile-otp/link/granted", contract.Gateway, contract.Confirm, `{}`)
	r.sent("flow/mobile-otp/link/granted", "on-confirm", contract.Gateway, contract.OnConfirm, 202, `{"auth":{"accessToken":"t"}}`)
	r.scenario("flow/direct/link/granted", journal.Played, granted(contract.Direct, contract.Link)...)
	r.sent("flow/direct/link/granted", "notify", contract.Gateway, contract.Notify, 202, `{"auth":{"status":"GRANTED"}}`)
	all := newBench(r.ev, ProfileStrict).capabilities()
	if c := told(t, all, CapabilityMode, contract.MobileOTP); c.State != CapabilityWorking || c.Exchange != confirm.ID {
		t.Errorf("%+v", c)
	}
	if c := told(t, all, CapabilityMode, contract.Direct); c.State != CapabilityMissing {
		t.Errorf("it never answered the notify, and yet: %+v", c)
	}
	if c := told(t, all, CapabilityMode, contract.AadhaarOTP); c.State != CapabilityUndeclared || c.Exchange != init.ID {
		t.Errorf("%+v", c)
	}
	for _, c := range all {
		if c.Kind == CapabilityTopology {
			t.Errorf("a bridge has no topology: %+v", c)
		}
	}
}
