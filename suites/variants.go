package suites

import (
	"cmp"
	"fmt"
	"slices"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// Variant is something that the contract leaves open, and what the subject made of it. None is better than another: who
// builds the other side must be ready for each.
type Variant struct {
	// ID is that of the requirement where a MAY leaves it open, else a name that stays.
	ID    string `json:"id"`
	Title string `json:"title"`
	// Clause is what leaves it open; an A number is a row of docs/spec-issues.md.
	Clause  string   `json:"clause"`
	Choices []Choice `json:"choices"` // the most frequent first
}

// Choice is one way that was seen, how often, and in which exchange first.
type Choice struct {
	Choice   string `json:"choice"`
	Count    int    `json:"count"`
	Exchange string `json:"exchange"`
}

// Limits on the choices of one variant, for what a subject may write in any number of ways and at any length: so many are
// told, so many are told apart, and so many characters are kept of each.
const (
	maxChoices     = 12
	maxDistinct    = 500
	maxChoiceRunes = 160
)

// open is one thing that the contract leaves open. observe tells each choice that it sees in the evidence.
type open struct {
	id, title, clause string
	observe           func(b *benchState, saw func(choice string, x *journal.Exchange))
}

// left is everything that is left open beside the MAYs of the catalogue, in the order of reports.
var left = []open{
	{"refusal", "How a wrong message is refused", "A8: which hop validates", refusals},
	{"refused-token", "The status for a token that is not good", "operations, 401; deployed gateways answer 403 (D02)", probes("token/...", "wrong-role")},
	{"refused-role", "The status for a good token of the wrong role", "operations, 401; A10 for 403", tokensOfWrongRole},
	{"refused-replay", "The answer to a requestId that comes again", "A10: replays", probes("replay/...", "")},
	{"refused-clock", "The answer to a timestamp outside of the window", "A10: stale times", probes("clock/...", "")},
	{"unknown-party", "The answer to a header that names nobody", "A10: an unknown X-CM-ID or bridge", probes("address/unknown/...", "")},
	{"unasked-answer", "The answer to a callback that answers nothing", "A20: orphans", probes("correlation/never-issued/...", "")},
	{"method", "The answer to a method that is not served", "RFC 9110: 405, 404 or 501", probes("method/...", "")},
	{"request-id", "The requestId of what is passed on", "A10: requestId is unique for each HTTP request", passedIDs},
	{"early", "Whether a callback comes before the 202 to its request", "A20: order", earliness},
	{"acknowledgement", "What the acknowledgement holds", "operations, 202 and Return type: void", acknowledgements},
	{"timestamp", "Precision and zone of timestamps", "A7: date-time, any offset and precision", timestamps},
	{"uuid", "How a requestId is spelt", "requestId: format uuid", spelling},
	{"null", "What stands for a member without a value", "A4: null beside its sibling (D06)", nulls},
	{"extra", "Members that no schema names", "A15: members that the schema does not name", extras},
	{"error-code", "Codes in errors", "A5: two codes in the text, others in the field (D12)", errorCodes},
	{"content-type", "The media type of what is sent", "operations, Content-Type: application/json; A6", contentTypes},
	{"token-form", "The form of the access token", "A23: the access token", tokenForms},
	{"http", "The version of HTTP", "not said", httpVersions},
	{"asks-first", "Whether a bridge asks for the modes first", "users/auth/fetch-modes, description", asksFirst},
	{"names-mode", "Whether an init names a mode", "users/auth/init, authMode is optional", namesMode},
}

// variants are what was seen of all that is left open. r holds the verdicts of the MAYs.
func (b *benchState) variants(r *Results) []Variant {
	all := []Variant{}
	for _, q := range r.Requirements {
		v := Variant{ID: q.ID, Title: q.Title, Clause: q.Clause}
		for _, c := range q.Checks {
			if q.Level == May && c.Verdict == Pass && c.Reason != "" {
				choice := Choice{Choice: c.Reason, Count: c.Judged}
				if len(c.Findings) > 0 {
					choice.Exchange = c.Findings[0].Exchange
				}
				v.Choices = append(v.Choices, choice)
			}
		}
		if len(v.Choices) > 0 {
			all = append(all, v)
		}
	}
	for _, o := range left {
		if choices := b.choices(o); len(choices) > 0 {
			all = append(all, Variant{ID: o.id, Title: o.title, Clause: o.clause, Choices: choices})
		}
	}
	return all
}

// choices counts what was seen of one thing.
func (b *benchState) choices(o open) []Choice {
	var all []Choice
	at, rest := map[string]int{}, 0
	o.observe(b, func(choice string, x *journal.Exchange) {
		if runes := []rune(choice); len(runes) > maxChoiceRunes {
			choice = string(runes[:maxChoiceRunes]) + "…"
		}
		i, known := at[choice]
		switch {
		case !known && len(all) == maxDistinct:
			rest++
			return
		case !known:
			i = len(all)
			at[choice] = i
			all = append(all, Choice{Choice: choice, Exchange: x.ID})
		}
		all[i].Count++
	})
	slices.SortStableFunc(all, func(x, y Choice) int { return cmp.Compare(y.Count, x.Count) })
	if len(all) > maxChoices {
		for _, c := range all[maxChoices-1:] {
			rest += c.Count
		}
		all = append(all[:maxChoices-1], Choice{Choice: "others", Count: rest})
	}
	return all
}

// eachProbe visits the one unusual message of every flow of a pattern that was sent and answered.
func (b *benchState) eachProbe(pattern string, visit func(f *Flow, x *journal.Exchange)) {
	for _, f := range b.selected(pattern) {
		if x := f.Sent(scenario.StepProbe); x != nil && x.Response != nil {
			visit(f, x)
		}
	}
}

// probes tells how the probes of a pattern were refused, save those of one kind.
func probes(pattern, except string) func(*benchState, func(string, *journal.Exchange)) {
	return func(b *benchState, saw func(string, *journal.Exchange)) {
		b.eachProbe(pattern, func(f *Flow, x *journal.Exchange) {
			if kind := f.Note(scenario.NoteKind); except == "" || kind != except {
				refusal(f, x, saw)
			}
		})
	}
}

func tokensOfWrongRole(b *benchState, saw func(string, *journal.Exchange)) {
	b.eachProbe("token/wrong-role/...", func(f *Flow, x *journal.Exchange) { refusal(f, x, saw) })
}

func refusals(b *benchState, saw func(string, *journal.Exchange)) {
	b.eachProbe("invalid/...|body/...", func(f *Flow, x *journal.Exchange) { refusal(f, x, saw) })
}

// refusal tells how a message was refused, where it was: at once, or by an error callback after the 202. What was not
// refused is no choice but a finding, or was right to be accepted.
func refusal(f *Flow, x *journal.Exchange, saw func(string, *journal.Exchange)) {
	switch {
	case Status(x) >= 400:
		saw(fmt.Sprintf("%d at once", Status(x)), x)
	case Accepted(x):
		e, ok := contract.EndpointNamed(x.Endpoint)
		if !ok {
			return
		}
		at, players := e.Name, e.Callees
		if e.Callback != "" {
			at, players = e.Callback, e.Callers
		}
		for _, a := range After(x, f.Received(at, players...)) {
			if IsError(a) && !isCopy(x, a) {
				saw(fmt.Sprintf("%d, and then an error callback", Status(x)), x)
				return
			}
		}
	}
}

// passedIDs compares the requestId of what a gateway passes on with the one that it received.
func passedIDs(b *benchState, saw func(string, *journal.Exchange)) {
	if b.evidence.Run.Subject.Role != contract.Gateway {
		return
	}
	c := &C{bench: b}
	for _, f := range b.selected(conversations) {
		for _, x := range f.Exchanges {
			if x.Direction != journal.Sent || !Accepted(x) || x.Endpoint == "" {
				continue
			}
			for _, d := range c.Route(f, x).Delivered {
				if SameID(Text(x, "/requestId"), Text(d, "/requestId")) {
					saw("that of the sender", d)
				} else {
					saw("one of its own", d)
				}
			}
		}
	}
}

// earliness tells of each callback whether it overtook the 202.
func earliness(b *benchState, saw func(string, *journal.Exchange)) {
	for _, f := range b.flows {
		for _, x := range f.Exchanges {
			e, ok := contract.EndpointNamed(x.Endpoint)
			switch {
			case !ok || e.Answers == "" || x.Direction != journal.Received:
			case f.overtaken(x) != nil:
				saw("before the 202", x)
			default:
				saw("after the 202", x)
			}
		}
	}
}

// asksFirst tells how a bridge begins the conversations that it was told to hold.
func asksFirst(b *benchState, saw func(string, *journal.Exchange)) {
	if b.evidence.Run.Subject.Role == contract.Gateway {
		return
	}
	for _, f := range b.selected("flow/...") {
		inits := f.Received(contract.Init)
		if len(inits) == 0 {
			continue
		}
		if len(f.Received(contract.FetchModes)) > 0 {
			saw("fetch-modes, and then init", inits[0])
		} else {
			saw("init at once", inits[0])
		}
	}
}

// namesMode tells whether the inits of a bridge name a mode.
func namesMode(b *benchState, saw func(string, *journal.Exchange)) {
	if b.evidence.Run.Subject.Role == contract.Gateway {
		return
	}
	for _, x := range b.own() {
		switch {
		case x.Endpoint != contract.Init:
		case absent(x, "/query/authMode"):
			saw("no mode: the consent manager chooses", x)
		default:
			saw("a mode", x)
		}
	}
}
