package player

import (
	"slices"
	"strconv"
	"strings"

	"abdm.example/conformance/contract"
)

// Account is a patient whom a consent manager knows. It holds patient data and a one-time password: never print it.
type Account struct {
	ID   string // the patient's address, for example "hinapatel@sbx"
	Name string
	// Gender is M, F, O or U.
	Gender string
	// DateOfBirth is YYYY-MM-DD, or YYYY where no more is known; a bridge then gives YYYY-01-01.
	DateOfBirth string
	Mobile      string
	Address     *contract.Address // nil: none is told
	OTP         string            // the one-time password of both OTP modes
	// Modes are the modes that the patient can use, the preferred first; none means all, in the contract's order.
	Modes []string
}

// AddAccount makes a patient known to the CM, or replaces the one with that id.
func (c *CM) AddAccount(a Account) {
	c.state.Lock()
	defer c.state.Unlock()
	if len(a.Modes) == 0 {
		a.Modes = contract.Modes
	}
	a.Modes = slices.Clone(a.Modes)
	c.accounts[a.ID] = a
}

// pick is the mode of a new session: the one asked for, or else the first
// mediated one, or else the first. It is "" where that is not available.
func (a Account) pick(asked string) string {
	if asked != "" {
		if !slices.Contains(a.Modes, asked) {
			return ""
		}
		return asked
	}
	for _, mode := range a.Modes {
		if mode != contract.Direct {
			return mode
		}
	}
	return a.Modes[0]
}

// matches compares demographic details exactly, as the contract asks ("must be
// exactly as specified in User Account").
func (a Account) matches(d contract.Demographic) bool {
	if d.Identifier != nil && (d.Identifier.Type != "MOBILE" || d.Identifier.Value != a.Mobile) {
		return false
	}
	return d.Name == a.Name && d.Gender == a.Gender && d.DateOfBirth == a.born()
}

// born is the date that a bridge gives for the account.
func (a Account) born() string {
	if len(a.DateOfBirth) == len("2006") {
		return a.DateOfBirth + "-01-01"
	}
	return a.DateOfBirth
}

// patient is what purpose KYC tells of the account.
func (a Account) patient() *contract.Patient {
	year, _, _ := strings.Cut(a.DateOfBirth, "-")
	p := &contract.Patient{ID: a.ID, Name: a.Name, Gender: a.Gender, Address: a.Address}
	p.YearOfBirth, _ = strconv.Atoi(year) // 0 for an account without a date of birth
	if a.Mobile != "" {
		p.Identifiers = []contract.Identifier{{Type: "MOBILE", Value: a.Mobile}}
	}
	return p
}

// hint tells the patient how to authenticate, and a stranger nothing: of the mobile number it shows the last four digits.
func (a Account) hint(mode string) string {
	switch mode {
	case contract.MobileOTP:
		shown := ""
		if len(a.Mobile) >= 10 {
			shown = a.Mobile[len(a.Mobile)-4:]
		}
		return "OTP sent to mobile number ******" + shown
	case contract.AadhaarOTP:
		return "OTP sent to the mobile number of the Aadhaar account"
	case contract.Demographics:
		return "name, gender and date of birth as registered"
	}
	return "to be approved by the patient"
}
