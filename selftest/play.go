package selftest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
	"abdm.example/conformance/suites"
)

// Patience of the selftest: on loopback a callback that has not come after seconds does not come.
const (
	callbackPatience = 4 * time.Second
	quietPatience    = 600 * time.Millisecond
	ackPatience      = 5 * time.Second
	correlation      = 6 * time.Second // longer than the slowest answer, which takes 6/10 of callbackPatience
)

// play serves the subject on loopback, plays everything against it and judges the evidence.
func play(ctx context.Context, o Options, s subject) (*suites.Results, error) {
	cfg := config.Bundled(o.Role)
	cfg.Subject.Correlation = correlation
	cfg.Timing = config.Timing{Callback: callbackPatience, Quiet: quietPatience, Ack: ackPatience}
	cfg.Subject.Name = s.name
	players, err := listen(ctx, s.network)
	if err != nil {
		return nil, err
	}
	defer players.close()
	own, err := listen(ctx, s.network)
	if err != nil {
		return nil, err
	}
	defer own.close()
	cfg.Harness.PublicURL, cfg.Subject.URL = "http://"+players.public, "http://"+own.public
	handler, stop, err := s.make(cfg)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	if s.server != nil {
		s.server(server)
	}
	go func() { _ = server.Serve(own.listener) }()
	defer func() { stop(); _ = server.Close() }()
	if s.slow { // it would hold up the others
		o.slots, o.begins = nil, nil
	}
	evidence, err := record(ctx, o, cfg, players.listener)
	if err != nil {
		return nil, err
	}
	return suites.Judge(ctx, evidence, suites.Options{Version: o.Version}, o.Specs)
}

// place is where one side listens, and the address by which the other side knows it.
type place struct {
	listener net.Listener
	public   string
	relay    *relay // nil where nothing lies between
}

// listen makes a place on loopback, behind a network where there is one.
func listen(ctx context.Context, between *network) (*place, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &place{listener: listener, public: listener.Addr().String()}
	if between == nil {
		return p, nil
	}
	if p.relay, err = openRelay(ctx, *between, p.public); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p.public = p.relay.addr()
	return p, nil
}

// close ends the network in between and the listener, which whoever served on it may have closed.
func (p *place) close() {
	if p.relay != nil {
		p.relay.close()
	}
	_ = p.listener.Close()
}

// record plays all scenarios. The evidence stays in memory.
func record(ctx context.Context, o Options, cfg *config.Config, listener net.Listener) (*journal.Evidence, error) {
	redactor := journal.NewRedactor()
	j, err := journal.Keep(scenario.Header(cfg, o.scenarios, suites.ProfileStrict, o.Version), redactor)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	network, err := scenario.OpenNetwork(scenario.NetworkOptions{Config: cfg, Journal: j, Redactor: redactor, Listener: listener, Slots: o.slots, Begins: o.begins})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	played := network.Preflight(ctx)
	if played == nil {
		played = network.Play(ctx, o.scenarios, nil)
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeDeadline)
	defer cancel()
	_ = network.Close(closing) // what our players still had under way is no evidence any more
	if err := errors.Join(played, j.Close(journal.End{Finished: time.Now().UTC()})); err != nil {
		return nil, err
	}
	return j.Evidence()
}

// closeDeadline bounds the tidying up after a subject.
const closeDeadline = 5 * time.Second
