package config

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuthoritiesOfTheFileAndOfTheSystemAreTrusted(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	path := write(t, strings.Replace(good, "version: 2.30", "ca-file: ca.pem", 1))
	text := append([]byte("Some words before it.\n"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})...)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "ca.pem"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, Overrides{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Certificate().Verify(x509.VerifyOptions{Roots: c.Subject.Roots(), DNSName: "127.0.0.1"}); err != nil {
		t.Errorf("the authority of the file is not trusted: %v", err)
	}
	system, err := x509.SystemCertPool()
	if err != nil {
		t.Skipf("this system has no authorities of its own: %v", err)
	}
	system.AddCert(server.Certificate())
	if !c.Subject.Roots().Equal(system) {
		t.Error("the authorities of the system are not trusted beside that of the file")
	}

	without, err := Load(write(t, good), Overrides{Environ: environ})
	if err != nil || without.Subject.Roots() != nil {
		t.Errorf("without a file: %v, %v", without.Subject.Roots(), err)
	}
}
