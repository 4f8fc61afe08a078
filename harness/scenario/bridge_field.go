package scenario

import (
	"context"
	"encoding/json"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// fieldLife is how long a session of the deployed consent manager lasts.
const fieldLife = 2 * time.Hour

// fieldTime writes a moment as the deployed consent manager does: in UTC, with microseconds and without a zone.
func fieldTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

// fieldShaped gives a message of ours to a bridge the shape that the deployed consent manager gives it: null for what is
// not there, times with microseconds and without a zone, no validity, and a patient with members and an identifier type
// that the document does not name.
func fieldShaped(_ context.Context, _ *Stage, d *Draft) error {
	d.Stamp = fieldTime
	var all []edit
	switch d.Endpoint {
	case contract.OnFetchModes:
		all = []edit{{"/error", "null"}}
	case contract.OnInit:
		all = []edit{{"/auth/meta", `{"hint":null,"expiry":"` + fieldTime(time.Now().Add(fieldLife)) + `"}`}, {"/error", "null"}}
	case contract.OnConfirm:
		all = append(d.fieldGrant(), edit{"/error", "null"})
	case contract.Notify:
		all = d.fieldGrant()
	}
	return d.edit(all...)
}

// fieldGrant changes what a message grants: no validity, and the patient as the deployed consent manager tells them, null where nobody is told.
func (d *Draft) fieldGrant() []edit {
	var all []edit
	if _, there := fixtures.Value(d.Body, "/auth/validity"); there {
		all = append(all, edit{"/auth/validity", ""})
	}
	raw, told := fixtures.Value(d.Body, "/auth/patient")
	if !told {
		return append(all, edit{"/auth/patient", "null"})
	}
	var p contract.Patient
	if json.Unmarshal(raw, &p) != nil {
		return all
	}
	return append(all,
		edit{"/auth/patient/monthOfBirth", "2"}, edit{"/auth/patient/dayOfBirth", "29"},
		edit{"/auth/patient/address", `{"line":null,"district":"Pune","state":"Maharashtra","pincode":null}`},
		edit{"/auth/patient/identifiers", `[{"type":"MOBILE","value":"+910000000017"},{"type":"HEALTH_NUMBER","value":"00-0000-0000-0017"}]`})
}
