package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// messageID reads a string or a number as an id, and anything else as none.
type messageID string

// UnmarshalJSON implements json.Unmarshaler.
func (id *messageID) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*id = messageID(s)
	case raw[0] == '-' || isDigit(raw[0]):
		*id = messageID(raw)
	}
	return nil
}

// decoded are the ids of a JSON body as encoding/json reads them.
func decoded(t *testing.T, body []byte) []pointed {
	t.Helper()
	type id struct{ ID messageID }
	type request struct{ RequestID messageID }
	var b struct {
		RequestID, Timestamp, TransactionID messageID
		Resp                                request
		Query                               id
		Link                                struct{ AccessToken messageID }
		Auth                                struct {
			TransactionID, AccessToken messageID
			Patient                    id
		}
	}
	var wrongType *json.UnmarshalTypeError // a member of a wrong type is skipped, the others are still read
	if err := json.Unmarshal(body, &b); err != nil && !errors.As(err, &wrongType) {
		t.Fatal(err)
	}
	all := []pointed{
		{"/resp/requestId", string(b.Resp.RequestID)}, {"/auth/transactionId", string(b.Auth.TransactionID)}, {"/transactionId", string(b.TransactionID)},
		{"/query/id", string(b.Query.ID)}, {"/auth/patient/id", string(b.Auth.Patient.ID)}, {pointerSpent, string(b.Link.AccessToken)},
		{"/requestId", string(b.RequestID)}, {pointerGranted, string(b.Auth.AccessToken)}, {"/timestamp", string(b.Timestamp)},
	}
	return slices.DeleteFunc(all, func(p pointed) bool { return p.value == "" })
}

// No body is read in another way than encoding/json reads it.
func FuzzReadMessage(f *testing.F) {
	for _, body := range []string{
		`{"requestId":"a","resp":{"requestId":1e400},"auth":null}`,
		`aaaaaaaa-0000-4000-8000-000000000001`,
		` { "REQUESTID" : "a" , "request\u0049d":"b\n","resp":{"x":[{"requestId":"c"}],"requestId":-1.5e2},"auth":{"patient":{"id":true},"transactionId":"\u00e9"} } `,
		`{"auth":{"patient":{"id":"a"}},"Auth":{"patient":{"id":null,"ID":7}},"query":[{"id":"d"}],"query ":{},"tran` + "ſ" + `actionId":"e","timestamp":""}`,
		`{"requestId":"a","requestId":"b","link":{"accessToken":"t","accessToken":{}},"auth":"x","resp":{"requestId":"\ud800"}}`,
		`[{"requestId":"a"}]`, `"a"`, `null`, grantBody(1),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := readMessage(readBody(body, false)).ids
		for _, id := range got {
			if id.value == "" || id.pointer != "text" && !slices.Contains(idPointers, id.pointer) {
				t.Fatalf("id %+v", id)
			}
		}
		if !json.Valid(body) || !utf8.Valid(body) {
			return
		}
		if want := decoded(t, body); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("read %+v, encoding/json reads %+v", got, want)
		}
	})
}

// A member is the one that encoding/json finds, and a text that is cut off is no panic.
func FuzzMember(f *testing.F) {
	f.Add([]byte(grantBody(1)), "/auth/patient/address/pincode")
	f.Add([]byte(` { "a/b" : { "c~" : [ 1 , "]" ] , "\u0063~":{}} } `), "/a~1b/c~0")
	f.Add([]byte(`{"a":[{"b":1}],"":{"":null}}`), "/a/0/b")
	f.Add([]byte(`{"":{"":null}}`), "//")
	f.Add([]byte(`{"a":"b\`), "/a")
	f.Add([]byte(`{"a`), "/a/b")
	f.Fuzz(func(t *testing.T, text []byte, pointer string) {
		got := Member(text, pointer)
		if !json.Valid(text) || !utf8.Valid(text) || pointer == "" {
			return
		}
		want := json.RawMessage(text)
		for segment := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			var object map[string]json.RawMessage
			if json.Unmarshal(want, &object) != nil {
				object = nil
			}
			want = object[pointerUnescaper.Replace(segment)]
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%s of %s is %q, encoding/json finds %q", pointer, text, got, want)
		}
	})
}
