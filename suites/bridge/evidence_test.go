package bridge_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
	"abdm.example/conformance/suites/bridge"
	"abdm.example/conformance/suites/internal/specstest"
)

// everything is every scenario.
var everything = []string{"..."}

// record plays scenarios against the reference bridge of a role, with its start hook or without one. between, where it is
// not nil, lies between the gateway and the bridge.
func record(t *testing.T, role contract.Role, hook bool, patterns []string, between func(http.Handler) http.Handler) *journal.Evidence {
	t.Helper()
	return specstest.Record(t, config.Bundled(role), "", patterns, func(cfg *config.Config) specstest.Subject {
		app := player.NewApp(player.AppOptionsOf(cfg))
		if hook {
			cfg.Hooks.Start = &config.Hook{HTTP: &config.HTTPHook{URL: cfg.Subject.URL + player.PathStart}}
		}
		var handler http.Handler = app
		if between != nil {
			handler = between(app)
		}
		return specstest.Subject{Handler: handler, Close: app.Close}
	})
}

// found are the checks of results with those verdicts.
func found(results *suites.Results, verdicts ...suites.Verdict) map[string]suites.CheckResult {
	all := map[string]suites.CheckResult{}
	for _, q := range results.Requirements {
		for _, c := range q.Checks {
			if slices.Contains(verdicts, c.Verdict) {
				all[q.ID+" "+c.Name] = c
			}
		}
	}
	return all
}

var wrong = []suites.Verdict{suites.Fail, suites.Warning, suites.ErrorVerdict, suites.NotRun}

// Without any help from the vendor nothing is held against a bridge that keeps the contract, and what needs a hook says which.
func TestWithoutHooksNothingIsHeldAgainstABridge(t *testing.T) {
	for _, role := range contract.Bridges {
		t.Run(string(role), func(t *testing.T) {
			results, _ := specstest.Judge(t, record(t, role, false, everything, nil), bridge.Specs(role))
			for name, c := range found(results, append(wrong, suites.Inconclusive)...) {
				t.Errorf("%s: %s is %s: %s %+v", role, name, c.Verdict, c.Reason, c.Findings)
			}
			judged := 0
			for name, c := range found(results, suites.NotApplicable) {
				if !strings.Contains(c.Reason, "hooks.start") && !strings.Contains(c.Reason, "subject.purposes") && role != contract.HIU {
					t.Errorf("%s: %s is not applicable and names no hook: %s", role, name, c.Reason)
				}
			}
			for _, q := range results.Requirements {
				if q.Verdict == suites.Pass {
					judged++
				}
			}
			if judged < 50 {
				t.Errorf("%d requirements were judged without a hook", judged)
			}
			if results.Verdict != suites.Conformant {
				t.Errorf("the run is %s: %s", results.Verdict, results.Reason)
			}
		})
	}
}

// With its start hook every requirement is judged.
func TestWithAHookEveryRequirementOfABridgeIsJudged(t *testing.T) {
	for _, role := range contract.Bridges {
		t.Run(string(role), func(t *testing.T) {
			results, _ := specstest.Judge(t, record(t, role, true, everything, nil), bridge.Specs(role))
			for name, c := range found(results, append(wrong, suites.Inconclusive)...) {
				t.Errorf("%s: %s is %s: %s %+v", role, name, c.Verdict, c.Reason, c.Findings)
			}
			for _, q := range results.Requirements {
				if q.Verdict != suites.Pass {
					t.Errorf("%s is %s: %+v", q.ID, q.Verdict, q.Checks)
				}
			}
		})
	}
}

// refusing is a bridge that answers that status to every callback for which it has not asked, and so, without a hook, to
// all that a bridge can be sent as an answer.
func refusing(status int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.Header.Get(contract.HeaderAuthorization) == "" {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"error":{"code":3000,"message":"nobody asked"}}`))
		})
	}
}

// A bridge may refuse what it did not ask for: then nobody can say whether it takes a valid message, and the sentence says
// which hook is missing. A bridge that breaks does so once, and in profile field that is a warning.
func TestUnaskedMessagesThatAreRefused(t *testing.T) {
	played := []string{"accept/*", "variant/*/*", "lawful/*/*", "field/*/*", "token/missing/*", "invalid/on-init/*"}
	for name, row := range map[string]struct {
		status  int
		accepts suites.Verdict // AUTH-GEN-001
		relaxed suites.Verdict // AUTH-GEN-016, and others about what a valid message may be
		says    string
		failed  []string
	}{
		"with a 4xx": {http.StatusConflict, suites.Inconclusive, suites.Inconclusive, "hooks.start", nil},
		"with a 5xx": {http.StatusInternalServerError, suites.Fail, suites.Inconclusive, "AUTH-GEN-001",
			[]string{"AUTH-GEN-001", "AUTH-OFM-009", "AUTH-OINIT-005", "AUTH-OCONF-008", "AUTH-NTF-010", "AUTH-NTF-012"}},
		"as from a stranger": {http.StatusForbidden, suites.Fail, suites.Inconclusive, "AUTH-GEN-001",
			[]string{"AUTH-GEN-001", "AUTH-OFM-009", "AUTH-OINIT-005", "AUTH-OCONF-008", "AUTH-NTF-010", "AUTH-NTF-012"}},
	} {
		t.Run(name, func(t *testing.T) {
			ev := record(t, contract.HIP, false, played, refusing(row.status))
			results, _ := specstest.Judge(t, ev, bridge.Specs(contract.HIP))
			verdicts := specstest.Verdicts(results)
			if verdicts["AUTH-GEN-001"] != row.accepts || verdicts["AUTH-GEN-016"] != row.relaxed || verdicts["AUTH-GEN-004"] != row.relaxed {
				t.Errorf("AUTH-GEN-001 is %s, AUTH-GEN-016 %s, AUTH-GEN-004 %s", verdicts["AUTH-GEN-001"], verdicts["AUTH-GEN-016"], verdicts["AUTH-GEN-004"])
			}
			for name, c := range found(results, suites.Inconclusive) {
				if !strings.Contains(c.Reason, row.says) {
					t.Errorf("%s is inconclusive: %s", name, c.Reason)
				}
			}
			for id, v := range verdicts {
				if (v == suites.Fail) != slices.Contains(row.failed, id) {
					t.Errorf("%s is %s", id, v)
				}
			}
		})
	}
}

// What is said of a bridge follows from the evidence, and evidence that lacks something never passes for whole.
func TestVerdictsFollowTheEvidence(t *testing.T) {
	ev := record(t, contract.HIP, true, []string{"accept/*", "variant/denied/notify", "lawful/null-error/*", "lawful/no-meta/on-init", "token/missing/*", "address/other-id/*", "control/...", "correlation/never-issued/*"}, nil)
	received := func(scenario, endpoint string) func(*journal.Exchange) bool {
		return func(x *journal.Exchange) bool {
			return x.Scenario == scenario && x.Direction == journal.Received && x.Endpoint == endpoint
		}
	}
	// moved is the evidence with the messages of one scenario at an endpoint in another one, as if they had been sent there.
	moved := func(from, endpoint, to string) *journal.Evidence {
		changed := *ev
		changed.Exchanges = nil
		for _, x := range ev.Exchanges {
			if x.Direction == journal.Received && x.Scenario == from && x.Endpoint == endpoint {
				copied := *x
				copied.Scenario = to
				copied.Times.RequestFirst += 1 << 40 // after all that was sent there
				x = &copied
			}
			changed.Exchanges = append(changed.Exchanges, x)
		}
		return &changed
	}
	specstest.Follow(t, ev, bridge.Specs(contract.HIP), map[string]specstest.Change{
		"an on-notify did not come": {Evidence: specstest.Less(ev, received("accept/notify", contract.OnNotify), nil), Want: map[string]suites.Verdict{"AUTH-ONTF-001": suites.Fail}},
		"a confirm did not follow, as it did after the canonical on-init": {Evidence: specstest.Less(ev, received("lawful/no-meta/on-init", contract.Confirm), nil),
			Want: map[string]suites.Verdict{"AUTH-OINIT-008": suites.Fail}},
		"a confirm followed a message without a token": {Evidence: moved("accept/on-init", contract.Confirm, "token/missing/on-init"), Want: map[string]suites.Verdict{"AUTH-GEN-019": suites.Fail}},
		"a confirm followed a message for somebody else": {Evidence: moved("accept/on-init", contract.Confirm, "address/other-id/on-init"),
			Want: map[string]suites.Verdict{"AUTH-OINIT-016": suites.Warning}},
		"a confirm followed an answer to nothing": {Evidence: moved("accept/on-init", contract.Confirm, "correlation/never-issued/on-init"),
			Want: map[string]suites.Verdict{"AUTH-OINIT-013": suites.Warning}},
		"the canonical message was not sent": {Evidence: specstest.Less(ev, func(x *journal.Exchange) bool {
			return x.Scenario == "accept/on-init" && x.Step == scenario.StepProbe
		}, nil), Want: map[string]suites.Verdict{"AUTH-GEN-001": suites.Inconclusive}},
	})
}
