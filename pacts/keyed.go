package pacts

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Keyed writes a Pact file of the pair with the key of each interaction, which its consumer library cannot set, and
// nothing that changes from run to run. The error says what is no Pact file of this pair.
func Keyed(file []byte, pair Pair) ([]byte, error) {
	keys := map[string]string{}
	for _, i := range pair.Interactions() {
		keys[i.Description] = i.Key
	}
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.UseNumber()
	var pact map[string]any
	if err := decoder.Decode(&pact); err != nil {
		return nil, fmt.Errorf("the Pact file of %s and %s is no JSON object: %w", pair.Consumer, pair.Provider, err)
	}
	interactions, _ := pact["interactions"].([]any)
	if len(interactions) != len(keys) {
		return nil, fmt.Errorf("the Pact file of %s and %s has %d interactions, and the contract has %d", pair.Consumer, pair.Provider, len(interactions), len(keys))
	}
	for _, item := range interactions {
		interaction, _ := item.(map[string]any)
		description, _ := interaction["description"].(string)
		key, known := keys[description]
		if !known {
			return nil, fmt.Errorf("the Pact file of %s and %s has an interaction %q that the contract does not have", pair.Consumer, pair.Provider, description)
		}
		interaction["key"] = key
	}
	text, err := json.MarshalIndent(pact, "", "  ")
	return append(text, '\n'), err
}
