package player

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// gwDoor is a server whose handler is set after its address is known.
type gwDoor struct {
	server  *httptest.Server
	handler http.Handler
}

func gwOpenDoor(t *testing.T) *gwDoor {
	d := &gwDoor{}
	d.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }))
	t.Cleanup(d.server.Close)
	return d
}

// TestGatewayBetweenPlayers lets the real bridge and the real CM authenticate
// a patient through the gateway, with real logins, as HIP and as HIU.
func TestGatewayBetweenPlayers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), gwPatience)
	defer cancel()
	hub, cmDoor := gwOpenDoor(t), gwOpenDoor(t)
	base := func(d *gwDoor) string { return "http://" + d.server.Listener.Addr().String() }
	login := func(client string) *Login {
		return &Login{Gateway: base(hub) + "/gateway", ClientID: client, ClientSecret: client + "-secret"}
	}
	parties := []Registration{{Role: contract.CM, ID: "sbx", ClientID: "cm", ClientSecret: "cm-secret", URL: base(cmDoor)}}
	bridges := map[contract.Role]*Bridge{}
	for _, role := range contract.Bridges {
		door := gwOpenDoor(t)
		id := string(role) + "-1"
		parties = append(parties, Registration{Role: role, ID: id, ClientID: id, ClientSecret: id + "-secret", URL: base(door)})
		bridges[role] = NewBridge(BridgeOptions{Role: role, ID: id, CMID: "sbx", Gateway: base(hub) + "/gateway", Tokens: login(id)})
		door.handler = bridges[role]
		door.server.Start()
	}
	gateway, err := NewGateway(GatewayOptions{Prefix: "/gateway", Parties: parties})
	if err != nil {
		t.Fatal(err)
	}
	hub.handler = gateway
	cm := NewCM(CMOptions{ID: "sbx", Gateway: base(hub) + "/gateway", Tokens: login("cm")})
	cm.AddAccount(Account{ID: "asha@sbx", Name: "आशा", Gender: "F", DateOfBirth: "1980-02-29", OTP: "012345"})
	cmDoor.handler = cm
	cmDoor.server.Start()
	hub.server.Start()
	for role, bridge := range bridges {
		for _, a := range []AuthenticateRequest{
			{PatientID: "asha@sbx", Purpose: contract.KYC, Mode: contract.MobileOTP, AuthCode: "012345"},
			{PatientID: "asha@sbx", Purpose: contract.KYC, Mode: contract.Demographics,
				Demographic: &contract.Demographic{Name: "आशा", Gender: "F", DateOfBirth: "1980-02-29"}},
		} {
			outcome, err := bridge.Authenticate(ctx, a)
			if err != nil || outcome.Status != contract.Granted || outcome.Patient == nil || outcome.Patient.Name != "आशा" {
				t.Errorf("%s by %s ended %s: %v", role, a.Mode, outcome.Status, err)
			}
		}
	}
	auth, err := bridges[contract.HIP].Open(ctx, "asha@sbx", contract.Link, contract.Direct)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := cm.Decide(ctx, auth.TransactionID, contract.Granted); err != nil || answer.Status != 202 {
		t.Fatalf("the decision was answered %d %s: %v", answer.Status, answer.Body, err)
	}
	outcome, err := bridges[contract.HIP].Finish(ctx, auth, "", nil)
	if err != nil || outcome.Status != contract.Granted || outcome.AccessToken == "" {
		t.Errorf("the DIRECT session ended %s: %v", outcome.Status, err)
	}
	for !cm.Acknowledged(auth.TransactionID) {
		if !gwPause(ctx, 10*time.Millisecond) {
			t.Fatal("the CM was not told by on-notify that its notify came")
		}
	}
	if err := gateway.Close(ctx); err != nil {
		t.Error(err)
	}
}
