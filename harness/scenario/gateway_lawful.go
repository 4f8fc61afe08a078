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

// requests are the endpoints whose messages the gateway must guard against replays and old clocks.
var requests = []string{contract.FetchModes, contract.Init, contract.Confirm, contract.Notify}

// lawfuls are the relaxations of which each is a scenario of its own, "lawful/<name>/<endpoint>", so that one fragile
// parser fails one requirement and not forty.
func lawfuls() []lawful {
	return []lawful{
		{name: "charset", title: "Content-Type: application/json; charset=utf-8", change: header("Content-Type", "application/json; charset=utf-8")},
		{name: "extra-members", title: "members that the schema does not name", change: edits(
			edit{"/xConformance", `{"note":"an unknown member","list":[1,2.50,null,true],"big":9007199254740991}`})},
		{name: "extra-nested", title: "members in the payload that the schema does not name", change: func(_ context.Context, _ *Stage, d *Draft) error {
			e := contract.MustEndpoint(d.Endpoint)
			return d.edit(edit{"/" + e.Payload + "/xConformance", `{"digits":[1,2.50],"none":null}`})
		}},
		{name: "null-error", title: "error: null beside the payload", endpoints: []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.OnNotify},
			change: edits(edit{"/error", "null"})},
		{name: "null-auth", title: "auth: null beside an error", endpoints: []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm},
			change: edits(edit{"/auth", "null"}, edit{"/error", `{"code":1437,"message":"no such account"}`})},
		{name: "null-hint", title: "auth.meta.hint: null", endpoints: []string{contract.OnInit}, change: edits(edit{"/auth/meta/hint", "null"})},
		{name: "chunked", title: "its body in chunks", endpoints: []string{contract.Init, contract.OnInit, contract.Notify}, change: func(_ context.Context, _ *Stage, d *Draft) error {
			d.Chunked = true
			return nil
		}},
		{name: "header-case", title: "header names in lower case", endpoints: []string{contract.Init, contract.OnInit}, change: lowerCaseHeaders},
		{name: "scheme-case", title: "the scheme bearer in lower case", endpoints: []string{contract.Init, contract.OnInit}, change: func(ctx context.Context, s *Stage, d *Draft) error {
			return s.authorize(ctx, d, d.Sender, "bearer ")
		}},
		{name: "offset", title: "a timestamp of now with the offset +05:30", endpoints: requests, change: timestamp(func(now time.Time) string {
			return now.In(time.FixedZone("", 19800)).Format("2006-01-02T15:04:05.000Z07:00")
		})},
		{name: "zone-less", title: "a timestamp of now without a zone", endpoints: []string{contract.Init}, change: timestamp(func(now time.Time) string {
			return now.UTC().Format("2006-01-02T15:04:05.000000")
		})},
		{name: "past-45s", title: "a timestamp 45 s ago", endpoints: requests, change: timestamp(func(now time.Time) string { return player.Timestamp(now.Add(-45 * time.Second)) })},
		{name: "future-8min", title: "a timestamp 8 min ahead", endpoints: requests, change: timestamp(func(now time.Time) string { return player.Timestamp(now.Add(8 * time.Minute)) })},
		{name: "seconds", title: "a timestamp without fraction", endpoints: []string{contract.Init, contract.OnInit}, change: timestamp(func(now time.Time) string { return now.UTC().Format(time.RFC3339) })},
		{name: "nanoseconds", title: "a timestamp with nanoseconds", endpoints: []string{contract.Init, contract.OnInit}, change: timestamp(func(now time.Time) string {
			return now.UTC().Format("2006-01-02T15:04:05.000000000Z")
		})},
		{name: "devanagari", title: "names in Devanagari and an emoji", endpoints: []string{contract.Confirm, contract.OnConfirm, contract.Notify, contract.OnInit}, change: devanagari},
		{name: "member-order", title: "other member order and white space", endpoints: []string{contract.FetchModes, contract.Init, contract.Confirm, contract.OnInit}, change: reordered},
		{name: "pretty", title: "JSON with white space", endpoints: []string{contract.Init, contract.OnInit}, change: func(_ context.Context, _ *Stage, d *Draft) error {
			var b bytes.Buffer
			err := json.Indent(&b, d.Body, "", "\t")
			d.Body = b.Bytes()
			return harnessError(err)
		}},
		{name: "upper-case-ids", title: "UUIDs in upper case", endpoints: []string{contract.FetchModes, contract.Init, contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.OnNotify}, change: upperCaseIDs},
		{name: "no-meta", title: "on-init without meta", endpoints: []string{contract.OnInit}, change: edits(edit{"/auth/meta", ""})},
		{name: "no-mode", title: "init without authMode", endpoints: []string{contract.Init}, change: edits(edit{"/query/authMode", ""})},
		{name: "top-level-transaction", title: "notify with the top-level transactionId of the schema", endpoints: []string{contract.Notify}, change: func(_ context.Context, _ *Stage, d *Draft) error {
			raw, _ := json.Marshal(transactionOf(d.Body))
			return d.edit(edit{"/transactionId", string(raw)})
		}},
		{name: "extra-headers", title: "headers that the document does not name", endpoints: []string{contract.Init, contract.OnInit}, change: header("X-Conformance-Note", "an unknown header")},
		{name: "error", title: "an error instead of the payload", endpoints: []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, contract.OnNotify}, change: func(_ context.Context, _ *Stage, d *Draft) error {
			e := contract.MustEndpoint(d.Endpoint)
			return d.edit(edit{"/" + e.Payload, ""}, edit{"/error", `{"code":1408,"message":"अनुमति नहीं — refused, 100 % sure"}`})
		}},
	}
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

// devanagari replaces the texts of the payload that people write.
func devanagari(_ context.Context, _ *Stage, d *Draft) error {
	const name = `"आशा उदाहरण 🙂 Ünïcødé"`
	for _, pointer := range []string{"/credential/demographic/name", "/auth/patient/name", "/auth/patient/address/line", "/auth/meta/hint"} {
		if _, there := fixtures.Value(d.Body, pointer); there {
			body, err := fixtures.Edit(d.Body, pointer, json.RawMessage(name))
			if err != nil {
				return harnessError(err)
			}
			d.Body = body
		}
	}
	if d.Endpoint == contract.Confirm { // a credential in Devanagari digits is a string like any other
		return d.edit(edit{"/credential/authCode", `"०१२३४५"`})
	}
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
