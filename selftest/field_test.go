package selftest_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/gateway"
)

// recorded plays scenarios against a reference gateway over TCP and returns the evidence; patterns select them, none selects all.
func recorded(t *testing.T, change func(*player.GatewayOptions), patterns ...string) *journal.Evidence {
	t.Helper()
	cfg := config.Bundled(contract.Gateway)
	cfg.Timing = config.Timing{Callback: 6 * time.Second, Quiet: 800 * time.Millisecond, Ack: 5 * time.Second}
	ours, theirs := listen(t), listen(t)
	cfg.Harness.PublicURL = "http://" + ours.Addr().String()
	cfg.Subject.URL = "http://" + theirs.Addr().String() + "/gateway"
	options := player.GatewayOptions{Prefix: "/gateway", PublicURL: cfg.Subject.URL, Parties: player.Registrations(cfg), Correlation: cfg.Subject.Correlation}
	change(&options)
	g, err := player.NewGateway(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Expire(cfg); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = server.Serve(theirs) }()
	scenarios := scenario.For(contract.Gateway)
	if len(patterns) > 0 {
		scenarios = scenario.Select(scenarios, patterns)
	}
	path := filepath.Join(t.TempDir(), "evidence.jsonl")
	redactor := journal.NewRedactor()
	j, err := journal.Create(path, scenario.Header(cfg, scenarios, suites.ProfileStrict, "test"), redactor)
	if err != nil {
		t.Fatal(err)
	}
	network, err := scenario.OpenNetwork(scenario.NetworkOptions{Config: cfg, Journal: j, Redactor: redactor, Listener: ours, Slots: make(chan struct{}, 8)})
	if err != nil {
		t.Fatal(err)
	}
	if err := network.Preflight(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := network.Play(t.Context(), scenarios, nil); err != nil {
		t.Fatal(err)
	}
	closing, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, _, _ = network.Close(closing), g.Close(closing), server.Close()
	if err := j.Close(journal.End{Finished: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	evidence, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return evidence
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func judged(t *testing.T, evidence *journal.Evidence, profile string) *suites.Results {
	t.Helper()
	r, err := suites.Judge(t.Context(), evidence, suites.Options{Profile: profile, Version: "test"}, gateway.Specs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// having are the requirements of a verdict.
func having(r *suites.Results, v suites.Verdict) []string {
	var ids []string
	for _, q := range r.Requirements {
		if q.Verdict == v {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

// tolerances are the numbers of the tolerances that results disclose.
func tolerances(r *suites.Results) []string {
	var ids []string
	for _, d := range r.Deviations {
		ids = append(ids, d.ID)
	}
	return ids
}

// dialectFails are the requirements that the deployed gateway's dialect fails in profile strict.
var dialectFails = []string{
	"AUTH-GEN-007", "AUTH-GEN-008", "AUTH-GEN-009", "AUTH-GEN-010", "AUTH-GEN-013", "AUTH-FM-008", "AUTH-OFM-006", "AUTH-OFM-015",
	"AUTH-INIT-010", "AUTH-OINIT-019", "AUTH-OINIT-021", "AUTH-CONF-024", "AUTH-OCONF-017", "AUTH-OCONF-019", "AUTH-NTF-008",
	"AUTH-ONTF-007", "AUTH-ONTF-009", "AUTH-GW-021", "AUTH-GW-027", "AUTH-GW-028", "AUTH-GW-033",
}

// dialectWarns are those of which it gets a warning in both profiles: they are no MUST.
var dialectWarns = []string{
	"AUTH-GEN-018", "AUTH-GEN-030", "AUTH-GEN-034", "AUTH-GW-013", "AUTH-GW-017", "AUTH-GW-018", "AUTH-GW-020", "AUTH-GW-024", "AUTH-GW-026", "AUTH-GW-031",
}

// listed reports every finding that field fails, and every tolerance that softens a requirement which its row does not name.
func listed(t *testing.T, r *suites.Results) {
	t.Helper()
	for _, q := range r.Requirements {
		for _, c := range q.Checks {
			for _, f := range c.Findings {
				if c.Verdict == suites.Fail && f.Tolerance == "" {
					t.Errorf("field: %s in %s: expected %s; received %s", q.ID, f.Scenario, f.Expected, f.Received)
				}
				if row, ok := suites.LookupTolerance(f.Tolerance); f.Tolerance != "" && (!ok || !slices.Contains(row.Requirements, q.ID)) {
					t.Errorf("%s softens %s, which suites.Tolerances does not say", f.Tolerance, q.ID)
				}
			}
		}
	}
}

func field(o *player.GatewayOptions) { o.Dialect = player.DialectField }

func TestStrictFindsTheDialectAndFieldPassesIt(t *testing.T) {
	evidence := recorded(t, field)
	strict := judged(t, evidence, suites.ProfileStrict)
	if failed := having(strict, suites.Fail); strict.Verdict != suites.NotConformant || !slices.Equal(failed, dialectFails) {
		t.Errorf("strict: %s\n%q\nwant\n%q", strict.Reason, failed, dialectFails)
	}
	if warned := having(strict, suites.Warning); !slices.Equal(warned, dialectWarns) {
		t.Errorf("strict warns of\n%q\nwant\n%q", warned, dialectWarns)
	}
	if len(strict.Deviations) > 0 {
		t.Errorf("strict discloses %v", strict.Deviations)
	}
	lenient := judged(t, evidence, suites.ProfileField)
	if lenient.Verdict != suites.Conformant {
		t.Errorf("field: %s: %s", lenient.Verdict, lenient.Reason)
	}
	listed(t, lenient)
	want := []string{"D02", "D03", "D06", "D07", "D16", "D17", "D19", "D20"}
	if got := tolerances(lenient); !slices.Equal(got, want) {
		t.Errorf("field discloses %q, want %q", got, want)
	}
	for _, d := range lenient.Deviations {
		if row, _ := suites.LookupTolerance(d.ID); d.Kind != "tolerance" || !strings.HasPrefix(d.Text, row.Deployed) {
			t.Errorf("%s is disclosed as %s: %q", d.ID, d.Kind, d.Text)
		}
	}
}

func TestTheReferenceNeedsNoTolerance(t *testing.T) {
	evidence := recorded(t, func(*player.GatewayOptions) {})
	r := judged(t, evidence, suites.ProfileField)
	if r.Verdict != suites.Conformant || len(r.Deviations) > 0 || len(having(r, suites.Warning)) > 0 {
		t.Errorf("%s (%s), deviations %v, warnings %q", r.Verdict, r.Reason, r.Deviations, having(r, suites.Warning))
	}
}

// TestFieldSeesRealFaults plays, for each fault, only what is needed to see it: a failed MUST decides, whatever else was not played.
func TestFieldSeesRealFaults(t *testing.T) {
	for fault, row := range map[string]struct {
		patterns    []string
		requirement string
	}{
		"auth-unchecked":         {[]string{"token/garbage/*"}, "AUTH-GEN-020"},
		"role-unchecked:notify":  {[]string{"token/wrong-role/notify"}, "AUTH-GW-015"},
		"forward-caller-token":   {[]string{"flow/hip/mobile-otp/link/granted"}, "AUTH-GW-006"},
		"deliver-unchecked":      {[]string{"correlation/never-issued/*"}, "AUTH-OFM-008"},
		"header-unchecked":       {[]string{"correlation/other-party/*"}, "AUTH-GW-019"},
		"drop-on-init":           {[]string{"flow/hip/mobile-otp/link/granted"}, "AUTH-GW-002"},
		"resp-not-mapped":        {[]string{"flow/hip/mobile-otp/link/granted"}, "AUTH-GW-002"},
		"no-replay-check":        {[]string{"replay/same/*"}, "AUTH-GW-009"},
		"missing-cm-dropped":     {[]string{"address/missing/init"}, "AUTH-INIT-010"},
		"malformed-as-500":       {[]string{"body/malformed/*"}, "AUTH-GEN-006"},
		"400-as-500":             {[]string{"invalid/init/missing:requestId"}, "AUTH-GEN-007"},
		"err-callback-with-auth": {[]string{"cm-down/reset/init/hip"}, "AUTH-GW-027"},
		"unknown-party-500":      {[]string{"address/unknown/init"}, ""},   // the contract leaves the status open
		"err-callback-client-id": {[]string{"cm-down/reset/init/hip"}, ""}, // D17
		"error-code-string":      {[]string{"body/empty/init"}, ""},        // D12
		"ack-200":                {[]string{"lawful/...", "slow-cm/callback/*", "flow/hip/mobile-otp/link/granted"}, ""},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			faults, err := player.ParseFaults(contract.Gateway, fault)
			if err != nil {
				t.Fatal(err)
			}
			r := judged(t, recorded(t, func(o *player.GatewayOptions) { o.Faults = faults }, row.patterns...), suites.ProfileField)
			failed := having(r, suites.Fail)
			if row.requirement == "" {
				if len(failed) > 0 {
					t.Errorf("failed %q, tolerances %q", failed, tolerances(r))
				}
				listed(t, r)
				return
			}
			if r.Verdict != suites.NotConformant || !slices.Contains(failed, row.requirement) {
				t.Errorf("%s: %s; failed %q, want %s", r.Verdict, r.Reason, failed, row.requirement)
			}
		})
	}
}
