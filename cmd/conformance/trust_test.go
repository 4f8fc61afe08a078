package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/suites"
)

// certified puts TLS before the served subject. It returns its URL and its authority in PEM.
func (s *staging) certified(t *testing.T) (target, authority string) {
	t.Helper()
	plain := &url.URL{Scheme: "http", Host: s.subject}
	server := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(plain) }, Transport: &http.Transport{MaxIdleConnsPerHost: 64}})
	t.Cleanup(server.Close)
	return server.URL + "/gateway", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestProcessTrustsThePrivateAuthorityOfTheSubject(t *testing.T) {
	t.Parallel()
	s := newStaging(t, 10*time.Second)
	s.serve(t)
	target, authority := s.certified(t)
	s.write(t, "ca.pem", "The authority of our staging:\n"+authority)
	s.write(t, "other.pem", otherAuthority(t))
	trust := []string{"--target", target, "--subject-ca-file", "ca.pem"}
	doctor := func(args ...string) ended {
		return finish(t, s.dir, s.env, append([]string{"doctor", "-c", "conformance.yaml", "--target", target}, args...)...)
	}
	t.Run("not named", func(t *testing.T) {
		s.run(t, "--target", target).wants(t, exitPreflight, "login as hip", "subject.ca-file")
		if e := doctor(); e.code != exitPreflight || !strings.Contains(e.stdout, "subject.ca-file") {
			t.Errorf("doctor: exit %d\n%s", e.code, e.stdout)
		}
	})
	t.Run("another one", func(t *testing.T) {
		s.run(t, "--target", target, "--subject-ca-file", "other.pem").wants(t, exitPreflight, "login as hip", "subject.ca-file")
	})
	t.Run("named", func(t *testing.T) {
		e := doctor(trust...)
		e.wants(t, exitConformant)
		for _, sign := range []string{"ok    TLS", "ok    login hip", "ok    login cm"} {
			if !strings.Contains(e.stdout, sign) {
				t.Errorf("doctor does not say %q:\n%s", sign, e.stdout)
			}
		}
		s.run(t, append(trust, "--filter", "AUTH-GEN-001 || AUTH-GEN-022")...).wants(t, exitIncomplete)
		if c := s.results(t).Conditions; c.TLS == nil || c.TLS.Version == "" || c.TLS.Expires.Before(time.Now()) {
			t.Errorf("the run over TLS says of its connection %+v", c)
		}
		for _, q := range s.results(t).Requirements { // 022 also fetches the keys
			if strings.HasPrefix(q.ID, "AUTH-GEN-001") && q.Verdict != suites.Pass || q.ID == "AUTH-GEN-022" && q.Verdict != suites.Pass {
				t.Errorf("%s is %s: %+v", q.ID, q.Verdict, q.Checks)
			}
		}
	})
	t.Run("not there", func(t *testing.T) {
		s.run(t, "--subject-ca-file", "none.pem").wants(t, exitUsage, "--subject-ca-file: subject.ca-file: there is no such file")
	})
}

// otherAuthority is the certificate of an authority that the subject does not know, in PEM.
func otherAuthority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "Another Authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}
