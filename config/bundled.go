package config

import (
	"crypto/rand"
	"time"

	"abdm.example/conformance/contract"
)

// bundledQuiet is shorter than the default: on loopback nothing is late.
const bundledQuiet = time.Second

// bundledCorrelation is how long the bundled gateway waits for an answer: longer than the slowest answer that a run gives
// it, and short enough for a run to wait until it has passed.
const bundledCorrelation = 8 * time.Second

// Bundled is the configuration of the network that `run` brings with it where
// there is no target: fixed ids, secrets that nobody else knows, and a free
// port on loopback. subject.url and harness.public-url are filled in once the
// players listen.
func Bundled(role contract.Role) *Config {
	c, l := bundledBase(role), newLoading("", Overrides{})
	l.defaults(c)
	return c
}

// BundledWith is Bundled under variables and flags, for example a shorter
// timing.callback. An error is an *Error, as that of Load.
func BundledWith(role contract.Role, overrides Overrides) (*Config, error) {
	return newLoading("", overrides).finish(bundledBase(role), overrides, true)
}

func bundledBase(role contract.Role) *Config {
	c := &Config{Identities: bundledIdentities}
	c.Subject.Role, c.Subject.Name = role, "bundled "+string(role)
	c.Identities.HIP.ClientSecret = rand.Text()
	c.Identities.HIU.ClientSecret = rand.Text()
	c.Identities.CM.ClientSecret = rand.Text()
	if role == contract.Gateway {
		c.Identities.AbsentCM = "absent"
		c.Identities.OtherCM = Identity{ID: "other", ClientID: "other-cm-client", ClientSecret: rand.Text()}
		c.Subject.Correlation = bundledCorrelation
	}
	c.Harness.Listen = "127.0.0.1:0"
	c.Timing.Quiet = bundledQuiet
	return c
}
