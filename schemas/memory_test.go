package schemas

import (
	"fmt"
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

func TestTheMemoryIsBounded(t *testing.T) {
	m := memory{latest: map[judged][]Violation{}}
	m.keep("s", make([]byte, memoryBody+1), nil)
	for n := range 3 * memoryBodies {
		m.keep("s", fmt.Append(nil, n), nil)
		if held := len(m.latest) + len(m.earlier); held > memoryBodies {
			t.Fatalf("it holds %d bodies after %d", held, n+1)
		}
		if _, known := m.recall("s", fmt.Append(nil, max(0, n-memoryBodies/2+1))); !known {
			t.Fatalf("after %d bodies one of the last half is forgotten", n+1)
		}
	}
	if _, known := m.recall("s", []byte("0")); known {
		t.Error("the first body is still remembered")
	}
	if _, known := m.recall("s", make([]byte, memoryBody+1)); known {
		t.Error("a long body is remembered")
	}
}
