package player

import (
	"crypto/rand"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// Registrations are the parties of a configuration as its gateway knows them: the HIP, the HIU and the CM below the public URL of the harness.
func Registrations(c *config.Config) []Registration {
	var all []Registration
	for _, party := range []contract.Role{contract.HIP, contract.HIU, contract.CM, config.OtherCM} {
		id, role := c.Identities.Of(party), party
		if party == config.OtherCM {
			if id.ID == "" {
				continue
			}
			role = contract.CM
		}
		all = append(all, Registration{Role: role, ID: id.ID, ClientID: id.ClientID, ClientSecret: id.ClientSecret,
			URL: c.Harness.PublicURL + "/" + string(party)})
	}
	if id := c.Identities.AbsentCM; id != "" {
		all = append(all, Registration{Role: contract.CM, ID: id, ClientID: id, ClientSecret: rand.Text(), URL: nowhere})
	}
	return all
}

// nowhere is an address that refuses connections: the port of loopback that was assigned to tcpmux (RFC 1078), which is
// served nowhere any more.
const nowhere = "http://127.0.0.1:1"

// Expire puts into each identity of a configuration an access token that this gateway signed and that has expired, for
// the checks that such a token is refused.
func (g *Gateway) Expire(c *config.Config) error {
	for role, id := range map[contract.Role]*config.Identity{contract.HIP: &c.Identities.HIP, contract.HIU: &c.Identities.HIU, contract.CM: &c.Identities.CM} {
		claims := g.Issuer().Claims(id.ClientID, role)
		claims.IssuedAt -= int64((2 * time.Hour).Seconds())
		claims.Expiry = claims.IssuedAt + int64(time.Hour.Seconds())
		token, err := g.Issuer().Sign(claims)
		if err != nil {
			return err
		}
		id.ExpiredToken = token
	}
	return nil
}
