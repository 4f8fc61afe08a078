package suites

import (
	"testing"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// What strays is named in the words that Delivery uses (TestDelivery).
func TestAnswer(t *testing.T) {
	to := func(player contract.Role, endpoint string) func(r *recording) {
		return func(r *recording) { r.received(conversation, player, endpoint, `{"resp":{"requestId":"a1"}}`) }
	}
	right := to(contract.HIP, contract.OnInit)
	for name, row := range map[string]struct {
		callbacks []func(r *recording)
		found     []string
	}{
		"once":                   {[]func(*recording){right}, nil},
		"twice":                  {[]func(*recording){right, right}, []string{"duplicate: 2 times (e2, e3)"}},
		"to another party":       {[]func(*recording){to(contract.HIU, contract.OnInit)}, []string{"misrouted: it reached our hiu at /cm/v0.5/users/auth/on-init (e2)"}},
		"to both parties":        {[]func(*recording){right, to(contract.HIU, contract.OnInit)}, []string{"broadcast: it reached our hiu"}},
		"at another endpoint":    {[]func(*recording){to(contract.HIP, contract.OnConfirm)}, []string{"swapped: it reached our hip at /cm/v0.5/users/auth/on-confirm (e2)"}},
		"also at another":        {[]func(*recording){right, to(contract.HIP, contract.OnConfirm)}, []string{"swapped: it reached our hip"}},
		"to no player's path":    {[]func(*recording){to("", contract.OnInit)}, []string{"misrouted: it reached a path where no player is"}},
		"at no path of any kind": {[]func(*recording){to(contract.HIP, "")}, []string{"swapped: it reached our hip"}},
		"never":                  {nil, []string{"nothing within 10s. Nothing that resembles it arrived anywhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecording().scenario(conversation, journal.Played)
			r.ev.Run.Subject.Topology = config.Combined
			r.sent(conversation, "init", contract.HIP, contract.Init, 202, `{"requestId":"A1"}`)
			for _, callback := range row.callbacks {
				callback(r)
			}
			c := routed(r, contract.Init)
			wantFindings(t, c, row.found...)
			for _, f := range c.findings {
				if f.Expected != "one on-init at our hip" || f.Hint != "Send it once." || f.Exchange == "" {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}
