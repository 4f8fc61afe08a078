package player

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func TestHubKnowsATokenOfAnEarlierRun(t *testing.T) {
	registered := Registration{Role: contract.HIP, ID: "hip-1", ClientID: "hip-client", ClientSecret: "s"}
	var known []string
	h, err := NewHub(HubOptions{Bridge: registered, CMID: "sbx", Issued: func(token string, _ contract.Role) { known = append(known, token) }})
	if err != nil {
		t.Fatal(err)
	}
	before := func(i *Issuer, client string) string {
		c := i.Claims(client, contract.HIP)
		c.IssuedAt -= int64(time.Minute.Seconds())
		token, err := i.Sign(c)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewIssuer(IssuerOptions{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := NewIssuer(IssuerOptions{Key: key, Name: "another-gateway"})
	if err != nil {
		t.Fatal(err)
	}
	own := before(h.Issuer(), "hip-client")
	for name, c := range map[string]struct {
		token string
		ours  bool
	}{
		"of the same key":        {own, true},
		"of another run's key":   {before(other, "hip-client"), true},
		"of another client":      {before(other, "hiu-client"), false},
		"of another gateway":     {before(foreign, "hip-client"), false},
		"with a wrong signature": {own[:len(own)-8] + "AAAAAAAA", false},
		"garbage":                {"garbage", false},
		"none":                   {"", false},
	} {
		known = nil
		r := &http.Request{Header: http.Header{contract.HeaderAuthorization: {"Bearer " + c.token}}}
		if h.recognise(r); (len(known) == 1) != c.ours {
			t.Errorf("a token %s is known: %t, want %t", name, len(known) == 1, c.ours)
		}
	}
}
