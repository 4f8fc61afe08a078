package config

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
)

// maxAuthorities is the largest file of certificates that is read, in bytes: the whole bundle of a system is smaller.
const maxAuthorities = 1 << 20

// Roots are the authorities by which the subject's certificate is good: those of the system and those of subject.ca-file.
// They are nil where no such file is named, which stands for those of the system alone.
func (s Subject) Roots() *x509.CertPool { return s.roots }

// checkAuthorities reads subject.ca-file, so that a run does not begin with a file that is not there or holds no certificate.
func (l *loading) checkAuthorities(s *Subject) {
	if s.CAFile == "" {
		return
	}
	path := s.CAFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir, path)
	}
	text, err := readRegular(path, maxAuthorities)
	if err != nil {
		l.bad("subject.ca-file", "%v (a relative path begins at the configuration file)", err)
		return
	}
	roots, err := x509.SystemCertPool()
	if err != nil { // a system without authorities of its own
		roots = x509.NewCertPool()
	}
	if err := addAuthorities(roots, text); err != nil {
		l.bad("subject.ca-file", "%v", err)
		return
	}
	s.roots = roots
}

// addAuthorities adds every certificate of a text in PEM; other blocks are passed over. Its errors show nothing of the text.
func addAuthorities(roots *x509.CertPool, text []byte) error {
	count := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		count++
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d in the file cannot be read: it is damaged", count)
		}
		roots.AddCert(certificate)
	}
	if count == 0 {
		return errors.New("the file holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")
	}
	return nil
}
