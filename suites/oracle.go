package suites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// Refusal judges what became of the one wrong message of a flow (scenario.StepProbe). Right is a synchronous 4xx and
// nothing forwarded, or, since the contract leaves open which hop validates, a 202 followed by a correlated error
// callback. Wrong is success, silence, a 5xx, a dropped connection, or a message that is passed on as if it were valid.
func (c *C) Refusal(f *Flow, hint string) {
	c.refusal(f, "400, or 202 and then an error callback", Refused, hint)
}

// Rejection judges as Refusal does a message that is right in itself and wrong in who sends it, when, or what it answers.
// Any 4xx says so: 403 to who may not send it, 404 or 410 to what answers nothing that is there.
func (c *C) Rejection(f *Flow, hint string) {
	c.refusal(f, "a 4xx, or 202 and then an error callback", func(x *journal.Exchange) bool {
		return Status(x) >= 400 && Status(x) < 500 && !unserved[Status(x)]
	}, hint)
}

func (c *C) refusal(f *Flow, expected string, refused func(*journal.Exchange) bool, hint string) {
	x := c.Sent(f, scenario.StepProbe)
	if x == nil {
		return
	}
	c.Judged(1)
	wrong := func(received, tolerance string, marks ...Mark) {
		c.Find(Finding{Pointer: f.Note(scenario.NotePointer), Expected: expected, Received: received, Exchange: x.ID, Hint: hint, Tolerance: tolerance}, marks...)
	}
	switch {
	case refused(x):
		for _, d := range PassedOn(f, x) {
			wrong(fmt.Sprintf("%s, and yet the message was passed on to our %s (%s)", Answered(x), d.Player, d.ID), "")
		}
	case Accepted(x):
		c.refusedLater(f, x, wrong)
	default:
		wrong(Answered(x), "")
	}
}

// Refused says whether the response is a 4xx that blames the message itself.
func Refused(x *journal.Exchange) bool { return BlamesMessage(Status(x)) }

// BlamesMessage says whether a status is a 4xx that blames the message itself.
func BlamesMessage(status int) bool { return status >= 400 && status < 500 && !elsewhere[status] }

// elsewhere are 4xx that blame something else than the message: the token, the path, the method.
var elsewhere = map[int]bool{401: true, 403: true, 404: true, 405: true, 407: true, 408: true}

// unserved are 4xx that say nothing about a message and its sender: the method, a proxy, the time that it took.
var unserved = map[int]bool{405: true, 407: true, 408: true}

// refusedLater judges what followed a 202 to a wrong message.
func (c *C) refusedLater(f *Flow, x *journal.Exchange, wrong func(received, tolerance string, marks ...Mark)) {
	e := contract.MustEndpoint(x.Endpoint)
	at, players := e.Name, e.Callees
	if e.Callback != "" {
		at, players = e.Callback, e.Callers
	}
	answers := After(x, f.Received(at, players...))
	if len(answers) == 0 {
		passed := ""
		if on := PassedOn(f, x); len(on) > 0 {
			passed = fmt.Sprintf(" (it was passed on to our %s, which refused it with %d, %s)", on[0].Player, Status(on[0]), on[0].ID)
		}
		wrong(fmt.Sprintf("%s, and then silence for %s%s", Answered(x), c.Patience(), passed), "", Missing(x, c.Patience()))
		return
	}
	for _, a := range answers {
		if !IsError(a) || isCopy(x, a) {
			wrong(fmt.Sprintf("%s and was treated as valid: our %s received %s %s (%s)", Answered(x), a.Player, a.Endpoint, withWhat(a), a.ID),
				leftToCallee(c.Route(f, x), f.Note(scenario.NotePointer), a))
		}
	}
}

// withWhat says what a callback that is no error tells.
func withWhat(a *journal.Exchange) string {
	switch {
	case absent(a, "/error"):
		return "without an error"
	case IsError(a):
		return "with the error as it was sent"
	}
	return "with an error beside the payload"
}

// isCopy says whether a message is what was sent and not an error that the subject made of it: an error that was wrong when
// it was sent is passed on as if it were valid.
func isCopy(x, a *journal.Exchange) bool {
	return a.Endpoint == x.Endpoint && !absent(x, "/error") && equalJSON(Member(x, "/error"), Member(a, "/error"))
}

// Within is how long an answer may take in a flow of this run.
func (c *C) Within(f *Flow) time.Duration { return Within(c.bench.evidence.Run, f.Name) }

// Patience is how long a callback was waited for.
func (c *C) Patience() time.Duration { return c.bench.evidence.Run.Timing.Callback }

// PassedOn are the copies of a sent message that the subject sent to our players; an error of its own at the same endpoint
// is none.
func PassedOn(f *Flow, x *journal.Exchange) []*journal.Exchange {
	var out []*journal.Exchange
	for _, d := range After(x, f.Received(x.Endpoint)) {
		if !IsError(d) {
			out = append(out, d)
		}
	}
	return out
}

// IsError says whether a callback tells an error and nothing else: error present, auth and acknowledgement absent or null.
func IsError(x *journal.Exchange) bool {
	return !absent(x, "/error") && absent(x, "/auth") && absent(x, "/acknowledgement")
}

// absent says whether a member is missing or null.
func absent(x *journal.Exchange, pointer string) bool {
	value := Member(x, pointer)
	return len(value) == 0 || bytes.Equal(bytes.TrimSpace(value), []byte("null"))
}

// Route is one message through the gateway: what one of our players sent, and every copy that the subject sent on.
type Route struct {
	Flow *Flow
	Sent *journal.Exchange
	// To is the role to which it was addressed.
	To contract.Role
	// Delivered are the copies that reached our player of that role at the same path.
	Delivered []*journal.Exchange
	// Astray are copies that reached another player, or this player at another path.
	Astray []*journal.Exchange
}

// Routes returns the routes of every message of those endpoints that our players sent in the flow and the subject acknowledged.
func (c *C) Routes(f *Flow, endpoints ...string) []Route {
	var out []Route
	for _, name := range endpoints {
		for _, x := range f.SentTo(name) {
			if !Accepted(x) {
				c.Blocked(f, Answered(x))
				continue
			}
			out = append(out, c.Route(f, x))
		}
	}
	return out
}

// Route returns the route of one message that our players sent.
func (c *C) Route(f *Flow, x *journal.Exchange) Route {
	r := Route{Flow: f, Sent: x, To: contract.CM}
	if !contract.MustEndpoint(x.Endpoint).DeliveredTo(contract.CM) {
		r.To = contract.Role(f.Note(scenario.NoteBridge))
	}
	for _, d := range f.Deliveries() {
		switch {
		case d.Endpoint == x.Endpoint && d.Player == r.To:
			r.Delivered = append(r.Delivered, d)
		case d.Endpoint == x.Endpoint, sameMessage(x, d):
			r.Astray = append(r.Astray, d)
		}
	}
	return r
}

// sameMessage says whether a delivery at another endpoint carries the payload of x.
func sameMessage(x, d *journal.Exchange) bool {
	e, ok := contract.EndpointNamed(x.Endpoint)
	if !ok || d.Endpoint == x.Endpoint || e.Payload == "query" || e.Payload == "acknowledgement" {
		return false
	}
	sent := Member(x, "/"+e.Payload)
	return len(sent) > 0 && equalJSON(sent, Member(d, "/"+e.Payload))
}

// Delivery judges that the message reached its addressee exactly once, and nobody else.
//
// A request to a CM inside the subject cannot be seen on its way; there its answer must come, once, to the party that asked.
func (c *C) Delivery(r Route, hint string) {
	if c.Inside(r.To) {
		c.Answer(r.Flow, r.Sent, hint)
		return
	}
	c.Judged(1)
	want := fmt.Sprintf("%s delivered once to our %s", r.Sent.Endpoint, r.To)
	find := func(received, exchange string, marks ...Mark) {
		c.Find(Finding{Expected: want, Received: received, Exchange: exchange, Hint: hint}, marks...)
	}
	strayed(r.Astray, r.Sent.Endpoint, len(r.Delivered) > 0, find)
	c.once(r.Sent, r.Delivered, len(r.Astray) > 0, r.Sent.Endpoint, r.To, find)
}

// once judges that exactly one of the messages that x should have brought about came, and in time. Where none came and
// none went elsewhere, it lists what came near.
func (c *C) once(x *journal.Exchange, came []*journal.Exchange, elsewhere bool, endpoint string, to contract.Role, find func(received, exchange string, marks ...Mark)) {
	switch len(came) {
	case 1:
		if took := since(x, came[0]); took > c.Patience() {
			find(fmt.Sprintf("late: after %s; the deadline of this run is %s", took.Round(time.Millisecond), c.Patience()), came[0].ID, Late(came[0], x, c.Patience()))
		}
	case 0:
		if !elsewhere {
			near, marks := c.NearMisses(x, endpoint, to)
			find(fmt.Sprintf("nothing within %s. %s", c.Patience(), near), x.ID, append(marks, Missing(x, c.Patience()))...)
		}
	default:
		find(fmt.Sprintf("duplicate: %d times (%s)", len(came), strings.Join(ids(came, 5), ", ")), came[1].ID, Copies(came)...)
	}
}

// whereabouts is the player that a message reached, in words.
func whereabouts(d *journal.Exchange) string {
	if d.Player == "" {
		return "a path where no player is"
	}
	return "our " + string(d.Player)
}

// strayed finds each message that went where it should not have gone, and names the way in which it went: swapped, to an
// endpoint that is not its own; broadcast, to another party beside the right one; misrouted, to another party instead.
func strayed(all []*journal.Exchange, endpoint string, arrived bool, find func(received, exchange string, marks ...Mark)) {
	for _, d := range all {
		way := MarkMisrouted
		switch {
		case d.Endpoint != endpoint:
			way = MarkSwapped
		case arrived:
			way = MarkBroadcast
		}
		find(fmt.Sprintf("%s: it reached %s at %s (%s)", way, whereabouts(d), d.Request.URL, d.ID), d.ID, Marks(way, nil, d)...)
	}
}

// NearMisses says what did arrive while a message at an endpoint was missing that x should have brought about for our
// player of that role, which field did not match, and who has to act; and marks what came near.
func (c *C) NearMisses(x *journal.Exchange, endpoint string, to contract.Role) (string, []Mark) {
	var near []string
	var misses []*journal.Exchange
	for _, o := range c.bench.orphans {
		if o.Times.RequestFirst < x.Times.RequestFirst || o.Endpoint != endpoint && o.Player != "" {
			continue
		}
		misses = append(misses, o)
		at := "our " + string(o.Player)
		if o.Player == "" {
			at = "no player"
		}
		near = append(near, fmt.Sprintf("%s %s reached %s but holds no id of this conversation (resp.requestId %q)", o.ID, o.Request.URL, at, Text(o, "/resp/requestId")))
	}
	if len(near) == 0 {
		return "Nothing that resembles it arrived anywhere: the subject has to send it, to the URL under which it knows our " + string(to) + ".", nil
	}
	if len(near) > 3 {
		near = append(near[:3], fmt.Sprintf("and %d more", len(near)-3))
	}
	return "Near misses: " + strings.Join(near, "; ") + ".", Marks(MarkNearMiss, x, misses...)
}

// Orphans are the received messages that belong to no conversation.
func (c *C) Orphans() []*journal.Exchange { return c.bench.orphans }

// canonicalFlows are the flows in which every message is canonical.
const canonicalFlows = "fetch-modes/...|flow/..."

// Canonical says whether the subject delivers canonical messages at an endpoint: if it does not, a message that differs
// from them lawfully cannot show how the difference is taken.
func (c *C) Canonical(endpoint string) bool {
	sent := 0
	for _, f := range c.bench.selected(canonicalFlows) {
		for _, x := range f.SentTo(endpoint) {
			if r := c.Route(f, x); Accepted(x) && len(r.Delivered) == 1 && Accepted(r.Delivered[0]) && len(r.Astray) == 0 {
				return true
			}
			sent++
		}
	}
	return sent == 0 // nothing canonical was played, as under a filter: the difference has to speak for itself
}

// Unchanged judges that a member of the message arrived as it was sent, as a JSON value.
func (c *C) Unchanged(r Route, pointer, hint string) {
	sent := Member(r.Sent, pointer)
	for _, d := range r.Delivered {
		c.Judged(1)
		for _, diff := range compare(pointer, sent, Member(d, pointer)) {
			diff.Exchange, diff.Hint = d.ID, hint
			c.Find(diff)
		}
	}
}

// equalJSON compares JSON values: member order and white space do not matter, the spelling of numbers only by value.
func equalJSON(a, b json.RawMessage) bool { return len(compare("", a, b)) == 0 }

// compare lists the differences between two JSON values, by pointer.
func compare(pointer string, want, got json.RawMessage) []Finding {
	if bytes.Equal(want, got) { // as they nearly always are
		return nil
	}
	w, errW := decode(want)
	g, errG := decode(got)
	if errW != nil || errG != nil {
		return []Finding{{Pointer: pointer, Expected: Shown(want), Received: Shown(got)}}
	}
	return compareValues(pointer, w, g)
}

func decode(raw json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	err := decoder.Decode(&v)
	return v, err
}

// missing stands for a member that is not there.
type missing struct{}

func compareValues(pointer string, want, got any) []Finding {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return compareObjects(pointer, w, g)
		}
	case []any:
		g, ok := got.([]any)
		if ok && len(g) == len(w) {
			var all []Finding
			for i := range w {
				all = append(all, compareValues(fmt.Sprintf("%s/%d", pointer, i), w[i], g[i])...)
			}
			return all
		}
	case json.Number:
		if g, ok := got.(json.Number); ok && sameNumber(w, g) {
			return nil
		}
	default:
		if want == got {
			return nil
		}
	}
	return []Finding{{Pointer: pointer, Expected: spell(want), Received: spell(got)}}
}

func compareObjects(pointer string, want, got map[string]any) []Finding {
	var names []string
	for name := range want {
		names = append(names, name)
	}
	for name := range got {
		if _, known := want[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all []Finding
	for _, name := range names {
		at := pointer + "/" + escape(name)
		w, inWant := want[name]
		g, inGot := got[name]
		switch {
		case !inGot:
			all = append(all, compareValues(at, w, missing{})...)
		case !inWant:
			all = append(all, compareValues(at, missing{}, g)...)
		default:
			all = append(all, compareValues(at, w, g)...)
		}
	}
	return all
}

// sameNumber compares two JSON numbers by value: 1.0 is 1. Numbers that journals hold have passed the strict reader, so
// no exponent is too large to be computed.
func sameNumber(a, b json.Number) bool {
	x, okX := new(big.Rat).SetString(string(a))
	y, okY := new(big.Rat).SetString(string(b))
	return okX && okY && x.Cmp(y) == 0
}

func spell(v any) string {
	if _, none := v.(missing); none {
		return "no such member"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "a value that cannot be shown"
	}
	return Shown(raw)
}

// Shown is a JSON value for a sentence, cut where it is long.
func Shown(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "no such member"
	}
	runes := []rune(string(raw))
	if len(runes) > 160 {
		return string(runes[:160]) + "…"
	}
	return string(raw)
}
