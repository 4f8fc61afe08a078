package player_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

func TestAPlayerThatIsToldToFailFailsUntilToldOtherwise(t *testing.T) {
	server := httptest.NewServer(player.Unable(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }), "broken"))
	defer server.Close()
	post := func(path, body string) int {
		resp, err := http.Post(server.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	path := "/gateway" + contract.MustEndpoint(contract.Init).Path
	for n, step := range []struct {
		path, body string
		want       int
	}{
		{path, `{}`, 202}, {player.PathStates, `{"state":"another"}`, 501}, {path, `{}`, 202},
		{player.PathStates, `{"state":"broken","action":"setup"}`, 204}, {contract.PathSessions, `{}`, 202}, {path, `{}`, 500}, {path, `{}`, 500}, {player.PathStates, `{"state":"broken","action":"teardown"}`, 204}, {path, `{}`, 202},
	} {
		if got := post(step.path, step.body); got != step.want {
			t.Errorf("step %d: %s was answered %d, want %d", n, step.path, got, step.want)
		}
	}
}
