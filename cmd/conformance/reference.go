package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/pacts"
)

// reference is the bundled reference: a gateway, or one with a consent manager inside.
type reference interface {
	party
	Expire(*config.Config) error
}

// referenceGateway makes the reference gateway in the network that a configuration describes, with a consent manager
// inside where subject.topology is combined.
func referenceGateway(c *config.Config, faults player.Faults, dialect string, log *slog.Logger) (reference, error) {
	target, err := url.Parse(c.Subject.URL)
	if err != nil {
		return nil, usageError("subject.url: %w", err)
	}
	inside := c.Subject.Topology == config.Combined
	for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
		if role == contract.CM && inside {
			continue
		}
		if id := c.Identities.Of(role); id.ClientID == "" || id.ClientSecret == "" {
			return nil, usageError("identities.%s: the reference gateway needs a client-id and a client-secret: it issues the tokens itself", role)
		}
	}
	options := player.GatewayOptions{Prefix: target.Path, PublicURL: c.Subject.URL, Faults: faults, Dialect: dialect, Log: log, Parties: player.Registrations(c), Correlation: c.Subject.Correlation}
	if inside {
		return player.NewCombined(c, options)
	}
	return player.NewGateway(options)
}

// serving is a player that is being served.
type serving struct {
	url  string
	stop func()
	done chan error // receives the error of the server when it ends
}

// serve serves a handler on a listener until stop is called.
func serve(l net.Listener, h http.Handler) *serving {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	s := &serving{url: "http://" + l.Addr().String(), done: make(chan error, 1)}
	go func() {
		err := server.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		s.done <- err
	}()
	s.stop = func() { _ = server.Close() }
	return s
}

// startReference serves the bundled reference on loopback and makes it the subject of the configuration.
func startReference(ctx context.Context, c *config.Config) (stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, internalError("no free port on loopback for the bundled reference: %w", err)
	}
	switch c.Subject.Role {
	case contract.HIP, contract.HIU:
		return startReferenceBridge(ctx, c, l), nil
	case contract.CM:
		return startReferenceCM(ctx, c, l), nil
	}
	c.Subject.URL = fmt.Sprintf("http://%s/gateway", l.Addr())
	gateway, err := referenceGateway(c, player.Faults{}, "", nil)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if c.Subject.Topology == config.Combined && c.Hooks.Decide == nil {
		c.Hooks.Decide = &config.Hook{HTTP: &config.HTTPHook{URL: fmt.Sprintf("http://%s%s", l.Addr(), player.PathDecide)}}
	}
	if err := gateway.Expire(c); err != nil {
		return nil, errors.Join(internalError("no expired tokens for the checks that they are refused: %w", err), l.Close())
	}
	s := serve(l, player.Unable(gateway, pacts.StateUnhandled))
	statesAt(c, s.url)
	return func() {
		s.stop()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDeadline)
		defer cancel()
		_ = gateway.Close(closing)
	}, nil
}

// statesAt makes the bundled reference bring provider states of Pact files about, where no other hook does.
func statesAt(c *config.Config, base string) {
	if c.Hooks.States == nil {
		c.Hooks.States = &config.Hook{HTTP: &config.HTTPHook{URL: base + player.PathStates}}
	}
}

// referenceBridge makes the reference HIP or HIU in the network that a configuration describes.
func referenceBridge(c *config.Config, log *slog.Logger) *player.App {
	options := player.AppOptionsOf(c)
	options.Log = log
	return player.NewApp(options)
}

// startReferenceBridge serves the reference bridge and makes it the subject of the configuration, start hook and all.
func startReferenceBridge(ctx context.Context, c *config.Config, l net.Listener) (stop func()) {
	app := referenceBridge(c, nil)
	base, stop := startReferenceParty(ctx, c, l, app)
	if c.Hooks.Start == nil {
		c.Hooks.Start = &config.Hook{HTTP: &config.HTTPHook{URL: base + player.PathStart}}
	}
	return stop
}

// startReferenceCM serves the reference consent manager, which knows the patient of the configuration, and makes it the
// subject, decide hook and all.
func startReferenceCM(ctx context.Context, c *config.Config, l net.Listener) (stop func()) {
	base, stop := startReferenceParty(ctx, c, l, player.NewCMApp(player.AppOptionsOf(c), player.ConfiguredAccount(c)))
	if c.Hooks.Decide == nil {
		c.Hooks.Decide = &config.Hook{HTTP: &config.HTTPHook{URL: base + player.PathDecide}}
	}
	return stop
}

// party is a reference that is no gateway.
type party interface {
	http.Handler
	Close(context.Context) error
}

// startReferenceParty serves a reference at the root of a listener and makes it the subject of the configuration.
func startReferenceParty(ctx context.Context, c *config.Config, l net.Listener, p party) (base string, stop func()) {
	s := serve(l, player.Unable(p, pacts.StateUnhandled))
	c.Subject.URL = s.url
	statesAt(c, s.url)
	return s.url, func() {
		s.stop()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDeadline)
		defer cancel()
		_ = p.Close(closing)
	}
}

// reach says whether the subject's host answers on its port.
func reach(ctx context.Context, target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return usageError("subject.url: %w", err)
	}
	dialer := net.Dialer{Timeout: reachDeadline}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), portOf(u)))
	if err != nil {
		if context.Cause(ctx) != nil {
			return interruptedError()
		}
		return preflightError("subject.url %s cannot be reached: %w; start the subject, or mend the URL, the firewall or the DNS name", target, err)
	}
	return conn.Close()
}

// portOf is the port of a URL, also where it is not written.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// reachDeadline is how long a connection to the subject may take.
const reachDeadline = 10 * time.Second
