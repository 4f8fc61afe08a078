package player

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

// cmNet is a consent manager and the hub around it, over HTTP. acknowledged is told of every on-notify that came in.
func cmNet(t *testing.T) (hub *CMHub, app *CMApp, base string, acknowledged <-chan bool) {
	t.Helper()
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hub.ServeHTTP(w, r) }))
	t.Cleanup(gateway.Close)
	app = NewCMApp(AppOptions{Role: contract.CM, ID: "sbx", Gateway: gateway.URL, ClientID: "cm-client", ClientSecret: "cm-secret"},
		Account{ID: "asha@sbx", Name: "Asha Example", Gender: "F", DateOfBirth: "1972-02-29", OTP: "123456"})
	came := make(chan bool, 8)
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		app.ServeHTTP(w, r)
		if r.URL.Path == contract.MustEndpoint(contract.OnNotify).Path {
			came <- true
		}
	}))
	t.Cleanup(served.Close)
	var err error
	hub, err = NewCMHub(CMHubOptions{HIP: "hip-1", HIU: "hiu-1",
		CM: Registration{Role: contract.CM, ID: "sbx", ClientID: "cm-client", ClientSecret: "cm-secret", URL: served.URL}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return hub, app, served.URL, came
}

// A conversation in mode DIRECT goes all the way: the hub's bridges ask as the gateway, the decision comes by the hook, and
// the bridge acknowledges it.
func TestAConsentManagerAndItsHubHoldAConversation(t *testing.T) {
	for _, role := range contract.Bridges {
		hub, app, base, acknowledged := cmNet(t)
		opened, err := hub.Bridge(role).Open(t.Context(), "asha@sbx", contract.KYC, contract.Direct)
		if err != nil {
			t.Fatal(err)
		}
		for status, want := range map[string]int{`"NONE"`: http.StatusConflict, `7`: http.StatusBadRequest} {
			if got := decide(t, base, opened.TransactionID, status); got != want {
				t.Errorf("the decision %s was answered %d, want %d", status, got, want)
			}
		}
		if got := decide(t, base, opened.TransactionID, `"GRANTED"`); got != http.StatusNoContent {
			t.Errorf("the decision was answered %d", got)
		}
		outcome, err := hub.Bridge(role).Finish(t.Context(), opened, "", nil)
		if err != nil || outcome.Status != contract.Granted || outcome.Patient == nil {
			t.Errorf("it ended %s: %v", outcome.Status, err)
		}
		<-acknowledged
		if !app.Acknowledged(opened.TransactionID) {
			t.Error("the decision was not acknowledged")
		}
	}
}

// decide tells the consent manager a decision by its hook.
func decide(t *testing.T, base, transaction, status string) int {
	t.Helper()
	resp, err := http.Post(base+PathDecide, "application/json", strings.NewReader(`{"transactionId":"`+transaction+`","status":`+status+`}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestAHubOfAConsentManagerRefusesWhatItCannotDeliver(t *testing.T) {
	hub, _, _, _ := cmNet(t)
	path := contract.MustEndpoint(contract.OnInit).Path
	for name, c := range map[string]struct {
		path   string
		header []string
		want   int
	}{
		"another operation": {contract.MustEndpoint(contract.Init).Path, []string{"X-HIP-ID", "hip-1"}, http.StatusNotFound},
		"nobody named":      {path, nil, http.StatusBadRequest},
		"a stranger named":  {path, []string{"X-HIU-ID", "hiu-9"}, http.StatusBadRequest},
		"both named":        {path, []string{"X-HIP-ID", "hip-1", "X-HIU-ID", "hiu-1"}, http.StatusBadRequest},
	} {
		r := httptest.NewRequest(http.MethodPost, c.path, strings.NewReader(`{}`))
		for n := 0; n < len(c.header); n += 2 {
			r.Header.Set(c.header[n], c.header[n+1])
		}
		w := httptest.NewRecorder()
		hub.ServeHTTP(w, r)
		if w.Code != c.want || !strings.Contains(w.Body.String(), `"error":{"code":`) {
			t.Errorf("%s was answered %d %s, want %d", name, w.Code, w.Body, c.want)
		}
	}
}
