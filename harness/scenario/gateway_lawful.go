package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/fixtures"
	"abdm.example/conformance/harness/player"
)

// lawful is one way in which a valid message may lawfully differ from the canonical one.
type lawful struct {
	name, title string
	endpoints   []string // nil for all eight
	change      change
}

// allEndpoints are the names of the eight.
func allEndpoints() []string {
	var names []string
	for _, e := range contract.Endpoints {
		names = append(names, e.Name)
	}
	return names
}

// answers are the endpoints whose messages answer one, and grants those whose messages may hold a grant.
var (
	answers = []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.OnNotify}
	grants  = []string{contract.OnConfirm, contract.Notify}
)

// bothWays are an endpoint of each direction, for what no parser looks at with the endpoint in mind.
var bothWays = []string{contract.Init, contract.OnInit}

// unknownMember is a value of a member that the schema does not name, with all that careless handling leaves out or changes.
// Its numbers are within what RFC 8259, 6 calls interoperable.
const unknownMember = `{"note":"an unknown member","list":["b","a",1,2.50,null,true,["one"]],"big":9007199254740991,"cold":-40.5,"small":1.5e-3,"pi":3.141592653589793,` +
	`"zero":0,"no":false,"none":null,"empty":"","nothing":[],"hollow":{}}`

// requests are the endpoints whose messages the gateway must guard against replays and old clocks.
var requests = []string{contract.FetchModes, contract.Init, contract.Confirm, contract.Notify}

// lawfuls are the relaxations of which each is a scenario of its own, "lawful/<name>/<endpoint>", so that one fragile
// parser fails one requirement and not forty.
func lawfuls() []lawful {
	return []lawful{
		{name: "charset", title: "Content-Type: application/json; charset=utf-8", change: header("Content-Type", "application/json; charset=utf-8")},
		{name: "charset-upper", title: "Content-Type: application/json;charset=UTF-8", endpoints: bothWays, change: header("Content-Type", "application/json;charset=UTF-8")},
		{name: "media-type-case", title: "Content-Type: Application/JSON", endpoints: bothWays, change: header("Content-Type", "Application/JSON")},
		{name: "extra-members", title: "members that the schema does not name", change: edits(edit{"/xConformance", unknownMember})},
		{name: "extra-nested", title: "members in the payload that the schema does not name", change: func(_ context.Context, _ *Stage, d *Draft) error {
			e := contract.MustEndpoint(d.Endpoint)
			return d.edit(edit{"/" + e.Payload + "/xConformance", unknownMember})
		}},
		{name: "null-error", title: "error: null beside the payload", endpoints: answers,
			change: edits(edit{"/error", "null"})},
		{name: "null-auth", title: "auth: null beside an error", endpoints: []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm},
			change: edits(edit{"/auth", "null"}, edit{"/error", `{"code":1437,"message":"no such account"}`})},
		{name: "null-hint", title: "auth.meta.hint: null", endpoints: []string{contract.OnInit}, change: edits(edit{"/auth/meta/hint", "null"})},
		{name: "chunked", title: "its body in chunks", change: func(_ context.Context, _ *Stage, d *Draft) error {
			d.Chunked = true
			return nil
		}},
		{name: "header-case", title: "header names in lower case", change: lowerCaseHeaders},
		{name: "scheme-case", title: "the scheme bearer in lower case", change: func(ctx context.Context, s *Stage, d *Draft) error {
			return s.authorize(ctx, d, d.Sender, "bearer ")
		}},
		{name: "offset", title: "a timestamp of now with the offset +05:30", endpoints: requests, change: timestamp(func(now time.Time) string {
			return now.In(time.FixedZone("", 19800)).Format("2006-01-02T15:04:05.000Z07:00")
		})},
		{name: "offset-west", title: "a timestamp of now with the offset -08:00", endpoints: requests, change: timestamp(func(now time.Time) string {
			return now.In(time.FixedZone("", -8*3600)).Format("2006-01-02T15:04:05.000Z07:00")
		})},
		{name: "offset-zero", title: "a timestamp of now with the offset +00:00", endpoints: bothWays, change: timestamp(func(now time.Time) string {
			return now.UTC().Format("2006-01-02T15:04:05.000") + "+00:00"
		})},
		{name: "tenths", title: "a timestamp with one digit after the second", endpoints: bothWays, change: timestamp(func(now time.Time) string {
			return now.UTC().Format("2006-01-02T15:04:05.0Z")
		})},
		{name: "zone-less", title: "a timestamp of now without a zone", endpoints: []string{contract.Init}, change: timestamp(func(now time.Time) string {
			return now.UTC().Format("2006-01-02T15:04:05.000000")
		})},
		{name: "past-45s", title: "a timestamp 45 s ago", endpoints: requests, change: timestamp(func(now time.Time) string { return player.Timestamp(now.Add(-45 * time.Second)) })},
		{name: "future-8min", title: "a timestamp 8 min ahead", endpoints: requests, change: timestamp(func(now time.Time) string { return player.Timestamp(now.Add(8 * time.Minute)) })},
		{name: "seconds", title: "a timestamp without fraction", change: timestamp(func(now time.Time) string { return now.UTC().Format(time.RFC3339) })},
		{name: "nanoseconds", title: "a timestamp with nanoseconds", change: timestamp(func(now time.Time) string {
			return now.UTC().Format("2006-01-02T15:04:05.000000000Z")
		})},
		{name: "punctuation", title: "white space, quotes and signs in its texts", endpoints: []string{contract.Confirm, contract.OnConfirm, contract.Notify, contract.OnInit}, change: punctuation},
		{name: "long-text", title: "long texts", endpoints: []string{contract.OnConfirm, contract.Notify, contract.OnInit}, change: longText},
		{name: "lists", title: "lists of several items in an order of their own", endpoints: []string{contract.OnFetchModes, contract.OnConfirm, contract.Notify}, change: lists},
		{name: "transaction", title: "a transactionId that is no UUID", endpoints: []string{contract.OnInit}, change: edits(edit{"/auth/transactionId", `"Txn_7F+aZ/é=="`})},
		{name: "auth-code", title: "a code that is not six digits", endpoints: []string{contract.Confirm}, change: edits(edit{"/credential/authCode", `"0042-AbC"`})},
		{name: "id-case", title: "letters of both cases in the patient's address", endpoints: []string{contract.FetchModes, contract.Init}, change: idCase},
		{name: "devanagari", title: "names in Devanagari, an emoji, and letters that have two spellings in Unicode", endpoints: []string{contract.Confirm, contract.OnConfirm, contract.Notify, contract.OnInit}, change: devanagari},
		{name: "member-order", title: "other member order and white space", change: reordered},
		{name: "pretty", title: "JSON with white space", change: func(_ context.Context, _ *Stage, d *Draft) error {
			var b bytes.Buffer
			err := json.Indent(&b, d.Body, "", "\t")
			d.Body = b.Bytes()
			return harnessError(err)
		}},
		{name: "upper-case-ids", title: "UUIDs in upper case", change: upperCaseIDs},
		{name: "no-meta", title: "on-init without meta", endpoints: []string{contract.OnInit}, change: edits(edit{"/auth/meta", ""})},
		{name: "empty-meta", title: "meta without a member", endpoints: []string{contract.OnInit}, change: edits(edit{"/auth/meta", "{}"})},
		{name: "empty-modes", title: "no mode at all", endpoints: []string{contract.OnFetchModes}, change: edits(edit{"/auth/modes", "[]"})},
		{name: "no-address", title: "a patient without address", endpoints: grants, change: edits(edit{"/auth/patient/address", ""})},
		{name: "no-identifiers", title: "a patient without identifiers", endpoints: grants, change: edits(edit{"/auth/patient/identifiers", ""})},
		{name: "no-validity", title: "a grant without validity", endpoints: grants, change: edits(edit{"/auth/validity", ""})},
		{name: "opaque-token", title: "an access token that is no JWT", endpoints: grants, change: edits(edit{"/auth/accessToken", `"opaque-access-token-0123456789"`})},
		{name: "no-identifier", title: "demographics without identifier", endpoints: []string{contract.Confirm}, change: func(_ context.Context, s *Stage, d *Draft) error {
			if err := shape(s, d, variantDemographic); err != nil {
				return err
			}
			d.Body, _ = fixtures.Edit(d.Body, "/credential/demographic/identifier", nil) // where there is none already, so much the better
			return nil
		}},
		{name: "error-10001", title: "an error with the greatest code of the document", endpoints: answers, change: func(_ context.Context, _ *Stage, d *Draft) error {
			e := contract.MustEndpoint(d.Endpoint)
			return d.edit(edit{"/" + e.Payload, ""}, edit{"/error", `{"code":10001,"message":"refused"}`})
		}},
		{name: "no-mode", title: "init without authMode", endpoints: []string{contract.Init}, change: edits(edit{"/query/authMode", ""})},
		{name: "top-level-transaction", title: "notify with the top-level transactionId of the schema", endpoints: []string{contract.Notify}, change: func(_ context.Context, _ *Stage, d *Draft) error {
			raw, _ := json.Marshal(transactionOf(d.Body))
			return d.edit(edit{"/transactionId", string(raw)})
		}},
		{name: "extra-headers", title: "headers that the document does not name", change: header("X-Conformance-Note", "an unknown header")},
		{name: "error", title: "an error instead of the payload", endpoints: answers, change: func(_ context.Context, _ *Stage, d *Draft) error {
			e := contract.MustEndpoint(d.Endpoint)
			return d.edit(edit{"/" + e.Payload, ""}, edit{"/error", `{"code":1408,"message":"अनुमति नहीं — refused, 100 % sure; ` + strings.Repeat("and so on, ", longHint/11) + `"}`})
		}},
	}
}

// headerCaseHIU is "lawful/header-case-hiu/on-init": X-HIU-ID in lower case, where the other conversations have X-HIP-ID.
func headerCaseHIU() Scenario {
	e := contract.MustEndpoint(contract.OnInit)
	sc := probeOf("lawful/header-case-hiu/on-init", "A valid on-init to a HIU with header names in lower case", e, map[string]string{NoteKind: "header-case-hiu"},
		func(ctx context.Context, s *Stage) (Draft, error) { return s.Reach(ctx, e.Name, contract.HIU) }, lowerCaseHeaders)
	sc.Notes[NoteBridge] = string(contract.HIU)
	return sc
}

// scenarios are "lawful/<name>/<endpoint>".
func (l lawful) scenarios() []Scenario {
	endpoints := l.endpoints
	if endpoints == nil {
		endpoints = allEndpoints()
	}
	var all []Scenario
	for _, name := range endpoints {
		all = append(all, probe("lawful/"+l.name+"/"+name, "A valid "+name+" with "+l.title, contract.MustEndpoint(name), map[string]string{NoteKind: l.name}, l.change))
	}
	return all
}

// edit sets a member to a JSON text, or removes it where the text is "".
type edit struct{ pointer, value string }

// edits changes the body at pointers.
func edits(all ...edit) change {
	return func(_ context.Context, _ *Stage, d *Draft) error { return d.edit(all...) }
}

// edit changes the body at pointers; a body without such a member makes the scenario not applicable.
func (d *Draft) edit(all ...edit) error {
	for _, e := range all {
		var value json.RawMessage
		if e.value != "" {
			value = json.RawMessage(e.value)
		}
		body, err := fixtures.Edit(d.Body, e.pointer, value)
		if err != nil {
			return &notApplicableError{fmt.Sprintf("this %s has no %s", d.Endpoint, e.pointer)}
		}
		d.Body = body
	}
	return nil
}

func header(name, value string) change {
	return func(_ context.Context, _ *Stage, d *Draft) error {
		d.Header.Set(name, value)
		return nil
	}
}

// timestamp sets the timestamp to what stamp makes of the moment of sending.
func timestamp(stamp func(now time.Time) string) change {
	return func(_ context.Context, _ *Stage, d *Draft) error {
		d.Stamp = stamp
		return nil
	}
}

// lowerCaseHeaders spells every header name in lower case, as HTTP allows (RFC 9110, 5.1).
func lowerCaseHeaders(ctx context.Context, s *Stage, d *Draft) error {
	token, err := s.token(ctx, d.Sender)
	if err != nil {
		return err
	}
	lower := http.Header{"content-type": {"application/json"}, "authorization": {"Bearer " + token}}
	none := "" // it stands in the header
	d.Authorization = &none
	for name, values := range d.Header {
		lower[strings.ToLower(name)] = values
	}
	d.Header = lower
	return nil
}

// reordered writes every object with its members in reverse order of their names, over several lines.
func reordered(_ context.Context, _ *Stage, d *Draft) error {
	body, err := reverse(d.Body)
	d.Body = body
	return harnessError(err)
}

func reverse(raw json.RawMessage) (json.RawMessage, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return raw, nil
	}
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(b, a) })
	var b bytes.Buffer
	b.WriteString("{")
	for i, name := range names {
		if i > 0 {
			b.WriteString(",")
		}
		value, err := reverse(object[name])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n  %q : %s", name, value)
	}
	b.WriteString("\n}")
	return b.Bytes(), nil
}

// upperCaseIDs spells requestId and resp.requestId in upper case: a UUID is compared by value (RFC 9562).
func upperCaseIDs(_ context.Context, _ *Stage, d *Draft) error {
	for _, pointer := range []string{"/requestId", "/resp/requestId"} {
		if value, there := fixtures.Value(d.Body, pointer); there {
			body, err := fixtures.Edit(d.Body, pointer, bytes.ToUpper(value))
			if err != nil {
				return harnessError(err)
			}
			d.Body = body
		}
	}
	return nil
}
