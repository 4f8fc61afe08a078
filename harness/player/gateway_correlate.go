package player

import (
	"cmp"
	"net/http"
	"time"

	"abdm.example/conformance/contract"
)

// correlate finds the request that an answer answers, and checks that the
// answer is of its kind, comes from the party to which the request went and is
// addressed to the party that asked. Anything else is refused and delivered to nobody.
func (g *Gateway) correlate(m *gwMessage) *gwRefusal {
	if m.endpoint.Answers == "" {
		if refusal := g.checkSession(m); refusal != nil {
			return refusal
		}
		g.expect(m)
		return nil
	}
	id := m.doc.string("/resp/requestId")
	request, ok := g.store.find(id)
	if g.faults.Has("expired-correlation-accepted") {
		ok = request != nil
	}
	if ok && g.faults.Has("uuid-case-sensitive") && id != request.id {
		ok = false
	}
	if g.faults.Has("deliver-unchecked") {
		m.answered = request
		return nil
	}
	if id == "" {
		return gwSwallow // a fault let a body without resp.requestId pass: it can only be dropped
	}
	if !ok {
		status := http.StatusBadRequest
		if g.faults.Has("unknown-answer-500") {
			status = http.StatusInternalServerError
		}
		return gwRefuse(cmp.Or(g.options.Variant.NoRequest, status), "/resp/requestId answers no request that waits for an answer")
	}
	anyKind := g.faults.Has("callback-kind-unchecked") || g.faults.Has("modes-answer-anything") && m.endpoint.Name == contract.OnFetchModes
	if request.endpoint.Name != m.endpoint.Answers && !g.inField() && !anyKind {
		return gwRefuse(cmp.Or(g.options.Variant.NoRequest, http.StatusBadRequest), "/resp/requestId is that of a request that %s does not answer", m.endpoint.Name)
	}
	anyParty := g.faults.Has("callback-from-any-cm") || g.faults.Has("on-notify-from-any-bridge") && m.endpoint.Name == contract.OnNotify
	if !m.caller.anyone && !m.caller.parties.has(request.callee) && !g.inField() && !anyParty {
		return gwRefuse(cmp.Or(g.options.Variant.Stranger, http.StatusBadRequest), "/resp/requestId is that of a request that went to another party")
	}
	if g.faults.Has("correlation-by-caller-id") && len(request.requesters) > 0 {
		m.callee = request.requesters[0]
	}
	anyReceiver := g.faults.Has("header-unchecked") || g.faults.Has("on-notify-to-named-cm") && m.endpoint.Name == contract.OnNotify
	if g.faults.Has("inside-other-bridge") && len(request.requesters) > 0 {
		m.callee = request.requesters[0]
	}
	if !request.requesters.has(m.callee) && !anyReceiver {
		return gwRefuse(http.StatusBadRequest, "the routing header does not name the party that sent the request")
	}
	m.answered = request
	return nil
}

// checkSession refuses, where the CM is inside, a confirm of a session that is another party's.
func (g *Gateway) checkSession(m *gwMessage) *gwRefusal {
	if !g.ownsSessions || m.endpoint.Name != contract.Confirm || m.caller.anyone || g.faults.Has("inside-other-bridge") {
		return nil
	}
	if p, known := g.store.session(m.callee.ID, m.doc.string("/transactionId")); known && !m.caller.parties.has(p) {
		return gwRefuse(http.StatusBadRequest, "/transactionId is that of a session of another party")
	}
	return nil
}

// gwClosedLate is how long the fault answer-closed-late leaves a request open.
const gwClosedLate = 60 * time.Millisecond

// expect prepares the memory of a request that will be answered.
func (g *Gateway) expect(m *gwMessage) {
	m.outgoing = NewRequestID()
	if (g.options.PassThrough || g.faults.Has("request-not-rewritten")) && m.requestID != "" {
		m.outgoing = m.requestID
	}
	if g.faults.Has("correlation-by-caller-id") {
		m.outgoing = gwDerived(m.requestID)
	}
	m.made = &gwPending{
		id: m.outgoing, endpoint: m.endpoint, callerID: m.requestID, requesters: g.requesters(m), callee: m.callee,
		correlation: m.correlation, expires: time.Now().Add(g.options.Correlation),
	}
}

// requesters are the parties to which the answer to a request may go.
func (g *Gateway) requesters(m *gwMessage) gwDirectory {
	owned := m.caller.parties
	if m.caller.anyone {
		owned = g.parties
	}
	switch {
	case m.endpoint.Payload == "query":
		if p := g.requesterOf(m); p.ID != "" {
			return gwDirectory{p}
		}
	case m.endpoint.Name == contract.Confirm:
		// A confirm names no requester: the session knows it, or else the client's own registrations do.
		if p, ok := g.store.session(m.callee.ID, m.doc.string("/transactionId")); ok && owned.has(p) {
			return gwDirectory{p}
		}
	case m.endpoint.Name == contract.Notify:
		for _, cm := range owned.inRoles([]contract.Role{contract.CM}) {
			if _, ok := g.store.session(cm.ID, m.doc.string("/auth/transactionId")); ok {
				return gwDirectory{cm}
			}
		}
	}
	return owned.inRoles(m.endpoint.Callers)
}

// admit takes the message in at once: its requestId is used, an answer closes
// its request for any other, and a request is remembered before it is forwarded.
func (g *Gateway) admit(m *gwMessage) *gwRefusal {
	a := gwAdmission{nonce: m.nonce, made: m.made, answered: m.answered}
	if g.inField() || g.faults.Has("duplicate-callback-delivered") || g.faults.Has("deliver-unchecked") {
		a.answered = nil
	}
	if g.faults.Has("answer-closed-late") && a.answered != nil {
		if !g.store.isOpen(a.answered) {
			return gwRefuse(http.StatusBadRequest, "/resp/requestId is that of a request that has been answered")
		}
		time.AfterFunc(gwClosedLate, func() { g.store.move(m.answered, gwOpen, gwSettled) })
		a.answered = nil
	}
	if g.faults.Has("correlation-after-forward") {
		a.made = nil
	}
	if g.faults.Has("replay-recorded-late") && m.made != nil {
		a.nonce = gwNonce{}
	}
	replayed, answered := g.store.admit(a)
	switch {
	case replayed:
		return g.refuseReplay()
	case answered:
		return gwRefuse(http.StatusBadRequest, "/resp/requestId is that of a request that has been answered")
	}
	if m.answered != nil {
		m.outgoing = NewRequestID()
		switch {
		case g.options.PassThrough:
			m.outgoing = m.requestID
		case g.faults.Has("request-id-reused"):
			m.outgoing = m.answered.id
		}
		if m.http.Header.Get(gwHeaderCorrelation) == "" {
			m.correlation = m.answered.correlation
		}
		g.learnSession(m)
	}
	if m.outgoing == "" {
		m.outgoing = NewRequestID()
	}
	return nil
}

// learnSession remembers, from an on-init, whose the new session is.
func (g *Gateway) learnSession(m *gwMessage) {
	if transaction := m.doc.string("/auth/transactionId"); m.endpoint.Name == contract.OnInit && transaction != "" {
		g.store.openSession(m.answered.callee.ID, transaction, m.callee)
	}
}
