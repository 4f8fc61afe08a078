package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// serveCM serves the reference consent manager until the command is interrupted.
func serveCM(cmd *cobra.Command, p *bridgePlace) error {
	p.logged(cmd)
	p.Opened = func(s player.Session) { logSession(p.Log, s) }
	return p.serve(cmd, player.NewCMApp(p.AppOptions, p.patient), p.describeCM)
}

// logSession tells which transaction a decision can be about.
func logSession(log *slog.Logger, s player.Session) {
	what := "a session awaits its confirm"
	if s.State == player.AwaitsDecision {
		what = "a session awaits its decision"
	}
	log.Info(what, "transactionId", s.TransactionID, "mode", s.Mode, "purpose", s.Purpose)
}

// describeCM says what is served, whom it knows, and how a patient's decision is told.
func (p *bridgePlace) describeCM(w io.Writer, served string) {
	p.describeParty(w, served)
	hook := served + player.PathDecide
	fmt.Fprintln(w, "It knows the one patient of the configuration (patient.id, patient.otp and patient.demographic).")
	fmt.Fprintf(w, "Its decide hook is %s (status: %s or %s); its log names the transaction. For example:\n", hook, contract.Granted, contract.Denied)
	fmt.Fprintf(w, "  curl -H 'Content-Type: application/json' -d '{\"transactionId\":\"...\",\"status\":%q}' %s\n", contract.Granted, hook)
	if p.certified != nil {
		describeHook(w, "hooks.decide", p.certified.Hooks.Decide, hook)
	}
	describeEnd(w)
}
