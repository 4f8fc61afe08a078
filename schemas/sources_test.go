package schemas

import (
	"slices"
	"strings"
	"testing"

	"abdm.example/conformance/contract"
)

func TestEveryEndpointHasItsSchema(t *testing.T) {
	for _, e := range contract.Endpoints {
		if !slices.Contains(Names(), e.Schema) {
			t.Errorf("%s names the schema %s, which is not there", e.Name, e.Schema)
		}
	}
}

// The enums of the schemas are the vocabulary of the contract.
func TestEnumsAreTheContractsVocabulary(t *testing.T) {
	want := map[string][]string{
		"/query/purpose":        contract.Purposes,
		"/query/authMode":       contract.Modes,
		"/query/requester/type": {contract.HIP.RequesterType(), contract.HIU.RequesterType()},
	}
	for _, m := range Members("PatientAuthInitRequest") {
		if enum, ok := want[m.Pointer]; ok && !slices.Equal(m.Enum, enum) {
			t.Errorf("%s is one of %v; the contract says %v", m.Pointer, m.Enum, enum)
		}
	}
}

func TestSourceIsComposedAndWhole(t *testing.T) {
	for _, name := range everySchema {
		source, err := Source(name)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parseObject(source)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := tree.text("$schema"); got != "http://json-schema.org/draft-07/schema#" {
			t.Errorf("%s is of the draft %q", name, got)
		}
		for _, d := range tree.object("definitions") {
			if !strings.Contains(string(source), `"`+definitionPrefix+d.name+`"`) {
				t.Errorf("%s carries the definition %s and does not use it", name, d.name)
			}
		}
		source[0] = 'X'
		if again, _ := Source(name); again[0] == 'X' {
			t.Errorf("%s: a caller can change the schema", name)
		}
	}
	if _, err := Source("Nothing"); err == nil || !strings.Contains(err.Error(), "PatientAuthInitRequest") {
		t.Errorf("an unknown name is answered %v", err)
	}
}

func TestComposeRefusesADanglingReference(t *testing.T) {
	message, err := parseObject([]byte(`{"properties":{"a":{"$ref":"#/definitions/nowhere"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compose(message, object{}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got %v", err)
	}
}

func TestDigestIsStable(t *testing.T) {
	first := Digest()
	if len(first) != 64 || first != Digest() {
		t.Errorf("the digest is %q and then %q", first, Digest())
	}
}

func TestMembers(t *testing.T) {
	var order []string
	byPointer := map[string]Member{}
	for _, m := range Members("PatientAuthConfirmResponse") {
		order = append(order, m.Pointer)
		byPointer[m.Pointer] = m
	}
	if want := []string{"/requestId", "/timestamp", "/auth", "/auth/accessToken", "/auth/validity", "/auth/validity/purpose"}; !slices.Equal(order[:6], want) {
		t.Errorf("the order is %v", order[:6])
	}
	for _, tc := range []struct {
		pointer                  string
		required, parentRequired bool
		jsonType, format         string
		minLength                int
	}{
		{"/requestId", true, true, "string", "uuid", 0},
		{"/auth", false, true, "object", "", 0},
		{"/auth/accessToken", false, false, "string", "", 1},
		{"/auth/validity/limit", true, false, "integer", "", 0},
		{"/auth/patient/identifiers", false, false, "array", "", 0},
		{"/auth/patient/identifiers/0", false, false, "object", "", 0},
		{"/auth/patient/identifiers/0/type", false, false, "string", "", 0},
		{"/resp/requestId", true, true, "string", "uuid", 0},
	} {
		m, ok := byPointer[tc.pointer]
		if !ok || m.Required != tc.required || m.ParentRequired != tc.parentRequired || m.Type != tc.jsonType || m.Format != tc.format || m.MinLength != tc.minLength {
			t.Errorf("%s: got %+v", tc.pointer, m)
		}
	}
	if enum := byPointer["/auth/patient/identifiers/0/type"].Enum; !slices.Equal(enum, []string{"MR", "MOBILE", "NDHM_HEALTH_NUMBER", "HEALTH_ID"}) {
		t.Errorf("identifier types are %v", enum)
	}
	if len(Members("Nothing")) != 0 {
		t.Error("an unknown schema has members")
	}
}

// segmentsOf splits a pointer that holds no escape.
func segmentsOf(pointer string) []string { return strings.Split(pointer, "/")[1:] }
