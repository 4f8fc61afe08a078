// Package bundle signs the directory of a run and verifies a signed one: an in-toto statement about every file of it, in
// a DSSE envelope, signed with ed25519. It works offline.
package bundle

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
)

// Key is a key of the signer: for signing with its private half, for verifying without. It prints itself as its id.
type Key struct {
	id      string
	public  ed25519.PublicKey
	private ed25519.PrivateKey // nil where it only verifies
}

// NewKey makes a key of a signer.
func NewKey() (*Key, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return keyOf(public, private)
}

func keyOf(public ed25519.PublicKey, private ed25519.PrivateKey) (*Key, error) {
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(spki)
	return &Key{hex.EncodeToString(sum[:]), public, private}, nil
}

// ParsePrivate reads the private key of a signer. The error says what it must be, and nothing of what it is.
func ParsePrivate(text []byte) (*Key, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errors.New("it is no private key in PEM, such as 'openssl genpkey -algorithm ed25519' or 'conformance keygen' writes")
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("it is encrypted; decrypt it with 'openssl pkey -in KEY' and give it as ${NAME} of a variable, so that it lies in no file")
	case block.Type == "PUBLIC KEY":
		return nil, errors.New("it is a public key: signing needs the private one, and --key of verify the public one")
	case block.Type != "PRIVATE KEY" || strings.TrimSpace(string(rest)) != "":
		return nil, errors.New("it is not one private key in PEM and PKCS#8 and nothing else, such as 'openssl genpkey -algorithm ed25519' or 'conformance keygen' writes")
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := any.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("it is no ed25519 key; make one with 'openssl genpkey -algorithm ed25519' or 'conformance keygen'")
	}
	return keyOf(private.Public().(ed25519.PublicKey), private)
}

// ParsePublic reads the public key of a signer.
func ParsePublic(text []byte) (*Key, error) {
	block, rest := pem.Decode(text)
	switch {
	case block != nil && strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("it is a private key: verifying needs the public one alone, which 'openssl pkey -in KEY -pubout' writes; keep the private one secret")
	case block == nil || block.Type != "PUBLIC KEY" || strings.TrimSpace(string(rest)) != "":
		return nil, errors.New("it is not one public key in PEM and nothing else, such as 'openssl pkey -in KEY -pubout' or 'conformance keygen' writes")
	}
	any, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := any.(ed25519.PublicKey)
	if err != nil || !ok {
		return nil, errors.New("it is no ed25519 key")
	}
	return keyOf(public, nil)
}

// PrivatePEM is the private half in PEM and PKCS#8.
func (k *Key) PrivatePEM() ([]byte, error) {
	content, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: content}), nil
}

// PublicPEM is the public half in PEM.
func (k *Key) PublicPEM() ([]byte, error) {
	content, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: content}), nil
}

// String is the id of the key.
func (k *Key) String() string { return k.id }

// GoString is the id of the key, also where everything of a value is printed.
func (k *Key) GoString() string { return k.id }

// KeyID is the SHA-256, in hex, of the public key as SubjectPublicKeyInfo. It never fails.
func (k *Key) KeyID() (string, error) { return k.id, nil }

// Public is the public half.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sign signs data.
func (k *Key) Sign(_ context.Context, data []byte) ([]byte, error) {
	if k.private == nil {
		return nil, errors.New("the key has no private half")
	}
	return ed25519.Sign(k.private, data), nil
}

// Verify says whether a signature of data is by this key.
func (k *Key) Verify(_ context.Context, data, signature []byte) error {
	if len(signature) != ed25519.SignatureSize || !ed25519.Verify(k.public, data, signature) {
		return errors.New("the signature is not by this key")
	}
	return nil
}
