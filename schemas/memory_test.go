package schemas

import (
	"slices"
	"strings"
	"testing"
)

// Whoever is given what is remembered may change it.
func TestWhatIsRememberedIsNobodys(t *testing.T) {
	body := []byte(strings.Replace(fetchModes, `"LINK"`, `"KYC_LINK"`, 1))
	want := []Violation{{"/query/purpose", "enum", "one of LINK, KYC, KYC_AND_LINK", "KYC_LINK"}}
	for range 3 {
		got, err := Validate("PatientAuthModeQueryRequest", body)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %+v %v", got, err)
		}
		got[0].Pointer = "changed"
	}
	if other, err := Validate("ErrorResponse", body); err != nil || slices.Equal(other, want) {
		t.Errorf("the same body against another schema: %+v %v", other, err)
	}
}

func TestALongBodyIsNotRemembered(t *testing.T) {
	long := []byte(`{"x":"` + strings.Repeat("x", memorable) + `"}`)
	if got, err := Validate("ErrorResponse", long); err != nil || len(got) != 1 {
		t.Fatalf("got %+v %v", got, err)
	}
	if _, known := recall("ErrorResponse", long); known {
		t.Error("it is remembered")
	}
}
