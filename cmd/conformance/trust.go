package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"

	"abdm.example/conformance/config"
)

// trusting makes connections to the subject under the authorities by which its certificate is good.
func trusting(c *config.Config) *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if roots := c.Subject.Roots(); roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	return transport
}

// untrusted says what to do where an error is that nobody whom we trust vouches for a certificate; "" for any other.
func untrusted(err error) string {
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		return ""
	}
	return "; if the subject has a certificate of a private authority, name the authority's PEM file as subject.ca-file"
}
