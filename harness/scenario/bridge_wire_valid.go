package scenario

import (
	"context"
	"time"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
)

// changes plays several changes one after the other.
func changes(all ...change) change {
	return func(ctx context.Context, s *Stage, d *Draft) error {
		for _, c := range all {
			if err := c(ctx, s, d); err != nil {
				return err
			}
		}
		return nil
	}
}

// variants are "variant/<kind>/<endpoint>": what a message may say, the canonical one apart.
func variants() []wire {
	bare := func(_ context.Context, _ *Stage, d *Draft) error { // a denial carries nothing
		for _, pointer := range []string{"/auth/accessToken", "/auth/validity", "/auth/patient"} {
			if err := d.omit(pointer); err != nil {
				return err
			}
		}
		return nil
	}
	all := []wire{
		{name: "variant/one-mode", title: "on-fetch-modes with one mode", endpoint: contract.OnFetchModes, change: oneMode},
		{name: "variant/direct-only", title: "on-fetch-modes with DIRECT only", endpoint: contract.OnFetchModes, change: offers(contract.Direct)},
		{name: "variant/aadhaar-otp", title: "on-init in mode AADHAAR_OTP", endpoint: contract.OnInit, mode: contract.AadhaarOTP},
		{name: "variant/demographics", title: "on-init in mode DEMOGRAPHICS", endpoint: contract.OnInit, mode: contract.Demographics},
		{name: "variant/direct", title: "on-init in mode DIRECT", endpoint: contract.OnInit, mode: contract.Direct},
		{name: "variant/denied", title: "notify that tells a denial", endpoint: contract.Notify, change: changes(denies, bare)},
	}
	for _, e := range []string{contract.OnConfirm, contract.Notify} {
		all = append(all,
			wire{name: "variant/link", title: e + " for LINK, with an access token and no patient", endpoint: e, purpose: contract.Link, tokens: true},
			wire{name: "variant/kyc", title: e + " for KYC, with the patient and no access token", endpoint: e, purpose: contract.KYC, tokens: true},
			wire{name: "variant/no-validity", title: e + " without validity", endpoint: e, tokens: true, change: edits(edit{"/auth/validity", ""})},
		)
	}
	return validWires(all)
}

// oneMode leaves the one mode that the subject asks for next.
func oneMode(ctx context.Context, s *Stage, d *Draft) error {
	mode, ok := s.declaredMode(contract.OnInit)
	if !ok {
		return &notApplicableError{"subject.modes lists no mode in which on-init is sent"}
	}
	return offers(mode)(ctx, s, d)
}

// omit takes a member out where it is there.
func (d *Draft) omit(pointer string) error {
	if _, there := fixtures.Value(d.Body, pointer); !there {
		return nil
	}
	return d.edit(edit{pointer, ""})
}

func validWires(all []wire) []wire {
	for i := range all {
		all[i].valid = true
	}
	return all
}

// relaxations are those "lawful/<kind>/<endpoint>" that only a bridge is sent.
func relaxations() []wire {
	all := []wire{
		{name: "lawful/null-meta", title: "on-init with meta: null", endpoint: contract.OnInit, change: edits(edit{"/auth/meta", "null"})},
		{name: "lawful/null-expiry", title: "on-init with meta.expiry: null", endpoint: contract.OnInit, change: edits(edit{"/auth/meta/expiry", "null"})},
		{name: "lawful/null-grant", title: "notify that tells a denial with accessToken, validity and patient: null", endpoint: contract.Notify,
			change: changes(denies, edits(edit{"/auth/accessToken", "null"}, edit{"/auth/validity", "null"}, edit{"/auth/patient", "null"}))},
		{name: "lawful/uuid-version", title: "on-init whose requestId is a UUID of version 7", endpoint: contract.OnInit, change: anotherUUID},
		{name: "lawful/uuid-version", title: "notify whose requestId is a UUID of version 7", endpoint: contract.Notify, change: anotherUUID},
		{name: "lawful/opaque-transaction", title: "on-init whose transactionId is no UUID", endpoint: contract.OnInit, change: named(TransactionOpaque)},
	}
	for _, e := range []string{contract.OnConfirm, contract.Notify} {
		all = append(all,
			wire{name: "lawful/null-patient", title: e + " for LINK with patient: null", endpoint: e, purpose: contract.Link, change: edits(edit{"/auth/patient", "null"})},
			wire{name: "lawful/null-token", title: e + " for KYC with accessToken: null", endpoint: e, purpose: contract.KYC, change: edits(edit{"/auth/accessToken", "null"})},
			wire{name: "lawful/null-validity", title: e + " with validity: null", endpoint: e, change: edits(edit{"/auth/validity", "null"})},
			wire{name: "lawful/null-address-line", title: e + " whose patient has address.line: null", endpoint: e, change: patientsOnly(edits(edit{"/auth/patient/address/line", "null"}))},
			wire{name: "lawful/opaque-token", title: e + " whose access token is no JWT", endpoint: e, tokens: true, change: opaqueToken},
		)
	}
	for _, e := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} { // notify is among those of a gateway
		all = append(all,
			wire{name: "lawful/offset", title: e + " with a timestamp of now with the offset +05:30", endpoint: e, change: timestamp(func(now time.Time) string {
				return now.In(time.FixedZone("", 19800)).Format("2006-01-02T15:04:05.000Z07:00")
			})},
			wire{name: "lawful/past-45s", title: e + " with a timestamp 45 s ago", endpoint: e, change: timestamp(func(now time.Time) string { return player.Timestamp(now.Add(-45 * time.Second)) })})
	}
	return validWires(all)
}

// patientsOnly makes a scenario whose message tells of no patient not applicable.
func patientsOnly(c change) change {
	return func(ctx context.Context, s *Stage, d *Draft) error {
		if _, told := fixtures.Value(d.Body, "/auth/patient"); !told {
			return &notApplicableError{"no " + d.Endpoint + " for the declared purposes has a patient"}
		}
		return c(ctx, s, d)
	}
}

// anotherUUID gives a message a requestId of version 7 (RFC 9562, 5.7): the format uuid has any version.
func anotherUUID(_ context.Context, _ *Stage, d *Draft) error {
	id, err := uuid.NewV7()
	if err != nil {
		return harnessError(err)
	}
	return d.edit(edit{"/requestId", quoteJSON(id.String())})
}

// fieldShapes are "field/<kind>/<endpoint>": what the deployed network writes, as a whole and each departure by itself.
func fieldShapes() []wire {
	var all []wire
	for _, e := range contract.Served(contract.HIP) {
		all = append(all,
			wire{name: "field/shape", title: e.Name + " in the shape that the deployed consent manager gives it", endpoint: e.Name, change: fieldShaped},
			wire{name: "field/zone-less", title: e.Name + " with a timestamp that has microseconds and no zone", endpoint: e.Name, change: timestamp(fieldTime)})
	}
	all = append(all, wire{name: "field/zone-less-expiry", title: "on-init with a meta.expiry that has microseconds and no zone", endpoint: contract.OnInit,
		change: func(_ context.Context, _ *Stage, d *Draft) error {
			return d.edit(edit{"/auth/meta/expiry", quoteJSON(fieldTime(time.Now().Add(fieldLife)))})
		}})
	for _, e := range []string{contract.OnConfirm, contract.Notify} {
		all = append(all,
			wire{name: "field/month-of-birth", title: e + " whose patient has month and day of birth", endpoint: e,
				change: patientsOnly(edits(edit{"/auth/patient/monthOfBirth", "2"}, edit{"/auth/patient/dayOfBirth", "29"}))},
			wire{name: "field/health-number", title: e + " whose patient has an identifier of type HEALTH_NUMBER", endpoint: e,
				change: patientsOnly(edits(edit{"/auth/patient/identifiers", `[{"type":"HEALTH_NUMBER","value":"00-0000-0000-0017"}]`}))})
	}
	all = validWires(all)
	for _, e := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm} {
		all = append(all, wire{name: "field/gateway-error", title: "The error that the deployed gateway itself sends at " + e + ": no timestamp, and for bridge_<client id>", endpoint: e, change: failsAsDeployed})
	}
	return all
}
