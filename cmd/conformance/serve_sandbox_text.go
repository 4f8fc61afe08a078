package main

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
)

// sandboxLines writes what happens in a sandbox to a person's terminal, one entry each.
func sandboxLines(w io.Writer) func(line string) {
	var mu sync.Mutex
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprint(w, wrapped(time.Now().Format("15:04:05 "), line))
	}
}

// describe says all that a developer needs, on a terminal of 80 columns.
func (p *sandboxPlace) describe(w io.Writer, served string) {
	base := reachable(served)
	fmt.Fprintf(w, "A sandbox for the developers of a HIP or HIU: a gateway with a consent manager\ninside. Its patients are synthetic. Use no real one with it.\n\n")
	fmt.Fprintf(w, "Gateway   %s%s\n          %s (the same)\n", base, p.Prefix, base)
	fmt.Fprintf(w, "X-CM-ID   %s\n", p.CMID)
	fmt.Fprintf(w, "Control   %s%s\n          %s\n", base, player.PathControl, p.controlledBy())
	if p.Faults.Any() {
		fmt.Fprint(w, wrapped("Faults    ", p.Faults.String()))
	}
	if p.Dialect != "" {
		fmt.Fprintf(w, "Dialect   %s\n", p.Dialect)
	}
	for i, b := range p.Bridges {
		secret := "as you configured it"
		if p.made[i] {
			secret = b.ClientSecret + " (made for this sandbox)"
		}
		fmt.Fprintf(w, "\nBridge    %s %s (%s)\n", strings.ToUpper(string(b.Role)), b.ID, b.Role.Header())
		fmt.Fprintf(w, "  client id      %s\n  client secret  %s\n  base URL       %s\n", b.ClientID, secret, b.URL)
	}
	p.describePatients(w)
	fmt.Fprintln(w)
	fmt.Fprintln(w, "Control it from another terminal:")
	if base != "http://"+sandboxAddress {
		fmt.Fprintf(w, "  export %s=%s\n", sandboxURLVariable, base)
	}
	fmt.Fprint(w, "  conformance serve control sessions approve TRANSACTION   decide on DIRECT\n"+
		"  conformance serve control --help                         and all the rest\n")
	fmt.Fprintln(w, "Messages and OTPs follow. docs/sandbox.md tells more. Stop it with Ctrl-C.")
}

// controlledBy says who may use the control API.
func (p *sandboxPlace) controlledBy() string {
	if p.ControlToken != "" {
		return "(with the token that you gave)"
	}
	return "(from this machine only)"
}

// describePatients lists the patients with all that authenticates them.
func (p *sandboxPlace) describePatients(w io.Writer) {
	patients := player.SandboxPatients(p.CMID)
	width := 0
	for _, a := range patients {
		width = max(width, len(a.ID))
	}
	fmt.Fprintf(w, "\n%-*s  OTP     gender, date of birth, mobile, name\n", width, "Patient")
	for _, a := range patients {
		otp := a.OTP
		if otp == "" {
			otp = "-"
		}
		fmt.Fprintf(w, "%-*s  %-6s  %s %-10s %s %s\n", width, a.ID, otp, a.Gender, a.DateOfBirth, a.Mobile, a.Name)
	}
	fmt.Fprintln(w)
	for _, a := range patients {
		if len(a.Modes) > 0 && !slices.Equal(a.Modes, contract.Modes) {
			fmt.Fprint(w, wrapped("", fmt.Sprintf("%s has %s only.", a.ID, strings.Join(a.Modes, " and "))))
		}
	}
	fmt.Fprintln(w, "The others have every mode. With a year of birth alone, say YYYY-01-01.")
}

// reachable is the URL by which this machine reaches what listens at a URL.
func reachable(served string) string {
	u, err := url.Parse(served)
	if err != nil {
		return served
	}
	if host := u.Hostname(); host == "::" || host == "0.0.0.0" {
		u.Host = "127.0.0.1:" + u.Port()
	}
	return u.String()
}
