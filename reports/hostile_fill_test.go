package reports

import (
	"encoding/json"
	"reflect"

	"abdm.example/conformance/config"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/suites"
)

// hostileResults says the same foreign text in every member.
func hostileResults(s string) *suites.Results {
	r := sample()
	fill(reflect.ValueOf(r).Elem(), s)
	r.Unredacted = false
	return r
}

// hostileEvidence says the same foreign text in every member, as text in one exchange and as JSON in the other.
func hostileEvidence(s string) *journal.Evidence {
	ev := &journal.Evidence{Exchanges: []*journal.Exchange{{}, {}, {}}, Run: journal.Run{Started: began}}
	fill(reflect.ValueOf(ev).Elem(), s)
	text, object, broken := ev.Exchanges[0], ev.Exchanges[1], ev.Exchanges[2]
	text.Request.Body = journal.Body{Size: len(s), Text: s}
	text.Response.Body, text.Response.Status = text.Request.Body, -1
	quoted, err := json.Marshal(map[string]string{s: s})
	if err != nil {
		panic(err)
	}
	object.ID, object.Request.Body = "e2", journal.Body{Size: len(quoted), JSON: quoted}
	broken.ID, broken.Request.Body, broken.Response = "e3", journal.Body{JSON: json.RawMessage(s)}, nil // no journal writes this
	return ev
}

// kept are texts that the suite itself chooses from a list.
var kept = map[reflect.Type]bool{
	reflect.TypeFor[suites.Level](): true, reflect.TypeFor[suites.Verdict](): true, reflect.TypeFor[config.Topology](): true,
}

// fill puts s wherever a text may stand, and makes one of everything that is not there.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		if !kept[v.Type()] {
			v.SetString(s)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem(), s)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), s)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 { // JSON, which is put there knowingly
			return
		}
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i), s)
		}
	case reflect.Map:
		if kept[v.Type().Key()] { // counts
			return
		}
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, s)
		fill(value, s)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
}
