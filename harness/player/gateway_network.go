package player

import (
	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// Registrations are the parties of a configuration as its gateway knows them: the HIP, the HIU and the CM below the public URL of the harness.
func Registrations(c *config.Config) []Registration {
	var all []Registration
	for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
		id := c.Identities.Of(role)
		all = append(all, Registration{Role: role, ID: id.ID, ClientID: id.ClientID, ClientSecret: id.ClientSecret,
			URL: c.Harness.PublicURL + "/" + string(role)})
	}
	return all
}
