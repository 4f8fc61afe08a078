package player

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
)

// probe is one request to a bridge and its name.
type probe struct {
	name, method, authorization string
	header                      map[string]string
	body                        string
	chunked                     bool
}

// probesOf are requests to an endpoint of a bridge: right ones, lawful ones in unusual ways, and wrong ones.
func (f *facility) probesOf(endpoint string) []probe {
	f.t.Helper()
	good := "Bearer " + f.token(nil)
	own := map[string]string{f.role.Header(): "bridge-1", "Content-Type": "application/json"}
	var all []probe
	add := func(name string, change func(*probe), body string) {
		p := probe{name: name, method: http.MethodPost, authorization: good, header: map[string]string{}, body: body}
		for k, v := range own {
			p.header[k] = v
		}
		if change != nil {
			change(&p)
		}
		all = append(all, p)
	}
	bodies := fixtures.Bodies(endpoint)
	whole := string(bodies[0].JSON)
	invalid := map[string]bool{}
	for _, b := range bodies {
		add("valid "+b.Name, nil, string(b.JSON))
		for _, c := range fixtures.Invalid(endpoint, b.JSON) {
			if !invalid[c.Name] {
				invalid[c.Name] = true
				add("invalid "+c.Name, nil, string(c.Body))
			}
		}
	}
	for name, body := range map[string]string{"malformed": whole[:len(whole)-1], "empty": "", "array": "[]", "pretty": pretty(whole),
		"reordered": `{"x":` + whole + "," + whole[1:], "large": whole[:len(whole)-1] + `,"x":"` + strings.Repeat("x", 600<<10) + `"}`,
		"deep": whole[:len(whole)-1] + `,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`} {
		add(name, nil, body)
	}
	for name, value := range map[string]string{"charset": "application/json; charset=utf-8", "xml": "application/xml", "text": "text/plain"} {
		add("content type "+name, func(p *probe) { p.header["Content-Type"] = value }, whole)
	}
	add("chunked", func(p *probe) { p.chunked = true }, whole)
	add("extra header", func(p *probe) { p.header["X-Conformance-Note"] = "x" }, whole)
	for name, edits := range lawfulEdits {
		for _, b := range bodies {
			if edited, ok := rewritten(string(b.JSON), edits...); ok {
				add(name+" "+b.Name, nil, edited)
			}
		}
	}
	if old, ok := rewritten(whole, "/timestamp", `"`+Timestamp(time.Now().Add(-45*time.Second))+`"`); ok {
		add("45 s old", nil, old)
	}
	for name, value := range f.wrongTokens() {
		add("token "+name, func(p *probe) { p.authorization = value }, whole)
	}
	add("scheme bearer", func(p *probe) { p.authorization = "bearer" + strings.TrimPrefix(good, "Bearer") }, whole)
	for name, id := range map[string]string{"other": "somebody-else", "none": ""} {
		add("addressed to "+name, func(p *probe) { p.header[f.role.Header()] = id }, whole)
	}
	other := contract.HIU.Header()
	if f.role == contract.HIU {
		other = contract.HIP.Header()
	}
	add("addressed to both", func(p *probe) { p.header[other] = "bridge-1" }, whole)
	add("addressed to the other kind", func(p *probe) { p.header[f.role.Header()], p.header[other] = "", "bridge-1" }, whole)
	if bare, ok := rewritten(whole, "/error", `{"code":2500,"message":"down"}`, "/auth", "", "/timestamp", ""); ok {
		add("error of the gateway", func(p *probe) { p.header[f.role.Header()] = "bridge_client" }, bare)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		add("method "+method, func(p *probe) { p.method = method }, whole)
	}
	return all
}

// lawfulEdits are pairs of a pointer and a value, "" for none, that leave a message lawful or nearly so.
var lawfulEdits = map[string][]string{
	"extra":          {"/xExtra", `{"a":[1,null]}`},
	"extra nested":   {"/auth/xExtra", `1`},
	"null error":     {"/error", "null"},
	"null auth":      {"/auth", "null", "/error", `{"code":1437,"message":"m"}`},
	"null hint":      {"/auth/meta/hint", "null"},
	"null patient":   {"/auth/patient", "null"},
	"null line":      {"/auth/patient/address/line", "null"},
	"null token":     {"/auth/accessToken", "null"},
	"null validity":  {"/auth/validity", "null"},
	"zone-less":      {"/timestamp", `"2026-01-31T09:05:06.123456"`},
	"zone-less end":  {"/auth/meta/expiry", `"2036-01-31T09:05:06.123456"`},
	"offset":         {"/timestamp", `"2026-01-31T09:05:06.123+05:30"`},
	"seconds":        {"/timestamp", `"2026-01-31T09:05:06Z"`},
	"nanoseconds":    {"/timestamp", `"2026-01-31T09:05:06.123456789Z"`},
	"upper-case id":  {"/requestId", `"5F7A535D-A3FD-416B-B069-C97D021FBACD"`},
	"no meta":        {"/auth/meta", ""},
	"no validity":    {"/auth/validity", ""},
	"no patient":     {"/auth/patient", ""},
	"no token":       {"/auth/accessToken", ""},
	"top":            {"/transactionId", `"t-1"`},
	"month":          {"/auth/patient/monthOfBirth", "2"},
	"health number":  {"/auth/patient/identifiers/0/type", `"HEALTH_NUMBER"`},
	"opaque":         {"/auth/accessToken", `"opaque+token/17="`},
	"transaction":    {"/auth/transactionId", `"Txn.17"`},
	"devanagari":     {"/auth/meta/hint", `"अ"`},
	"devanagari too": {"/auth/patient/name", `"अ"`},
	"empty auth":     {"/auth", "{}"},
	"no modes":       {"/auth/modes", "[]"},
	"strange modes":  {"/auth/modes", `["PASSWORD"]`},
	"strange mode":   {"/auth/mode", `"PASSWORD"`},
}

// rewritten makes edits; false where the body has not what they need.
func rewritten(body string, edits ...string) (string, bool) {
	text := []byte(body)
	for i := 0; i < len(edits); i += 2 {
		var value json.RawMessage
		if edits[i+1] != "" {
			value = json.RawMessage(edits[i+1])
		}
		edited, err := fixtures.Edit(text, edits[i], value)
		if err != nil {
			return "", false
		}
		text = edited
	}
	return string(text), true
}

func pretty(body string) string {
	var out bytes.Buffer
	_ = json.Indent(&out, []byte(body), "", "  ")
	return out.String()
}

// token is an access token of the gateway with some claims otherwise.
func (f *facility) token(change func(*Claims)) string {
	claims := f.hub.Issuer().Claims("gateway", contract.Gateway)
	if change != nil {
		change(&claims)
	}
	token, err := f.hub.Issuer().Sign(claims)
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

// wrongTokens are values of Authorization that a bridge must not take.
func (f *facility) wrongTokens() map[string]string {
	good := f.token(nil)
	parts := strings.Split(good, ".")
	forged := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1]
	}
	other := strings.Split(f.token(func(c *Claims) { c.ID = "another" }), ".")
	return map[string]string{
		"missing": "", "garbage": "Bearer x", "truncated": "Bearer " + good[:len(good)-8],
		"tampered": "Bearer " + other[0] + "." + other[1] + "." + parts[2],
		"expired":  "Bearer " + f.token(func(c *Claims) { c.Expiry = time.Now().Add(-time.Hour).Unix() }),
		"none":     "Bearer " + forged(`{"alg":"none"}`) + ".", "hs256": "Bearer " + forged(`{"alg":"HS256"}`) + "." + parts[2],
		"kid": "Bearer " + forged(`{"alg":"RS256","kid":"nobody's"}`) + "." + parts[2],
		"jwk": "Bearer " + forged(`{"alg":"RS256","kid":"own","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}`) + "." + parts[2],
	}
}

// probePatience is longer than any answer takes that is not late on purpose.
const probePatience = 5 * time.Second

// answer sends a probe and says what came back, in one line.
func (f *facility) answer(endpoint string, p probe) string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), probePatience)
	defer cancel()
	var body io.Reader = strings.NewReader(p.body)
	if p.chunked {
		body = io.MultiReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, p.method, f.url+contract.MustEndpoint(endpoint).Path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	for name, value := range p.header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if p.authorization != "" {
		req.Header.Set("Authorization", p.authorization)
	}
	resp, err := quietClient(f.client).Do(req)
	if err != nil {
		return "no answer"
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "half an answer"
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, text)
}
