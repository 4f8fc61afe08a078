package player

import (
	"encoding/json"
	"net/http"
	"strings"

	"abdm.example/conformance/contract"
)

// gwSession is SessionResponse. The document says of both lives "In Minutes";
// every deployed gateway means seconds (600, 1800), and so does this one.
type gwSession struct {
	AccessToken      string `json:"accessToken"`
	ExpiresIn        int    `json:"expiresIn"`
	RefreshExpiresIn int    `json:"refreshExpiresIn"`
	RefreshToken     string `json:"refreshToken"`
	TokenType        string `json:"tokenType"`
}

// serveSession is POST /v0.5/sessions: client credentials or a refresh token for an access token.
func (g *Gateway) serveSession(w http.ResponseWriter, r *http.Request) {
	m := &gwMessage{http: r, writer: w}
	for _, step := range []func(*gwMessage) *gwRefusal{g.checkContentType, g.readBody} {
		if refusal := step(m); refusal != nil {
			g.refuse(w, refusal)
			return
		}
	}
	client, secret := m.doc.string("/clientId"), m.doc.string("/clientSecret")
	if client == "" || secret == "" {
		g.refuse(w, gwRefuse(http.StatusBadRequest, "clientId and clientSecret must be strings that are not empty"))
		return
	}
	if !g.parties.login(client, secret) && !g.faults.Has("any-secret") {
		g.refuse(w, gwRefuse(http.StatusUnauthorized, "there is no such client, or its secret is another"))
		return
	}
	// Deployed clients leave grantType out, though the schema requires it.
	switch grant := m.doc.string("/grantType"); {
	case grant == "client_credentials" || !m.doc.has("/grantType"):
	case grant == "refresh_token":
		claims, err := g.issuer.VerifyRefresh(m.doc.string("/refreshToken"))
		if err != nil || claims.ClientID != client {
			g.refuse(w, gwRefuse(http.StatusUnauthorized, "the refresh token is not good for this client; log in with client_credentials"))
			return
		}
	default:
		g.refuse(w, gwRefuse(http.StatusBadRequest, "grantType must be client_credentials or refresh_token"))
		return
	}
	session, err := g.newSession(client)
	if err != nil {
		g.refuse(w, gwRefuse(http.StatusInternalServerError, "no token could be made"))
		return
	}
	gwWriteJSON(w, http.StatusOK, session)
}

func (g *Gateway) newSession(client string) (gwSession, error) {
	access, err := g.issuer.Issue(client, g.parties.ofClient(client).roles()...)
	if err != nil {
		return gwSession{}, err
	}
	refresh, err := g.issuer.IssueRefresh(client)
	if err != nil {
		return gwSession{}, err
	}
	return gwSession{
		AccessToken: access, ExpiresIn: int(g.issuer.Life().Seconds()),
		RefreshToken: refresh, RefreshExpiresIn: int(g.issuer.RefreshLife().Seconds()),
		TokenType: "bearer",
	}, nil
}

// serveCerts is GET /v0.5/certs.
func (g *Gateway) serveCerts(w http.ResponseWriter, _ *http.Request) {
	gwWriteJSON(w, http.StatusOK, g.issuer.KeySet())
}

// serveOpenID is GET /v0.5/.well-known/openid-configuration.
func (g *Gateway) serveOpenID(w http.ResponseWriter, r *http.Request) {
	base := strings.TrimRight(g.options.PublicURL, "/")
	if base == "" {
		base = "http://" + r.Host
		if r.TLS != nil {
			base = "https://" + r.Host
		}
		if p := g.options.Prefix; p != "" && strings.HasPrefix(r.URL.Path, p+"/") {
			base += p
		}
	}
	gwWriteJSON(w, http.StatusOK, openIDConfiguration(g.issuer, base))
}

// openIDConfiguration is what GET /v0.5/.well-known/openid-configuration answers below a base URL.
func openIDConfiguration(i *Issuer, base string) map[string]any {
	return map[string]any{
		"issuer":                                i.Name(),
		"jwks_uri":                              base + contract.PathCerts,
		"token_endpoint":                        base + contract.PathSessions,
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
}

func gwWriteJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":{"code":2500,"message":"the answer could not be written"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text)
}
