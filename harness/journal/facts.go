package journal

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// body redacts a body for the evidence and keeps at most MaxBody of it. It is redacted before it is cut, so that no half of
// a secret is left. What its structure tells must have been learnt.
func (j *Journal) body(w wire) Body {
	b := Body{Size: len(w.raw), Truncated: w.cut || len(w.raw) > MaxBody}
	if len(w.raw) == 0 {
		return b
	}
	redacted := j.redactor.learnt(w)
	switch {
	case redacted != nil && !b.Truncated && len(redacted) <= 2*MaxBody:
		b.JSON = redacted
		return b
	case redacted != nil:
		b.Truncated = true
		b.Text = string(redacted)
	default:
		b.Text = j.redactor.Text(strings.ToValidUTF8(string(w.raw), "\uFFFD"))
	}
	if len(b.Text) > MaxBody {
		b.Text = strings.ToValidUTF8(b.Text[:MaxBody], "")
	}
	return b
}

// learn makes all that structure tells of an exchange known before any of it is redacted, so that a secret in
// the body is also found in the URL, in a header or in an error.
func (j *Journal) learn(headers []http.Header, bodies ...wire) {
	for _, header := range headers {
		j.redactor.learnHeader(header)
	}
	for _, body := range bodies {
		if body.json {
			j.redactor.learnJSON(body.raw, 0)
		}
	}
}

// requestFacts judges a request on its unredacted bytes.
func (j *Journal) requestFacts(endpoint contract.Endpoint, header http.Header, body wire) Facts {
	facts := Facts{JSON: j.reads(body), Authorization: j.authorization(header)}
	if facts.JSON == "ok" && endpoint.Schema != "" {
		facts.Violations = j.violations(endpoint.Schema, body.raw)
	}
	return facts
}

// responseFacts adds what is judged on a response.
func (j *Journal) responseFacts(facts *Facts, status int, body wire) {
	facts.ResponseJSON = j.reads(body)
	if status >= 400 && status < 600 && facts.ResponseJSON == "ok" {
		facts.ErrorViolations = j.violations("ErrorResponse", body.raw)
	}
}

// reads says how a body reads: "" for none, "ok", or what offends.
func (j *Journal) reads(body wire) string {
	switch {
	case len(body.raw) == 0:
		return ""
	case body.offence != nil:
		return j.redactor.Text(body.offence.Error())
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
	read := tokensKnown.Of(token, readJWT)
	return Authorization{
		Present: true, Scheme: j.redactor.replaceUnlessOff(scheme), Owner: j.redactor.owner(token),
		JWT: read.jwt, Algorithm: j.redactor.replaceUnlessOff(read.algorithm),
		Expired: read.expiry != nil && *read.expiry < float64(time.Now().Unix()), Flaw: tokenFlaw(values, token),
	}
}

// tokenShape is that of a token after the scheme (RFC 6750, 2.1: b64token).
var tokenShape = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// placeholders are what programs write where they have no token.
var placeholders = []string{"undefined", "null", "none", "nil", "[object object]"}

// tokenFlaw says why Authorization headers hold no one token.
func tokenFlaw(values []string, token string) string {
	switch {
	case len(values) > 1:
		return fmt.Sprintf("%d Authorization headers", len(values))
	case token == "":
		return "a scheme without a token"
	case slices.Contains(placeholders, strings.ToLower(token)):
		return fmt.Sprintf("the word %q in place of a token", token)
	case strings.ContainsAny(token, " \t"):
		return "more than one word after the scheme"
	case !tokenShape.MatchString(token):
		return "characters that no token has (RFC 6750, 2.1)"
	}
	return ""
}

// foreignTokens are the places of a received message, other than Authorization, that hold a token of one of our identities.
func (j *Journal) foreignTokens(target string, header http.Header, body []byte) []string {
	var all []string
	for _, owner := range j.redactor.ownersIn(target) {
		all = append(all, "URL: "+string(owner))
	}
	for name, values := range header {
		if name == "Authorization" {
			continue
		}
		for _, owner := range j.redactor.ownersIn(strings.Join(values, "\n")) {
			all = append(all, name+": "+string(owner))
		}
		for _, value := range values {
			for _, owner := range j.redactor.ownersIn(unpacked(value)) {
				all = append(all, name+" (base64): "+string(owner))
			}
		}
	}
	for _, owner := range j.redactor.ownersIn(string(body)) {
		all = append(all, "body: "+string(owner))
	}
	slices.Sort(all)
	return all
}

// unpacked is what a header value says that is long enough to hold a token and base64 as a whole; "" for any other.
func unpacked(value string) string {
	const shortest = 64
	if len(value) < shortest || strings.ContainsAny(value, ". ") { // a JWT, which ownersIn knows as it is, or text
		return ""
	}
	value = strings.TrimRight(value, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if text, err := encoding.DecodeString(value); err == nil {
			return string(text)
		}
	}
	return ""
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
