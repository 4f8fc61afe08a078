package player

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// fieldNumber is the health number that a callback in the shape of the field shows: of the right shape, and nobody's.
const fieldNumber = "00-0000-0000-0000"

// inFieldShape rewrites a callback as the deployed network writes it: times in UTC with microseconds and no zone, null
// for what is left out, no validity, and a patient with month and day of birth and a HEALTH_NUMBER. What cannot be
// rewritten stays as it is.
func inFieldShape(endpoint string, body []byte, accounts []Account) []byte {
	s := fieldShape{body: body}
	s.zoneLess("/timestamp")
	payload := "/auth"
	if endpoint == onAddContexts {
		payload = "/acknowledgement"
	}
	switch {
	case endpoint == contract.Notify:
	case s.has(payload):
		s.set("/error", "null")
	default:
		s.set(payload, "null")
	}
	switch {
	case !s.has("/auth"):
	case endpoint == contract.OnInit:
		s.set("/auth/meta/hint", "null")
		s.zoneLess("/auth/meta/expiry")
	case endpoint == contract.OnConfirm || endpoint == contract.Notify:
		s.remove("/auth/validity")
		s.patient(accounts)
	}
	return s.body
}

// fieldShape is a body on its way into the shape of the field.
type fieldShape struct{ body []byte }

func (s *fieldShape) value(pointer string) string {
	raw, _ := fixtures.Value(s.body, pointer)
	var text string
	_ = json.Unmarshal(raw, &text) // no text: ""
	return text
}

func (s *fieldShape) has(pointer string) bool {
	raw, ok := fixtures.Value(s.body, pointer)
	return ok && string(raw) != "null"
}

func (s *fieldShape) set(pointer, raw string) {
	if body, err := fixtures.Edit(s.body, pointer, json.RawMessage(raw)); err == nil {
		s.body = body
	}
}

func (s *fieldShape) remove(pointer string) {
	if body, err := fixtures.Edit(s.body, pointer, nil); err == nil {
		s.body = body
	}
}

// zoneLess rewrites a time.
func (s *fieldShape) zoneLess(pointer string) {
	if at, err := time.Parse(time.RFC3339Nano, s.value(pointer)); err == nil {
		s.set(pointer, `"`+at.UTC().Format(gwZoneLess)+`"`)
	}
}

// patient rewrites the patient of a grant; for purpose LINK there is none, and the field says null.
func (s *fieldShape) patient(accounts []Account) {
	if !s.has("/auth/patient") {
		s.set("/auth/patient", "null")
		return
	}
	id := s.value("/auth/patient/id")
	for _, a := range accounts {
		var year, month, day int
		if n, err := fmt.Sscanf(a.DateOfBirth, "%d-%d-%d", &year, &month, &day); a.ID == id && err == nil && n == 3 {
			s.set("/auth/patient/monthOfBirth", fmt.Sprint(month))
			s.set("/auth/patient/dayOfBirth", fmt.Sprint(day))
		}
	}
	if s.has("/auth/patient/address") {
		s.set("/auth/patient/address/line", "null")
	}
	number := `{"type":"HEALTH_NUMBER","value":"` + fieldNumber + `"}`
	if raw, ok := fixtures.Value(s.body, "/auth/patient/identifiers"); ok && strings.TrimSpace(string(raw)) != "null" {
		s.set("/auth/patient/identifiers/-", number)
		return
	}
	s.set("/auth/patient/identifiers", "["+number+"]")
}
