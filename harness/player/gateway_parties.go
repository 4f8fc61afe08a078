package player

import (
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
)

// gwDirectory is the registry of parties.
type gwDirectory []Registration

// newGwDirectory checks the parties: each must be whole, no two may share role and id, and a client has one secret.
func newGwDirectory(parties []Registration) (gwDirectory, error) {
	secrets := map[string]string{}
	for i, p := range parties {
		if p.Role.Header() == "" {
			return nil, fmt.Errorf("party %d has the role %q; it can be hip, hiu or cm", i+1, p.Role)
		}
		if p.ID == "" || p.ClientID == "" || p.ClientSecret == "" {
			return nil, fmt.Errorf("party %d (%s) needs an id, a client id and a client secret", i+1, p.Role)
		}
		if u, err := url.Parse(p.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("the base URL of %s %q is not an absolute http or https URL", p.Role, p.ID)
		}
		if slices.ContainsFunc(parties[:i], func(o Registration) bool { return o.Role == p.Role && o.ID == p.ID }) {
			return nil, fmt.Errorf("there are two parties with the role %s and the id %q", p.Role, p.ID)
		}
		if secret, known := secrets[p.ClientID]; known && secret != p.ClientSecret {
			return nil, fmt.Errorf("client %q has two different secrets", p.ClientID)
		}
		secrets[p.ClientID] = p.ClientSecret
	}
	return slices.Clone(parties), nil
}

// party is the party of a role and an id.
func (d gwDirectory) party(role contract.Role, id string) (Registration, bool) {
	i := slices.IndexFunc(d, func(p Registration) bool { return p.Role == role && p.ID == id })
	if i < 0 {
		return Registration{}, false
	}
	return d[i], true
}

// ofClient are the parties that a client owns.
func (d gwDirectory) ofClient(client string) gwDirectory {
	return d.where(func(p Registration) bool { return p.ClientID == client })
}

// inRoles are the parties that have one of some roles.
func (d gwDirectory) inRoles(roles []contract.Role) gwDirectory {
	return d.where(func(p Registration) bool { return slices.Contains(roles, p.Role) })
}

func (d gwDirectory) where(keep func(Registration) bool) gwDirectory {
	var kept gwDirectory
	for _, p := range d {
		if keep(p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// has says whether a party is in the directory.
func (d gwDirectory) has(p Registration) bool {
	_, ok := d.party(p.Role, p.ID)
	return ok
}

// roles are the roles of the parties, each once.
func (d gwDirectory) roles() []contract.Role {
	var roles []contract.Role
	for _, p := range d {
		if !slices.Contains(roles, p.Role) {
			roles = append(roles, p.Role)
		}
	}
	return roles
}

// login says whether a client exists and this is its secret. It takes as long for a wrong secret as for the right one.
func (d gwDirectory) login(client, secret string) bool {
	owned := d.ofClient(client)
	expected := ""
	if len(owned) > 0 {
		expected = owned[0].ClientSecret
	}
	same := subtle.ConstantTimeCompare([]byte(expected), []byte(secret)) == 1
	return same && len(owned) > 0
}

// other is a party of the given roles, other than p and where possible behind another URL.
func (d gwDirectory) other(p Registration, roles []contract.Role) (Registration, bool) {
	rest := d.inRoles(roles).where(func(o Registration) bool { return o.Role != p.Role || o.ID != p.ID })
	if elsewhere := rest.where(func(o Registration) bool { return o.URL != p.URL }); len(elsewhere) > 0 {
		rest = elsewhere
	}
	if len(rest) == 0 {
		return Registration{}, false
	}
	return rest[0], true
}

// at is the URL of a path below the party's base URL.
func (p Registration) at(path string) string { return strings.TrimRight(p.URL, "/") + path }
