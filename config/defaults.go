package config

import (
	"net"
	"net/url"
	"slices"
	"time"

	"abdm.example/conformance/contract"
)

// Defaults of the keys that need not be given.
const (
	defaultListen   = "127.0.0.1:9100"
	defaultCallback = 10 * time.Second
	defaultQuiet    = 2 * time.Second
	defaultAck      = 5 * time.Second
	defaultValidFor = 90 * 24 * time.Hour
)

// samplePatient is synthetic.
var samplePatient = Patient{
	ID: "hinapatel@sbx", Unknown: "nobody@sbx", OTP: "123456", WrongOTP: "000000",
	Demographic: Demographic{Name: "Sample Patient", Gender: "F", DateOfBirth: "1972-02-29"},
}

// bundledIdentities are the parties of the bundled network, without secrets.
var bundledIdentities = Identities{
	HIP: Identity{ID: "hip-1", ClientID: "hip-client"},
	HIU: Identity{ID: "hiu-1", ClientID: "hiu-client"},
	CM:  Identity{ID: "sbx", ClientID: "cm-client"},
}

// defaults fills in what was not given.
func (l *loading) defaults(c *Config) {
	subject(&c.Subject)
	l.identities(c)
	fill(&c.Harness.Listen, defaultListen)
	if c.Harness.PublicURL == "" {
		c.Harness.PublicURL = publicURL(c.Harness.Listen)
	}
	p, sample := &c.Patient, samplePatient
	fill(&p.ID, sample.ID)
	fill(&p.Unknown, sample.Unknown)
	fill(&p.OTP, sample.OTP)
	fill(&p.WrongOTP, sample.WrongOTP)
	fill(&p.Demographic.Name, sample.Demographic.Name)
	fill(&p.Demographic.Gender, sample.Demographic.Gender)
	fill(&p.Demographic.DateOfBirth, sample.Demographic.DateOfBirth)
	fill(&c.Timing.Callback, defaultCallback)
	fill(&c.Timing.Quiet, defaultQuiet)
	fill(&c.Timing.Ack, defaultAck)
	fill(&c.Certificate.ValidFor, defaultValidFor)
}

// fill sets what is empty.
func fill[T comparable](value *T, otherwise T) {
	var empty T
	if *value == empty {
		*value = otherwise
	}
}

func subject(s *Subject) {
	if u, err := url.Parse(s.URL); err == nil {
		fill(&s.Name, u.Host)
	}
	if s.Role == contract.Gateway {
		fill(&s.Topology, Routed)
	}
	if s.Modes == nil {
		s.Modes = slices.Clone(contract.Modes)
	}
	if s.Purposes == nil {
		s.Purposes = purposesOf(s.Role)
	}
}

// purposesOf are the purposes that apply to a role: an HIU may ask for KYC only.
func purposesOf(role contract.Role) []string {
	if role == contract.HIU {
		return []string{contract.KYC}
	}
	return slices.Clone(contract.Purposes)
}

// identities gives our own parties their ids. The ids of a subject, and of the
// parties that a gateway subject knows, can only come from its operator, save
// where there is no file: there the bundled network stands in.
func (l *loading) identities(c *Config) {
	i, role := &c.Identities, c.Subject.Role
	for _, one := range []struct {
		is     contract.Role
		party  *Identity
		sample Identity
	}{{contract.HIP, &i.HIP, bundledIdentities.HIP}, {contract.HIU, &i.HIU, bundledIdentities.HIU}, {contract.CM, &i.CM, bundledIdentities.CM}} {
		ours := role != contract.Gateway && role != one.is && one.is != contract.CM
		if l.file == "" || ours {
			fill(&one.party.ID, one.sample.ID)
		}
		if l.file == "" && one.party.Token == "" {
			fill(&one.party.ClientID, one.sample.ClientID)
		}
	}
}

// publicURL is the URL of a listener, or "" where the port is not known yet or the host is every interface.
func publicURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" || everyInterface(host) {
		return ""
	}
	return "http://" + listen
}

// everyInterface says whether a listener's host cannot be used to reach it.
func everyInterface(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}
