package gateway_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
	"abdm.example/conformance/suites/internal/specstest"
)

// A gateway that declares one mode and one purpose is tried with all others, which is told and changes no verdict; and
// what a HIU alone could do there is not applicable, and blocks nothing.
func TestWhatAGatewayDoesNotDeclareIsToldAndBlocksNothing(t *testing.T) {
	cfg := config.Bundled(contract.Gateway)
	cfg.Subject.Modes, cfg.Subject.Purposes = []string{contract.MobileOTP}, []string{contract.Link}
	ev := specstest.Record(t, cfg, "/gateway", []string{"undeclared/...", "flow/...", "cm-down/400/..."}, func(cfg *config.Config) specstest.Subject {
		var reference *player.Gateway
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reference.ServeHTTP(w, r) })
		var err error
		if reference, err = player.NewGateway(player.GatewayOptions{Prefix: "/gateway", PublicURL: cfg.Subject.URL, Parties: player.Registrations(cfg),
			Log: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
		return specstest.Subject{Handler: handler, Close: reference.Close}
	})
	for _, s := range ev.Scenarios {
		if s.Status != journal.Played && s.Status != journal.NotApplicable {
			t.Errorf("%s is %s: %s", s.Name, s.Status, s.Reason)
		}
	}
	results, _ := specstest.Judge(t, ev, gateway.Specs)
	for _, c := range results.Capabilities {
		want := map[string]string{contract.MobileOTP: suites.CapabilityWorking, contract.Link: suites.CapabilityWorking,
			string(config.Routed): suites.CapabilityWorking, string(config.Combined): suites.CapabilityAbsent}[c.Name]
		if want == "" {
			want = suites.CapabilityUndeclared
		}
		if c.State != want || want == suites.CapabilityUndeclared && !strings.HasPrefix(c.Scenario, "undeclared/") {
			t.Errorf("%s %s is %s by %s, want %s", c.Kind, c.Name, c.State, c.Scenario, want)
		}
	}
}
