package scenario

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is noted of connections comes from those that are made anyway; a certificate that is not good leaves nothing.
func TestConnectionsAreNoted(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	roots := secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	var trusting, distrusting encounters
	if r, err := (&http.Client{Transport: newTransport(4, roots, &trusting), Timeout: waiting}).Get(secure.URL); err != nil {
		t.Fatal(err)
	} else {
		_ = r.Body.Close()
	}
	if r, err := (&http.Client{Transport: newTransport(4, nil, &distrusting), Timeout: waiting}).Get(secure.URL); err == nil {
		_ = r.Body.Close()
		t.Fatal("a certificate of an authority that is not known is taken")
	}
	n := &Network{slots: make(chan struct{}, 5)}
	n.encounters.addresses, n.encounters.tls = trusting.addresses, trusting.tls
	c := n.Conditions()
	if !slices.Equal(c.Addresses, []string{"127.0.0.1"}) || c.Concurrency != 5 || c.OS == "" || c.Arch == "" || !strings.HasPrefix(c.Go, "go") {
		t.Errorf("%+v", c)
	}
	if c.TLS == nil || c.TLS.Version != "TLS 1.3" || !strings.HasPrefix(c.TLS.Cipher, "TLS_") || !strings.Contains(c.TLS.Issuer, "O=") || !c.TLS.Expires.After(time.Now()) {
		t.Errorf("TLS is noted as %+v", c.TLS)
	}
	if distrusting.tls != nil {
		t.Errorf("a connection that was refused is noted as %+v", distrusting.tls)
	}
}

func TestAddressesAreBounded(t *testing.T) {
	var e encounters
	for i := range 3 * maxAddresses {
		e.met(&net.TCPAddr{IP: net.ParseIP(fmt.Sprintf("192.0.2.%d", i)), Port: 443})
	}
	if len(e.addresses) != maxAddresses {
		t.Errorf("%d addresses are kept", len(e.addresses))
	}
}
