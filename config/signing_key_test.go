package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func TestSigningKeyIsReadInBothForms(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range []*pem.Block{{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}, {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		read, err := Harness{SigningKey: string(pem.EncodeToMemory(block))}.Key()
		if err != nil || !read.Equal(key) {
			t.Errorf("%s: %v", block.Type, err)
		}
	}
	if read, err := (Harness{}).Key(); read != nil || err != nil {
		t.Errorf("none is given: %v, %v", read, err)
	}
	const canary = "c2VjcmV0"
	for _, wrong := range []string{canary, "-----BEGIN PRIVATE KEY-----\n" + canary + "\n-----END PRIVATE KEY-----\n"} {
		if _, err := (Harness{SigningKey: wrong}).Key(); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
