package player

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"abdm.example/conformance/contract"
)

func init() { faultRegister(contract.CM, cmFaultTable) }

// cmRow is a fault of a consent manager in how it takes messages in.
type cmRow struct {
	Fault
	// stranger says that it is about messages whose token is not good, and refusals that it is about every refusal. All
	// others are about messages with a good token.
	stranger, refusals bool
	when               func(*reception) bool // nil: every message
	then               func(*reception)
}

// cmFaultTable are the faults of a CMApp.
func cmFaultTable() []Fault {
	var all []Fault
	for _, row := range cmRows() {
		all = append(all, row.Fault)
	}
	return all
}

// cmRows are the faults, and after them what no requirement forbids.
func cmRows() []cmRow {
	offends := func(m *reception) bool { return len(m.offences()) > 0 }
	all := []cmRow{
		{Fault: faultRow("ack-200", "GEN-001", "acknowledges with 200 instead of 202"), then: acknowledgedAs(http.StatusOK, "")},
		{Fault: faultRow("ack-500", "GEN-001", "takes a message in and answers 500"), then: acknowledgedAs(http.StatusInternalServerError, "")},
		{Fault: faultRow("ack-dropped", "GEN-001", "drops the connection without an answer"), then: func(*reception) { panic(http.ErrAbortHandler) }},
		{Fault: faultRow("auth-unchecked", "GEN-019 GEN-020", "checks no token"), stranger: true, then: (*reception).trust},
		{Fault: faultRow("garbage-token-accepted", "GEN-020", "takes a token that is no JWT for a good one"), stranger: true,
			when: func(m *reception) bool { return m.failed(ErrTokenMalformed) }, then: (*reception).trust},
		{Fault: faultRow("401-as-403", "GEN-019", "answers 403 where a token is not good"), stranger: true, then: refusedAs(http.StatusUnauthorized, http.StatusForbidden)},
		{Fault: faultRow("401-as-500", "GEN-019", "answers 500 where a token is not good"), stranger: true, then: refusedAs(http.StatusUnauthorized, http.StatusInternalServerError)},
		{Fault: faultRow("400-as-500", "GEN-030", "answers 500 where a message is invalid"), then: refusedAs(http.StatusBadRequest, http.StatusInternalServerError)},
		{Fault: faultRow("invalid-swallowed", "GEN-030", "acknowledges what breaks the schema and forgets it"), when: offends, then: (*reception).swallow},
		{Fault: faultRow("error-body-flat", "GEN-018", "puts code and message outside error"), refusals: true, then: refusedWith(func(e contract.Error) []byte { return encodeJSON(e) })},
		{Fault: faultRow("error-body-text", "GEN-018", "sends errors as plain text"), refusals: true, then: refusedWith(func(e contract.Error) []byte { return []byte(e.Message) })},
		{Fault: faultRow("error-body-empty", "GEN-018", "sends errors without a body"), refusals: true, then: refusedWith(func(contract.Error) []byte { return nil })},
		{Fault: faultRow("error-code-string", "GEN-018", "writes the code of an error as a string"), refusals: true, then: refusedWith(func(e contract.Error) []byte {
			return errorOf(map[string]any{"code": strconv.Itoa(e.Code), "message": e.Message})
		})},
		{Fault: faultRow("error-message-missing", "GEN-018", "sends errors without a message"), refusals: true, then: refusedWith(func(e contract.Error) []byte {
			return errorOf(map[string]any{"code": e.Code})
		})},
	}
	for _, e := range contract.Served(contract.CM) {
		all = append(all,
			cmRow{Fault: faultRow("accept-missing:"+e.Name+":/requestId", "GEN-030", "accepts "+e.Name+" without requestId"), when: lacksRequestID(e.Name),
				then: func(m *reception) { m.change(func(o map[string]any) { o["requestId"] = NewRequestID() }) }},
			cmRow{Fault: faultRow("unserved:"+e.Name, "GEN-001", "has no "+e.Name+": it answers 404"), when: about(e.Name),
				then: func(m *reception) {
					(&party{role: contract.CM}).refuse(m.w, &refusal{status: http.StatusNotFound, message: "there is no such operation"})
					m.done = true
				}})
	}
	return append(all,
		cmRow{Fault: faultRow("error-members", "", "sends errors with members that nobody counts on"), refusals: true, then: refusedWith(func(e contract.Error) []byte {
			return encodeJSON(map[string]any{"error": map[string]any{"code": e.Code, "message": e.Message, "severity": "ERROR"}, "traceId": NewRequestID()})
		})},
		cmRow{Fault: faultRow("error-code-other", "", "sends errors with codes of a family of its own"), refusals: true, then: refusedWith(func(e contract.Error) []byte {
			return errorOf(map[string]any{"code": 90000 + e.Code, "message": e.Message})
		})},
	)
}

// errorOf is an ErrorResponse with an error of these members.
func errorOf(members map[string]any) []byte { return encodeJSON(map[string]any{"error": members}) }

// about says of messages of one endpoint that they are.
func about(endpoint string) func(*reception) bool {
	return func(m *reception) bool { return m.endpoint.Name == endpoint }
}

// lacksRequestID says of messages of one endpoint that they have no requestId.
func lacksRequestID(endpoint string) func(*reception) bool {
	return func(m *reception) bool { return m.endpoint.Name == endpoint && !m.has("/requestId") }
}

// authorized judges the token of a message, save where a fault takes it for a good one.
func (a *CMApp) authorized(r *http.Request) error { return forgiving(a.trusted)(r) }

// mistake commits the faults. It gives back the message as the consent manager shall see it, or says that it is done with.
func (a *CMApp) mistake(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, bool) {
	e, ok := contract.EndpointAt(r.URL.Path)
	if !a.faults.Any() || !ok || !e.DeliveredTo(contract.CM) {
		return w, r, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4*maxMessage))
	if err != nil {
		a.refuse(w, &refusal{status: http.StatusBadRequest, message: "the body broke off"})
		return w, r, true
	}
	m := &reception{endpoint: e, w: w, r: r.Clone(r.Context()), body: body, token: a.trusted(r)}
	for _, row := range cmRows() {
		if a.faults.Has(row.Name) && (row.refusals || row.stranger == (m.token != nil)) && (row.when == nil || row.when(m)) {
			row.then(m)
		}
		if m.done {
			return w, r, true
		}
	}
	m.r.Body, m.r.ContentLength = io.NopCloser(bytes.NewReader(m.body)), int64(len(m.body))
	return m.w, m.r, false
}
