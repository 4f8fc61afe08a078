package selftest

import (
	"context"
	"net/http"
	"slices"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// combinedFaults are faults of the gateway itself that must be caught where a CM is inside it, too: one of each kind
// that can be seen there.
var combinedFaults = []string{
	"ack-200", "auth-unchecked", "missing-cm-dropped", "accept-malformed", "invalid-swallowed", "no-replay-check", "no-window",
	"any-method", "resp-not-mapped", "drop-on-init", "double-on-confirm", "both-headers",
	"role-unchecked:notify", "unknown-answer-500", "error-answer-refused", "on-notify-unserved",
}

// combinedSubjects are the reference with a CM inside, and that CM's and the gateway's faults.
func combinedSubjects() []subject {
	all := []subject{{name: "variant/combined", summary: "has a consent manager inside", variant: true, make: combined("")}}
	for _, f := range player.Registry(contract.Gateway) {
		switch {
		case f.Combined:
			all = append(all, subject{name: f.Name, summary: f.Summary, expected: f.Requirements, make: combined(f.Name)})
		case slices.Contains(combinedFaults, f.Short()):
			all = append(all, subject{name: "combined/" + f.Short(), summary: f.Summary + ", with a consent manager inside", expected: f.Requirements, make: combined(f.Name)})
		}
	}
	return all
}

// combined makes a reference gateway with a CM inside, which commits a fault where one is named.
func combined(fault string) func(*config.Config) (http.Handler, func(), error) {
	return func(c *config.Config) (http.Handler, func(), error) {
		decide := c.Subject.URL + player.PathDecide
		c.Subject.URL += "/gateway"
		options := player.GatewayOptions{Prefix: "/gateway", PublicURL: c.Subject.URL}
		if fault != "" {
			faults, err := player.ParseFaults(contract.Gateway, fault)
			if err != nil {
				return nil, nil, err
			}
			options.Faults = faults
		}
		c.Subject.Topology = config.Combined
		c.Hooks.Decide = &config.Hook{HTTP: &config.HTTPHook{URL: decide}}
		g, err := player.NewCombined(c, options)
		if err != nil {
			return nil, nil, err
		}
		stop := func() {
			closing, cancel := context.WithTimeout(context.Background(), closeDeadline)
			defer cancel()
			_ = g.Close(closing) // what is under way is no evidence any more
		}
		if err := g.Expire(c); err != nil {
			stop()
			return nil, nil, err
		}
		return g, stop, nil
	}
}
