package player

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// maxMessage is the longest body that a player reads, in bytes; longer ones are refused with 413.
const maxMessage = 1 << 20

// received is a message that keeps the contract.
type received struct {
	endpoint contract.Endpoint
	body     []byte // as it came
	// clean is the body without members that are null ("error": null says the same as no error) and without those whose
	// names are the contract's in other letters.
	clean []byte
}

// receive reads a request and judges it as far as that needs no knowledge of
// sessions: path, method, authorization, media type, JSON, schema, and the rule
// that exactly one of two members is there. Where it returns false it has answered already.
//
// suspect, which may be nil, sees the bodies that were refused for their content.
func (p *party) receive(w http.ResponseWriter, r *http.Request, addressed func(http.Header) *refusal, suspect func(contract.Endpoint, []byte)) (received, bool) {
	in, no := p.judge(w, r, addressed, suspect)
	if no == nil {
		return in, in.body != nil
	}
	p.refuse(w, no)
	return received{}, false
}

// judge is receive without the answer; a zero received without a refusal says that a scripted answer was given.
func (p *party) judge(w http.ResponseWriter, r *http.Request, addressed func(http.Header) *refusal, suspect func(contract.Endpoint, []byte)) (received, *refusal) {
	endpoint, ok := contract.EndpointAt(r.URL.Path)
	if !ok || !endpoint.DeliveredTo(p.role) {
		return received{}, &refusal{status: http.StatusNotFound, message: "no endpoint of this party has that path"}
	}
	if r.Method != http.MethodPost {
		return received{}, &refusal{status: http.StatusMethodNotAllowed, message: endpoint.Name + " is a POST"}
	}
	if p.flights.isClosed() {
		return received{}, &refusal{status: http.StatusInternalServerError, message: "this party is going down"}
	}
	body, no := readMessage(w, r)
	if no != nil {
		return received{}, no
	}
	if p.answer != nil && p.answer(endpoint.Name, r, body).play(w, r) {
		return received{}, nil
	}
	if p.authorize != nil {
		if err := p.authorize(r); err != nil {
			p.log.Info("a message was not authorized", "endpoint", endpoint.Name, "because", err)
			return received{}, &refusal{status: http.StatusUnauthorized, message: "Unauthorized request"}
		}
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return received{}, &refusal{status: http.StatusUnsupportedMediaType, message: "the Content-Type must be application/json"}
	}
	clean, no := judgeBody(endpoint, body)
	if no == nil {
		no = addressed(r.Header)
	}
	if no != nil {
		if suspect != nil {
			suspect(endpoint, wellSpelt(body))
		}
		return received{}, no
	}
	return received{endpoint: endpoint, body: body, clean: clean}, nil
}

func readMessage(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body is longer than %d bytes", maxMessage)}
	case err != nil:
		return nil, &refusal{status: http.StatusBadRequest, message: "the body broke off"}
	}
	return body, nil
}

func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset := params["charset"]
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// judgeBody judges JSON, schema and the "neither ... nor ..." rules of the
// endpoint's 400, and returns the body without null and misspelt members.
func judgeBody(endpoint contract.Endpoint, body []byte) ([]byte, *refusal) {
	message, err := readObject(body)
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, message: err.Error()}
	}
	dropNulls(message)
	dropOtherCase(message)
	clean := encodeJSON(message)
	violations, err := schemas.Validate(endpoint.Schema, clean)
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, message: "the body cannot be judged against schema " + endpoint.Schema}
	}
	for _, v := range violations {
		if !tolerated(v, message) {
			return nil, &refusal{status: http.StatusBadRequest, message: fmt.Sprintf("%s: expected %s", pointerOr(v.Pointer), v.Expected)}
		}
	}
	return clean, judgePayload(endpoint, message)
}

func pointerOr(pointer string) string {
	if pointer == "" {
		return "the body"
	}
	return pointer
}

// judgePayload judges the rules that are prose: of an answer's payload and its
// error exactly one is there; a notify has auth; a confirm has a credential that says something.
func judgePayload(endpoint contract.Endpoint, message map[string]any) *refusal {
	payload, failed := message[endpoint.Payload] != nil, message["error"] != nil
	bad := func(text string) *refusal { return &refusal{status: http.StatusBadRequest, message: text} }
	switch {
	case endpoint.Answers != "" && !payload && !failed:
		return bad(fmt.Sprintf("neither %s nor error is specified", endpoint.Payload))
	case endpoint.Answers != "" && payload && failed:
		return bad(fmt.Sprintf("both %s and error are specified; exactly one says what happened", endpoint.Payload))
	case endpoint.Name == contract.Notify && !payload:
		return bad("auth is not specified")
	case endpoint.Name == contract.Confirm:
		credential, _ := message["credential"].(map[string]any)
		if credential["authCode"] == nil && credential["demographic"] == nil {
			return bad("credential holds neither authCode nor demographic")
		}
	}
	return nil
}

// tolerated are the offences that deployed systems commit and that a receiver
// must live with: times without a zone, identifier types that no version of the
// document lists, and an empty authCode beside demographic details.
func tolerated(v schemas.Violation, message map[string]any) bool {
	switch {
	case v.Keyword == "format" && (v.Pointer == "/timestamp" || v.Pointer == "/auth/validity/expiry"):
		text, _ := memberAt(message, v.Pointer).(string)
		_, err := parseTime(text)
		return err == nil
	case v.Pointer == "/credential/authCode":
		return v.Keyword == "minLength" && memberAt(message, "/credential/demographic") != nil
	case v.Keyword == "enum":
		return strings.HasPrefix(v.Pointer, "/auth/patient/identifiers/") && strings.HasSuffix(v.Pointer, "/type")
	}
	return false
}
