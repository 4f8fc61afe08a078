package player

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// SandboxPatients are the patients of a sandbox whose consent manager has this id. They are synthetic. Between them
// they need what a bridge may get wrong: an OTP with a leading zero, a name beyond ASCII, a year of birth and no more,
// and patients who cannot use every mode.
func SandboxPatients(cm string) []Account {
	address := &contract.Address{Line: "1 Sample Street", District: "Sample District", State: "Sample State", Pincode: "000001"}
	all := []Account{
		{ID: "hinapatel", Name: "Sample Patient", Gender: "F", DateOfBirth: "1972-02-29", Mobile: "+910000000017", OTP: "123456", Address: address},
		{ID: "zero", Name: "Zero Sample", Gender: "M", DateOfBirth: "2001-12-01", Mobile: "+910000000018", OTP: "012345"},
		{ID: "namuna", Name: "नमूना रोगी", Gender: "O", DateOfBirth: "1985", Mobile: "+910000000019", OTP: "345678", Address: address},
		{ID: "only-otp", Name: "Otp Sample", Gender: "F", DateOfBirth: "1990-07-15", Mobile: "+910000000020", OTP: "456789", Modes: []string{contract.MobileOTP, contract.AadhaarOTP}},
		{ID: "only-details", Name: "Details Sample", Gender: "U", DateOfBirth: "1964-01-31", Mobile: "+910000000021", Modes: []string{contract.Demographics}},
		{ID: "only-direct", Name: "Direct Sample", Gender: "M", DateOfBirth: "1999-09-09", Mobile: "+910000000022", Modes: []string{contract.Direct}},
	}
	for i := range all {
		all[i].ID += "@" + cm
	}
	return all
}

// SandboxPatient is an Account in the words of the control API. It holds an OTP: for synthetic patients only.
type SandboxPatient struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Gender      string            `json:"gender"`
	DateOfBirth string            `json:"dateOfBirth"`
	Mobile      string            `json:"mobile,omitempty"`
	Address     *contract.Address `json:"address,omitempty"`
	OTP         string            `json:"otp,omitempty"`
	Modes       []string          `json:"modes,omitempty"`
}

func patientOf(a Account) SandboxPatient {
	return SandboxPatient(a)
}

// patientName is what stands before the @ of a patient's address.
var patientName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// dateOfBirth is a date, or a year where no more is known.
var dateOfBirth = regexp.MustCompile(`^\d{4}(-\d{2}-\d{2})?$`)

// account says what is wrong with a patient, and makes the account.
func (p SandboxPatient) account(cm string) (Account, error) {
	name, suffix, _ := strings.Cut(p.ID, "@")
	a := Account(p)
	if len(a.Modes) == 0 {
		a.Modes = contract.Modes
	}
	_, noDate := time.Parse("2006-01-02", a.born())
	switch {
	case !patientName.MatchString(name) || suffix != cm:
		return a, fmt.Errorf("id must be an address of this consent manager in letters, digits, dots, hyphens and underscores, such as someone@%s", cm)
	case p.Name == "":
		return a, fmt.Errorf("name is missing")
	case !slices.Contains([]string{"M", "F", "O", "U"}, p.Gender):
		return a, fmt.Errorf("gender is %q; it can be M, F, O or U", p.Gender)
	case !dateOfBirth.MatchString(p.DateOfBirth) || noDate != nil:
		return a, fmt.Errorf("dateOfBirth must be a date, YYYY-MM-DD, or a year, YYYY")
	}
	for _, mode := range a.Modes {
		if !slices.Contains(contract.Modes, mode) {
			return a, fmt.Errorf("there is no mode %q; modes are %s", mode, strings.Join(contract.Modes, ", "))
		}
		if p.OTP == "" && (mode == contract.MobileOTP || mode == contract.AadhaarOTP) {
			return a, fmt.Errorf("otp is missing: mode %s needs it", mode)
		}
	}
	return a, nil
}
