package player

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"abdm.example/conformance/contract"
)

// controlGuard decides who may use the control API, which tells OTPs: whoever has the token, or, where there is none,
// programs on this machine. A web page that a browser on this machine shows is no such program.
type controlGuard struct {
	token string
	pages http.CrossOriginProtection
}

// admit refuses a request that may not be made.
func (g *controlGuard) admit(r *http.Request) error {
	if g.token != "" {
		scheme, given, _ := strings.Cut(r.Header.Get(contract.HeaderAuthorization), " ")
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare([]byte(given), []byte(g.token)) != 1 {
			return controlRefuse(http.StatusUnauthorized, "the control API needs its token: send Authorization: Bearer and the token that the sandbox was started with")
		}
	} else if !loopback(r.RemoteAddr) || !loopback(r.Host) || r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != "" {
		return controlRefuse(http.StatusForbidden, "without a token the control API answers this machine only, at a loopback address; start the sandbox with a token to control it from elsewhere or through a proxy")
	}
	if err := g.pages.Check(r); err != nil {
		return controlRefuse(http.StatusForbidden, "the control API takes no request of a web page")
	}
	return nil
}

// loopback says whether an address, with or without a port, is this machine's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
