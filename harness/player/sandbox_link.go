package player

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"abdm.example/conformance/contract"
)

// Links/link/add-contexts and its callback, as the checks and deliveries of a gateway see an endpoint.
var (
	endpointAddContexts = contract.Endpoint{Name: AddContexts, Path: contract.PathAddContexts,
		Callers: []contract.Role{contract.HIP}, Callees: []contract.Role{contract.CM}, Callback: onAddContexts, Payload: "link"}
	endpointOnAddContexts = contract.Endpoint{Name: onAddContexts, Path: contract.PathOnAddContexts,
		Callers: []contract.Role{contract.CM}, Callees: []contract.Role{contract.HIP}, Answers: AddContexts, Payload: "acknowledgement"}
)

// serveAddContexts is POST /v0.5/links/link/add-contexts. The document: "If the accessToken is valid for purpose of
// linking, and specified details provided, CM will send acknowledgement.status as SUCCESS", else an error, in
// on-add-contexts; "required information not provided" is a 400.
func (s *Sandbox) serveAddContexts(g *sandboxGateway, w http.ResponseWriter, r *http.Request) {
	correlation := gwCorrelationID(r.Header.Get(gwHeaderCorrelation))
	w.Header().Set(gwHeaderCorrelation, correlation)
	g.serve(w, r, http.MethodPost, func(w http.ResponseWriter, r *http.Request) {
		m := &gwMessage{endpoint: endpointAddContexts, http: r, writer: w, correlation: correlation}
		for _, check := range g.linkChecks() {
			if refusal := check(m); refusal != nil {
				if refusal.swallow {
					g.acknowledge(w)
					return
				}
				g.refuse(w, refusal)
				return
			}
		}
		g.acknowledge(w)
		s.link(g, m)
	})
}

// linkChecks are what an add-contexts goes through before it is acknowledged, in this order.
func (g *Gateway) linkChecks() []func(*gwMessage) *gwRefusal {
	if g.inField() {
		return []func(*gwMessage) *gwRefusal{g.authenticate, g.authorize, g.checkContentType, g.readBody, g.envelopeInField, g.checkReplay,
			g.windowInField, g.routeInField, g.uuidInField, checkLink, g.admitLink}
	}
	return []func(*gwMessage) *gwRefusal{g.authenticate, g.authorize, g.checkContentType, g.readBody, checkEnvelope, checkLink, g.route,
		g.checkReplay, g.checkWindow, g.admitLink}
}

// checkEnvelope refuses a body without a good requestId and timestamp.
func checkEnvelope(m *gwMessage) *gwRefusal {
	if _, err := uuid.Parse(m.doc.string("/requestId")); err != nil {
		return gwRefuse(http.StatusBadRequest, "/requestId must be a UUID")
	}
	if _, err := time.Parse(time.RFC3339Nano, m.doc.string("/timestamp")); err != nil {
		return gwRefuse(http.StatusBadRequest, "/timestamp must be a date-time with a zone")
	}
	return nil
}

// checkLink refuses a body that is not as PatientCareContextLinkRequest says.
func checkLink(m *gwMessage) *gwRefusal {
	for _, pointer := range []string{"/link/accessToken", "/link/patient/referenceNumber", "/link/patient/display"} {
		if m.doc.string(pointer) == "" {
			return gwRefuse(http.StatusBadRequest, "%s must be a text that is not empty", pointer)
		}
	}
	contexts := m.doc.node("/link/patient/careContexts")
	if contexts == nil || len(contexts.items) == 0 {
		return gwRefuse(http.StatusBadRequest, "/link/patient/careContexts must hold at least one care context")
	}
	for i, item := range contexts.items {
		for _, name := range []string{"referenceNumber", "display"} {
			if text := item.member(name); text == nil || text.kind != '"' || text.end-text.start <= len(`""`) {
				return gwRefuse(http.StatusBadRequest, "%s must be a text that is not empty", fmt.Sprintf("/link/patient/careContexts/%d/%s", i, name))
			}
		}
	}
	return nil
}

// admitLink uses up the requestId.
func (g *Gateway) admitLink(m *gwMessage) *gwRefusal {
	if replayed, _ := g.store.admit(gwAdmission{nonce: m.nonce}); replayed {
		return g.refuseReplay()
	}
	return nil
}

// link has the consent manager inside judge the access token, and tells the HIP.
func (s *Sandbox) link(g *sandboxGateway, m *gwMessage) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(m.http.Context()), sendPatience)
	end, err := g.flights.begin(cancel)
	if err != nil {
		cancel()
		return
	}
	hips := m.caller.parties.inRoles([]contract.Role{contract.HIP})
	if m.caller.anyone {
		hips = g.parties.inRoles([]contract.Role{contract.HIP})
	}
	go func() {
		defer end()
		defer cancel()
		to, failure := s.spend(m.doc.string("/link/accessToken"), hips)
		out := &gwMessage{endpoint: endpointOnAddContexts, http: m.http, correlation: m.correlation, callee: to}
		g.post(ctx, out, to, endpointOnAddContexts.Path, linkAnswer(m.requestID, failure))
	}()
}

// spend spends an access token, unless the sandbox was told to refuse it, and finds the HIP that is to hear of it.
func (s *Sandbox) spend(token string, hips gwDirectory) (Registration, *contract.Error) {
	if b, ordered := s.orders.take(doError, onAddContexts); ordered {
		return hips[0], &contract.Error{Code: b.Code, Message: b.Message}
	}
	requesters := make([]contract.Requester, len(hips))
	for i, p := range hips {
		requesters[i] = contract.Requester{Type: p.Role.RequesterType(), ID: p.ID}
	}
	owner, failure := s.cm.Link(token, requesters)
	if p, ok := hips.party(contract.HIP, owner.ID); ok {
		return p, failure
	}
	return hips[0], failure
}

// linkAnswer is the body of on-add-contexts (PatientCareContextLinkResponse).
func linkAnswer(requestID string, failure *contract.Error) []byte {
	answer := struct {
		RequestID       string                    `json:"requestId"`
		Timestamp       string                    `json:"timestamp"`
		Acknowledgement *contract.Acknowledgement `json:"acknowledgement,omitempty"`
		Error           *contract.Error           `json:"error,omitempty"`
		Resp            contract.Reference        `json:"resp"`
	}{RequestID: NewRequestID(), Timestamp: Timestamp(time.Now()), Error: failure, Resp: contract.Reference{RequestID: requestID}}
	if failure == nil {
		answer.Acknowledgement = &contract.Acknowledgement{Status: "SUCCESS"}
	}
	return encodeJSON(answer)
}
