package pacts_test

import (
	"os"
	"path/filepath"
	"testing"

	"abdm.example/conformance/pacts"
	"abdm.example/conformance/schemas"
)

// With CONFORMANCE_WRITE_PACTS=1 the files take the place of those in fixtures/pacts.
func TestEveryPairHasAFileOfMessages(t *testing.T) {
	for _, pair := range pacts.Pairs {
		text, err := pair.MessageFile()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("..", "fixtures", "pacts", pair.MessageFileName())
		if os.Getenv("CONFORMANCE_WRITE_PACTS") == "1" {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if was, err := os.ReadFile(path); err != nil || string(was) != string(text) {
			t.Errorf("%s is not what the contract says now (%v): run 'make pacts' and read what changed", path, err)
		}
		file, err := pacts.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		messages, err := pair.Messages()
		if err != nil || len(file.Interactions) != len(messages) || len(messages) < 4 {
			t.Fatalf("%s: %d interactions, %v", pair.MessageFileName(), len(file.Interactions), err)
		}
		for n, m := range messages {
			i := file.Interactions[n]
			violations, err := schemas.Validate(m.Endpoint.Schema, i.Body)
			if err != nil || len(violations) > 0 || i.Type != pacts.TypeMessage || i.Key != m.Key {
				t.Errorf("%s %s: %v %v", pair.MessageFileName(), i.Key, violations, err)
			}
		}
	}
}
