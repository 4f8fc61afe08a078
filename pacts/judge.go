package pacts

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/schemas"
)

// Finding is what is wrong about an interaction of a Pact file, measured by the contract.
type Finding struct {
	// Pointer is the place in the interaction, as a JSON pointer.
	Pointer string
	// Expected is what the contract says, Received what the file has, Hint what to do.
	Expected, Received, Hint string
}

// promised are the answers that the contract promises.
var promised = []int{http.StatusAccepted, http.StatusBadRequest, http.StatusUnauthorized, http.StatusInternalServerError}

// Judge looks whether an interaction of a consumer asks for nothing but what the contract promises, and sends nothing but
// what it allows. The consumer is a role of the network, as the Pact file names it or as the caller knows.
func Judge(consumer contract.Role, i FileInteraction) []Finding {
	if i.Type != TypeHTTP {
		return nil
	}
	var all []Finding
	find := func(pointer, expected, received, hint string) {
		all = append(all, Finding{pointer, expected, received, hint})
	}
	e, known := contract.EndpointAt(i.Path)
	if !known {
		find("/request/path", "one of the eight operations below /v0.5/users/auth", i.Path, "Leave what is no operation of users/auth to a Pact file of its own.")
		return all
	}
	if i.Method != http.MethodPost {
		find("/request/method", http.MethodPost, i.Method, "Every operation is a POST.")
	}
	if consumer != contract.Gateway && !e.SentBy(consumer) {
		find("/request/path", "an operation that a "+string(consumer)+" sends", e.Name, fmt.Sprintf("%s is sent by: %s.", e.Name, roles(e.Callers)))
	}
	if !slices.Contains(promised, i.Status) {
		find("/response/status", "202, 400, 401 or 500", fmt.Sprint(i.Status), statusHint(i.Status))
	}
	response, _ := i.raw["response"].(map[string]any)
	body := response["body"]
	if wrapped, ok := body.(map[string]any); ok {
		if content, there := wrapped["content"]; there {
			body = content
		}
	}
	if i.Status == http.StatusAccepted && body != nil {
		find("/response/body", "no body: a 202 is empty (void)", string(encoded(body)), "Count on the status alone; the outcome travels in the callback.")
	}
	if i.Status >= 400 {
		all = append(all, judgeRefusal(body)...)
	}
	return append(all, judgeRequest(e, i)...)
}

func roles(all []contract.Role) string {
	var names []string
	for _, r := range all {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

func statusHint(status int) string {
	if status == http.StatusOK {
		return "The contract acknowledges with 202: a consumer that counts on 200 breaks at every conforming provider."
	}
	return "Count on no status but those that the contract lists."
}

// judgeRefusal judges what a consumer counts on in a refusal: of ErrorResponse, nothing but its members.
func judgeRefusal(body any) []Finding {
	if body == nil {
		return nil
	}
	violations, err := schemas.Validate("ErrorResponse", encoded(body)) // what a consumer names of it must be what the contract has
	if err != nil {
		return []Finding{{"/response/body", "an ErrorResponse", "a body that does not read", "Count on error.code and error.message."}}
	}
	var all []Finding
	for _, v := range violations {
		all = append(all, Finding{"/response/body" + v.Pointer, v.Expected, v.Received, "Count on error.code, an integer, and error.message."})
	}
	return all
}

// judgeRequest judges the example that is sent: what is to be accepted must keep its schema.
func judgeRequest(e contract.Endpoint, i FileInteraction) []Finding {
	if i.Status != http.StatusAccepted && i.Status != http.StatusOK {
		return nil
	}
	violations, err := schemas.Validate(e.Schema, i.Body)
	if err != nil {
		return []Finding{{"/request/body", "a JSON body that keeps " + e.Schema, "a body that does not read", "Give the body as JSON."}}
	}
	var all []Finding
	for _, v := range violations {
		all = append(all, Finding{"/request/body" + v.Pointer, v.Expected + " (" + e.Schema + ")", v.Received, "A provider may refuse this message with 400: send what the schema asks for."})
	}
	if e.Payload == "" || e.Answers == "" {
		return all
	}
	_, payload := fixtures.Value(i.Body, "/"+e.Payload)
	if _, failed := fixtures.Value(i.Body, "/error"); payload == failed {
		all = append(all, Finding{"/request/body", "exactly one of " + e.Payload + " and error", "both or neither", "Say what happened by one of the two."})
	}
	return all
}
