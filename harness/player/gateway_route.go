package player

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
)

// route finds the callee: exactly one routing header of the operation, with a registered id.
func (g *Gateway) route(m *gwMessage) *gwRefusal {
	var roles []contract.Role
	var ids []string
	for _, role := range m.endpoint.Callees {
		for _, id := range m.http.Header.Values(role.Header()) {
			if id = strings.TrimSpace(id); id != "" {
				roles, ids = append(roles, role), append(ids, id)
			}
		}
	}
	toCM := m.endpoint.DeliveredTo(contract.CM)
	if id, ok := gwSuffix(m.doc.string("/query/id")); ok && g.faults.Has("cm-from-patient-id") {
		roles, ids = []contract.Role{contract.CM}, []string{id}
	}
	names := strings.Join(m.endpoint.RoutingHeaders(), " or ")
	switch {
	case len(ids) == 0 && toCM && g.faults.Has("missing-cm-dropped"),
		len(ids) == 0 && g.faults.Has("neither-accepted", m.endpoint.Name):
		return gwSwallow
	case len(ids) == 0:
		return gwRefuse(http.StatusBadRequest, "the header %s is missing", names)
	case len(ids) > 1 && g.faults.Has("both-accepted", m.endpoint.Name):
		for i := range ids[1:] {
			if p, ok := g.parties.party(roles[i+1], ids[i+1]); ok {
				m.also = append(m.also, p)
			}
		}
	case len(ids) > 1:
		return gwRefuse(http.StatusBadRequest, "exactly one header %s must be there, not %d", names, len(ids))
	}
	callee, known := g.parties.party(roles[0], ids[0])
	if !known && !toCM && g.faults.Has("bridge-by-id-only") {
		i := slices.IndexFunc(g.parties, func(p Registration) bool { return p.Role != contract.CM && p.ID == ids[0] })
		if known = i >= 0; known {
			callee = g.parties[i]
		}
	}
	if !known {
		switch cms := g.parties.inRoles([]contract.Role{contract.CM}); {
		case toCM && g.faults.Has("unknown-cm-default") && len(cms) > 0:
			callee = cms[0]
		case toCM && g.faults.Has("unknown-cm-dropped"), !toCM && g.faults.Has("unknown-bridge-dropped"):
			return gwSwallow
		case g.faults.Has("unknown-party-500"):
			return gwRefuse(http.StatusInternalServerError, "there is no mapping for %s", roles[0].Header())
		default:
			return gwRefuse(cmp.Or(g.options.Variant.UnknownParty, http.StatusBadRequest), "%s names no registered party", roles[0].Header())
		}
	}
	m.callee = callee
	return nil
}

// gwSuffix is what follows the @ of a patient address.
func gwSuffix(patient string) (string, bool) {
	_, suffix, ok := strings.Cut(patient, "@")
	return suffix, ok && suffix != ""
}

// checkReplay refuses a requestId that the client has used before: "a nonce, unique for each HTTP request".
func (g *Gateway) checkReplay(m *gwMessage) *gwRefusal {
	m.requestID = m.doc.string("/requestId")
	m.nonce = gwNonce{client: m.caller.client, id: gwUUID(m.requestID)}
	switch {
	case g.options.PassThrough, g.inField():
		m.nonce.client = "" // ids of all clients together: they travel as they are, or are kept so
	case m.requestID == "" || g.faults.Has("no-replay-check"),
		g.faults.Has("replay-of-hiu-unchecked") && len(m.caller.parties.inRoles([]contract.Role{contract.HIU})) > 0:
		m.nonce = gwNonce{}
	}
	if g.faults.Has("replay-case-sensitive") {
		m.nonce.id = m.requestID
	}
	if g.faults.Has("replay-per-endpoint") {
		m.nonce.client += " " + m.endpoint.Name
	}
	if about := m.doc.string("/transactionId") + m.doc.string("/query/id"); g.faults.Has("same-request-refused") && about != "" {
		m.nonce.id = m.endpoint.Name + " " + about
	}
	if m.nonce != (gwNonce{}) && g.store.seen(m.nonce) {
		if g.faults.Has("replay-forwarded") {
			m.nonce = gwNonce{}
			m.outgoing = NewRequestID()
			if work, err := g.prepare(m); err == nil {
				go work()
			}
		}
		return g.refuseReplay()
	}
	return nil
}

// refuseReplay is the answer to a requestId that was used before.
func (g *Gateway) refuseReplay() *gwRefusal {
	if g.inField() {
		return gwRefuse(http.StatusTooManyRequests, "Too many requests found")
	}
	if g.options.Variant.Replay == http.StatusAccepted {
		return gwSwallow
	}
	return gwRefuse(cmp.Or(g.options.Variant.Replay, http.StatusConflict), "this requestId was used before; each request needs one of its own")
}

// gwUUID is a UUID in lower case, so that equal values compare equal.
func gwUUID(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return id.String()
	}
	return strings.ToLower(text)
}

// The window in which a timestamp must lie, around now (the deployed gateway's).
const (
	gwWindowPast   = 60 * time.Second
	gwWindowFuture = 9 * time.Minute
)

// checkWindow refuses stale and far-off timestamps.
func (g *Gateway) checkWindow(m *gwMessage) *gwRefusal {
	if g.faults.Has("no-window") {
		return nil
	}
	text := m.doc.string("/timestamp")
	at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	if err != nil {
		return nil // the schema has judged it, and a fault overlooked it
	}
	if g.faults.Any() {
		at = g.misread(text, at)
	}
	past, future := gwWindowPast, gwWindowFuture
	wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
	switch {
	case g.faults.Has("window-inverted"):
		past, future = future, past
	case g.faults.Has("offset-ignored"):
		at = wall
	case g.faults.Has("local-time-zone"):
		at = wall.Add(-330 * time.Minute) // the clock of India, whatever the zone says
	case g.faults.Has("offset-refused") && !strings.HasSuffix(strings.ToUpper(text), "Z"):
		return gwRefuse(http.StatusBadRequest, "/timestamp must end in Z")
	case g.faults.Has("millis-required") && !gwMillis.MatchString(text):
		return gwRefuse(http.StatusBadRequest, "/timestamp must have milliseconds")
	}
	if age := time.Since(at); age > past || age < -future {
		return gwRefuse(http.StatusBadRequest, "/timestamp must be within the last %v and the next %v", past, future)
	}
	return nil
}
