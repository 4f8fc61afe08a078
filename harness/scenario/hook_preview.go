package scenario

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// StartParameters are what hooks.start is told to make the subject go through a whole conversation, with an example of a patient.
func StartParameters(c *config.Config) Parameters {
	mode := contract.MobileOTP
	if !slices.Contains(c.Subject.Modes, mode) {
		mode = c.Subject.Modes[0]
	}
	patient := exampleAccount(c)
	a := action{name: player.ActionFlow, patient: patient.ID, purpose: richest(c.Subject.Purposes, c.Subject.Role), mode: mode, credential: credentialOf(patient, mode)}
	return a.parameters(c.Hooks)
}

// EnterParameters are what hooks.enter is told, with an example of a patient.
func EnterParameters(c *config.Config) Parameters {
	return Parameters{"transactionId": player.NewRequestID(), "patientId": exampleAccount(c).ID, "authCode": exampleAccount(c).OTP, "demographic": nil}
}

// DecideParameters are what hooks.decide is told, with an example of a transaction.
func DecideParameters(status string) Parameters {
	return Parameters{"transactionId": player.NewRequestID(), "status": status}
}

func exampleAccount(c *config.Config) player.Account {
	a := account("patient@" + c.Identities.CM.ID)
	a.OTP = plainCode
	return a
}

// String is what a hook without a body of its own is told, as JSON.
func (p Parameters) String() string {
	raw, _ := json.Marshal(p.told()) // of what our own code makes
	return string(raw)
}

// Names are those of the parameters, sorted.
func (p Parameters) Names() []string { return slices.Sorted(maps.Keys(p)) }

// Variables are those in which a command finds the parameters, sorted.
func (p Parameters) Variables() []string {
	var all []string
	for _, name := range p.Names() {
		all = append(all, hookVariable(name))
	}
	return all
}

// Fits says which template of a hook is none of its parameters, nil where there is none such.
func (p Parameters) Fits(h config.Hook) error {
	if h.HTTP != nil {
		_, err := p.body(h.HTTP.Body)
		return err
	}
	_, err := p.fill(strings.Join(append(slices.Clone(h.Exec), h.Manual), " "))
	return err
}

// AtTerminal says whether there is a terminal at which a manual hook can be shown.
func AtTerminal() bool {
	file, err := openTTY()
	if err != nil {
		return false
	}
	_ = file.Close() // it was only looked at
	return true
}
