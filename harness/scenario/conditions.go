package scenario

import (
	"crypto/tls"
	"maps"
	"net"
	"runtime"
	"slices"
	"sync"

	"abdm.example/conformance/harness/journal"
)

// encounters are what is noted of the connections to the subject that are made anyway. A zero value is ready to use.
type encounters struct {
	mu        sync.Mutex
	addresses map[string]bool
	tls       *journal.TLS
}

// maxAddresses bounds how many addresses are noted of a subject that is behind very many.
const maxAddresses = 16

// met notes where a connection led.
func (e *encounters) met(to net.Addr) {
	host, _, err := net.SplitHostPort(to.String())
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.addresses == nil {
		e.addresses = map[string]bool{}
	}
	if len(e.addresses) < maxAddresses {
		e.addresses[host] = true
	}
}

// secured notes how a connection was secured; it is called after the certificate was found good, and refuses none.
func (e *encounters) secured(state tls.ConnectionState) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tls == nil && len(state.PeerCertificates) > 0 {
		e.tls = DescribeTLS(state)
	}
	return nil
}

// DescribeTLS says how a connection is secured, whose other side has shown a certificate.
func DescribeTLS(state tls.ConnectionState) *journal.TLS {
	leaf := state.PeerCertificates[0]
	return &journal.TLS{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		Issuer: leaf.Issuer.String(), Expires: leaf.NotAfter.UTC()}
}

// Conditions are the circumstances under which the network has played so far.
func (n *Network) Conditions() journal.Conditions {
	n.encounters.mu.Lock()
	defer n.encounters.mu.Unlock()
	return journal.Conditions{OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(), Concurrency: cap(n.slots), Rate: n.rate,
		Addresses: slices.Sorted(maps.Keys(n.encounters.addresses)), TLS: n.encounters.tls}
}
