package pacts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/pacts"
	"abdm.example/conformance/schemas"
)

func committed(t *testing.T, pair pacts.Pair) *pacts.File {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "fixtures", "pacts", pair.File()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := pacts.Read(raw)
	if err != nil {
		t.Fatalf("%s: %v", pair.File(), err)
	}
	return f
}

func TestEveryPairHasAWholePactFile(t *testing.T) {
	for _, pair := range pacts.Pairs {
		f := committed(t, pair)
		if f.Consumer != string(pair.Consumer) || f.Provider != string(pair.Provider) || f.Version != "4.0" {
			t.Errorf("%s is of %s and %s, version %s", pair.File(), f.Consumer, f.Provider, f.Version)
		}
		byKey := map[string]pacts.FileInteraction{}
		for _, i := range f.Interactions {
			if _, twice := byKey[i.Key]; twice {
				t.Errorf("%s: the key %s is there twice", pair.File(), i.Key)
			}
			byKey[i.Key] = i
		}
		for _, want := range pair.Interactions() {
			i, ok := byKey[want.Key]
			if !ok || i.Path != want.Endpoint.Path || i.Method != "POST" || i.Status != want.Status || i.Description != want.Description || len(i.States) != 1 {
				t.Errorf("%s: %s is %+v", pair.File(), want.Key, i)
				continue
			}
			violations, err := schemas.Validate(want.Endpoint.Schema, i.Body)
			if err != nil || strings.HasSuffix(want.Key, "-400") != (len(violations) > 0) {
				t.Errorf("%s: the example of %s: %v %v", pair.File(), want.Key, violations, err)
			}
		}
		if len(byKey) != len(pair.Interactions()) || len(byKey) < 16 {
			t.Errorf("%s has %d interactions", pair.File(), len(byKey))
		}
	}
}

func TestAHIUAsksForKYCOnly(t *testing.T) {
	for _, i := range (pacts.Pair{Consumer: contract.HIU, Provider: contract.Gateway}).Interactions() {
		if strings.Contains(string(i.Body), "LINK") {
			t.Errorf("%s: %s", i.Key, i.Body)
		}
	}
}

func TestWhatIsNoPactFileIsSaidWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		`[]`: "JSON object",
		`{}`: "/consumer must be an object",
		`{"consumer":{"name":"a"},"provider":{"name":""},"interactions":[],"metadata":{"pactSpecification":{"version":"4.0"}}}`:                                                                                                                                                                               "/provider/name",
		`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"x","type":"Smoke"}],"metadata":{"pactSpecification":{"version":"4.0"}}}`:                                                                                                                                            "/interactions/0/type",
		`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"x","request":{"method":"POST","path":"v"},"response":{"status":999}}],"metadata":{"pactSpecification":{"version":"2.0.0"}}}`:                                                                                        "/interactions/0/response/status",
		`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"x","request":{"method":"POST","path":"/v"},"response":{"status":202}}],"metadata":{"pactSpecification":{"version":"9"}}}`:                                                                                           "versions 2, 3 and 4",
		`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"x","request":{"method":"POST","path":"/v"},"response":{"status":202}},{"description":"x","request":{"method":"POST","path":"/v"},"response":{"status":202}}],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`: "unique",
	} {
		if _, err := pacts.Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestLocalize(t *testing.T) {
	f := committed(t, pacts.Pair{Consumer: contract.HIP, Provider: contract.Gateway})
	local, err := f.Localize(map[string]string{"hip-1": "IN0001", "sbx": "abdm"})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range local.Interactions {
		one, err := local.Single(i)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(one), `"hip-1"`) || strings.Contains(string(one), `"sbx"`) {
			t.Errorf("%s still has the ids of the example", i.Key)
		}
		if again, err := pacts.Read(one); err != nil || len(again.Interactions) != 1 || again.Interactions[0].Key != i.Key {
			t.Errorf("%s alone: %v", i.Key, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"x","request":{"method":"POST","path":"/v"},"response":{"status":202}}],"metadata":{"pactSpecification":{"version":"3.0.0"}}}`))
	f.Add([]byte(`{"messages":[{"contents":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := pacts.Read(text)
		if err != nil {
			return
		}
		for _, i := range file.Interactions {
			if _, err := file.Single(i); err != nil {
				t.Error(err)
			}
		}
	})
}
