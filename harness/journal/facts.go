package journal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// body redacts a body for the evidence and keeps at most MaxBody of it. It is redacted before it is cut, so that no half of a secret is left.
func (j *Journal) body(raw []byte, cut bool) Body {
	b := Body{Size: len(raw), Truncated: cut || len(raw) > MaxBody}
	if len(raw) == 0 {
		return b
	}
	redacted := j.redactor.JSON(raw)
	switch {
	case redacted != nil && !b.Truncated && len(redacted) <= 2*MaxBody:
		b.JSON = redacted
		return b
	case redacted != nil:
		b.Truncated = true
		b.Text = string(redacted)
	default:
		b.Text = j.redactor.Text(strings.ToValidUTF8(string(raw), "\uFFFD"))
	}
	if len(b.Text) > MaxBody {
		b.Text = strings.ToValidUTF8(b.Text[:MaxBody], "")
	}
	return b
}

// learn makes all that structure tells of an exchange known before any of it is redacted, so that a secret in
// the body is also found in the URL, in a header or in an error.
func (j *Journal) learn(header http.Header, bodies ...[]byte) {
	if j.redactor.off.Load() {
		return
	}
	j.redactor.learnHeader(header)
	for _, body := range bodies {
		if len(body) > 0 && json.Valid(body) {
			j.redactor.learnJSON(body, 0)
		}
	}
}

// requestFacts judges a request on its unredacted bytes.
func (j *Journal) requestFacts(endpoint contract.Endpoint, header http.Header, body []byte) Facts {
	facts := Facts{JSON: j.reads(body), Authorization: j.authorization(header)}
	if facts.JSON == "ok" && endpoint.Schema != "" {
		facts.Violations = j.violations(endpoint.Schema, body)
	}
	return facts
}

// responseFacts adds what is judged on a response.
func (j *Journal) responseFacts(facts *Facts, status int, body []byte) {
	facts.ResponseJSON = j.reads(body)
	if status >= 400 && status < 600 && facts.ResponseJSON == "ok" {
		facts.ErrorViolations = j.violations("ErrorResponse", body)
	}
}

// reads says how a body reads: "" for none, "ok", or what offends.
func (j *Journal) reads(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	if err := schemas.Strict(body); err != nil {
		return j.redactor.Text(err.Error())
	}
	return "ok"
}

// violations judges a body against a schema. The texts pass through the redactor.
func (j *Journal) violations(schema string, body []byte) []schemas.Violation {
	found, err := schemas.Validate(schema, body)
	if err != nil { // the validator itself failed: say so where a judge will look
		return []schemas.Violation{{Keyword: "unjudged", Expected: "a body that can be judged against " + schema, Received: j.redactor.Text(err.Error())}}
	}
	for i, v := range found {
		found[i].Pointer = j.redactor.replaceUnlessOff(v.Pointer)
		found[i].Received = j.redactor.Text(v.Received)
	}
	return found
}

// authorization describes an Authorization header.
func (j *Journal) authorization(header http.Header) Authorization {
	values := header.Values("Authorization")
	if len(values) == 0 {
		return Authorization{}
	}
	scheme, token := splitAuthorization(values[0])
	a := Authorization{Present: true, Scheme: j.redactor.replaceUnlessOff(scheme), Owner: j.redactor.owner(token)}
	a.readJWT(token, time.Now())
	a.Algorithm = j.redactor.replaceUnlessOff(a.Algorithm)
	return a
}

// readJWT reads the algorithm and the expiry of a token that is a JWT; its signature is not checked.
func (a *Authorization) readJWT(token string, now time.Time) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	var claims struct {
		Expiry *float64 `json:"exp"` // seconds since 1970
	}
	if !readPart(parts[0], &head) || !readPart(parts[1], &claims) {
		return
	}
	a.JWT = true
	const longest = 16 // of the registered algorithm names, with some room
	if len(head.Algorithm) <= longest {
		a.Algorithm = head.Algorithm
	}
	a.Expired = claims.Expiry != nil && *claims.Expiry < float64(now.Unix())
}

func readPart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	return err == nil && json.Unmarshal(raw, into) == nil
}

// foreignTokens are the places of a received message, other than Authorization, that hold a token of one of our identities.
func (j *Journal) foreignTokens(header http.Header, body []byte) []string {
	var all []string
	for name, values := range header {
		if name == "Authorization" {
			continue
		}
		for _, owner := range j.redactor.ownersIn(strings.Join(values, "\n")) {
			all = append(all, name+": "+string(owner))
		}
	}
	for _, owner := range j.redactor.ownersIn(string(body)) {
		all = append(all, "body: "+string(owner))
	}
	slices.Sort(all)
	return all
}

// endpointOf finds the endpoint of a path to which we send: it begins with the path of the subject's base URL. A doubled
// slash or anything else that is not the path of the contract is no endpoint.
func endpointOf(path string) contract.Endpoint {
	i := strings.Index(path, contract.BasePath+"/")
	if i < 0 || strings.HasSuffix(path[:i], "/") {
		return contract.Endpoint{}
	}
	endpoint, _ := contract.EndpointAt(path[i:])
	return endpoint
}

// servedEndpoint finds the endpoint of a path below the base URL of one of our players: the path of the contract exactly.
func servedEndpoint(path string) contract.Endpoint {
	endpoint, _ := contract.EndpointAt(path)
	return endpoint
}
