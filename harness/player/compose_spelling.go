package player

import (
	"strings"
	"sync"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/schemas"
)

// spellings are the names of all members of the contract, as it spells them.
var spellings = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, e := range contract.Endpoints {
		for _, m := range schemas.Members(e.Schema) {
			all[m.Pointer[strings.LastIndexByte(m.Pointer, '/')+1:]] = true
		}
	}
	return all
})

// dropOtherCase removes members, at every level, whose names are those of the contract but for the case of letters. They
// are unknown members, which are ignored; encoding/json would take "requestID" for requestId.
func dropOtherCase(value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if otherCase(name) {
				delete(v, name)
				continue
			}
			dropOtherCase(member)
		}
	case []any:
		for _, item := range v {
			dropOtherCase(item)
		}
	}
}

// otherCase says whether a name is one of the contract in other letters. They are compared as encoding/json does.
func otherCase(name string) bool {
	names := spellings()
	if names[name] {
		return false
	}
	for right := range names {
		if strings.EqualFold(name, right) {
			return true
		}
	}
	return false
}

// wellSpelt is a body without misspelt members; what is no JSON object stays as it is.
func wellSpelt(body []byte) []byte {
	message, err := readObject(body)
	if err != nil {
		return body
	}
	dropOtherCase(message)
	return encodeJSON(message)
}
