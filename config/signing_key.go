package config

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// signingKeyBits is the least size of a key that may sign tokens, as RS256 asks (RFC 7518, 3.3).
const signingKeyBits = 2048

// Key reads the signing key, nil where none is given. The error says what it must be, and nothing of what it is.
func (h Harness) Key() (*rsa.PrivateKey, error) {
	if h.SigningKey == "" {
		return nil, nil
	}
	block, _ := pem.Decode([]byte(h.SigningKey))
	if block == nil {
		return nil, errors.New("must be an RSA private key in PEM, such as 'openssl genrsa -out gateway-key.pem 2048' writes; give it as file:gateway-key.pem")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		var any any
		any, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		key, _ = any.(*rsa.PrivateKey)
	}
	if err != nil || key == nil || key.N.BitLen() < signingKeyBits {
		return nil, errors.New("must be an RSA private key of 2048 bits or more, without a password, such as 'openssl genrsa 2048' writes")
	}
	return key, nil
}
