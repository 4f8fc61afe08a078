package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/scenario"
)

// ofParty says whether the subject is a HIP, a HIU or a consent manager: no gateway.
func (d *doctor) ofParty() bool { return d.cfg.Subject.Role != contract.Gateway }

// probed is the endpoint at which such a subject is looked for.
func (d *doctor) probed() contract.Endpoint {
	if d.cfg.Subject.Role == contract.CM {
		return contract.MustEndpoint(contract.Init)
	}
	return contract.MustEndpoint(contract.OnInit)
}

// partyProbe is a message that says nothing and that nobody authorizes: the subject refuses it.
func (d *doctor) partyProbe(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.cfg.Subject.URL+d.probed().Path, strings.NewReader("{}"))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// partyAnswered says what the answer to that message tells.
func (d *doctor) partyAnswered(status int, took time.Duration) {
	text := fmt.Sprintf("POST %s without a token was answered %d in %s", d.probed().Path, status, took.Round(time.Millisecond))
	switch {
	case status == http.StatusUnauthorized:
		d.add("HTTP", "ok", "%s, as it must be", text)
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		d.add("HTTP", "warn", "%s: no %s is served there; is subject.url the base URL below which /v0.5 hangs?", text, d.probed().Name)
	default:
		d.add("HTTP", "warn", "%s; the contract says 401", text)
	}
}

// configureParty is what a HIP, a HIU or a consent manager must be configured with for the run.
func (d *doctor) configureParty() string {
	us, id := d.cfg.Harness.PublicURL, d.cfg.Identities.Of(d.cfg.Subject.Role)
	login := "client id " + id.ClientID
	if id.Token != "" {
		login = "the static token of identities." + string(d.cfg.Subject.Role)
	}
	text := fmt.Sprintf("the %s: gateway %s (or %s/gateway), %s, id %s", strings.ToUpper(string(d.cfg.Subject.Role)), us, us, login, id.ID)
	if d.cfg.Subject.Role == contract.CM {
		return text + ", the patient of patient.id"
	}
	return text + ", consent manager " + d.cfg.Identities.CM.ID
}

// hooks looks whether what makes the subject act is there. It calls none of it: that would begin a conversation.
func (d *doctor) hooks(ctx context.Context) {
	switch d.cfg.Subject.Role {
	case contract.Gateway:
		return
	case contract.CM:
		if decide := d.cfg.Hooks.Decide; decide != nil {
			d.hook(ctx, "hooks.decide", *decide, scenario.DecideParameters(contract.Granted))
			return
		}
		d.add("hooks.decide", "warn", "it is not set: no session of mode DIRECT comes to its decision; configure it as http, exec or manual")
		return
	}
	start, enter := d.cfg.Hooks.Start, d.cfg.Hooks.Enter
	if start == nil {
		d.add("hooks.start", "warn", "it is not set: what the subject sends by itself, and what it does with what it is granted, is not judged; configure it as http, exec or manual")
		return
	}
	d.hook(ctx, "hooks.start", *start, scenario.StartParameters(d.cfg))
	if enter != nil {
		d.hook(ctx, "hooks.enter", *enter, scenario.EnterParameters(d.cfg))
	}
}

func (d *doctor) hook(ctx context.Context, name string, h config.Hook, told scenario.Parameters) {
	if err := told.Fits(h); err != nil {
		d.add(name, "fail", "%v: it is told %s", err, strings.Join(told.Names(), ", "))
		return
	}
	switch {
	case h.HTTP != nil:
		d.httpHook(ctx, name, h.HTTP, told)
	case h.Exec != nil:
		if _, err := exec.LookPath(h.Exec[0]); err != nil {
			d.add(name, "fail", "its command cannot be run: %v; a path that is not absolute begins where the run is started", errors.Unwrap(err))
			return
		}
		d.add(name, "ok", "its command is there (it was not run); it finds what to do in %s", strings.Join(told.Variables(), ", "))
	case scenario.AtTerminal():
		d.add(name, "ok", "there is a terminal, where it is shown with %s", strings.Join(told.Names(), ", "))
	default:
		d.add(name, "warn", "it is manual, and there is no terminal: run the suite in one, or configure http or exec")
	}
}

func (d *doctor) httpHook(ctx context.Context, name string, h *config.HTTPHook, told scenario.Parameters) {
	target, err := url.Parse(h.URL)
	if err != nil {
		d.add(name, "fail", "%s.http.url: %v", name, err)
		return
	}
	dialer := net.Dialer{Timeout: reachDeadline}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(target.Hostname(), portOf(target)))
	if err != nil {
		d.add(name, "fail", "%s cannot be reached: %v; start what serves it, or mend %s.http.url", h.URL, err, name)
		return
	}
	_ = conn.Close() // it was only looked at
	body := ", its own body with the templates filled in"
	if h.Body == nil {
		body = " such as " + told.String()
	}
	d.add(name, "ok", "%s accepts connections (it was not called); it gets a POST%s", h.URL, body)
}
