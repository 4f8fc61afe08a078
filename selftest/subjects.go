package selftest

import (
	"context"
	"net/http"
	"slices"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// Roles are the roles of subjects for which there are faults and lawful variants.
func Roles() []contract.Role {
	return slices.DeleteFunc(slices.Clone(contract.Roles), func(role contract.Role) bool { return len(subjectsOf(role)) == 0 })
}

// subjectsOf are the faults and the lawful variants of a role, none where it has no reference.
func subjectsOf(role contract.Role) []subject {
	switch role {
	case contract.Gateway:
		return gatewaySubjects()
	case contract.HIP, contract.HIU:
		return bridgeSubjects(role)
	}
	return nil
}

// gatewaySubjects are every fault of the registry and every lawful variant of a gateway, the slowest variants first.
func gatewaySubjects() []subject {
	var all []subject
	for _, v := range gatewayVariants {
		all = append(all, subject{name: "variant/" + v.name, summary: v.summary, variant: true, network: v.network, slow: v.slow || v.network != nil, server: v.server, make: v.make})
	}
	for _, f := range player.Unforbidden(contract.Gateway) {
		all = append(all, subject{name: "variant/" + f.Short(), summary: f.Summary, variant: true, make: variant{fault: f.Name}.make})
	}
	for _, f := range player.Registry(contract.Gateway) {
		if f.Combined { // one of combinedSubjects
			continue
		}
		all = append(all, subject{name: f.Name, summary: f.Summary, expected: f.Requirements, make: variant{fault: f.Name}.make})
	}
	return append(all, combinedSubjects()...)
}

// make makes a reference gateway that differs as the variant says, and what ends it.
func (v variant) make(c *config.Config) (http.Handler, func(), error) {
	c.Subject.URL += "/gateway"
	options := player.GatewayOptions{Prefix: "/gateway", PublicURL: c.Subject.URL, Parties: player.Registrations(c), Correlation: c.Subject.Correlation}
	if v.fault != "" {
		faults, err := player.ParseFaults(contract.Gateway, v.fault)
		if err != nil {
			return nil, nil, err
		}
		options.Faults = faults
	}
	if v.options != nil {
		v.options(&options)
	}
	exchange := &tokenExchange{}
	if v.sends != nil || v.tokens != nil {
		var transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 64}
		if v.sends != nil {
			transport = v.sends(transport)
		}
		if v.tokens != nil {
			transport = exchange.sends(transport)
		}
		options.Client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	g, err := player.NewGateway(options)
	if err != nil {
		return nil, nil, err
	}
	if err := g.Expire(c); err != nil {
		return nil, nil, err
	}
	var handler http.Handler = g
	if v.tokens != nil {
		if err := exchange.open(v.tokens, c); err != nil {
			return nil, nil, err
		}
		handler = exchange.serves(handler)
	}
	if v.serves != nil {
		handler = v.serves(handler)
	}
	return handler, func() {
		closing, cancel := context.WithTimeout(context.Background(), closeDeadline)
		defer cancel()
		_ = g.Close(closing) // what is under way is no evidence any more
	}, nil
}
