package player

import (
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"abdm.example/conformance/contract"
)

// tokenLife is how long an access token for linking is good: a day, as in the field. tokenUses is how often.
const (
	tokenLife = 24 * time.Hour
	tokenUses = 1
)

// grantClaims are the claims of an access token, in the shape that deployed bridges read.
type grantClaims struct {
	Subject       string `json:"sub"`
	RequesterType string `json:"requesterType"`
	RequesterID   string `json:"requesterId"`
	PatientID     string `json:"patientId"`
	SessionID     string `json:"sessionId"`
	IssuedAt      int64  `json:"iat"` // seconds since 1970
	Expiry        int64  `json:"exp"` // seconds since 1970
}

// grant is the payload of a successful authentication by its purpose
// (PatientAuthConfirmResponse.auth): LINK tells an access token only, KYC the
// patient only, KYC_AND_LINK both. The validity is the access token's. The state is locked.
func (c *CM) grant(s *session) (*contract.GrantAuth, error) {
	auth := &contract.GrantAuth{}
	if s.purpose != contract.KYC {
		now := c.now()
		token, err := c.accessToken(s, now)
		if err != nil {
			return nil, err
		}
		s.link = &linkGrant{expiry: now.Add(tokenLife), left: tokenUses}
		c.granted[token] = s
		auth.AccessToken = token
		auth.Validity = &contract.Validity{Purpose: s.purpose, Requester: s.owner, Expiry: Timestamp(s.link.expiry), Limit: tokenUses}
	}
	if s.purpose != contract.Link {
		auth.Patient = s.account.patient()
	}
	return auth, nil
}

func (c *CM) accessToken(s *session, now time.Time) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS512, Key: c.key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("no access token could be signed: %w", err)
	}
	token, err := jwt.Signed(signer).Claims(grantClaims{
		Subject: s.account.ID, RequesterType: s.owner.Type, RequesterID: s.owner.ID, PatientID: s.account.ID,
		SessionID: NewRequestID(), IssuedAt: now.Unix(), Expiry: now.Add(tokenLife).Unix(),
	}).Serialize()
	if err != nil {
		return "", fmt.Errorf("no access token could be signed: %w", err)
	}
	return token, nil
}
