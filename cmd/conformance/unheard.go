package main

import (
	"net/http"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// unheard is the error of a run in which the subject could not know our keys, or never reached us although it had to: then
// nobody but the network between us can be blamed for what is missing. It is nil where we heard of the subject.
func (r *running) unheard(path string) error {
	bridge := slices.Contains(contract.Bridges, r.cfg.Subject.Role)
	if r.unreached == nil && !bridge {
		return nil
	}
	evidence, err := journal.Read(path)
	if err != nil {
		return err
	}
	if bridge && refusedAll(evidence) {
		return preflightError("the subject answered every valid message with 401, and it did not ask us for the keys of our tokens: make %s (harness.public-url) the gateway "+
			"that it is configured with, and see that it can reach that; where it keeps the keys of an earlier run, restart it or give harness.signing-key; where it accepts "+
			"one static token only, give that as identities.gateway.token", r.cfg.Harness.PublicURL)
	}
	if slices.ContainsFunc(evidence.Exchanges, func(x *journal.Exchange) bool { return x.Direction == journal.Received }) {
		return nil
	}
	started := 0
	for _, s := range evidence.Scenarios {
		if s.Notes[scenario.NoteStarted] != "" {
			started++
		}
	}
	switch {
	case started > 0:
		return preflightError("hooks.start said %d times that the subject begins, and not one message of the subject reached us, not even a login: "+
			"make %s (harness.public-url) the gateway that it is configured with, and see that it can reach that: the tunnel, the firewall, the DNS name", started, r.cfg.Harness.PublicURL)
	case r.unreached != nil:
		return preflightError("%w, and the subject never reached us: mend harness.public-url, the tunnel or the firewall", r.unreached)
	}
	return nil
}

// refusedAll says whether every valid message that we sent of our own accord was answered 401, and our keys were not read.
func refusedAll(evidence *journal.Evidence) bool {
	refused := 0
	for _, x := range evidence.Exchanges {
		switch {
		case x.Direction == journal.Received && (strings.Contains(x.Request.URL, contract.PathCerts) || strings.Contains(x.Request.URL, contract.PathOpenID)):
			return false
		case x.Step != scenario.StepProbe || x.Response == nil || !scenario.Matches("accept/...", x.Scenario):
		case x.Response.Status != http.StatusUnauthorized:
			return false
		default:
			refused++
		}
	}
	return refused > 0
}
