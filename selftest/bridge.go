package selftest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// bridgeVariant is a HIP or HIU that keeps the contract in an unusual way.
type bridgeVariant struct {
	name, summary string
	// roles are those for which it is played; both where it is empty.
	roles   []contract.Role
	network *network // nil for none between
	slow    bool
	// configure changes what the suite is told about the subject; nil for nothing.
	configure func(*config.Config)
	options   func(*player.AppOptions)                  // nil: those of the reference
	enters    bool                                      // what the patient enters comes by the enter hook
	path      string                                    // below which the subject serves; "" for the root
	serves    func(http.Handler) http.Handler           // changes what the subject answers
	sends     func(http.RoundTripper) http.RoundTripper // changes what the subject sends
}

// bridgeSubjects are every fault of the registry and every lawful variant of a bridge, the slowest variants first.
func bridgeSubjects(role contract.Role) []subject {
	var all []subject
	for _, v := range bridgeVariants {
		if v.playedBy(role) {
			all = append(all, subject{name: "variant/" + v.name, summary: v.summary, variant: true, network: v.network, slow: v.slow || v.network != nil, make: patiently(v.make)})
		}
	}
	for _, f := range player.Unforbidden(role) {
		all = append(all, subject{name: "variant/" + f.Short(), summary: f.Summary, variant: true, make: patiently(faultyBridge(f.Name))})
	}
	for _, f := range player.Registry(role) {
		all = append(all, subject{name: f.Name, summary: f.Summary, expected: f.Requirements, make: faultyBridge(f.Name)})
	}
	return all
}

// conformingPatience is how long a conforming bridge, and each answer of it, is waited for: it comes, however busy the
// machine is. One with a fault is waited for no longer than callbackPatience, for much of it never comes.
const conformingPatience = 12 * time.Second

// patiently makes a subject that is waited for as long as it may take.
func patiently(make func(*config.Config) (http.Handler, func(), error)) func(*config.Config) (http.Handler, func(), error) {
	return func(c *config.Config) (http.Handler, func(), error) {
		c.Timing.Callback, c.Timing.Ack = conformingPatience, conformingPatience
		return make(c)
	}
}

func (v bridgeVariant) playedBy(role contract.Role) bool {
	return len(v.roles) == 0 || slices.Contains(v.roles, role)
}

func faultyBridge(fault string) func(*config.Config) (http.Handler, func(), error) {
	return func(c *config.Config) (http.Handler, func(), error) {
		faults, err := player.ParseFaults(c.Subject.Role, fault)
		if err != nil {
			return nil, nil, err
		}
		return bridgeVariant{options: func(o *player.AppOptions) { o.Faults = faults }}.make(c)
	}
}

// make makes a reference bridge that differs as the variant says, with its start hook, and what ends it.
func (v bridgeVariant) make(c *config.Config) (http.Handler, func(), error) {
	c.Subject.URL += v.path
	if v.configure != nil {
		v.configure(c)
	}
	options := player.AppOptionsOf(c)
	if v.options != nil {
		v.options(&options)
	}
	own := &http.Transport{MaxIdleConnsPerHost: 64}
	options.Client = &http.Client{Transport: own}
	if v.sends != nil {
		options.Client.Transport = v.sends(own)
	}
	app := player.NewApp(options)
	c.Hooks.Start = &config.Hook{HTTP: &config.HTTPHook{URL: c.Subject.URL + player.PathStart}}
	if v.enters {
		c.Hooks.Enter = &config.Hook{HTTP: &config.HTTPHook{URL: c.Subject.URL + player.PathEnter}}
	}
	handler := http.StripPrefix(v.path, app)
	if v.serves != nil {
		handler = v.serves(handler)
	}
	return handler, func() {
		closing, cancel := context.WithTimeout(context.Background(), closeDeadline)
		defer cancel()
		_ = app.Close(closing) // what is under way is no evidence any more
		own.CloseIdleConnections()
	}, nil
}
