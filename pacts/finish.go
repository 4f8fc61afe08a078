package pacts

import (
	"bytes"
	"encoding/json"
	"fmt"

	"abdm.example/conformance/fixtures"
)

// Finish writes a Pact file of the pair with what its consumer library cannot set: the key of each interaction, the
// parameters of its provider state as they are, and the generators that give a verified message a requestId and a timestamp of its own, and the ids that the provider's state
// knows. The error says what is no Pact file of this pair.
func Finish(file []byte, pair Pair) ([]byte, error) {
	known := map[string]Interaction{}
	for _, i := range pair.Interactions() {
		known[i.Description] = i
	}
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.UseNumber()
	var pact map[string]any
	if err := decoder.Decode(&pact); err != nil {
		return nil, fmt.Errorf("the Pact file of %s and %s is no JSON object: %w", pair.Consumer, pair.Provider, err)
	}
	interactions, _ := pact["interactions"].([]any)
	if len(interactions) != len(known) {
		return nil, fmt.Errorf("the Pact file of %s and %s has %d interactions, and the contract has %d", pair.Consumer, pair.Provider, len(interactions), len(known))
	}
	for _, item := range interactions {
		interaction, _ := item.(map[string]any)
		description, _ := interaction["description"].(string)
		i, ok := known[description]
		request, isRequest := interaction["request"].(map[string]any)
		if !ok || !isRequest {
			return nil, fmt.Errorf("the Pact file of %s and %s has an interaction %q that the contract does not have", pair.Consumer, pair.Provider, description)
		}
		interaction["key"] = i.Key
		state := map[string]any{"name": i.State.Name}
		if len(i.State.Parameters) > 0 {
			state["params"] = i.State.Parameters // the library makes a number of a text that looks like one
		}
		interaction["providerStates"] = []any{state}
		if g := i.generators(); len(g) > 0 {
			request["generators"] = map[string]any{"body": g}
		}
	}
	return layout(pact)
}

// FromState are the members whose value the provider's state knows, with the name of its parameter.
var FromState = map[string]string{
	"/resp/requestId":      "requestId",
	"/transactionId":       "transactionId",
	"/auth/transactionId":  "transactionId",
	"/query/id":            "id",
	"/credential/authCode": "authCode",
}

// generators make the members of a verified request that must not be those of the example, by JSON path.
func (i Interaction) generators() map[string]any {
	all := map[string]any{}
	add := func(pointer, path string, generator map[string]any) {
		if _, there := fixtures.Value(i.Body, pointer); there {
			all[path] = generator
		}
	}
	add("/requestId", "$.requestId", map[string]any{"type": "Uuid", "format": "lower-case-hyphenated"})
	add("/timestamp", "$.timestamp", map[string]any{"type": "DateTime", "format": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"})
	for pointer, parameter := range FromState {
		if _, told := i.State.Parameters[parameter]; told {
			add(pointer, "$"+dots.Replace(pointer), map[string]any{"type": "ProviderState", "expression": "${" + parameter + "}", "dataType": "STRING"})
		}
	}
	return all
}
