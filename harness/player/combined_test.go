package player

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// combinedStand is a combined reference over TCP with a HIP beside it.
func combinedStand(t *testing.T, c *config.Config, faults Faults) (*Bridge, string) {
	t.Helper()
	doors := httptest.NewUnstartedServer(nil)
	hub := httptest.NewUnstartedServer(nil)
	t.Cleanup(doors.Close)
	t.Cleanup(hub.Close)
	base := "http://" + hub.Listener.Addr().String()
	c.Harness.PublicURL = "http://" + doors.Listener.Addr().String()
	combined, err := NewCombined(c, GatewayOptions{Prefix: "/gateway", Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.Background(), gwPatience)
		defer cancel()
		if err := combined.Close(closing); err != nil {
			t.Errorf("the combined reference did not close: %v", err)
		}
	})
	id := c.Identities.HIP
	hip := NewBridge(BridgeOptions{Role: contract.HIP, ID: id.ID, CMID: c.Identities.CM.ID, Gateway: base + "/gateway",
		Tokens: &Login{Gateway: base + "/gateway", ClientID: id.ClientID, ClientSecret: id.ClientSecret}})
	hub.Config.Handler, doors.Config.Handler = combined, http.StripPrefix("/hip", hip)
	doors.Start()
	hub.Start()
	return hip, base
}

func TestCombinedGrantsByCredentialAndByDecision(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), gwPatience)
	defer cancel()
	c := config.Bundled(contract.Gateway)
	c.Identities.CM.ClientID, c.Identities.CM.ClientSecret = "", "" // the CM inside needs no login of the configuration
	hip, base := combinedStand(t, c, Faults{})
	outcome, err := hip.Authenticate(ctx, AuthenticateRequest{PatientID: c.Patient.ID, Purpose: contract.KYC, Mode: contract.MobileOTP, AuthCode: c.Patient.OTP})
	if err != nil || outcome.Status != contract.Granted || outcome.Patient == nil || outcome.Patient.ID != c.Patient.ID {
		t.Errorf("the right OTP ended %s: %v", outcome.Status, err)
	}
	decide := func(body any) int {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post(base+PathDecide, "application/json", bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	for _, status := range []string{contract.Granted, contract.Denied} {
		auth, err := hip.Open(ctx, c.Patient.ID, contract.Link, contract.Direct)
		if err != nil {
			t.Fatal(err)
		}
		if got := decide(map[string]string{"transactionId": auth.TransactionID, "status": status}); got != http.StatusNoContent {
			t.Errorf("the decision %s was answered %d", status, got)
		}
		outcome, err := hip.Finish(ctx, auth, "", nil)
		if err != nil && status == contract.Granted || outcome.Status != status {
			t.Errorf("the decision %s ended %s: %v", status, outcome.Status, err)
		}
		if got := decide(map[string]string{"transactionId": auth.TransactionID, "status": status}); got != http.StatusConflict {
			t.Errorf("a second decision was answered %d", got)
		}
	}
	if got := decide("no object"); got != http.StatusBadRequest {
		t.Errorf("a decision that is no object was answered %d", got)
	}
}

func TestCombinedCommitsTheFaultsOfItsCM(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), gwPatience)
	defer cancel()
	faults, err := ParseFaults(contract.Gateway, "inside-any-otp")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Bundled(contract.Gateway)
	hip, _ := combinedStand(t, c, faults)
	outcome, err := hip.Authenticate(ctx, AuthenticateRequest{PatientID: c.Patient.ID, Purpose: contract.KYC, Mode: contract.MobileOTP, AuthCode: c.Patient.WrongOTP})
	if err != nil || outcome.Status != contract.Granted {
		t.Errorf("with inside-any-otp a wrong OTP ended %s: %v", outcome.Status, err)
	}
}
