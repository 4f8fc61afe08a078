package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/player"
	"abdm.example/conformance/harness/scenario"
)

// newDoctorCmd is `conformance doctor`: everything that a run needs, looked at one by one.
func newDoctorCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Look at configuration, DNS, TLS, clock, tokens and callback reachability",
		Example: "  conformance doctor -c conformance.yaml",
		Args:    cobra.NoArgs,
	}
	file := addConfigFlags(cmd)
	cmd.Flags().StringVar(&output, "output", "text", "text, json or markdown")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := checkOutput(output); err != nil {
			return err
		}
		cfg, bundled, err := file.load()
		if err != nil {
			return err
		}
		if bundled {
			return usageError("doctor needs a subject: name a configuration with -c, or give --target; see conformance init")
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), doctorDeadline)
		defer cancel()
		d := &doctor{cfg: cfg, client: &http.Client{Transport: trusting(cfg), Timeout: cfg.Timing.Ack, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
		d.examine(ctx)
		if err := d.print(cmd.OutOrStdout(), output); err != nil {
			return internalError("the findings cannot be printed: %w", err)
		}
		if n := d.count("fail"); n > 0 {
			return preflightError("%d of %d things that a run needs are not as they must be", n, len(d.Signs))
		}
		return nil
	}
	return cmd
}

// doctorDeadline bounds the whole examination.
const doctorDeadline = time.Minute

// doctor looks at what a run needs.
type doctor struct {
	cfg    *config.Config
	client *http.Client
	Signs  []sign
}

func (d *doctor) examine(ctx context.Context) {
	d.add("configuration", "ok", "%s at %s", d.cfg.Subject.Role, d.cfg.Subject.URL)
	target, err := url.Parse(d.cfg.Subject.URL)
	if err != nil {
		d.add("subject", "fail", "subject.url: %v", err)
		return
	}
	if d.resolve(ctx, target) {
		if err := reach(ctx, d.cfg.Subject.URL); err != nil {
			d.add("connection", "fail", "%v", err)
		} else {
			d.add("connection", "ok", "%s accepts connections", target.Host)
			d.overHTTP(ctx, target)
		}
	}
	d.hooks(ctx)
	d.callback(ctx)
}

func (d *doctor) resolve(ctx context.Context, target *url.URL) bool {
	addresses, err := net.DefaultResolver.LookupHost(ctx, target.Hostname())
	if err != nil {
		d.add("DNS", "fail", "%s has no address: %v; mend subject.url or the DNS", target.Hostname(), err)
		return false
	}
	d.add("DNS", "ok", "%s is %s", target.Hostname(), strings.Join(addresses, ", "))
	return true
}

// overHTTP looks at TLS, the clock and the tokens.
func (d *doctor) overHTTP(ctx context.Context, target *url.URL) {
	req, err := d.probe(ctx)
	if err != nil {
		d.add("HTTP", "fail", "subject.url: %v", err)
		return
	}
	before := time.Now()
	resp, err := d.client.Do(req)
	took := time.Since(before)
	if err != nil {
		d.add("HTTP", "fail", "no HTTP answer: %v%s", err, untrusted(err))
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	d.answered(resp.StatusCode, took)
	switch {
	case resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0:
		left := time.Until(resp.TLS.PeerCertificates[0].NotAfter)
		state := "ok"
		if left < 14*24*time.Hour {
			state = "warn"
		}
		seen := scenario.DescribeTLS(*resp.TLS)
		d.add("TLS", state, "%s with %s; the certificate, issued by %s, is good for %d more days", seen.Version, seen.Cipher, seen.Issuer, int(left.Hours()/24))
	case !isLoopback(target.Hostname()):
		d.add("TLS", "warn", "subject.url is not https: tokens and patients' data would travel in the clear")
	}
	d.clock(resp, before, took)
	d.logins(ctx)
}

// probe is a request that any subject of the role can be asked without harm.
func (d *doctor) probe(ctx context.Context) (*http.Request, error) {
	if d.ofParty() {
		return d.partyProbe(ctx)
	}
	return http.NewRequestWithContext(ctx, http.MethodGet, d.cfg.Subject.URL+contract.PathCerts, nil)
}

// answered says how the probe was answered.
func (d *doctor) answered(status int, took time.Duration) {
	if d.ofParty() {
		d.partyAnswered(status, took)
		return
	}
	d.add("HTTP", "ok", "GET %s was answered %d in %s", contract.PathCerts, status, took.Round(time.Millisecond))
}

func (d *doctor) clock(resp *http.Response, before time.Time, took time.Duration) {
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		d.add("clock", "warn", "the subject sends no Date header: its clock cannot be compared with ours")
		return
	}
	offset := theirs.Sub(before.Add(took / 2)).Round(time.Second)
	if offset.Abs() > 30*time.Second {
		d.add("clock", "fail", "the subject's clock is %s off ours: messages are refused beyond a minute; let NTP keep both", offset)
		return
	}
	d.add("clock", "ok", "the subject's clock is within %s of ours", max(offset.Abs(), time.Second))
}

func (d *doctor) logins(ctx context.Context) {
	for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
		id := d.cfg.Identities.Of(role)
		switch {
		case d.cfg.Subject.Role != contract.Gateway || id.ClientID == "" && id.Token == "":
			continue
		case id.Token != "":
			d.add("login "+string(role), "ok", "a static token is configured")
			continue
		}
		login := &player.Login{Gateway: d.cfg.Subject.URL, ClientID: id.ClientID, ClientSecret: id.ClientSecret, Role: role, Client: d.client}
		if _, err := login.Token(ctx); err != nil {
			d.add("login "+string(role), "fail", "%v", err)
			continue
		}
		d.add("login "+string(role), "ok", "POST %s gives a token", contract.PathSessions)
	}
}

// callback looks whether our listener can be opened and whether the public URL leads to it.
func (d *doctor) callback(ctx context.Context) {
	l, err := listen(d.cfg)
	if err != nil {
		d.add("listener", "fail", "%v", err)
		return
	}
	const path = "/conformance-doctor"
	s := serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer s.stop()
	d.add("listener", "ok", "we can listen on %s", l.Addr())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.cfg.Harness.PublicURL+path, nil)
	if err != nil {
		d.add("callback", "fail", "harness.public-url: %v", err)
		return
	}
	resp, err := d.client.Do(req)
	if err != nil {
		d.add("callback", "fail", "harness.public-url %s does not lead to us: %v; mend the tunnel or the firewall", d.cfg.Harness.PublicURL, err)
		return
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		d.add("callback", "fail", "harness.public-url %s leads to somebody else, who answers %d", d.cfg.Harness.PublicURL, resp.StatusCode)
		return
	}
	d.add("callback", "ok", "%s leads to us", d.cfg.Harness.PublicURL)
	d.add("to configure", "ok", "%s", d.configure())
}

// configure is what the subject must be told of us.
func (d *doctor) configure() string {
	if d.ofParty() {
		return d.configureParty()
	}
	us := d.cfg.Harness.PublicURL
	return fmt.Sprintf("the subject: HIP %s/hip, HIU %s/hiu, CM %s/cm", us, us, us)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
