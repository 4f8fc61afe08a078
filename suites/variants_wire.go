package suites

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/schemas"
)

// own are the messages that the subject sent and that show its own hand: of a bridge all, of a gateway those of
// conversations in which every message of ours is plain, for it passes on what others wrote.
func (b *benchState) own() []*journal.Exchange {
	flows := b.flows
	if b.evidence.Run.Subject.Role == contract.Gateway {
		flows = b.selected(conversations)
	}
	var all []*journal.Exchange
	for _, f := range flows {
		for _, x := range f.Exchanges {
			if x.Direction == journal.Received && x.Endpoint != "" {
				all = append(all, x)
			}
		}
	}
	return all
}

// acknowledgements tell what comes with a 202.
func acknowledgements(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.evidence.Exchanges {
		if x.Direction != journal.Sent || x.Endpoint == "" || !Accepted(x) {
			continue
		}
		kind := header(x.Response.Header, "Content-Type")
		switch {
		case x.Response.Body.Size > 0 && kind == "":
			saw(fmt.Sprintf("%d with a body of no media type", Status(x)), x)
		case x.Response.Body.Size > 0:
			saw(fmt.Sprintf("%d with a body of %s", Status(x), strings.ToLower(kind)), x)
		case kind != "":
			saw(fmt.Sprintf("%d without a body, and Content-Type %s", Status(x), strings.ToLower(kind)), x)
		default:
			saw(fmt.Sprintf("%d without a body and without Content-Type", Status(x)), x)
		}
	}
}

// moment is a date-time: 1 is the fraction of a second, 2 the zone.
var moment = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})?$`)

var precisions = map[int]string{0: "seconds", 4: "milliseconds", 7: "microseconds", 10: "nanoseconds"}

// timestamps tell how the subject writes the time. What a gateway passes on as it was is the sender's.
func timestamps(b *benchState, saw func(string, *journal.Exchange)) {
	ours := map[string]bool{}
	for _, x := range b.evidence.Exchanges {
		if x.Direction == journal.Sent {
			ours[Text(x, "/requestId")+Text(x, "/timestamp")] = true
		}
	}
	for _, x := range b.own() {
		text := Text(x, "/timestamp")
		if ours[Text(x, "/requestId")+text] {
			saw("that of the sender, passed on", x)
			continue
		}
		m := moment.FindStringSubmatch(text)
		if m == nil {
			saw("no date-time", x)
			continue
		}
		precision, known := precisions[len(m[1])]
		if !known {
			precision = fmt.Sprintf("%d digits of a second", len(m[1])-1)
		}
		switch zone := m[2]; {
		case zone == "":
			saw(precision+", no zone", x)
		case strings.EqualFold(zone, "Z"):
			saw(precision+", "+zone, x)
		default:
			saw(precision+", offset "+zone, x)
		}
	}
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-([0-9a-fA-F])[0-9a-fA-F]{3}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// spelling tells version and case of the ids that the subject makes.
func spelling(b *benchState, saw func(string, *journal.Exchange)) {
	ours := map[string]bool{}
	for _, x := range b.evidence.Exchanges {
		if x.Direction == journal.Sent {
			ours[Text(x, "/requestId")] = true
		}
	}
	for _, x := range b.own() {
		id := Text(x, "/requestId")
		m := uuidText.FindStringSubmatch(id)
		switch {
		case id == "" || ours[id]:
		case m == nil:
			saw("no UUID", x)
		case id == strings.ToLower(id):
			saw("UUID of version "+m[1]+" in lower case", x)
		case id == strings.ToUpper(id):
			saw("UUID of version "+m[1]+" in upper case", x)
		default:
			saw("UUID of version "+m[1]+" in mixed case", x)
		}
	}
}

// nulls tell which members are null; a message without any leaves out what has no value.
func nulls(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.own() {
		found := Nulls(x.Request.Body.JSON)
		if len(found) == 0 {
			saw("it is left out", x)
		}
		for _, pointer := range found {
			saw("null at "+anyItem(pointer), x)
		}
	}
}

// extras tell the members that the schema of a message does not name; of nested ones the outermost.
func extras(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.own() {
		value, err := decode(x.Request.Body.JSON)
		if err != nil {
			continue
		}
		known, none := membersOf(contract.MustEndpoint(x.Endpoint).Schema), true
		var walk func(pointer string, v any)
		walk = func(pointer string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for _, name := range slices.Sorted(maps.Keys(v)) {
					at := pointer + "/" + escape(name)
					if known[at] {
						walk(at, v[name])
						continue
					}
					none = false
					saw(at, x)
				}
			case []any:
				for _, inner := range v {
					walk(pointer+"/0", inner)
				}
			}
		}
		walk("", value)
		if none {
			saw("none", x)
		}
	}
}

var (
	membersLock  sync.Mutex
	knownMembers = map[string]map[string]bool{}
)

// membersOf are the pointers of a message's schema.
func membersOf(schema string) map[string]bool {
	membersLock.Lock()
	defer membersLock.Unlock()
	all, done := knownMembers[schema]
	if !done {
		all = map[string]bool{}
		for _, m := range schemas.Members(schema) {
			all[m.Pointer] = true
		}
		knownMembers[schema] = all
	}
	return all
}

var itemSegment = regexp.MustCompile(`/\d+(/|$)`)

// anyItem is a pointer in which every item of an array is the first.
func anyItem(pointer string) string { return itemSegment.ReplaceAllString(pointer, "/0$1") }

// errorCodes tell the codes of the ErrorResponses of the subject.
func errorCodes(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.evidence.Exchanges {
		if x.Direction != journal.Sent || x.Endpoint == "" || Status(x) < 400 {
			continue
		}
		code := journal.Member(x.Response.Body.JSON, "/error/code")
		if len(code) == 0 {
			saw(fmt.Sprintf("no code with %d", Status(x)), x)
		} else {
			saw(fmt.Sprintf("%s with %d", Shown(code), Status(x)), x)
		}
	}
}

func contentTypes(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.own() {
		if kind := header(x.Request.Header, "Content-Type"); kind != "" {
			saw(strings.ToLower(kind), x)
		} else {
			saw("none", x)
		}
	}
}

// tokenForms tell scheme and form of the tokens that the subject sends.
func tokenForms(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.own() {
		switch a := x.Facts.Authorization; {
		case !a.Present:
			saw("no Authorization", x)
		case a.JWT:
			saw(fmt.Sprintf("%s and a JWT signed with %s", a.Scheme, a.Algorithm), x)
		default:
			saw(a.Scheme+" and an opaque token", x)
		}
	}
}

// httpVersions tell the versions in which the subject answers and asks.
func httpVersions(b *benchState, saw func(string, *journal.Exchange)) {
	for _, x := range b.evidence.Exchanges {
		switch {
		case x.Request.Proto == "" || x.Endpoint == "":
		case x.Direction == journal.Received:
			saw(x.Request.Proto+" where it asks", x)
		case x.Response != nil:
			saw(x.Request.Proto+" where it answers", x)
		}
	}
}
