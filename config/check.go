package config

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"abdm.example/conformance/contract"
)

// check looks at the whole configuration. Of the bundled network the URL is not known before it listens.
func (l *loading) check(c *Config, bundled bool) {
	l.checkSubject(&c.Subject, bundled)
	l.checkIdentities(c)
	l.checkHarness(&c.Harness)
	l.checkPatient(&c.Patient)
	l.checkHook("hooks.start", c.Hooks.Start)
	l.checkHook("hooks.enter", c.Hooks.Enter)
	if c.Hooks.Enter != nil && c.Hooks.Start == nil && !l.spoiltBelow("hooks.start") {
		l.missing("hooks.start", "missing; hooks.enter goes on with what hooks.start has begun")
	}
	l.checkHook("hooks.decide", c.Hooks.Decide)
	l.checkHook("hooks.states", c.Hooks.States)
	l.checkOperator(c.Certificate.Operator)
}

// checkOperator checks that the name on a certificate is one line that a reader can see.
func (l *loading) checkOperator(name string) {
	const most = 120
	if utf8.RuneCountInString(name) > most || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		l.bad("certificate.operator", "must be one line of at most %d characters that can be seen: it stands on the certificate", most)
	}
}

func (l *loading) checkSubject(s *Subject, bundled bool) {
	if s.Role == "" {
		l.missing("subject.role", "missing; it is gateway, hip, hiu or cm")
	} else if _, err := ParseRole(string(s.Role)); err != nil {
		l.bad("subject.role", "%s", l.written("subject.role", err.Error(), string(s.Role)))
	}
	switch {
	case s.URL != "":
		l.checkURL("subject.url", &s.URL)
	case !bundled:
		l.missing("subject.url", "missing; it is the base URL of the subject, below which /v0.5/... hangs")
	}
	l.checkAuthorities(s)
	switch s.Topology {
	case "":
	case Routed, Combined:
		if s.Role != contract.Gateway && !l.spoilt["subject.role"] && s.Role != "" {
			l.bad("subject.topology", "is for a subject of role gateway only; remove it")
		}
	default:
		l.bad("subject.topology", "%s is not a topology; it is routed or combined%s",
			l.shown("subject.topology", string(s.Topology)), didYouMean(string(s.Topology), []string{string(Routed), string(Combined)}))
	}
	l.checkWords("subject.modes", s.Modes, contract.Modes)
	l.checkWords("subject.purposes", s.Purposes, contract.Purposes)
}

// checkWords checks a list of words of the contract.
func (l *loading) checkWords(path string, given, known []string) {
	if len(given) == 0 {
		l.bad(path, "is an empty list; name some of %s, or remove the key for all", strings.Join(known, ", "))
		return
	}
	for i, word := range given {
		if !slices.Contains(known, word) {
			l.bad(path, "%s is none of %s%s", l.shown(path, word), strings.Join(known, ", "), didYouMean(word, known))
		} else if slices.Contains(given[:i], word) {
			l.bad(path, "%s is there twice; remove one", word)
		}
	}
}

// shown is a value in quotes, or no value where it came out of a variable that a reference names.
func (l *loading) shown(path, value string) string {
	s := l.settings[path]
	if reference.MatchString(s.text) {
		return quote(s.text)
	}
	for _, item := range s.items {
		if reference.MatchString(item) {
			return "a value"
		}
	}
	return quote(value)
}

// written is a message in which a value stands as it was written.
func (l *loading) written(path, message, value string) string {
	return strings.Replace(message, quote(value), l.shown(path, value), 1)
}

// checkURL checks a base URL and trims the slash at its end, because paths of the contract begin with one.
func (l *loading) checkURL(path string, value *string) {
	if _, why := parseURL(*value); why != "" {
		l.bad(path, "%s", why)
		return
	}
	*value = strings.TrimRight(*value, "/")
}

func (l *loading) checkIdentities(c *Config) {
	for _, role := range append(slices.Clone(contract.Roles), OtherCM) {
		l.checkParty("identities."+string(role), c.Identities.Of(role))
	}
	if c.Identities.OtherCM.ID != "" {
		l.needLogin(c, OtherCM)
	}
	l.checkAbsent(c.Identities)
	switch subject := c.Subject.Role; subject {
	case contract.Gateway:
		for _, role := range []contract.Role{contract.HIP, contract.HIU, contract.CM} {
			l.needID(c, role)
			if role != contract.CM || c.Subject.Topology != Combined {
				l.needLogin(c, role)
			}
		}
	case contract.HIP, contract.HIU, contract.CM:
		l.needID(c, subject)
		l.needLogin(c, subject)
		l.needID(c, contract.CM)
	}
}

// checkParty checks what holds for every identity that is given.
func (l *loading) checkParty(path string, party Identity) {
	l.checkHeader(path+".id", party.ID)
	l.checkHeader(path+".token", party.Token)
	if party.Token != "" && (party.ClientSecret != "" || party.ClientID != "") {
		l.bad(path+".token", "there is also a client-id or client-secret; give either a token or a login")
	}
}

// checkHeader checks a value that travels in a header.
func (l *loading) checkHeader(path, value string) {
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		l.bad(path, "travels in a header, so it must be printable ASCII without spaces")
	}
}

// checkAbsent checks that the absent consent manager is none of those that are there.
func (l *loading) checkAbsent(i Identities) {
	l.checkHeader("identities.absent-cm", i.AbsentCM)
	if i.AbsentCM != "" && (i.AbsentCM == i.CM.ID || i.AbsentCM == i.OtherCM.ID) {
		l.bad("identities.absent-cm", "is the id of a consent manager that we play; name one at whose address nothing listens")
	}
}

func (l *loading) needID(c *Config, role contract.Role) {
	if c.Identities.Of(role).ID == "" {
		l.missing("identities."+string(role)+".id", "missing; it is the id of the "+string(role)+" in the routing headers")
	}
}

// needLogin asks for a token, or a client id with its secret.
func (l *loading) needLogin(c *Config, role contract.Role) {
	path, party := "identities."+string(role), c.Identities.Of(role)
	if party.Token != "" || l.spoilt[path+".token"] {
		return
	}
	if party.ClientID == "" {
		l.missing(path+".client-id", "missing; a login needs client-id and client-secret (or give a static token as "+path+".token)")
	}
	if party.ClientSecret == "" {
		l.missing(path+".client-secret", "missing; a login needs client-id and client-secret (or give a static token as "+path+".token)")
	}
}

func (l *loading) checkHarness(h *Harness) {
	host, port, err := net.SplitHostPort(h.Listen)
	number, notNumber := strconv.Atoi(port)
	if err != nil || notNumber != nil || number < 0 || number > 65535 || strings.ContainsAny(host, "/@ ") {
		l.bad("harness.listen", "%s is not host:port with a port of 0 to 65535, such as %s", l.shown("harness.listen", h.Listen), defaultListen)
		return
	}
	if _, err := h.Key(); err != nil {
		l.bad("harness.signing-key", "%v", err)
	}
	switch {
	case h.PublicURL != "":
		l.checkURL("harness.public-url", &h.PublicURL)
	case everyInterface(host):
		l.missing("harness.public-url", "missing; harness.listen is every interface, so say at which URL the subject reaches us")
	}
}

func (l *loading) checkPatient(p *Patient) {
	if p.ID == p.Unknown {
		l.bad("patient.unknown", "is the same as patient.id; name a patient that does not exist")
	}
	if p.OTP == p.WrongOTP {
		l.bad("patient.wrong-otp", "is the same as patient.otp; give an OTP that is wrong")
	}
	if !slices.Contains([]string{"M", "F", "O", "U"}, p.Demographic.Gender) {
		l.bad("patient.demographic.gender", "must be M, F, O or U")
	}
	if _, err := time.Parse(time.DateOnly, p.Demographic.DateOfBirth); err != nil {
		l.bad("patient.demographic.dateOfBirth", "must be a day of the calendar, written YYYY-MM-DD")
	}
}

// checkHook checks that a hook is one thing, and whole.
func (l *loading) checkHook(path string, h *Hook) {
	var kinds []string
	_, there := l.sections[path]
	if _, http := l.sections[path+".http"]; http || h != nil && h.HTTP != nil {
		kinds = append(kinds, "http")
	}
	if h != nil && h.Exec != nil {
		kinds = append(kinds, "exec")
	}
	if h != nil && h.Manual != "" {
		kinds = append(kinds, "manual")
	}
	switch {
	case len(kinds) == 0 && there && !l.spoiltBelow(path):
		l.missing(path, "the hook is empty; give one of http, exec and manual")
	case len(kinds) > 1:
		l.bad(path, "%s are given; a hook is exactly one of http, exec and manual", strings.Join(kinds, " and "))
	}
	if h == nil {
		return
	}
	if h.HTTP != nil {
		if h.HTTP.URL == "" {
			l.missing(path+".http.url", "missing; it is the URL that takes the POST")
		} else if _, why := parseURL(h.HTTP.URL); why != "" {
			l.bad(path+".http.url", "%s", why)
		}
	}
	if h.Exec != nil && (len(h.Exec) == 0 || h.Exec[0] == "") {
		l.bad(path+".exec", "names no command; write [command, argument, ...]")
	}
}

func (l *loading) spoiltBelow(path string) bool {
	for spoilt, is := range l.spoilt {
		if is && strings.HasPrefix(spoilt, path+".") {
			return true
		}
	}
	return false
}
