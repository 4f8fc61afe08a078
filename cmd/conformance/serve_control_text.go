package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"abdm.example/conformance/harness/player"
)

// shown reads an answer of the sandbox and shows it.
func shown[T any](show func(io.Writer, T)) func(io.Writer, []byte) error {
	return func(w io.Writer, answer []byte) error {
		var v T
		if err := json.Unmarshal(answer, &v); err != nil {
			return preflightError("the sandbox is of another version than this command: %w", err)
		}
		show(w, v)
		return nil
	}
}

func printDone(w io.Writer, _ []byte) error {
	_, err := fmt.Fprintln(w, "done")
	return err
}

var printPatients = shown(func(w io.Writer, v struct{ Patients []player.SandboxPatient }) {
	for _, p := range v.Patients {
		showPatient(w, p)
	}
})

var printPatient = shown(showPatient)

func showPatient(w io.Writer, p player.SandboxPatient) {
	otp := p.OTP
	if otp == "" {
		otp = "-"
	}
	fmt.Fprintf(w, "%s  OTP %s  %s %s %s\n", p.ID, otp, p.Gender, p.DateOfBirth, p.Name)
	fmt.Fprint(w, wrapped("  ", strings.TrimSpace(p.Mobile+" "+strings.Join(p.Modes, " "))))
}

var printSessions = shown(func(w io.Writer, v struct{ Sessions []player.Session }) {
	if len(v.Sessions) == 0 {
		fmt.Fprintln(w, "no session has begun")
	}
	for _, s := range v.Sessions {
		showSession(w, s)
	}
})

var printSession = shown(showSession)

func showSession(w io.Writer, s player.Session) {
	fmt.Fprintf(w, "%s  %s  %s\n", s.TransactionID, s.State, s.Mode)
	facts := []string{s.PatientID, "for " + strings.ToLower(s.Requester.Type) + " " + s.Requester.ID, s.Purpose}
	if s.OTP != "" {
		facts = append(facts, "OTP "+s.OTP)
	}
	if s.WrongAttempts > 0 {
		facts = append(facts, fmt.Sprintf("%d wrong", s.WrongAttempts))
	}
	if s.Acknowledged {
		facts = append(facts, "acknowledged")
	}
	facts = append(facts, "until "+clock(s.Expiry))
	if s.Link != nil {
		facts = append(facts, fmt.Sprintf("access token good for %d until %s", s.Link.Uses, clock(s.Link.Expiry)))
	}
	fmt.Fprint(w, wrapped("  ", strings.Join(facts, ", ")))
}

// clock is a timestamp in local time, without what a person does not need.
func clock(timestamp string) string {
	at, err := time.Parse(time.RFC3339, timestamp)
	if err != nil {
		return timestamp
	}
	return at.Local().Format("2006-01-02 15:04:05")
}

// faultsAnswer is GET /control/faults.
type faultsAnswer struct {
	On     []string
	Faults []struct {
		Name, Summary string
		On            bool
	}
}

var printFaults = shown(func(w io.Writer, v faultsAnswer) {
	if len(v.Faults) == 0 {
		fmt.Fprintln(w, "there is none")
	}
	for _, f := range v.Faults {
		mark := "    "
		if f.On {
			mark = "on  "
		}
		fmt.Fprint(w, wrapped(mark, f.Name+": "+f.Summary))
	}
})

var printFaultsOn = shown(showFaultsOn)

func showFaultsOn(w io.Writer, v faultsAnswer) {
	if len(v.On) == 0 {
		fmt.Fprintln(w, "no fault is on")
		return
	}
	fmt.Fprint(w, wrapped("on: ", strings.Join(v.On, ", ")))
}

var printBehaviours = shown(func(w io.Writer, v struct{ Behaviours []player.Behaviour }) {
	if len(v.Behaviours) == 0 {
		fmt.Fprintln(w, "no behaviour waits")
	}
	for _, b := range v.Behaviours {
		showBehaviour(w, b)
	}
})

var printBehaviour = shown(showBehaviour)

func showBehaviour(w io.Writer, b player.Behaviour) {
	text := fmt.Sprintf("%s %s", b.Do, b.At)
	switch {
	case b.Status != 0:
		text += fmt.Sprintf(" %d", b.Status)
	case b.Code != 0:
		text += fmt.Sprintf(" %d, %s", b.Code, b.Message)
	case b.After != "":
		text += " " + b.After
	}
	switch {
	case b.Times == nil || *b.Times == 0:
		text += ", until it is removed"
	case *b.Times == 1:
		text += ", once"
	default:
		text += fmt.Sprintf(", %d times", *b.Times)
	}
	fmt.Fprint(w, wrapped(fmt.Sprintf("%3d  ", b.ID), text))
}

// behaviourHelp lists what can be ordered.
func behaviourHelp() string {
	var b strings.Builder
	for _, k := range player.Behaviours {
		b.WriteString(wrapped(fmt.Sprintf("  %-9s  ", k.Do), k.Summary+": "+strings.Join(k.At, ", ")))
	}
	return b.String()
}

var printExchanges = shown(func(w io.Writer, v struct{ Exchanges []player.ExchangeView }) {
	for _, e := range v.Exchanges {
		what, result := e.Endpoint, fmt.Sprint(e.Status)
		if what == "" {
			what = e.Method + " " + e.URL
		}
		if e.Status == 0 {
			result = e.Failure
		}
		if e.Party != "" {
			what += " " + e.Party
		}
		fmt.Fprint(w, wrapped(fmt.Sprintf("%5d  %s  ", e.Number, clock(e.Time)), fmt.Sprintf("%s %s: %s", e.Direction, what, result)))
	}
})
