package scenario

import (
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// account is a synthetic patient. The name and the address are in two scripts, so that every flow carries UTF-8.
func account(id string) player.Account {
	return player.Account{
		ID: id, Name: "Asha Example", Gender: "F", DateOfBirth: "1972-02-29", Mobile: "+910000000017",
		Address: &contract.Address{Line: "12 Example Lane", District: "Pune", State: "Maharashtra", Pincode: "411000"},
		OTP:     "012345", Modes: contract.Modes,
	}
}

// demographic is the credential that matches the account exactly.
func demographic(a player.Account) contract.Credential {
	d := &contract.Demographic{Name: a.Name, Gender: a.Gender, DateOfBirth: a.DateOfBirth}
	if a.Mobile != "" { // the configured patient has none that we know of
		d.Identifier = &contract.Identifier{Type: "MOBILE", Value: a.Mobile}
	}
	return contract.Credential{Demographic: d}
}

// credential is the right credential for a mode.
func credential(a player.Account, mode string) contract.Credential {
	if mode == contract.Demographics {
		return demographic(a)
	}
	return contract.Credential{AuthCode: a.OTP}
}

// plainCode is the code that patients of a bridge subject enter: one without a leading zero, whose fate is judged apart.
const plainCode = "271828"
