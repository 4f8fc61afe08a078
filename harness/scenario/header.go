package scenario

import (
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/harness/journal"
)

// Header opens the journal of a run that plays those scenarios: what is played, against whom, how patiently.
func Header(c *config.Config, scenarios []Scenario, profile, suite string) journal.Run {
	run := journal.Run{
		Suite: suite, Profile: profile, Started: time.Now().UTC(),
		Subject: journal.Subject{Role: c.Subject.Role, URL: c.Subject.URL, Name: c.Subject.Name, Version: c.Subject.Version,
			Topology: c.Subject.Topology, Modes: c.Subject.Modes, Purposes: c.Subject.Purposes},
		Timing:   journal.Timing(c.Timing),
		Operator: c.Certificate.Operator, ValidFor: c.Certificate.ValidFor,
		Identity: journal.Identity{HIP: c.Identities.HIP.ID, HIU: c.Identities.HIU.ID, CM: c.Identities.CM.ID},
	}
	for _, s := range scenarios {
		run.Planned = append(run.Planned, s.Name)
	}
	for _, s := range c.Effective() {
		run.Settings = append(run.Settings, journal.Setting(s))
	}
	return run
}
