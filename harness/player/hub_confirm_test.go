package player

import (
	"encoding/json"
	"testing"

	"abdm.example/conformance/contract"
)

// Whoever makes a bridge act need not tell an identifier, and the bridge may add the one of its own records: that is no
// reason to refuse. A wrong name is.
func TestAHubGrantsWhateverIdentifierABridgeAdds(t *testing.T) {
	hub, err := NewHub(HubOptions{Bridge: Registration{Role: contract.HIP, ID: "hip-1"}, CMID: "sbx"})
	if err != nil {
		t.Fatal(err)
	}
	hub.AddAccount(hina)
	for name, want := range map[string]bool{hina.Name: true, "Somebody Else": false} {
		var opened contract.OnInitMessage
		replied(t, hub, contract.Init, contract.QueryMessage{RequestID: NewRequestID(), Query: contract.Query{ID: hina.ID, Purpose: contract.KYC, AuthMode: contract.Demographics}}, &opened)
		details := &contract.Demographic{Name: name, Gender: hina.Gender, DateOfBirth: hina.DateOfBirth, Identifier: &contract.Identifier{Type: "MOBILE", Value: "+910000000042"}}
		var confirmed contract.OnConfirmMessage
		replied(t, hub, contract.Confirm, contract.ConfirmMessage{RequestID: NewRequestID(), TransactionID: opened.Auth.TransactionID, Credential: contract.Credential{Demographic: details}}, &confirmed)
		if granted := confirmed.Auth != nil; granted != want {
			t.Errorf("granted is %t for the name %q", granted, name)
		}
	}
}

// replied reads what the hub answers to a message of the bridge.
func replied(t *testing.T, hub *Hub, endpoint string, message, into any) {
	t.Helper()
	out, err := hub.ReplyLoosely(endpoint, encodeJSON(message))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Body, into); err != nil {
		t.Fatal(err)
	}
}
